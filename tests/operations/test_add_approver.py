"""One more person signs."""

import pytest

from app.domain.errors import AdditionRefused, Conflict, InvalidRequest, NotARolePlayer, SeparationOfDuty, TaskNotOpen
from app.operations.tasks.add_approver import add_approver
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.reject_task import reject_task
from tests.operations.test_voting_modes import act, begin


def add(office, task, user, *, who="marc", **more):
    """Add an approver to a task."""
    return add_approver(office.system, office.caller(who), task, user=user, **more)


def test_an_added_approver_signs_besides_the_role_players(office):
    """MUL-02, MXS-13: without him the step is not decided, and without them neither; he needs no mandate."""
    document = office.send("invoice_sales_12000")
    instance = office.start(document)
    task = office.task("marc")

    add(office, task, "ann", comment="You know the contract")

    (item,) = office.inbox("ann")
    assert "You know the contract" in item["why"]
    assert approve_task(office.system, office.caller("marc"), task).body["task"]["status"] == "open"
    assert approve_task(office.system, office.caller("ann"), task).body["task"]["outcome"] == "approved"
    assert any(each["text"].startswith("Marc Anthony added Ann") for each in office.timeline(document))
    approve_task(office.system, office.caller("donald"), office.task("donald"))
    assert office.instance(instance["id"])["outcome"] == "Approved for payment"


def test_the_rejection_of_an_added_approver_counts(office):
    """MUL-03."""
    office.begin("invoice_sales_12000")
    task = office.task("marc")
    add(office, task, "ann")
    reject_task(office.system, office.caller("ann"), task, reason="Never delivered")

    assert approve_task(office.system, office.caller("marc"), task).body["task"]["outcome"] == "rejected"


def test_an_added_approver_plays_no_other_step(office):
    """MXR-01, MXR-08: neither one who signed, nor one in the pool of another step."""
    office.begin("invoice_sales_12000")
    with pytest.raises(SeparationOfDuty):
        add(office, office.task("marc"), "claire")
    approve_task(office.system, office.caller("marc"), office.task("marc"))

    with pytest.raises(SeparationOfDuty):
        add(office, office.task("claire"), "marc", who="claire")


def test_who_signed_as_an_added_approver_signs_no_other_step(office):
    """MXR-01."""
    office.begin("invoice_sales_12000")
    task = office.task("marc")
    add(office, task, "ann")
    act(office, task, "ann", "marc")

    with pytest.raises(SeparationOfDuty):
        add(office, office.task("claire"), "ann", who="claire")


def test_the_mode_of_the_others_stays(office):
    """MUL-02: two of three, and the one who was added."""
    task, _ = begin(office, mode="2 of")

    add(office, task, "frank", who="wfa")

    assert act(office, task, "marc", "ann")["status"] == "open"
    assert office.inbox("carl") == []
    assert act(office, task, "frank")["outcome"] == "approved"


@pytest.mark.parametrize(
    ("user", "more", "error"),
    [
        ("ann", {}, AdditionRefused),
        ("otto", {}, AdditionRefused),
        ("pia", {}, AdditionRefused),
        ("erp", {}, AdditionRefused),
        ("nobody", {}, InvalidRequest),
        ("frank", {"comment": "x" * 1_000_000}, InvalidRequest),
        ("frank", {"who": "eva"}, NotARolePlayer),
    ],
)
def test_who_cannot_be_added_is_named(office, user, more, error):
    """MUL-05."""
    task, _ = begin(office, mode="all")
    if more.get("who") == "eva":
        add(office, task, "eva")
        act(office, task, "eva")
        error = Conflict

    with pytest.raises(error):
        add(office, task, user, **more)


def test_nobody_is_added_to_what_is_over(office):
    task, _ = begin(office, mode="any")
    act(office, task, "marc")

    with pytest.raises(TaskNotOpen):
        add(office, task, "frank", who="adm")


def test_not_more_people_than_a_step_can_bear(office, monkeypatch):
    monkeypatch.setattr("app.operations.tasks.add_approver.ADDED_MAX", 2)
    task, _ = begin(office, mode="any", assignees='["marc"]')
    add(office, task, "ann")
    add(office, task, "carl")

    with pytest.raises(AdditionRefused, match="2 people"):
        add(office, task, "frank")
