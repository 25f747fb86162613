"""Two people do what excludes each other, at the same moment: one is first, the other is told, and nothing is done twice or half."""

from datetime import timedelta

from app.domain.errors import CountersignError, PartnershipClosed, TaskAlreadyDecided, TaskMoved, TooManyFilters
from app.domain.leaving_errors import AbsenceOverlaps, SuccessorRefused, UserNotActive
from app.operations.absences.create_absence import create_absence
from app.operations.partners.accept_partnership import accept_partnership
from app.operations.partners.invite_partner import invite_partner
from app.operations.partners.revoke_partnership import revoke_partnership
from app.operations.people.deactivate_user import deactivate_user
from app.operations.people.give_role import give_role
from app.operations.people.read_user import read_user
from app.operations.tasks.answer_question import answer_question
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.ask_question import ask_question
from app.operations.tasks.delegate_task import delegate_task
from app.operations.tasks.hold_task import hold_task
from app.operations.tasks.list_filters import list_filters
from app.operations.tasks.read_task import read_task
from app.operations.tasks.reassign_task import reassign_task
from app.operations.tasks.save_filter import save_filter
from app.operations.tasks.saved_filters import FILTERS_MAX
from app.operations.tasks.withdraw_question import withdraw_question
from tests.operations.partner_people import end_partnership, partnership
from tests.operations.test_races import at_once


def refused(results):
    """Return the refusals among the results."""
    return [each for each in results if isinstance(each, CountersignError)]


def test_holding_and_approving(office):
    """ESC-07: what is approved is not on hold, whoever was first."""
    office.begin("invoice_sales_12000")
    task, marc = office.task("marc"), office.caller("marc")

    held, approved = at_once(lambda: hold_task(office.system, marc, task), lambda: approve_task(office.system, marc, task))

    assert approved.body["task"]["outcome"] == "approved"
    assert isinstance(held, TaskAlreadyDecided) or held.status == 200
    assert read_task(office.system, marc, task).body["hold"] is None


def test_reassigning_and_delegating(office):
    """ADM-03, HND-04: one hand after the other; exactly one of both has the task."""
    office.begin("invoice_sales_12000")
    task, marc, wfa = office.task("marc"), office.caller("marc"), office.caller("wfa")

    moved, delegated = at_once(
        lambda: reassign_task(office.system, wfa, task, to="ann", reason="On leave"),
        lambda: delegate_task(office.system, marc, task, to="frank"),
    )

    assert not isinstance(moved, CountersignError)
    assert isinstance(delegated, TaskMoved) or delegated.status == 200
    assert [name for name in ("marc", "ann", "frank") if office.inbox(name)] == ["ann"]


def test_answering_and_withdrawing_a_question(office):
    office.begin("invoice_sales_12000")
    marc, ann = office.caller("marc"), office.caller("ann")
    question = ask_question(office.system, marc, office.task("marc"), whom="ann", question="Did it arrive?").body["question"]

    results = at_once(
        lambda: answer_question(office.system, ann, question, answer="Yes."), lambda: withdraw_question(office.system, marc, question)
    )

    assert len(refused(results)) == 1
    outcome = read_task(office.system, marc, question).body["outcome"]
    assert outcome == ("withdrawn" if isinstance(results[0], CountersignError) else "answered")


def test_the_same_days_twice(office):
    """ESC-05."""
    marc, day = office.caller("marc"), office.system.clock().date() + timedelta(days=7)

    results = at_once(
        *[lambda name=name: create_absence(office.system, marc, stand_in=name, starts_on=day, ends_on=day) for name in ("ann", "frank")]
    )

    assert [type(each) for each in refused(results)] == [AbsenceOverlaps]


def test_two_who_would_succeed_each_other(office):
    """USR-39: nobody is left as the successor of somebody who is not there."""
    adm, ann, frank = office.caller("adm"), office.caller("ann").user_id, office.caller("frank").user_id

    results = at_once(
        lambda: deactivate_user(office.system, adm, ann, successor="frank"),
        lambda: deactivate_user(office.system, adm, frank, successor="ann"),
    )

    assert [type(each) for each in refused(results)] == [SuccessorRefused]


def test_leaving_twice(office):
    """USR-39."""
    adm, ann = office.caller("adm"), office.caller("ann").user_id

    results = at_once(*[lambda name=name: deactivate_user(office.system, adm, ann, successor=name) for name in ("frank", "marc")])

    assert [type(each) for each in refused(results)] == [UserNotActive]


def test_a_role_that_is_given_twice(office):
    """USR-29: he has it once."""
    adm, ann = office.caller("adm"), office.caller("ann").user_id

    results = at_once(*[lambda: give_role(office.system, adm, ann, role="analyst", apply_to_running=False)] * 2)

    assert refused(results) == []
    assert read_user(office.system, adm, ann).body["roles"].count("analyst") == 1


def test_the_last_place_for_a_filter(office):
    """TSK-09."""
    marc = office.caller("marc")
    for number in range(FILTERS_MAX - 1):
        save_filter(office.system, marc, name=f"Filter {number}", query={"q": "a"})

    results = at_once(*[lambda name=name: save_filter(office.system, marc, name=name, query={"q": "b"}) for name in ("One", "Two")])

    assert [type(each) for each in refused(results)] == [TooManyFilters]
    positions = [each["position"] for each in list_filters(office.system, marc).body["items"]]
    assert positions == list(range(1, FILTERS_MAX + 1))


def test_accepting_and_ending_a_partnership(office):
    """PAR-01, PAR-10: it is over in the end."""
    end_partnership(office)
    adm, kim = office.caller("adm"), office.caller("kim")
    invited = invite_partner(office.system, adm, partner="ACC").body["id"]

    accepted, ended = at_once(
        lambda: accept_partnership(office.system, kim, invited), lambda: revoke_partnership(office.system, adm, invited)
    )

    assert isinstance(accepted, PartnershipClosed) or accepted.body["status"] == "active"
    assert (ended.body["status"], partnership(office)["status"]) == ("revoked", "revoked")
