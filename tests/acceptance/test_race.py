"""Fifty people want to sign the same task at the same moment."""

import http.client
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from app.persistence.tables.tasks import assignment
from tests.acceptance.books import check_chains, events, rows
from tests.acceptance.letters import NOTE, POOL
from tests.acceptance.people import REQUEST_SECONDS_MAX, ask_on

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]

APPROVALS = 50


def test_fifty_simultaneous_approvals_have_one_winner_whom_all_others_are_told(tree, office, database):
    """One 200; forty-nine 409, each naming who won."""
    office.deploy("note", NOTE)
    instance_id = office.start("note")
    task_id = office.task("marc", instance_id)
    everybody = [POOL[number % len(POOL)] for number in range(APPROVALS)]
    together = threading.Barrier(APPROVALS)

    def approve(username):
        connection = http.client.HTTPConnection("127.0.0.1", tree.port, timeout=REQUEST_SECONDS_MAX)
        connection.connect()
        together.wait(timeout=REQUEST_SECONDS_MAX)
        try:
            return username, ask_on(connection, username, "POST", f"/tasks/{task_id}/approve")
        finally:
            connection.close()

    with ThreadPoolExecutor(APPROVALS) as threads:
        answers = list(threads.map(approve, everybody))

    winners = [username for username, answer in answers if answer.status == 200]
    losers = [(username, answer) for username, answer in answers if answer.status != 200]
    assert len(winners) == 1
    assert len(losers) == APPROVALS - 1
    full_name = {"marc": "Marc Anthony"}.get(winners[0], winners[0].capitalize())
    for username, answer in losers:
        assert (answer.status, answer.problem) == (409, "task_already_decided")
        who = "you" if username == winners[0] else full_name
        assert answer.body["who"] == who
        assert answer.body["decided_by"]["username"] == winners[0]
        assert full_name in answer.body["detail"]
    votes = rows(database, sa.select(assignment.c.status).where(assignment.c.task_id == task_id))
    assert sorted(row.status for row in votes) == ["approved", *["closed"] * (len(POOL) - 1)]
    assert [row.actor for row in events(database, "task_approved")[instance_id]] == winners
    assert check_chains(database)
