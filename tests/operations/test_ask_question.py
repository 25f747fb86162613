"""A question about a task: to whom, what he may do, how it comes back, and what the clocks do meanwhile."""

import pytest

from app.domain.errors import Conflict, InvalidRequest, NotARolePlayer, NotFound, StaleRevision, TaskNotOpen
from app.domain.teamwork_errors import QuestionRefused
from app.operations.answer import RequestKey
from app.operations.tasks.answer_question import answer_question
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.ask_question import ask_question
from app.operations.tasks.claim_task import claim_task
from app.operations.tasks.comment_task import comment_task
from app.operations.tasks.delegate_task import delegate_task
from app.operations.tasks.hold_task import hold_task
from app.operations.tasks.read_task import read_task
from app.operations.tasks.reject_task import reject_task
from app.operations.tasks.withdraw_question import withdraw_question
from app.persistence import documents, people
from tests.operations.test_approve_task import at_second_line
from tests.operations.test_voting_modes import begin


def ask(office, task, whom="ann", *, as_user="marc", question="Did we get it?", **more):
    """Ask, and return the id of the question's task."""
    return ask_question(office.system, office.caller(as_user), task, whom=whom, question=question, **more).body["question"]


def start(office):
    """Start an invoice and return marc's task."""
    office.begin("invoice_sales_12000")
    return office.task("marc")


def leave(office, username):
    """Let somebody be active no more."""
    with office.system.database.write() as work:
        people.update_user(work, office.caller(username).user_id, active=False)
        people.raise_authority_version(work, 1)
        work.commit()


def test_who_is_asked_sees_the_document_and_answers_without_signing(office):
    document = office.send("invoice_sales_12000")
    instance = office.start(document)
    task = office.task("marc")

    question = ask(office, task)

    (item,) = office.inbox("ann")
    page = read_task(office.system, office.caller("ann"), question).body
    assert (item["id"], item["kind"], item["step"]) == (question, "question", None)
    assert item["question"] == {"text": "Did we get it?", "asker": page["question"]["asker"], "task_id": task}
    assert page["document"]["id"] == document
    assert page["can"] == ["answer", "ask", "comment"]
    answer_question(office.system, office.caller("ann"), question, answer="Yes, on Friday.")

    said = [each["text"] for each in read_task(office.system, office.caller("marc"), task).body["comments_list"]]
    assert said == ["Marc Anthony asked Ann: Did we get it?", "Ann answered Marc Anthony: Yes, on Friday."]
    assert office.inbox("ann") == []
    assert office.instance(instance["id"])["status"] == "active"


def test_a_role_player_of_another_step_may_be_asked_and_plays_no_role_by_it(office):
    """MXR-01: being asked is no role."""
    task = start(office)

    question = ask(office, task, "claire")
    answer_question(office.system, office.caller("claire"), question, answer="Fine with me")
    approve_task(office.system, office.caller("marc"), task)

    assert approve_task(office.system, office.caller("claire"), office.task("claire")).body["task"]["outcome"] == "approved"


def test_the_clock_of_the_asker_stands_still_until_the_answer_is_there(office, clock, mails):
    """ESC-07."""
    task = start(office)
    question = ask(office, task)
    office.tick()
    mails.clear()
    clock.advance(days=20)
    office.tick()
    assert mails == []
    assert office.inbox("marc")[0]["paused_at"]

    answer_question(office.system, office.caller("ann"), question, answer="Yes")
    office.tick()
    assert [mail["Subject"].split(":")[0] for mail in mails] == ["Answered"]
    clock.advance(days=3, minutes=1)
    office.tick()

    assert [mail["Subject"].split(":")[0] for mail in mails] == ["Answered", "Still open"]
    assert office.inbox("marc")[0]["paused_at"] is None


def test_the_clock_of_others_goes_on_while_one_of_them_asks(office, clock, mails):
    task, _ = begin(office, mode="all", remind_after="P1D")
    ask(office, task, "claire")
    office.tick()
    mails.clear()
    clock.advance(days=1, minutes=1)

    office.tick()

    assert sorted(mail["To"] for mail in mails) == ["ann@example.com", "carl@example.com"]


def test_the_clocks_stand_still_until_the_last_answer(office):
    task = start(office)
    first, second = ask(office, task, "ann"), ask(office, task, "carl")

    answer_question(office.system, office.caller("ann"), first, answer="Ask Carl")
    assert office.inbox("marc")[0]["paused_at"]
    answer_question(office.system, office.caller("carl"), second, answer="Yes")

    assert office.inbox("marc")[0]["paused_at"] is None


def test_asking_the_same_person_again_waits_for_the_first_answer(office):
    task = start(office)
    ask(office, task)

    with pytest.raises(QuestionRefused, match="Ann cannot be asked"):
        ask(office, task)


def test_two_who_both_have_to_act_may_ask_the_same_person(office):
    task, _ = begin(office, mode="all")

    asked = [ask(office, task, "frank", as_user=name) for name in ("marc", "ann")]

    assert {item["id"] for item in office.inbox("frank")} == set(asked)
    with pytest.raises(QuestionRefused, match="your question is still open"):
        ask(office, task, "frank", as_user="ann")


def test_the_same_request_asks_once(office):
    task = start(office)
    key = RequestKey(key="1", route="ask", digest="d")

    assert ask(office, task, request=key) == ask(office, task, request=key)
    assert len(office.inbox("ann")) == 1


def test_who_is_asked_may_ask_in_turn(office):
    task = start(office)
    first = ask(office, task, "ann")
    second = ask(office, first, "carl", as_user="ann", question="Was it you?")

    answer_question(office.system, office.caller("carl"), second, answer="It was me")
    assert office.inbox("marc")[0]["paused_at"]
    answer_question(office.system, office.caller("ann"), first, answer="It was Carl")

    assert office.inbox("marc")[0]["paused_at"] is None


def test_a_question_may_go_back_to_who_asked_but_not_for_ever(office):
    task = start(office)
    people_in_turn = ["marc", "ann"]
    place = task
    for hop in range(11):
        place = ask(office, place, people_in_turn[(hop + 1) % 2], as_user=people_in_turn[hop % 2])

    with pytest.raises(QuestionRefused, match="10 times"):
        ask(office, place, people_in_turn[0], as_user=people_in_turn[1])


def test_withdrawing_ends_the_question_and_those_about_it(office):
    task = start(office)
    first = ask(office, task, "ann")
    ask(office, first, "carl", as_user="ann")

    withdraw_question(office.system, office.caller("marc"), first)

    assert office.inbox("ann") == office.inbox("carl") == []
    assert office.inbox("marc")[0]["paused_at"] is None
    with pytest.raises(TaskNotOpen, match="withdrawn"):
        withdraw_question(office.system, office.caller("marc"), first)
    with pytest.raises(TaskNotOpen):
        answer_question(office.system, office.caller("ann"), first, answer="Late")


def test_only_who_asked_withdraws(office):
    task = start(office)
    question = ask(office, task)

    with pytest.raises(NotARolePlayer, match="did not ask"):
        withdraw_question(office.system, office.caller("ann"), question)
    with pytest.raises(NotFound):
        withdraw_question(office.system, office.caller("jeremy"), question)
    with pytest.raises(Conflict, match="no question"):
        withdraw_question(office.system, office.caller("marc"), task)


@pytest.mark.parametrize("verb", ["approve", "reject", "delegate"])
def test_what_ends_the_share_of_the_asker_ends_his_question(office, verb):
    document = office.send("invoice_sales_12000")
    office.start(document)
    task = office.task("marc")
    ask(office, task)
    verbs = {
        "approve": lambda: approve_task(office.system, office.caller("marc"), task),
        "reject": lambda: reject_task(office.system, office.caller("marc"), task, reason="No"),
        "delegate": lambda: delegate_task(office.system, office.caller("marc"), task, to="carl"),
    }

    verbs[verb]()

    assert office.inbox("ann") == []
    assert [each["facts"]["outcome"] for each in office.timeline(document) if each["kind"] == "question_ended"] == ["withdrawn"]


def test_a_question_to_somebody_who_leaves_comes_back(office):
    task = start(office)
    ask(office, task)
    leave(office, "ann")

    comment_task(office.system, office.caller("marc"), task, text="Ann has left")

    assert office.inbox("marc")[0]["paused_at"] is None
    with pytest.raises(QuestionRefused, match="active full user"):
        ask(office, task)


def test_a_question_is_neither_signed_delegated_claimed_nor_held(office):
    question = ask(office, start(office))
    ann = office.caller("ann")

    for verb in (
        lambda: approve_task(office.system, ann, question),
        lambda: reject_task(office.system, ann, question, reason="No"),
        lambda: delegate_task(office.system, ann, question, to="carl"),
        lambda: claim_task(office.system, ann, question),
        lambda: hold_task(office.system, ann, question),
    ):
        with pytest.raises(Conflict, match="question"):
            verb()


def test_a_decision_is_not_answered(office):
    task = start(office)

    with pytest.raises(Conflict, match="asks for a decision"):
        answer_question(office.system, office.caller("marc"), task, answer="Yes")


@pytest.mark.parametrize(
    ("whom", "error"),
    [("nobody", InvalidRequest), ("marc", InvalidRequest), ("pia", QuestionRefused), ("otto", QuestionRefused), ("erp", QuestionRefused)],
)
def test_unfit_people_are_not_asked(office, whom, error):
    task = start(office)

    with pytest.raises(error):
        ask(office, task, whom)


def test_a_portal_user_may_be_asked_about_what_he_submitted(office):
    document = office.send("invoice_sales_12000")
    office.start(document)
    with office.system.database.write() as work:
        documents.update_document(work, document, received_by=office.caller("pia").user_id)
        work.commit()

    question = ask(office, office.task("marc"), "pia")

    answer = answer_question(office.system, office.caller("pia"), question, answer="It is mine")
    assert answer.body["task"]["outcome"] == "answered"


@pytest.mark.parametrize("text", ["", " \n", "x" * 2**20])
def test_nothing_and_far_too_much_are_refused(office, text):
    task = start(office)
    question = ask(office, task)

    with pytest.raises(InvalidRequest):
        ask(office, task, "carl", question=text)
    with pytest.raises(InvalidRequest):
        answer_question(office.system, office.caller("ann"), question, answer=text)


def test_asking_and_answering_late_stale_or_for_others_is_refused(office):
    task = at_second_line(office)

    with pytest.raises(StaleRevision):
        ask(office, task, as_user="claire", revision=9)
    with pytest.raises(NotARolePlayer):
        ask(office, task, as_user="marc")
    question = ask(office, task, as_user="claire")
    with pytest.raises(StaleRevision):
        answer_question(office.system, office.caller("ann"), question, answer="Yes", revision=9)
    with pytest.raises(NotARolePlayer):
        answer_question(office.system, office.caller("claire"), question, answer="Myself")
    answer_question(office.system, office.caller("ann"), question, answer="Yes")
    with pytest.raises(TaskNotOpen):
        answer_question(office.system, office.caller("ann"), question, answer="No")
