"""Valkey is a doorbell: emptied at the worst moment, it takes nothing with it."""

import os
import signal

import pytest
import redis
import sqlalchemy as sa

from app.jobs.queue import QUEUE_NAME
from app.persistence.tables.instances import timer
from app.persistence.tables.journal import outbox
from app.runtime.valkey import valkey_url
from tests.acceptance.books import await_fired, await_outbox_empty, check_chains, events, let_leases_run_out, rows
from tests.acceptance.letters import LETTER
from tests.acceptance.tree import await_value

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]

LETTERS = 5
FLUSHES = 50


@pytest.fixture
def valkey(tree):
    """Give a client of the embedded Valkey."""
    with redis.from_url(valkey_url(tree.data_dir / "valkey.sock")) as client:
        yield client


def test_flushing_valkey_while_timers_are_due_loses_nothing(tree, office, database, mailbox, valkey):
    office.deploy("letter", LETTER)

    lost = start_letters_while_the_worker_stands_still(tree, office, database, valkey)
    flushed = start_letters_while_valkey_is_flushed_again_and_again(office, database, valkey)
    await_outbox_empty(database)

    letters = lost + flushed
    reminders, fired = events(database, "task_reminded"), events(database, "timer_fired")
    assert {each: len(reminders[each]) for each in letters} == dict.fromkeys(letters, 1)
    assert {each: [row.element for row in fired[each]] for each in letters} == {each: ["Late"] for each in letters}
    mails = mails_by_letter(database)
    for each in letters:
        assert mailbox.times[mails[each]] >= 1
        assert "Still open" in mailbox.subjects[mails[each]]
    assert check_chains(database)


def start_letters_while_the_worker_stands_still(tree, office, database, valkey):
    """Let jobs pile up in Valkey and flush it, so that jobs are lost for certain."""
    await_outbox_empty(database)  # an idle worker holds no lock while it stands still
    worker = tree.part("worker")
    os.kill(worker, signal.SIGSTOP)
    try:
        letters = [office.start("letter") for _ in range(LETTERS)]
        leased = sa.select(timer.c.id).where(timer.c.instance_id.in_(letters), timer.c.lease_until.is_not(None))
        await_value(lambda: len(rows(database, leased)) == 2 * LETTERS, "the ticker to hand out all timers")
        assert await_value(lambda: valkey.llen(f"rq:queue:{QUEUE_NAME}"), "jobs in the queue")
        valkey.flushall()
    finally:
        os.kill(worker, signal.SIGCONT)
    let_leases_run_out(database)
    await_fired(database, letters)
    return letters


def start_letters_while_valkey_is_flushed_again_and_again(office, database, valkey):
    """Flush Valkey at every look while the timers become due and fire; what is lost comes back when its lease ends."""
    letters, flushes = [office.start("letter") for _ in range(LETTERS)], iter(range(FLUSHES))
    await_fired(database, letters, at_every_look=lambda: next(flushes, None) is not None and valkey.flushall())
    return letters


def mails_by_letter(database):
    """Return the Message-ID of each letter's one reminder."""
    timers = {row.id: row.instance_id for row in rows(database, sa.select(timer.c.id, timer.c.instance_id))}
    reminders = [(row.key.split(":")[1], row.id) for row in rows(database, sa.select(outbox)) if row.key.startswith("reminder:")]
    assert len({timer_id for timer_id, _ in reminders}) == len(reminders)
    return {timers[timer_id]: f"<{outbox_id}@countersign>" for timer_id, outbox_id in reminders}
