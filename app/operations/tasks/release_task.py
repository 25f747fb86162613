"""Release a task that is on hold: its clocks go on."""

from typing import Any

from app.domain.teamwork_errors import TaskNotOnHold
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.system import System
from app.operations.tasks.pausing import end_hold
from app.operations.tasks.steering import steer_task
from app.operations.turn import Turn


def release_task(system: System, caller: Caller, task_id: str, *, revision: int | None = None, request: RequestKey | None = None) -> Answer:
    """Release a task: what remained of its reminders, escalations and due date when it was put on hold remains from now.

    Raises:
        TaskNotOnHold: it is not on hold.
        TaskAlreadyDecided, NotARolePlayer, NotFound, SeparationOfDuty, StaleRevision.
    Source: ESC-07.
    """

    def apply(turn: Turn, task: Any) -> None:
        if task.hold is None:
            raise TaskNotOnHold(task=task_id)
        end_hold(turn, task, text=f"{caller.full_name} released {task.name}.")

    return steer_task(system, caller, task_id, verb="release", revision=revision, request=request, apply=apply)
