"""The supervisor dies without a word, and the next start goes on where it stopped."""

import pytest

from tests.acceptance.books import await_fired, await_outbox_empty, check_chains, events
from tests.acceptance.letters import LETTER
from tests.acceptance.tree import DEADLINE_SECONDS
from tests.runtime.processes import outlives

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]


def test_killed_supervisor_takes_all_processes_with_it_and_a_restart_goes_on(tree, office, database, mailbox):
    office.deploy("letter", LETTER)
    invoice = office.begin("RESTART-1")
    task_id = office.task("marc", invoice["id"])
    letter = office.start("letter")
    processes = tree.processes()

    tree.kill_supervisor()

    assert len(processes) == 6
    assert [each for each in processes if outlives(each, seconds=DEADLINE_SECONDS)] == []

    tree.start()

    assert office.task("marc", invoice["id"]) == task_id
    office.insist("marc", "POST", f"/tasks/{task_id}/approve")
    answer = office.insist("claire", "POST", f"/tasks/{office.task('claire', invoice['id'])}/approve")
    assert (answer["process_instance"]["status"], answer["process_instance"]["outcome"]) == ("completed", "Approved for payment")
    await_fired(database, [letter])
    await_outbox_empty(database)
    assert len(events(database, "task_reminded")[letter]) == 1
    assert check_chains(database)
