"""Claim: I am on it."""

from typing import Any

from app.operations.answer import Answer, Caller, RequestKey
from app.operations.settlement import cancel_reminders
from app.operations.system import System
from app.operations.tasks.claiming import change_claim
from app.operations.turn import Turn
from app.persistence import tasks


def claim_task(system: System, caller: Caller, task_id: str, *, revision: int | None = None, request: RequestKey | None = None) -> Answer:
    """Claim a task: the others of the pool cannot act until it is unclaimed, and its reminder stops.

    Raises:
        TaskClaimed: somebody else has claimed it.
        TaskAlreadyDecided, NotARolePlayer, NotFound, StaleRevision.
    Source: ESC-01.
    """

    def apply(turn: Turn, task: Any, mine: list[Any]) -> None:
        tasks.update_assignments(turn.work, [each.id for each in mine], claimed_at=turn.now)
        cancel_reminders(turn, task.id)
        turn.tell("task_claimed", f"{caller.full_name} claimed {task.name}.", element=task.element, facts={"task": task.id})

    return change_claim(system, caller, task_id, verb="claim", revision=revision, request=request, apply=apply)
