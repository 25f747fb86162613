"""Taking a vote back while it has decided nothing."""

import pytest
import sqlalchemy as sa

from app.domain.errors import InvalidRequest, NotARolePlayer, NotFound, StaleRevision, TaskAlreadyDecided, VoteStands
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.read_task import read_task
from app.operations.tasks.reject_task import reject_task
from app.operations.tasks.withdraw_task import withdraw_task
from app.persistence.tables.tasks import transaction_role
from tests.operations.diagrams import chain, deploy, resolve, user_task
from tests.operations.test_races import at_once
from tests.operations.test_voting_modes import act, begin


def withdraw(office, who, task, **more):
    """Withdraw somebody's vote."""
    return withdraw_task(office.system, office.caller(who), task, **more)


def test_a_withdrawn_vote_counts_no_more(office):
    """MUL-03: the task waits for everybody who has not voted now."""
    task, _ = begin(office, mode="all")
    act(office, task, "marc", "-ann")

    assert read_task(office.system, office.caller("ann"), task).body["can"] == ["withdraw"]
    after = withdraw(office, "ann", task, comment="I looked at the wrong line")

    assert [each["status"] for each in after.body["task"]["assignments"]] == ["approved", "open", "open"]
    assert office.task("ann") == task
    act(office, task, "carl")
    assert act(office, task, "ann")["outcome"] == "approved"


def test_what_was_withdrawn_stays_in_the_timeline(office):
    """MUL-03."""
    deploy(office, chain("voting", user_task("Vote", assignees='["marc", "ann"]', mode="all")))
    document = office.send("invoice_sales_12000")
    office.start(document, definition="voting")
    task = office.task("marc")
    act(office, task, "marc")

    withdraw(office, "marc", task, comment="Too early")

    kinds = [item["kind"] for item in office.timeline(document)]
    assert kinds[-2:] == ["task_approved", "vote_withdrawn"]


def test_a_withdrawn_signature_frees_its_role(office):
    """MXR-01, MUL-03: who has signed nothing plays no step; what was signed stays as history."""
    first = user_task("First", approval_step="first_line")
    deploy(office, chain("voting", resolve(), first, user_task("Second", approval_step="second_line", mode="all")))
    office.start(office.send("invoice_sales_12000"), definition="voting")
    act(office, office.task("marc"), "marc")
    task = office.task("claire")
    act(office, task, "claire")

    withdraw(office, "claire", task)

    with office.system.database.read() as reading:
        rows = reading.rows(sa.select(transaction_role.c.step, transaction_role.c.superseded_at).order_by(transaction_role.c.id))
    assert [(row.step, row.superseded_at is None) for row in rows] == [("first_line", True), ("second_line", False)]
    act(office, task, "donald")
    assert act(office, task, "claire")["outcome"] == "approved"


def test_a_slot_that_is_decided_is_not_opened_again(office):
    """MUL-02: the vote decided the slot, though the step still waits for another one."""
    deploy(office, chain("voting", resolve(), user_task("First", approval_step="first_line")))
    office.start(office.send("invoice_two_branches"), definition="voting")
    task = office.task("marc")
    assert act(office, task, "marc")["status"] == "open"

    with pytest.raises(VoteStands, match="decided your part"):
        withdraw(office, "marc", task)


def test_a_decision_stands(office):
    """MUL-02: the precise reason names whose vote decided it."""
    task, _ = begin(office, mode="2 of")
    act(office, task, "marc", "ann")

    with pytest.raises(VoteStands, match="the vote of Ann"):
        withdraw(office, "marc", task)
    with pytest.raises(VoteStands, match="your own vote"):
        withdraw(office, "ann", task)


def test_withdrawing_twice_is_refused_and_the_same_request_is_not(office):
    task, _ = begin(office, mode="all")
    act(office, task, "marc")
    withdraw(office, "marc", task)

    with pytest.raises(NotARolePlayer, match="have not voted"):
        withdraw(office, "marc", task)


@pytest.mark.parametrize(
    ("who", "more", "error"),
    [
        ("ann", {}, NotARolePlayer),
        ("adm", {}, NotARolePlayer),
        ("pia", {}, NotFound),
        ("marc", {"revision": 1}, StaleRevision),
        ("marc", {"comment": "x" * 1_000_000}, InvalidRequest),
    ],
)
def test_who_may_not_withdraw_is_told_why(office, who, more, error):
    task, _ = begin(office, mode="all")
    act(office, task, "marc")

    with pytest.raises(error):
        withdraw(office, who, task, **more)


def test_a_withdrawal_and_the_last_vote_do_not_both_win(office):
    """MUL-07: whichever commits first wins; the other reads why."""
    task, _ = begin(office, mode="2 of")
    act(office, task, "marc")

    withdrawn, voted = at_once(lambda: withdraw(office, "marc", task), lambda: approve_task(office.system, office.caller("ann"), task))

    if isinstance(withdrawn, VoteStands):
        assert voted.body["task"]["outcome"] == "approved"
        with pytest.raises(TaskAlreadyDecided):
            reject_task(office.system, office.caller("carl"), task, reason="No")
    else:
        assert voted.body["task"]["status"] == "open"
        assert act(office, task, "carl")["outcome"] == "approved"
