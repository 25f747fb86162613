"""Hold and release: the clocks stand still, and go on with what remained."""

from datetime import timedelta

import pytest

from app.domain.errors import Conflict, InvalidRequest, NotARolePlayer, NotFound, StaleRevision, TaskAlreadyDecided
from app.domain.teamwork_errors import TaskNotOnHold, TaskOnHold
from app.operations.answer import RequestKey
from app.operations.instances.cancel_instance import cancel_instance
from app.operations.instances.suspend_instance import suspend_instance
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.hold_task import hold_task
from app.operations.tasks.read_task import read_task
from app.operations.tasks.release_task import release_task
from tests.operations.diagrams import chain, deploy, user_task
from tests.operations.test_approve_task import at_second_line
from tests.operations.test_voting_modes import begin


def held(office, **more):
    """Start an invoice, put marc's task on hold and return its id."""
    office.begin("invoice_sales_12000")
    task = office.task("marc")
    hold_task(office.system, office.caller("marc"), task, **more)
    return task


def test_a_task_on_hold_is_neither_reminded_nor_escalated(office, clock, mails):
    """ESC-07."""
    held(office, reason="The supplier sends a credit note")
    clock.advance(days=30)

    office.tick()

    assert mails == []
    (item,) = office.inbox("marc")
    assert item["hold"]["by"]["username"] == "marc"
    assert item["hold"]["reason"] == "The supplier sends a credit note"


def test_release_restarts_the_clock_with_what_remained(office, clock, mails):
    """ESC-07: the reminder after three days comes three days of running clock after the task was there."""
    office.begin("invoice_sales_12000")
    task, due = office.task("marc"), office.inbox("marc")[0]["due_at"]
    clock.advance(days=1)
    hold_task(office.system, office.caller("marc"), task)
    clock.advance(days=10)
    release_task(office.system, office.caller("marc"), task)

    clock.advance(days=1, hours=23)
    office.tick()
    assert mails == []
    clock.advance(hours=2)
    office.tick()

    assert [mail["Subject"].split(":")[0] for mail in mails] == ["Still open"]
    (item,) = office.inbox("marc")
    assert item["hold"] is None
    assert item["due_at"] > due


def test_a_hold_ends_by_itself_at_its_time(office, clock, mails):
    """ESC-07."""
    document = office.send("invoice_sales_12000")
    office.start(document)
    hold_task(office.system, office.caller("marc"), office.task("marc"), until=clock.now + timedelta(days=5))
    clock.advance(days=5, minutes=1)

    office.tick()

    assert office.inbox("marc")[0]["hold"] is None
    assert [each["actor"] for each in office.timeline(document) if each["kind"] == "task_released"] == ["system"]
    clock.advance(days=3, minutes=1)
    office.tick()
    assert len(mails) == 1


def test_an_approval_ends_the_hold(office, clock, mails):
    """ESC-07, HND-01."""
    task = held(office)

    answer = approve_task(office.system, office.caller("marc"), task)

    assert answer.body["task"]["outcome"] == "approved"
    clock.advance(days=2)
    assert office.tick() == 0


def test_one_of_several_votes_ends_the_hold_for_the_rest(office, clock):
    task, _ = begin(office, mode="all", due="P3D")
    hold_task(office.system, office.caller("marc"), task)
    assert office.inbox("carl")[0]["hold"] is not None

    approve_task(office.system, office.caller("marc"), task)

    (item,) = office.inbox("carl")
    assert item["hold"] is None
    assert item["paused_at"] is None


def test_everybody_with_a_share_sees_the_hold_and_may_release_it(office):
    """ESC-07."""
    task = at_second_line(office)
    hold_task(office.system, office.caller("claire"), task)
    assert office.inbox("donald")[0]["hold"]["by"]["username"] == "claire"
    assert "release" in read_task(office.system, office.caller("donald"), task).body["can"]

    release_task(office.system, office.caller("donald"), task)

    assert office.inbox("claire")[0]["hold"] is None


def test_the_workflow_administrator_may_hold_and_release_what_is_not_his(office):
    office.begin("invoice_sales_12000")
    task = office.task("marc")

    hold_task(office.system, office.caller("wfa"), task)
    release_task(office.system, office.caller("wfa"), task)

    assert office.inbox("marc")[0]["hold"] is None


def test_holding_twice_names_who_did_and_the_same_request_is_answered_once(office):
    task = held(office)
    with pytest.raises(TaskOnHold, match="by Marc Anthony"):
        hold_task(office.system, office.caller("wfa"), task)
    release_task(office.system, office.caller("marc"), task)

    key = RequestKey(key="1", route="hold", digest="d")
    first, again = (hold_task(office.system, office.caller("marc"), task, request=key) for _ in range(2))

    assert first == again


def test_releasing_what_is_not_on_hold_is_refused(office):
    office.begin("invoice_sales_12000")

    with pytest.raises(TaskNotOnHold):
        release_task(office.system, office.caller("marc"), office.task("marc"))


def test_a_hold_that_is_late_stale_or_not_ones_own_is_refused(office):
    task = at_second_line(office)

    with pytest.raises(StaleRevision):
        hold_task(office.system, office.caller("claire"), task, revision=9)
    with pytest.raises(StaleRevision):
        hold_task(office.system, office.caller("wfa"), task, revision=99)
    with pytest.raises(NotARolePlayer):
        hold_task(office.system, office.caller("marc"), task)
    with pytest.raises(NotFound):
        hold_task(office.system, office.caller("kim"), task)
    approve_task(office.system, office.caller("claire"), task)
    with pytest.raises(TaskAlreadyDecided):
        hold_task(office.system, office.caller("donald"), task)
    with pytest.raises(Conflict):
        hold_task(office.system, office.caller("wfa"), task)


def test_a_hold_of_a_suspended_instance_is_refused(office):
    instance = office.begin("invoice_sales_12000")
    suspend_instance(office.system, office.caller("wfa"), instance["id"])

    for name in ("marc", "wfa"):
        with pytest.raises(Conflict, match="suspended"):
            hold_task(office.system, office.caller(name), office.task("marc"))


@pytest.mark.parametrize("days", [-1, 0, 367, 9000])
def test_an_end_that_has_passed_or_is_far_away_is_refused(office, clock, days):
    office.begin("invoice_sales_12000")

    with pytest.raises(InvalidRequest):
        hold_task(office.system, office.caller("marc"), office.task("marc"), until=clock.now + timedelta(days=days))


def test_a_reason_of_a_megabyte_is_refused(office):
    office.begin("invoice_sales_12000")

    with pytest.raises(InvalidRequest):
        hold_task(office.system, office.caller("marc"), office.task("marc"), reason="x" * 2**20)


def test_a_held_task_that_is_taken_away_leaves_no_clock_behind(office, clock, mails):
    """ESC-07: a hold of what is cancelled releases nothing later."""
    held(office, until=clock.now + timedelta(days=1))
    instance = office.inbox("marc")[0]["process_instance_id"]
    cancel_instance(office.system, office.caller("wfa"), instance)
    clock.advance(days=30)

    assert office.tick() == 0
    assert mails == []


def test_what_remains_of_business_time_is_business_time(office, clock, mails):
    """ESC-07: eight working hours from Monday 09:00, held on Monday and released on Friday at 16:00, end on the next working day."""
    deploy(office, chain("slow", user_task("Look", assignees='["marc"]', remind_after="PT8H", calendar="business")))
    office.start(office.send("invoice_sales_12000"), definition="slow")
    task = office.task("marc")
    hold_task(office.system, office.caller("marc"), task)
    clock.advance(days=4, hours=7)
    release_task(office.system, office.caller("marc"), task)

    clock.advance(hours=20)
    office.tick()
    assert mails == []
    clock.advance(days=3)
    office.tick()

    assert len(mails) == 1
