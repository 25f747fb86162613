"""Whatever part is killed, and whenever: what was acknowledged is there, once."""

import itertools
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from app.persistence.tables.documents import document
from app.persistence.tables.instances import process_instance
from app.persistence.tables.journal import outbox
from app.persistence.tables.tasks import assignment, user_task
from tests.acceptance.books import await_outbox_empty, check_chains, events, rows
from tests.acceptance.letters import NOTE
from tests.acceptance.tree import await_value

pytestmark = [pytest.mark.processes, pytest.mark.timeout(400)]

VICTIMS = ("worker", "ticker", "web worker", "valkey", "web", "worker", "web worker", "valkey")
CLERKS = 4
FLOWS_BETWEEN = 2
SIGNERS = ("marc", "claire")


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """What the clients were told about one invoice."""

    document_id: str
    instance_id: str
    task_ids: tuple[str, ...]
    outcome: str | None


def test_killing_any_part_under_load_loses_nothing_and_doubles_nothing(tree, office, database, mailbox):
    """The worker, the ticker, web workers, the web server and Valkey die by SIGKILL while invoices are sent, started and approved.

    TSK-05: afterwards every step has exactly one task.
    """
    numbers, done, stop = itertools.count(1), [], threading.Event()

    def work() -> None:
        while not stop.is_set():
            done.append(approve_invoice(office, f"KILL-{next(numbers):04}"))

    with ThreadPoolExecutor(CLERKS) as clerks:
        working = [clerks.submit(work) for _ in range(CLERKS)]
        try:
            for victim in VICTIMS:
                await_flows(done, working)
                tree.kill_part(victim)
            await_flows(done, working)
        finally:
            stop.set()
        for each in working:
            each.result()
    await_outbox_empty(database)

    assert office.unanswered, "no kill met a request"
    assert len(done) >= FLOWS_BETWEEN * (len(VICTIMS) + 1)
    check_each_once(database, done)
    assert check_chains(database) >= 2 * len(done)
    written = {f"<{row.id}@countersign>" for row in rows(database, sa.select(outbox.c.id))}
    assert mailbox.times.keys() == written
    await_value(lambda: len(tree.web_workers()) == 2 and all(map(tree.part, ("worker", "ticker", "valkey"))), "all parts to be back")


def test_worker_killed_while_the_mail_server_takes_a_mail_sends_it_again_under_the_same_message_id(tree, office, database, mailbox):
    office.deploy("note", NOTE)
    with mailbox.busy() as taken:
        office.start("note")
        message_id = await_value(lambda: next(iter(taken), None), "the mail server to take a mail")
        tree.kill_part("worker")
    await_outbox_empty(database)

    assert mailbox.times[message_id] >= 2
    assert check_chains(database)


def approve_invoice(office, number):
    """Send an invoice, start its instance and have it approved; every signature is sent by two threads at once, under one key."""
    instance = office.begin(number)
    tasks = []
    with ThreadPoolExecutor(2) as senders:
        for username in SIGNERS:
            task_id = office.task(username, instance["id"])
            request = (username, "POST", f"/tasks/{task_id}/approve", {"comment": number})
            answers = [each.result() for each in [senders.submit(office.insist, *request, key=f"{number}-{username}") for _ in range(2)]]
            assert answers[0] == answers[1]
            tasks.append(task_id)
    return Acknowledged(
        document_id=instance["document_id"],
        instance_id=instance["id"],
        task_ids=tuple(tasks),
        outcome=answers[0]["process_instance"]["outcome"],
    )


def await_flows(done, working):
    """Return once a few more invoices went through, so that the system is known to have recovered and to be under load."""
    enough = len(done) + FLOWS_BETWEEN

    def look() -> bool:
        for each in working:
            if each.done():
                each.result()
        return len(done) >= enough

    await_value(look, "invoices to go through")


def check_each_once(database, done):
    """Check that the database holds what was acknowledged, each once, and nothing else of this load."""
    of_load = document.c.number.like("KILL-%")
    assert sorted(row.id for row in rows(database, sa.select(document.c.id).where(of_load))) == sorted(each.document_id for each in done)
    instances = rows(database, sa.select(process_instance).select_from(process_instance.join(document)).where(of_load))
    assert sorted((row.id, row.document_id) for row in instances) == sorted((each.instance_id, each.document_id) for each in done)
    assert {(row.status, row.outcome) for row in instances} == {("completed", "Approved for payment")}
    assert {each.outcome for each in done} == {"Approved for payment"}

    of_tasks = user_task.join(document)
    tasks = rows(database, sa.select(user_task.c.id, user_task.c.status, user_task.c.outcome).select_from(of_tasks).where(of_load))
    assert {row.id for row in tasks} == {task_id for each in done for task_id in each.task_ids}
    assert {(row.status, row.outcome) for row in tasks} == {("completed", "approved")}
    votes = rows(
        database, sa.select(assignment.c.task_id).select_from(of_tasks.join(assignment)).where(of_load, assignment.c.status == "approved")
    )
    assert Counter(row.task_id for row in votes) == {row.id: 1 for row in tasks}

    for kind, times in {"instance_started": 1, "instance_completed": 1, "task_opened": 2, "task_approved": 2}.items():
        told = events(database, kind)
        assert {each.instance_id: len(told[each.instance_id]) for each in done} == {each.instance_id: times for each in done}
