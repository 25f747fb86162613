"""Ask somebody about a task: he gets the question as a task of his own, and the clocks of the asker stand still."""

from collections.abc import Sequence
from typing import Any

from app.domain.errors import InvalidRequest
from app.domain.people import INTEGRATOR, Person
from app.domain.teamwork_errors import QuestionRefused
from app.operations import mailing
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.assigning import assignment_row, task_row
from app.operations.idempotency import Remember, answer_once
from app.operations.settlement import settle
from app.operations.system import System
from app.operations.tasks.acting import check_shown, own_assignments
from app.operations.tasks.decision import NOTE_LENGTH_MAX, task_body
from app.operations.tasks.duty import check_duty
from app.operations.tasks.pausing import QUESTION, open_questions, question_of
from app.operations.tasks.shares import facts_of
from app.operations.turn import Turn, turn_of_task

OPEN_MAX = 10
CHAIN_MAX = 10


def ask_question(
    system: System,
    caller: Caller,
    task_id: str,
    *,
    whom: str,
    question: str,
    revision: int | None = None,
    request: RequestKey | None = None,
) -> Answer:
    """Ask a colleague, or whoever submitted the document, about a task; the answer's `question` is the id of the new task of kind `question`.

    Whoever is asked sees the document and answers; he signs nothing and plays no role by it, so that separation of duty does not keep him
    from being asked. Until the answer is there the asker is neither reminded nor passed over; he may decide all the same, which ends the
    question. Who is asked may ask somebody in turn.

    Raises:
        InvalidRequest: nothing is asked, or too much; there is no such person, or it is the caller.
        QuestionRefused: this person cannot answer, was asked already, or the chain of questions is too long.
        TaskAlreadyDecided, NotARolePlayer, NotFound, SeparationOfDuty, StaleRevision.
    """
    check_words(question, field="question")

    def run(remember: Remember) -> Answer:
        with turn_of_task(system, task_id, caller=caller) as turn:
            task, mine = own_assignments(turn, caller, task_id, verb="ask")
            check_shown(turn, task, mine, revision=revision, document_hash=None)
            for each in mine:
                check_duty(turn, task, each, actor=turn.person(caller.user_id))
            person = _find_person(turn, caller, task, whom)
            _check_askable(turn, task, person)
            asked = _put(turn, caller, task, mine, person=person, question=question)
            settle(turn)
            answer = Answer(body=task_body(turn, task_id) | {"question": asked}, revision=mine[0].revision)
            remember(turn.work, answer)
            turn.work.commit()
            return answer

    return answer_once(system, caller, request, run)


def check_words(text: str, *, field: str) -> None:
    """Raise InvalidRequest unless the text says something, in NOTE_LENGTH_MAX characters at most."""
    if not text.strip() or len(text) > NOTE_LENGTH_MAX:
        raise InvalidRequest(f"The {field} cannot be accepted.", errors={field: [f"Say something in 1 to {NOTE_LENGTH_MAX} characters."]})


def _find_person(turn: Turn, caller: Caller, task: Any, username: str) -> Person:
    person = turn.directory.find(username)
    if person is None:
        raise InvalidRequest(f"There is no user {username}.", errors={"whom": [f"Expected a user name, but got {username!r}."]})
    if person.id == caller.user_id:
        raise InvalidRequest("You cannot ask yourself.", errors={"whom": ["Name somebody else."]})
    submitters = {turn.instance.started_by, turn.document.received_by if turn.document is not None else None}
    can_answer = person.kind == "full" or (person.kind == "portal" and person.id in submitters)
    if not person.active or not can_answer or INTEGRATOR in person.roles:
        reason = "only an active full user can, or the person who submitted the document"
        raise QuestionRefused(task=task.id, whom=person.full_name, reason=reason)
    return person


def _check_askable(turn: Turn, task: Any, person: Person) -> None:
    questions = {each.id: each for each in open_questions(turn)}
    about = [each for each in questions.values() if question_of(each)["about"] == task.id]
    holders = {each.task_id: each.user_id for each in turn.assignments if each.status == "open"}
    own = [each for each in about if turn.caller is not None and question_of(each)["asker"] == turn.caller.user_id]
    if any(holders.get(each.id) == person.id for each in own):
        raise QuestionRefused(task=task.id, whom=person.full_name, reason="your question is still open there; withdraw it to ask anew")
    if len(about) >= OPEN_MAX:
        raise QuestionRefused(task=task.id, whom=person.full_name, reason=f"{OPEN_MAX} questions are open already; wait for answers")
    hops, each = 0, task
    while each.kind == QUESTION and question_of(each)["about"] in questions:
        hops, each = hops + 1, questions[question_of(each)["about"]]
    if hops >= CHAIN_MAX:
        raise QuestionRefused(task=task.id, whom=person.full_name, reason=f"the question was handed on {CHAIN_MAX} times already")


def _put(turn: Turn, caller: Caller, task: Any, mine: Sequence[Any], *, person: Person, question: str) -> str:
    """Store the question as a task, tell it, and return the task's id."""
    why = f"{caller.full_name} asks: {question}"
    facts = {"about": task.id, "shares": [each.id for each in mine], "asker": caller.user_id, "text": question}
    slot = {"pool": [person.username], "lines": [], "why": why, "question": facts}
    row = task_row(turn, element=task.element, element_instance="", name=f"Question: {task.name}", slots=[slot])
    row |= {
        "element_instance": f"question:{row['id']}",
        "kind": QUESTION,
        "step": None,
        "mode": "any",
        "reason_required": False,
        "escalate_to": None,
        "due_at": None,
        "priority": task.priority,
    }
    turn.add_tasks([row])
    share = assignment_row(turn, task=row, slot=0, user_id=person.id, principal_id=person.id, cause=QUESTION, why=why)
    turn.add_assignments([share])
    turn.tell(
        "question_asked",
        f"{caller.full_name} asked {person.full_name}: {question}",
        element=task.element,
        facts={"task": task.id, "question": row["id"], "whom": person.username, "comment": question},
    )
    mailing.write_mail(
        turn,
        template=QUESTION,
        user_id=person.id,
        task=facts_of(turn.open_tasks[row["element_instance"]]),
        why=why,
        key=f"question:{row['id']}",
    )
    return str(row["id"])
