"""Shares of an open task that move, come and go, and what that makes of the vote."""

import pytest

from app.domain.errors import IncidentStands, SeparationOfDuty
from app.operations.instances.list_incidents import list_incidents
from app.operations.instances.resolve_incident import resolve_incident
from app.operations.instances.retry_incident import retry_incident
from app.operations.settlement import settle
from app.operations.tasks.add_approver import add_approver
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.decision import task_body
from app.operations.tasks.reassign_task import reassign_task
from app.operations.tasks.recounting import recount
from app.operations.tasks.shares import add_share, move_shares, withdraw_shares
from app.operations.turn import turn_of_task
from tests.operations.diagrams import chain, deploy, resolve, user_task
from tests.operations.test_voting_modes import THREE, act, begin


def shares_of(turn, task, who):
    """Return somebody's open shares of a task."""
    user_id = turn.directory.find(who).id
    return [each for each in turn.assignments if each.task_id == task.id and each.status == "open" and each.user_id == user_id]


def change(office, task_id, verb):
    """Apply a change of shares in a turn without a caller, and return the task as it is then."""
    with turn_of_task(office.system, task_id, caller=None) as turn:
        task = next(each for each in turn.open_tasks.values() if each.id == task_id)
        verb(turn, task)
        recount(turn, task)
        settle(turn)
        turn.work.commit()
        return task_body(turn, task_id)["task"]


def hand_over(office, task_id, who, to):
    """Move somebody's shares to a successor, as a deactivation does."""

    def verb(turn, task):
        person = turn.directory.find(to)
        move_shares(turn, task, shares_of(turn, task, who), to=person, cause="successor", why="Handed over.", status="closed")

    return change(office, task_id, verb)


def take_away(office, task_id, *people):
    """Withdraw the shares of people, as the loss of a role does."""

    def verb(turn, task):
        for who in people:
            withdraw_shares(turn, task, shares_of(turn, task, who), reason="No longer asked.")

    return change(office, task_id, verb)


def incidents(office):
    """Return the open incidents."""
    return list_incidents(office.system, office.caller("wfa"), status="open").body["items"]


def test_shares_of_one_person_in_a_slot_merge(office):
    """MUL-06: a set of two whose one member takes over the other's share is one share."""
    task, _ = begin(office, mode="all", assignees='["marc", "ann"]')

    after = hand_over(office, task, "ann", "marc")

    assert [each["user"]["username"] for each in after["assignments"] if each["status"] == "open"] == ["marc"]
    assert act(office, task, "marc")["outcome"] == "approved"


def test_a_share_that_merges_with_a_vote_can_decide(office):
    """MUL-06: whoever has voted counts once, and nobody is left to wait for."""
    task, instance = begin(office, mode="all", assignees='["marc", "ann"]')
    act(office, task, "marc")

    after = hand_over(office, task, "ann", "marc")

    assert (after["status"], after["outcome"]) == ("completed", "approved")
    assert office.instance(instance)["status"] == "completed"


def test_a_share_keeps_its_chain_and_its_principal(office):
    """HND-06, MUL-06."""
    office.begin("invoice_sales_12000")
    task = office.task("marc")

    after = hand_over(office, task, "marc", "ann")

    fresh = after["assignments"][-1]
    assert (fresh["user"]["username"], fresh["on_behalf_of"]["username"], fresh["cause"]) == ("ann", "marc", "successor")
    assert fresh["why"].startswith("Handed over. ")


def test_separation_of_duty_is_asked_first(office):
    """MXR-01: nothing has moved when it is refused."""
    office.begin("invoice_sales_12000")
    approve_task(office.system, office.caller("marc"), office.task("marc"))
    task = office.task("claire")

    with pytest.raises(SeparationOfDuty):
        hand_over(office, task, "claire", "marc")

    def add(turn, task):
        add_share(turn, task, 0, turn.directory.find("marc"), cause="role", why="You hold the role.")

    with pytest.raises(SeparationOfDuty):
        change(office, task, add)
    assert office.task("claire") == task


def test_somebody_who_comes_later_counts(office):
    """MUL-02, USR-30: two of two become two of three, and all of two become all of three."""
    task, _ = begin(office, mode="all", assignees='["marc", "ann"]')
    act(office, task, "marc")

    def add(turn, task):
        assert add_share(turn, task, 0, turn.directory.find("ann"), cause="role", why="Again.") is None
        assert add_share(turn, task, 0, turn.directory.find("frank"), cause="role", why="You hold the role.") is not None

    change(office, task, add)

    assert act(office, task, "ann")["status"] == "open"
    assert act(office, task, "frank")["outcome"] == "approved"


@pytest.mark.parametrize(
    ("mode", "votes", "gone", "outcome"),
    [
        ("all", ["marc"], ["ann", "carl"], "approved"),
        ("all", ["-marc"], ["ann", "carl"], "rejected"),
        ("2 of", ["marc"], ["ann"], None),
        ("2 of", ["-marc"], ["ann"], "rejected"),
        ("60 %", ["marc"], ["ann", "carl"], "approved"),
        ("any", [], ["ann"], None),
    ],
)
def test_those_who_are_left_decide(office, mode, votes, gone, outcome):
    """MUL-02, USR-31: fewer people may decide at once."""
    task, _ = begin(office, mode=mode)
    act(office, task, *votes) if votes else None

    after = take_away(office, task, *gone)

    assert after["outcome"] == outcome
    assert incidents(office) == []


def test_too_few_are_an_incident_that_says_so(office):
    """MUL-02, USR-31: the votes that are given stand, and one more person resolves it."""
    task, instance = begin(office, mode="2 of")
    act(office, task, "marc")

    after = take_away(office, task, "ann", "carl")

    assert after["status"] == "open"
    (incident,) = incidents(office)
    assert incident["code"] == "shares_missing"
    assert "mode 2 of cannot be decided by Marc Anthony" in incident["detail"]
    assert office.instance(instance)["status"] == "incident"
    assert any(item["kind"] == "incident" for item in office.inbox("wfa"))
    with pytest.raises(IncidentStands):
        resolve_incident(office.system, office.caller("wfa"), incident["id"])

    add_approver(office.system, office.caller("wfa"), task, user="frank")

    assert incidents(office) == []
    assert office.instance(instance)["status"] == "active"
    assert act(office, task, "frank")["outcome"] == "approved"
    assert office.inbox("wfa") == []


def test_a_retry_looks_again_and_finds_nobody(office):
    """USR-31."""
    task, _ = begin(office, mode="any")
    take_away(office, task, "marc", "ann", "carl")
    (incident,) = incidents(office)
    assert "cannot be decided by nobody" in incident["detail"]

    retry_incident(office.system, office.caller("wfa"), incident["id"])

    (again,) = incidents(office)
    assert again["id"] != incident["id"]
    reassign_task(office.system, office.caller("wfa"), task, to="frank", reason="Nobody was left")
    assert incidents(office) == []
    assert act(office, task, "frank")["outcome"] == "approved"


def test_an_empty_slot_of_a_step_goes_to_who_has_a_mandate_alone(office):
    """ADM-03, MXR-07."""
    office.begin("invoice_sales_12000")
    approve_task(office.system, office.caller("marc"), office.task("marc"))
    task = office.task("claire")
    take_away(office, task, "claire", "donald")

    with pytest.raises(Exception, match="mandate"):
        reassign_task(office.system, office.caller("wfa"), task, to="ann", reason="Nobody was left")
    reassign_task(office.system, office.caller("wfa"), task, to="donald", reason="Nobody was left")

    assert act(office, task, "donald")["outcome"] == "approved"


def test_fail_fast_rejects_at_once_and_closes_the_others(office):
    """MUL-03."""
    task, _ = begin(office, mode="all", fail_fast="true")

    after = act(office, task, "-ann")

    assert after["outcome"] == "rejected"
    assert {(each["user"]["username"], each["status"], each["decided_by"]["username"]) for each in after["assignments"]} == {
        ("marc", "closed", "ann"),
        ("ann", "rejected", "ann"),
        ("carl", "closed", "ann"),
    }


@pytest.mark.parametrize(
    ("veto", "votes", "outcome"),
    [
        ('["carl"]', ["-ann"], None),
        ('["carl"]', ["-carl"], "rejected"),
        ('["role:workflow_administrator"]', ["-carl"], None),
        ('["frank", "ann"]', ["marc", "-ann"], "rejected"),
    ],
)
def test_a_veto_rejects_whatever_the_mode(office, veto, votes, outcome):
    """MUL-03."""
    task, _ = begin(office, mode="2 of", veto=veto)

    assert act(office, task, *votes)["outcome"] == outcome


def test_a_veto_rejects_whatever_the_other_slots(office):
    """MUL-03, MXS-13."""
    deploy(office, chain("voting", resolve(), user_task("First", approval_step="first_line", veto='["marc"]')))
    office.start(office.send("invoice_two_branches"), definition="voting")

    assert act(office, office.task("marc"), "-marc")["outcome"] == "rejected"


def test_whoever_did_not_have_to_act_reads_who_did(office):
    """MUL-04, TSK-08: marc's completed tasks show that ann completed it."""
    task, _ = begin(office, mode="any", assignees='["marc", "ann"]')
    after = act(office, task, "-ann")

    (item,) = office.inbox("marc", status="completed")

    assert after["outcome"] == "rejected"
    assert (item["my_status"], item["decided_by"]["username"], item["outcome"]) == ("closed", "ann", "rejected")


def test_each_slot_names_who_decided_it(office, clock):
    """MUL-04, TSK-08: where several slots are decided by several people."""
    task, _ = begin(office, mode="any", assignees=THREE)
    add_approver(office.system, office.caller("marc"), task, user="frank")
    act(office, task, "ann")
    clock.advance(minutes=1)
    act(office, task, "frank")

    (item,) = office.inbox("marc", status="completed")

    assert item["decided_by"]["username"] == "ann"
