"""An administrator gives a task to somebody else, and never approves by it."""

import pytest

from app.domain.errors import (
    Conflict,
    InvalidRequest,
    NotFound,
    NotPermitted,
    ReassignmentRefused,
    SeparationOfDuty,
    StaleRevision,
    TaskMoved,
    TaskNotOpen,
)
from app.operations.absences.change_backup import change_backup
from app.operations.groups.create_group import create_group
from app.operations.people.change_profile import change_profile
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.read_task import read_task
from app.operations.tasks.reassign_task import reassign_task
from tests.operations.diagrams import chain, deploy, resolve, user_task
from tests.operations.test_races import at_once
from tests.operations.test_voting_modes import act, begin


def reassign(office, task, *, who="wfa", reason="On leave", **more):
    """Reassign a task as an administrator of the workflow."""
    return reassign_task(office.system, office.caller(who), task, reason=reason, **more)


def holders(office, *names):
    """Return who of these has an open task."""
    return {name for name in names if office.inbox(name)}


def test_the_task_goes_to_somebody_else_and_who_had_it_is_told(office, mails):
    """ADM-03, ADM-04."""
    change_profile(office.system, office.caller("ann"), notify_new_task=True)
    document = office.send("invoice_sales_12000")
    office.start(document)
    task = office.task("marc")

    assert read_task(office.system, office.caller("wfa"), task).body["can"] == ["reassign", "add_approver"]
    reassign(office, task, to="ann", reason="Marc is ill")

    assert holders(office, "marc", "ann") == {"ann"}
    (item,) = office.inbox("ann")
    assert item["on_behalf_of"]["username"] == "marc"
    assert "Marc is ill" in item["why"]
    assert any("reassigned Approve first line from Marc Anthony to Ann" in each["text"] for each in office.timeline(document))
    assert read_task(office.system, office.caller("marc"), task).body["can"] == []
    office.tick()
    subjects = {(str(mail["To"]).split("@")[0], str(mail["Subject"]).split(":")[0]) for mail in mails}
    assert {("marc", "No longer with you"), ("ann", "Now with you")} <= subjects
    with pytest.raises(TaskMoved, match="reassigned to Ann"):
        approve_task(office.system, office.caller("marc"), task)
    approve_task(office.system, office.caller("ann"), task)
    approvals = [(each["actor"], each["on_behalf_of"]) for each in office.timeline(document) if each["kind"] == "task_approved"]
    assert approvals == [("ann", "marc")]


def test_a_task_goes_from_one_group_to_another(office):
    """ADM-03: group A to B; the tasks of A are closed."""
    adm = office.caller("adm")
    create_group(office.system, adm, key="a", name="A", members=["marc", "ann"])
    create_group(office.system, adm, key="b", name="B", members=["carl", "frank", "otto"])
    deploy(office, chain("voting", user_task("Vote", candidate_groups='["a"]')))
    office.start(office.send("invoice_sales_12000"), definition="voting")
    task = office.task("marc")

    after = reassign(office, task, group="b").body["task"]

    assert holders(office, "marc", "ann", "carl", "frank") == {"carl", "frank"}
    assert [each["status"] for each in after["assignments"] if each["user"]["username"] in ("marc", "ann")] == ["closed", "closed"]
    assert act(office, task, "frank")["outcome"] == "approved"


def test_votes_that_are_given_stand(office):
    """ADM-03, MUL-03."""
    task, _ = begin(office, mode="all")
    act(office, task, "marc")

    reassign(office, task, to="frank")

    assert holders(office, "ann", "carl", "frank") == {"frank"}
    assert act(office, task, "frank")["outcome"] == "approved"


def test_who_re_routes_does_not_decide(office):
    """ADM-05: neither by taking a step himself, nor by taking away those who are missing."""
    task, _ = begin(office, mode="all")
    act(office, task, "marc", "carl")
    with pytest.raises(ReassignmentRefused, match="would decide it"):
        reassign(office, task, to="marc")
    assert office.task("ann") == task

    office.start(office.send("invoice_sales_12000", **{"A-2026-1201": "B-1"}))
    step = next(item["id"] for item in office.inbox("marc") if item["step"])
    with pytest.raises(NotPermitted, match="re-routes does not approve"):
        reassign(office, step, to="wfa")


def test_separation_of_duty_holds(office):
    """ADM-03, MXR-01."""
    office.begin("invoice_sales_12000")
    approve_task(office.system, office.caller("marc"), office.task("marc"))

    with pytest.raises(SeparationOfDuty):
        reassign(office, office.task("claire"), to="marc")


def test_of_a_group_only_those_get_a_step_who_may_sign_it(office):
    """ADM-03, MXR-01."""
    create_group(office.system, office.caller("adm"), key="b", name="B", members=["marc", "ann"])
    office.begin("invoice_sales_12000")
    approve_task(office.system, office.caller("marc"), office.task("marc"))

    reassign(office, office.task("claire"), group="b")

    assert holders(office, "marc", "claire", "donald", "ann") == {"ann"}


def test_too_few_people_for_the_mode_are_refused(office):
    """MUL-02."""
    task, _ = begin(office, mode="2 of")

    with pytest.raises(ReassignmentRefused, match="2 of"):
        reassign(office, task, to="frank")
    assert holders(office, "marc", "ann", "carl", "frank") == {"marc", "ann", "carl"}


def test_reassigning_twice_is_refused(office):
    task, _ = begin(office, mode="any")
    reassign(office, task, to="frank")

    with pytest.raises(ReassignmentRefused, match="there already"):
        reassign(office, task, to="frank")


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"who": "marc", "to": "ann"}, NotPermitted),
        ({"to": "frank", "reason": "  "}, InvalidRequest),
        ({"to": "frank", "reason": "x" * 1_000_000}, InvalidRequest),
        ({}, InvalidRequest),
        ({"to": "frank", "group": "a"}, InvalidRequest),
        ({"to": "nobody"}, InvalidRequest),
        ({"group": "nothing"}, InvalidRequest),
        ({"to": "otto"}, ReassignmentRefused),
        ({"to": "pia"}, ReassignmentRefused),
        ({"to": "erp"}, ReassignmentRefused),
        ({"to": "frank", "revision": 99}, StaleRevision),
    ],
)
def test_what_cannot_be_is_refused(office, more, error):
    """ADM-03, ADM-04."""
    task, _ = begin(office, mode="any")

    with pytest.raises(error):
        reassign(office, task, **more)


def test_what_is_not_there_or_over_is_refused(office):
    task, _ = begin(office, mode="any")
    act(office, task, "marc")

    with pytest.raises(TaskNotOpen, match="completed"):
        reassign(office, task, to="frank")
    with pytest.raises(NotFound):
        reassign(office, "00000000-0000-7000-8000-000000000000", to="frank")


def test_an_incident_has_its_own_people(office):
    deploy(office, chain("voting", user_task("Vote", assignees='["marc"]', mode="2 of")))
    office.start(office.send("invoice_sales_12000"), definition="voting")
    incident = next(name for name in ("max", "wfa", "adm") if office.inbox(name))

    with pytest.raises(Conflict, match="its own people"):
        reassign(office, office.task(incident), to="frank")


def test_a_reassignment_and_an_approval_do_not_both_win(office):
    """MUL-07, ADM-03."""
    deploy(office, chain("voting", resolve(), user_task("First", approval_step="first_line")))
    office.start(office.send("invoice_sales_12000"), definition="voting")
    task = office.task("marc")

    moved, approved = at_once(lambda: reassign(office, task, to="ann"), lambda: approve_task(office.system, office.caller("marc"), task))

    if isinstance(approved, TaskMoved):
        assert holders(office, "marc", "ann") == {"ann"}
        assert moved.body["task"]["status"] == "open"
    else:
        assert isinstance(moved, TaskNotOpen)
        assert approved.body["task"]["outcome"] == "approved"


def test_who_re_routes_gives_no_step_to_whom_he_stands_in_for(office):
    """ADM-05: as backup he would sign what he gave."""
    office.begin("invoice_sales_12000")
    change_backup(office.system, office.caller("ann"), changes={"backup": "wfa", "active": True})

    with pytest.raises(NotPermitted, match="for whom you stand in"):
        reassign(office, office.task("marc"), to="ann")
