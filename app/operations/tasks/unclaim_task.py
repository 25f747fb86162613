"""Unclaim: somebody else may."""

from typing import Any

from app.domain.errors import Conflict
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.schedules.clocks import restart_reminder
from app.operations.system import System
from app.operations.tasks.claiming import change_claim
from app.operations.turn import Turn


def unclaim_task(system: System, caller: Caller, task_id: str, *, revision: int | None = None, request: RequestKey | None = None) -> Answer:
    """Give a claimed task back to its pool; its reminder starts again.

    Raises:
        Conflict: the caller has not claimed it.
        TaskAlreadyDecided, NotARolePlayer, NotFound, StaleRevision.
    Source: ESC-01.
    """

    def apply(turn: Turn, task: Any, mine: list[Any]) -> None:
        claimed = [each.id for each in mine if each.claimed_at is not None]
        if not claimed:
            raise Conflict(f"Expected to unclaim task {task.id}, but you have not claimed it.", what=f"task {task.id}")
        turn.change_assignments(claimed, claimed_at=None)
        restart_reminder(turn, task)
        turn.tell("task_unclaimed", f"{caller.full_name} unclaimed {task.name}.", element=task.element, facts={"task": task.id})

    return change_claim(system, caller, task_id, verb="unclaim", revision=revision, request=request, apply=apply)
