"""Who may steer a task without deciding it: who has it, and the administrators of the workflow."""

from collections.abc import Callable
from typing import Any

from app.domain.errors import StaleRevision, TaskNotOpen
from app.domain.people import ADMINISTRATOR, WORKFLOW_ADMINISTRATOR
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.idempotency import Remember, answer_once
from app.operations.settlement import settle
from app.operations.system import System
from app.operations.tasks.acting import check_active, check_shown, check_visible_task, own_assignments
from app.operations.tasks.decision import task_body
from app.operations.tasks.duty import check_duty
from app.operations.turn import Turn, turn_of_task


def steer_task(
    system: System,
    caller: Caller,
    task_id: str,
    *,
    verb: str,
    revision: int | None,
    request: RequestKey | None,
    apply: Callable[[Turn, Any], None],
) -> Answer:
    """Run a verb that steers an open task in a turn, and return the task as it is then.

    Who has a share of it must be one who could sign it; the revision that is expected is his share's, an administrator's that of the instance.

    Raises:
        NotARolePlayer, NotFound: the task is not the caller's, and he is no administrator.
        SeparationOfDuty: he could not sign it.
        TaskAlreadyDecided, TaskMoved, TaskNotOpen, InstanceNotActive, StaleRevision.
    """

    def run(remember: Remember) -> Answer:
        with turn_of_task(system, task_id, caller=caller) as turn:
            task, mine = find_steerable(turn, caller, task_id, verb=verb)
            if mine:
                check_shown(turn, task, mine, revision=revision, document_hash=None)
            elif revision is not None and revision != turn.instance.revision:
                raise StaleRevision(what=f"task {task_id}", expected=revision, actual=turn.instance.revision)
            apply(turn, task)
            settle(turn)
            own = next((each.revision for each in turn.assignments if mine and each.id == mine[0].id), turn.instance.revision)
            answer = Answer(body=task_body(turn, task_id), revision=own)
            remember(turn.work, answer)
            turn.work.commit()
            return answer

    return answer_once(system, caller, request, run)


def find_steerable(turn: Turn, caller: Caller, task_id: str, *, verb: str) -> tuple[Any, list[Any]]:
    """Return the open task and the caller's shares of it, none for an administrator who has none."""
    task = next((each for each in turn.open_tasks.values() if each.id == task_id), None)
    has_share = any(each.task_id == task_id and each.user_id == caller.user_id and each.status == "open" for each in turn.assignments)
    if not has_share and caller.has_role(WORKFLOW_ADMINISTRATOR, ADMINISTRATOR):
        row = check_visible_task(turn, caller, task_id)
        if task is not None:
            check_active(turn, task)
            return task, []
        raise TaskNotOpen(verb=verb, task=task_id, state=row.status)
    task, mine = own_assignments(turn, caller, task_id, verb=verb)
    for each in mine:
        check_duty(turn, task, each, actor=turn.person(caller.user_id))
    return task, mine
