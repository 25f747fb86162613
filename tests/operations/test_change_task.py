"""The due date and the priority of a task: who changes them, and what moves with them."""

from datetime import timedelta

import pytest

from app.domain.errors import InvalidRequest, NotARolePlayer, NotFound, NotPermitted, StaleRevision, TaskAlreadyDecided, TaskNotOpen
from app.operations.answer import RequestKey
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.change_task import change_task
from app.operations.tasks.hold_task import hold_task
from app.operations.tasks.release_task import release_task
from app.operations.wording import instant
from tests.operations.diagrams import chain, deploy, user_task


def change(office, task, *, as_user="wfa", reason=None, revision=None, request=None, **changes):
    """Change a task."""
    return change_task(office.system, office.caller(as_user), task, changes=changes, reason=reason, revision=revision, request=request)


def start(office):
    """Start an invoice and return marc's task as his inbox shows it."""
    office.begin("invoice_sales_12000")
    return office.inbox("marc")[0]


def test_the_due_date_is_changed_in_every_inbox_and_on_the_timeline(office, clock):
    document = office.send("invoice_sales_12000")
    office.start(document)
    task, due_at = office.inbox("marc")[0], clock.now + timedelta(days=40)

    change(office, task["id"], due_at=due_at, priority=90, reason="The supplier agreed")

    (item,) = office.inbox("marc")
    assert (item["due_at"], item["priority"], item["revision"]) == (instant(due_at), 90, task["revision"])
    (told,) = [each for each in office.timeline(document) if each["kind"] == "task_changed"]
    assert told["actor"] == "wfa"
    assert "The supplier agreed" in told["text"]


def test_the_escalation_moves_with_the_due_date(office, clock):
    """ESC-02: one due date is the one truth."""
    task = start(office)
    change(office, task["id"], due_at=clock.now + timedelta(days=60))
    clock.advance(days=20)
    office.tick()
    assert office.inbox("marc", status="escalated") == []

    clock.advance(days=41)
    office.tick()

    assert len(office.inbox("marc", status="escalated")) == 1


def test_a_due_date_given_on_hold_counts_from_then(office, clock):
    """ESC-07."""
    task = start(office)["id"]
    hold_task(office.system, office.caller("marc"), task)
    clock.advance(days=10)
    due_at = clock.now + timedelta(days=40)
    change(office, task, due_at=due_at)
    clock.advance(days=5)

    release_task(office.system, office.caller("marc"), task)

    shown = office.inbox("marc")[0]["due_at"]
    assert instant(due_at + timedelta(days=5)) <= shown < instant(due_at + timedelta(days=5, seconds=1))


def test_whoever_has_the_task_may_hurry_but_not_postpone(office, clock):
    task = start(office)

    change(office, task["id"], as_user="marc", due_at=clock.now + timedelta(hours=1), priority=80)

    assert office.inbox("marc")[0]["priority"] == 80
    with pytest.raises(NotPermitted, match="more time"):
        change(office, task["id"], as_user="marc", due_at=clock.now + timedelta(days=30))


@pytest.mark.parametrize("is_held", [False, True])
def test_a_first_due_date_gives_who_has_the_task_no_more_time(office, clock, is_held):
    """ESC-02: an escalation is put off by an administrator, or by a hold that everybody sees."""
    deploy(office, chain("plain", user_task("Look", assignees='["marc"]', escalate_after="P2D", escalate_to="donald")))
    office.start(office.send("invoice_sales_12000"), definition="plain")
    task = office.task("marc")
    if is_held:
        hold_task(office.system, office.caller("marc"), task)

    with pytest.raises(NotPermitted, match="more time"):
        change(office, task, as_user="marc", due_at=clock.now + timedelta(days=3000))
    change(office, task, as_user="marc", due_at=clock.now + timedelta(days=1))

    assert office.inbox("marc")[0]["due_at"]


def test_what_is_as_it_was_tells_nothing(office):
    document = office.send("invoice_sales_12000")
    office.start(document)

    change(office, office.task("marc"), priority=50)

    assert [each for each in office.timeline(document) if each["kind"] == "task_changed"] == []


def test_the_same_request_changes_once(office, clock):
    task, key = start(office)["id"], RequestKey(key="1", route="change", digest="d")
    due_at = clock.now + timedelta(days=2)

    assert change(office, task, due_at=due_at, request=key) == change(office, task, due_at=due_at, request=key)


@pytest.mark.parametrize(
    ("field", "value"),
    [("due_at", timedelta(seconds=-1)), ("due_at", timedelta(days=4000)), ("due_at", None), ("priority", -1), ("priority", 101)],
)
def test_impossible_values_are_refused_by_name(office, clock, field, value):
    task = start(office)["id"]

    with pytest.raises(InvalidRequest) as refusal:
        change(office, task, **{field: clock.now + value if isinstance(value, timedelta) else value})

    assert set(refusal.value.facts["errors"]) == {field}


def test_nothing_to_change_and_a_reason_of_a_megabyte_are_refused(office):
    task = start(office)["id"]

    with pytest.raises(InvalidRequest):
        change(office, task)
    with pytest.raises(InvalidRequest):
        change(office, task, priority=1, reason="x" * 2**20)


def test_a_change_that_is_late_stale_or_not_ones_own_is_refused(office):
    task = start(office)["id"]

    with pytest.raises(StaleRevision):
        change(office, task, as_user="marc", priority=1, revision=9)
    with pytest.raises(NotARolePlayer):
        change(office, task, as_user="erp", priority=1)
    with pytest.raises(NotFound):
        change(office, task, as_user="jeremy", priority=1)
    approve_task(office.system, office.caller("marc"), task)
    with pytest.raises(TaskAlreadyDecided):
        change(office, task, as_user="marc", priority=1)
    with pytest.raises(TaskNotOpen):
        change(office, task, priority=1)
