"""Claim: I am on it."""

from typing import Any

from app.operations.answer import Answer, Caller, RequestKey
from app.operations.settlement import cancel_reminders
from app.operations.system import System
from app.operations.tasks.claiming import change_claim, find_unattended
from app.operations.tasks.duty import check_duty
from app.operations.tasks.pausing import wake_clocks
from app.operations.turn import Turn


def claim_task(system: System, caller: Caller, task_id: str, *, revision: int | None = None, request: RequestKey | None = None) -> Answer:
    """Claim a task: where one of a pool suffices the others cannot act until it is unclaimed; the reminder of who claimed stops.

    Raises:
        TaskClaimed: somebody else has claimed it.
        SeparationOfDuty: the caller could not sign it.
        TaskAlreadyDecided, NotARolePlayer, NotFound, StaleRevision.
    Source: ESC-01.
    """

    def apply(turn: Turn, task: Any, mine: list[Any]) -> None:
        for each in mine:
            check_duty(turn, task, each, actor=turn.person(caller.user_id))
        if all(each.claimed_at and each.user_id == caller.user_id for each in mine):
            return
        claimed = [each.id for each in mine]
        turn.change_assignments(claimed, claimed_at=turn.now)
        if not find_unattended(turn, task, claimed=claimed):
            wake_clocks(turn, task)
            cancel_reminders(turn, task.id)
        turn.tell("task_claimed", f"{caller.full_name} claimed {task.name}.", element=task.element, facts={"task": task.id})

    return change_claim(system, caller, task_id, verb="claim", revision=revision, request=request, apply=apply)
