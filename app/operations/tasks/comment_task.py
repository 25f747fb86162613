"""A word in the conversation of a document."""

from app.domain.errors import InvalidRequest, NotFound
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.idempotency import Remember, answer_once
from app.operations.partners.seating import seat_at_task
from app.operations.settlement import settle
from app.operations.system import System
from app.operations.tasks.decision import NOTE_LENGTH_MAX, task_body
from app.operations.turn import turn_of_task
from app.operations.visibility import check_may_see
from app.persistence import tasks


def comment_task(system: System, caller: Caller, task_id: str, *, text: str, request: RequestKey | None = None) -> Answer:
    """Add a comment that everybody on the document reads; open and decided tasks alike.

    Raises:
        InvalidRequest: nothing was said, or too much.
        NotFound: there is no such task, or the caller may not see it.
    """
    if not text.strip() or len(text) > NOTE_LENGTH_MAX:
        raise InvalidRequest("The comment cannot be accepted.", errors={"text": [f"Say something in 1 to {NOTE_LENGTH_MAX} characters."]})
    caller = seat_at_task(system, caller, task_id)

    def run(remember: Remember) -> Answer:
        with turn_of_task(system, task_id, caller=caller) as turn:
            task = tasks.find_task(turn.work, caller.environment_id, task_id)
            if task is None:
                raise NotFound(what="task", id=task_id)
            check_may_see(
                turn.work,
                caller,
                turn.directory,
                today=turn.today,
                document_id=task.document_id,
                instance_id=task.instance_id,
                what="task",
                given_id=task_id,
            )
            turn.tell("comment", text, element=task.element, facts={"task": task_id})
            settle(turn)
            answer = Answer(body=task_body(turn, task_id))
            remember(turn.work, answer)
            turn.work.commit()
            return answer

    return answer_once(system, caller, request, run)
