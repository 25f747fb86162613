"""What claim and unclaim have in common."""

from collections.abc import Callable, Collection
from typing import Any

from app.domain.voting import parse_mode
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.idempotency import Remember, answer_once
from app.operations.partners.seating import seat_at_task
from app.operations.settlement import settle
from app.operations.system import System
from app.operations.tasks.acting import check_shown, own_assignments
from app.operations.tasks.decision import task_body
from app.operations.tasks.pausing import shares_waiting
from app.operations.turn import Turn, turn_of_task


def find_unattended(turn: Turn, task: Any, *, claimed: Collection[str] = ()) -> list[Any]:
    """Return the open shares that nobody has picked up; `claimed` are those of this turn. Where one suffices, one claim is for the slot.

    Whoever has asked somebody and waits for the answer is at it, too.
    """
    waiting = [each for each in turn.assignments if each.task_id == task.id and each.status == "open"]
    asking = shares_waiting(turn, task)
    picked_up = [each for each in waiting if each.claimed_at is not None or each.id in claimed or each.id in asking]
    if parse_mode(task.mode).kind == "any":
        slots = {each.slot for each in picked_up}
        return [each for each in waiting if each.slot not in slots]
    return [each for each in waiting if each not in picked_up]


def change_claim(
    system: System,
    caller: Caller,
    task_id: str,
    *,
    verb: str,
    revision: int | None,
    request: RequestKey | None,
    apply: Callable[[Turn, Any, list[Any]], None],
) -> Answer:
    """Apply a claim or its end to the caller's own open assignments of a task."""
    caller = seat_at_task(system, caller, task_id)

    def run(remember: Remember) -> Answer:
        with turn_of_task(system, task_id, caller=caller) as turn:
            task, mine = own_assignments(turn, caller, task_id, verb=verb)
            check_shown(turn, task, mine, revision=revision, document_hash=None)
            apply(turn, task, mine)
            settle(turn)
            answer = Answer(body=task_body(turn, task_id), revision=mine[0].revision + 1)
            remember(turn.work, answer)
            turn.work.commit()
            return answer

    return answer_once(system, caller, request, run)
