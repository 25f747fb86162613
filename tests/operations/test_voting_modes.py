"""How many of a pool must act, and that each of them counts once."""

import pytest

from app.domain.errors import DefinitionInvalid, DelegationRefused, TaskAlreadyDecided
from app.operations.schedules.claim_due import claim_due
from app.operations.schedules.fire_timer import fire_timer
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.claim_task import claim_task
from app.operations.tasks.delegate_task import delegate_task
from app.operations.tasks.reject_task import reject_task
from tests.operations.diagrams import chain, deploy, resolve, user_task
from tests.operations.test_separation_of_duty import make_backup

THREE = '["marc", "ann", "carl"]'


def begin(office, *, mode, assignees=THREE, **properties):
    """Start an instance with one task in this mode, and return the task's id."""
    deploy(office, chain("voting", user_task("Vote", assignees=assignees, mode=mode, **properties)))
    instance = office.start(office.send("invoice_sales_12000"), definition="voting")
    return office.task("marc"), instance["id"]


def act(office, task, *votes):
    """Let people vote: "marc" approves, "-marc" rejects."""
    for vote in votes:
        if vote.startswith("-"):
            answer = reject_task(office.system, office.caller(vote[1:]), task, reason="No")
        else:
            answer = approve_task(office.system, office.caller(vote), task)
    return answer.body["task"]


@pytest.mark.parametrize(
    ("mode", "votes", "status", "outcome"),
    [
        ("all", ["marc", "ann"], "open", None),
        ("all", ["marc", "-ann"], "open", None),
        ("all", ["marc", "-ann", "carl"], "completed", "rejected"),
        ("all", ["carl", "ann", "marc"], "completed", "approved"),
        ("any", ["-ann"], "completed", "rejected"),
        ("2 of", ["marc"], "open", None),
        ("2 of", ["marc", "-ann"], "open", None),
        ("2 of", ["marc", "carl"], "completed", "approved"),
        ("2 of", ["-marc", "-carl"], "completed", "rejected"),
        ("60 %", ["marc"], "open", None),
        ("60 %", ["marc", "ann"], "completed", "approved"),
        ("60 %", ["-marc", "-ann"], "completed", "rejected"),
    ],
)
def test_the_mode_decides_when_a_task_is_done(office, mode, votes, status, outcome):
    """MUL-02, MUL-03, MUL-04."""
    task, _ = begin(office, mode=mode)

    after = act(office, task, *votes)

    assert (after["status"], after["outcome"]) == (status, outcome)
    assert bool(office.inbox("carl")) == (status == "open" and "carl" not in votes)


def test_one_click_of_a_backup_is_one_vote(office):
    """MUL-03, HND-01: each person's act is recorded once."""
    task, _ = begin(office, mode="all")
    make_backup(office, of="marc", backup="ann")

    after = act(office, task, "ann")

    assert [(each["user"]["username"], each["status"]) for each in after["assignments"]] == [
        ("marc", "open"),
        ("ann", "approved"),
        ("carl", "open"),
    ]
    with pytest.raises(TaskAlreadyDecided, match="approved it at"):
        act(office, task, "ann")


def test_in_a_pool_where_one_suffices_a_member_signs_for_himself_alone(office):
    """HND-01: the audit has one approval, and nobody's authority is used who did nothing."""
    document = office.send("invoice_sales_12000")
    office.start(document)
    approve_task(office.system, office.caller("marc"), office.task("marc"))
    make_backup(office, of="donald", backup="claire")

    approve_task(office.system, office.caller("claire"), office.task("claire"))

    approvals = [(each["actor"], each["on_behalf_of"]) for each in office.timeline(document) if each["kind"] == "task_approved"]
    assert approvals == [("marc", None), ("claire", None)]


def test_who_has_voted_cannot_take_over_another_share(office):
    """MUL-05."""
    task, _ = begin(office, mode="all")
    act(office, task, "carl")

    with pytest.raises(DelegationRefused, match="already"):
        delegate_task(office.system, office.caller("marc"), task, to="carl")


def test_who_has_delegated_cannot_take_over_another_share(office):
    """MUL-05: his own counts through his delegate."""
    task, _ = begin(office, mode="2 of")
    delegate_task(office.system, office.caller("marc"), task, to="jeremy")

    with pytest.raises(DelegationRefused, match="already"):
        delegate_task(office.system, office.caller("ann"), task, to="marc")
    after = act(office, task, "jeremy", "ann")

    assert after["outcome"] == "approved"


def test_a_backup_who_delegates_hands_over_one_share_of_a_slot(office):
    task, _ = begin(office, mode="all")
    make_backup(office, of="marc", backup="ann")

    delegate_task(office.system, office.caller("ann"), task, to="jeremy")
    after = act(office, task, "jeremy", "marc", "carl")

    assert after["outcome"] == "approved"


def test_a_mode_that_needs_more_people_than_there_are_is_an_incident(office):
    deploy(office, chain("voting", user_task("Vote", assignees='["marc"]', mode="2 of")))

    instance = office.start(office.send("invoice_sales_12000"), definition="voting")

    assert instance["status"] == "incident"
    assert office.inbox("marc") == []
    (incident,) = office.instance(instance["id"])["incidents"]
    assert "2 of" in incident["detail"]


def test_escalation_leaves_enough_people_for_the_mode(office, clock):
    task, _ = begin(office, mode="2 of", assignees='["marc", "ann"]', escalate_after="P1D", escalate_to='"frank"')
    clock.advance(days=1, minutes=1)
    office.tick()

    now = {name for name in ("frank", "claire", "wfa", "marc", "ann") if office.inbox(name)}
    assert len(now) == 2
    after = act(office, task, *sorted(now))

    assert after["outcome"] == "approved"


def test_a_claim_keeps_others_out_only_where_one_suffices(office):
    task, _ = begin(office, mode="all")
    claim_task(office.system, office.caller("marc"), task)

    after = act(office, task, "ann", "carl", "marc")

    assert after["outcome"] == "approved"


def test_a_claim_stops_the_reminder_of_who_claimed_not_that_of_the_others(office, clock, mails):
    """ESC-01."""
    task, _ = begin(office, mode="all", remind_after="P1D")
    claim_task(office.system, office.caller("marc"), task)
    clock.advance(days=1, minutes=1)
    for work in claim_due(office.system):
        fire_timer(office.system, work.id)
    office.tick()

    assert sorted(mail["To"].partition("@")[0] for mail in mails) == ["ann", "carl"]


def test_two_of_a_pool_of_role_players_sign_and_nobody_signs_the_next_step(office):
    """MUL-02: `all` on a pool needs each member."""
    first, second = (user_task(name, approval_step=step, mode="all") for name, step in (("One", "first_line"), ("Two", "second_line")))
    deploy(office, chain("all_sign", resolve(), first, second, end="Approved for payment"))
    instance = office.start(office.send("invoice_sales_12000"), definition="all_sign")
    approve_task(office.system, office.caller("marc"), office.task("marc"))
    task = office.task("claire")

    assert act(office, task, "claire")["status"] == "open"
    assert act(office, task, "donald")["status"] == "completed"
    assert office.instance(instance["id"])["outcome"] == "Approved for payment"


def test_a_mode_that_is_none_is_not_deployed(office):
    with pytest.raises(DefinitionInvalid):
        deploy(office, chain("voting", user_task("Vote", assignees='["marc"]', mode="most")))
