"""A process dies between the claim of an Idempotency-Key and its work."""

import http.client
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
import sqlalchemy as sa

from app.domain.errors import IdempotencyKeyInProgress, TaskNotOpen
from app.operations import idempotency
from app.operations.answer import Answer, RequestKey
from app.persistence.tables.journal import idempotency_key
from tests.acceptance.books import check_chains, events, let_leases_run_out, rows
from tests.acceptance.letters import NOTE
from tests.acceptance.tree import DEADLINE_SECONDS, await_value, stands_still
from tests.runtime.processes import outlives

ATTEMPTS_MAX = 20
LOOKS_MAX = 50_000


class ProcessDied(BaseException):
    """The end of a process, as far as its code can see it."""


@pytest.mark.processes
@pytest.mark.timeout(300)
def test_key_of_a_request_whose_process_was_killed_is_free_after_its_lease(tree, office, database):
    office.deploy("note", NOTE)

    instance_id, task_id, key = kill_between_claim_and_work(tree, office, database)

    approve = ("marc", "POST", f"/tasks/{task_id}/approve")
    await_value(lambda: len(tree.web_workers()) == 2, "the web workers")
    held = await_value(lambda: answer_of(office, *approve, key=key), "an answer")
    assert (held.status, held.problem) == (409, "idempotency_key_in_progress")
    assert events(database, "task_approved")[instance_id] == []
    let_leases_run_out(database)
    first, second = (office.insist(*approve, key=key) for _ in range(2))
    assert first == second
    assert first["process_instance"]["status"] == "completed"
    assert len(events(database, "task_approved")[instance_id]) == 1
    assert check_chains(database)


def test_lease_of_a_key_is_one_minute(system, clock, caller):
    request, marc, started = RequestKey(key="k", route="POST /somewhere", digest="d"), caller("marc"), []

    def die(_remember):
        started.append("died")
        raise ProcessDied

    def work(remember):
        started.append("worked")
        answer = Answer(body={"done": True}, status=200)
        with system.database.write() as unit:
            remember(unit, answer)
            unit.commit()
        return answer

    with pytest.raises(ProcessDied):
        idempotency.answer_once(system, marc, request, die)
    clock.advance(seconds=59)
    with pytest.raises(IdempotencyKeyInProgress):
        idempotency.answer_once(system, marc, request, work)
    clock.advance(seconds=2)
    answers = [idempotency.answer_once(system, marc, request, work) for _ in range(2)]

    assert started == ["died", "worked"]
    assert answers[0] == answers[1]


def test_request_slower_than_its_lease_gets_the_answer_of_the_one_that_took_its_key_over(system, clock, caller):
    request, marc = RequestKey(key="k", route="POST /somewhere", digest="d"), caller("marc")

    def work(remember):
        with system.database.write() as unit:
            remember(unit, Answer(body={"done": True}, status=200))
            unit.commit()
        return Answer(body={"done": True}, status=200)

    def find_it_done(_remember):
        clock.advance(seconds=61)
        idempotency.answer_once(system, marc, request, work)
        raise TaskNotOpen(verb="approve", task="1", state="completed")

    late = idempotency.answer_once(system, marc, request, find_it_done)

    assert (late.status, late.body) == (200, {"done": True})


def kill_between_claim_and_work(tree, office, database):
    """Approve tasks until both web workers could be stopped after the claim of the key and before the commit of the work; kill them."""
    for attempt in range(ATTEMPTS_MAX):
        instance_id, key = office.start("note"), f"abandoned-{attempt}"
        task_id = office.task("marc", instance_id)
        workers = await_value(lambda: len(found := tree.web_workers()) == 2 and found, "the web workers")
        with ThreadPoolExecutor(1) as sender:
            sender.submit(answer_of, office, "marc", "POST", f"/tasks/{task_id}/approve", key=key)
            caught = stop_when_claimed(database, workers, key)
            for worker in workers:
                os.kill(worker, signal.SIGKILL if caught else signal.SIGCONT)
        if caught:
            assert not any(outlives(worker, seconds=DEADLINE_SECONDS) for worker in workers)
            if not has_answer(database, key):
                return instance_id, task_id, key
    raise AssertionError(f"{ATTEMPTS_MAX} approvals were all faster than a look into the database")


def stop_when_claimed(database, workers, key):
    """Stop the workers once the key is claimed; return whether its work is not committed then."""
    for _ in range(LOOKS_MAX):
        if has_answer(database, key) is not None:
            break
    for worker in workers:
        os.kill(worker, signal.SIGSTOP)
    await_value(lambda: all(map(stands_still, workers)), "the web workers to stand still")
    return not has_answer(database, key)


def has_answer(database, key):
    """Return whether the key has its answer, None while it is not claimed."""
    found = rows(database, sa.select(idempotency_key.c.status).where(idempotency_key.c.key == key))
    return found[0].status is not None if found else None


def answer_of(office, *request, **more):
    """Return the answer, None when there is none because the process died or is not there."""
    with suppress(OSError, http.client.HTTPException):
        return office.ask(*request, **more)
    return None
