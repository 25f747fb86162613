"""Withdraw a question: whoever asked does not wait for the answer any more."""

from app.domain.errors import Conflict, NotARolePlayer, TaskNotOpen
from app.domain.people import ADMINISTRATOR, WORKFLOW_ADMINISTRATOR
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.idempotency import Remember, answer_once
from app.operations.settlement import end_task, settle
from app.operations.system import System
from app.operations.tasks.acting import check_active, check_visible_task
from app.operations.tasks.decision import task_body
from app.operations.tasks.pausing import QUESTION, question_of
from app.operations.turn import turn_of_task


def withdraw_question(system: System, caller: Caller, task_id: str, *, request: RequestKey | None = None) -> Answer:
    """Withdraw the question that a task of kind `question` puts, with those that were asked about it; the asker's clocks go on.

    Raises:
        NotARolePlayer: the caller did not ask it, and is no administrator of the workflow.
        Conflict: the task is no question.
        TaskNotOpen: it was answered, withdrawn or returned.
        NotFound, InstanceNotActive.
    """

    def run(remember: Remember) -> Answer:
        with turn_of_task(system, task_id, caller=caller) as turn:
            row = check_visible_task(turn, caller, task_id)
            if row.kind != QUESTION:
                raise Conflict(f"Task {task_id} asks for a decision; there is no question to withdraw.", what=f"task {task_id}")
            if question_of(row)["asker"] != caller.user_id and not caller.has_role(WORKFLOW_ADMINISTRATOR, ADMINISTRATOR):
                raise NotARolePlayer(f"Expected to withdraw question {task_id}, but you did not ask it.", verb="withdraw", task=task_id)
            task = turn.open_tasks.get(row.element_instance)
            if task is None:
                raise TaskNotOpen(verb="withdraw", task=task_id, state=row.outcome or row.status)
            check_active(turn, task)
            end_task(turn, task, status="cancelled", outcome="withdrawn")
            facts = {"task": question_of(task)["about"], "question": task.id, "comment": question_of(task)["text"]}
            text = f"{caller.full_name} withdrew the question: {question_of(task)['text']}"
            turn.tell("question_withdrawn", text, element=task.element, facts=facts)
            settle(turn)
            answer = Answer(body=task_body(turn, task_id))
            remember(turn.work, answer)
            turn.work.commit()
            return answer

    return answer_once(system, caller, request, run)
