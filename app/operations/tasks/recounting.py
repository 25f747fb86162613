"""Where an open task is decided by the shares that are left, after a vote or a change of its people."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from app.domain.errors import SharesMissing
from app.engine import Failure
from app.operations.assigning import RETURNED
from app.operations.settlement import SHARES_INCIDENT, end_task, raise_incident
from app.operations.tasks.duty import COUNTED
from app.operations.tasks.returning import return_task, withdraw_document
from app.operations.tasks.tally import VOTED, last_voter, mode_of, tally_votes
from app.operations.turn import Turn
from app.operations.wording import join_names
from app.persistence import instances

Vote = Literal["approved", "rejected"]


def recount(turn: Turn, task: Any, *, note: str | None = None) -> Vote | None:
    """Decide the slots of a task by the shares as they are now, and complete its user task when that decides it.

    1. The open shares of a slot that is decided are closed, and know who decided it.
    2. A slot that those who are left could never decide becomes an incident; who is left may still act, and an administrator adds people.
    3. When every slot is decided, or the task is at once, the task ends and the engine is told, or is sent back. The caller settles.

    `note` are the words of the vote, for the process. Return the outcome of the task; None while it is undecided.
    """
    tally = tally_votes(turn, task)
    _close_doubled(turn, tally.doubled)
    open_shares = [each for each in turn.assignments if each.task_id == task.id and each.status == "open"]
    for slot, outcome in enumerate(tally.outcomes):
        over = outcome != "undecided" or tally.outcome != "undecided"
        released = {each.id for each in open_shares if each.slot == slot and over}
        if released:
            decider = last_voter(turn, task, slot=slot) or last_voter(turn, task)
            turn.change_assignments(released, status="closed", decided_by=decider, decided_at=turn.now, claimed_at=None)
    if tally.outcome == "undecided":
        if tally.blocked:
            _raise_blocked(turn, task, tally.blocked)
        return None
    if tally.outcome == "rejected" and return_task(turn, task, note=note):
        return tally.outcome
    end_task(turn, task, status="completed", outcome=tally.outcome)
    if task.kind in {"task", "approval"}:
        turn.execution.complete(task.element_instance, {"outcome": tally.outcome, "reason": note})
    if task.kind == RETURNED and tally.outcome == "rejected":
        withdraw_document(turn, task, note)
    return tally.outcome


def _close_doubled(turn: Turn, doubled: Mapping[str, Any]) -> None:
    """Close the open shares whose vote somebody else has given, and let them know who."""
    for share_id, counts in doubled.items():
        if counts.status in VOTED:
            turn.change_assignments({share_id}, status="closed", decided_by=counts.decided_by, decided_at=turn.now, claimed_at=None)


def _raise_blocked(turn: Turn, task: Any, blocked: Sequence[int]) -> None:
    """Raise the incident of a task whose slots cannot be decided by who is left, unless it is open already."""
    key = f"{SHARES_INCIDENT}{task.id}"
    if any(each.element_instance == key for each in instances.open_incidents(turn.work, turn.instance.id)):
        return
    slot = blocked[0]
    shares = [each for each in turn.assignments if each.task_id == task.id and each.slot == slot and each.status in COUNTED]
    left = join_names([turn.person(each.user_id).full_name for each in shares]) if shares else "nobody"
    error = SharesMissing(task=task.name, mode=mode_of(task, slot), left=left, slot=slot + 1, number=len(shares))
    raise_incident(turn, Failure(element_instance=key, element=task.element, error=error))
