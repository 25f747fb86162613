"""Answer a question: it goes back to whoever asked."""

from typing import Any

from app.domain.errors import Conflict
from app.operations import mailing
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.idempotency import Remember, answer_once
from app.operations.settlement import end_task, settle
from app.operations.system import System
from app.operations.tasks.acting import check_shown, own_assignments
from app.operations.tasks.ask_question import check_words
from app.operations.tasks.decision import task_body
from app.operations.tasks.pausing import QUESTION, question_of
from app.operations.tasks.shares import facts_of
from app.operations.turn import Turn, turn_of_task


def answer_question(
    system: System, caller: Caller, task_id: str, *, answer: str, revision: int | None = None, request: RequestKey | None = None
) -> Answer:
    """Answer the question that a task of kind `question` puts; who asked reads it in the conversation, and his clocks go on.

    Raises:
        InvalidRequest: nothing is said, or too much.
        Conflict: the task is no question.
        TaskAlreadyDecided, TaskNotOpen: it was answered, withdrawn or returned.
        NotARolePlayer, NotFound, StaleRevision.
    """
    check_words(answer, field="answer")

    def run(remember: Remember) -> Answer:
        with turn_of_task(system, task_id, caller=caller) as turn:
            task, mine = own_assignments(turn, caller, task_id, verb="answer")
            if task.kind != QUESTION:
                raise Conflict(f"Task {task_id} asks for a decision, not for an answer.", what=f"task {task_id}")
            check_shown(turn, task, mine, revision=revision, document_hash=None)
            _close(turn, caller, task, mine[0], text=answer)
            settle(turn)
            given = Answer(body=task_body(turn, task_id), revision=mine[0].revision + 1)
            remember(turn.work, given)
            turn.work.commit()
            return given

    return answer_once(system, caller, request, run)


def _close(turn: Turn, caller: Caller, task: Any, share: Any, *, text: str) -> None:
    question = question_of(task)
    asker = turn.person(question["asker"])
    turn.change_assignments({share.id}, status="closed", reason=text, decided_by=caller.user_id, decided_at=turn.now, claimed_at=None)
    end_task(turn, task, status="completed", outcome="answered")
    behalf = turn.person(share.principal_id)
    turn.tell(
        "question_answered",
        f"{caller.full_name} answered {asker.full_name}: {text}",
        on_behalf_of=behalf.username if behalf.id != caller.user_id else None,
        element=task.element,
        facts={"task": question["about"], "question": task.id, "whom": asker.username, "comment": text},
    )
    about = next((row for row in turn.open_tasks.values() if row.id == question["about"]), None)
    if about is not None:
        why = f"{caller.full_name} answered: {text}"
        mailing.write_mail(turn, template="answer", user_id=asker.id, task=facts_of(about), why=why, key=f"answer:{task.id}")
