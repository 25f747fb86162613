"""Claiming and unclaiming: who may, and what it does to the others and to reminders."""

import pytest

from app.domain.errors import Conflict, NotARolePlayer, NotFound, StaleRevision, TaskAlreadyDecided, TaskClaimed
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.claim_task import claim_task
from app.operations.tasks.read_task import read_task
from app.operations.tasks.reject_task import reject_task
from app.operations.tasks.unclaim_task import unclaim_task
from app.persistence import instances
from tests.operations.test_approve_task import at_second_line
from tests.operations.test_separation_of_duty import make_backup


def reminders(office, task):
    """Return how many reminders of the task wait."""
    instance = next(item["process_instance_id"] for name in ("marc", "claire") for item in office.inbox(name) if item["id"] == task)
    with office.system.database.read() as reading:
        rows = instances.waiting_timers(reading, instance)
    return len([row for row in rows if row.task_id == task and row.kind == "reminder"])


def test_a_claim_keeps_the_rest_of_the_pool_out_until_it_is_unclaimed(office):
    """ESC-01."""
    task = at_second_line(office)
    claim_task(office.system, office.caller("claire"), task)
    assert office.inbox("donald")[0]["claimed_by"]["username"] == "claire"

    for verb in (approve_task, claim_task, unclaim_task):
        with pytest.raises(TaskClaimed, match="Claire claimed it at"):
            verb(office.system, office.caller("donald"), task)
    with pytest.raises(TaskClaimed):
        reject_task(office.system, office.caller("donald"), task, reason="No")
    unclaim_task(office.system, office.caller("claire"), task)

    assert approve_task(office.system, office.caller("donald"), task).body["task"]["outcome"] == "approved"


def test_claiming_twice_stays_claimed(office):
    task = at_second_line(office)

    for _ in range(2):
        claim_task(office.system, office.caller("claire"), task)

    assert office.inbox("claire")[0]["claimed_by"]["username"] == "claire"


def test_unclaiming_what_is_not_claimed_is_refused_and_starts_no_reminder(office):
    """ESC-01."""
    task = at_second_line(office)
    before = reminders(office, task)

    for _ in range(3):
        with pytest.raises(Conflict, match="you have not claimed it"):
            unclaim_task(office.system, office.caller("claire"), task)

    assert reminders(office, task) == before == 1


def test_each_claim_and_its_end_leave_one_reminder(office):
    """ESC-01."""
    task = at_second_line(office)

    for _ in range(3):
        claim_task(office.system, office.caller("claire"), task)
        assert reminders(office, task) == 0
        unclaim_task(office.system, office.caller("claire"), task)

    assert reminders(office, task) == 1


def test_a_claim_that_is_late_stale_or_not_ones_own_is_refused(office):
    task = at_second_line(office)

    with pytest.raises(StaleRevision):
        claim_task(office.system, office.caller("claire"), task, revision=9)
    with pytest.raises(NotARolePlayer):
        claim_task(office.system, office.caller("marc"), task)
    with pytest.raises(NotFound):
        claim_task(office.system, office.caller("carl"), task)
    approve_task(office.system, office.caller("claire"), task)
    with pytest.raises(TaskAlreadyDecided):
        claim_task(office.system, office.caller("donald"), task)


def test_a_backup_and_his_principal_do_not_lock_each_other_out(office):
    """USR-25: both may act."""
    office.begin("invoice_sales_12000")
    task = office.task("marc")
    make_backup(office, of="marc", backup="ann")
    claim_task(office.system, office.caller("ann"), task)
    for name in ("ann", "marc"):
        assert "unclaim" in read_task(office.system, office.caller(name), task).body["can"]

    answer = approve_task(office.system, office.caller("marc"), task)

    assert answer.body["task"]["outcome"] == "approved"
