"""The one place where shares of an open task are moved, added and withdrawn, and where the task is decided by those that are left.

Whoever changes shares tells the timeline and the people himself, and calls `recount` once when he is done: fewer people in a slot may
decide it, or may leave nobody who could.
"""

from collections.abc import Sequence
from typing import Any, Literal

from app.domain.errors import SharesMissing
from app.domain.people import Person
from app.engine import Failure
from app.operations.assigning import RETURNED, assignment_row
from app.operations.settlement import SHARES_INCIDENT, end_task, raise_incident
from app.operations.tasks.duty import COUNTED, check_duty, check_other_pools, find_counted
from app.operations.tasks.returning import return_task, withdraw_document
from app.operations.tasks.tally import VOTED, find_doubled, last_voter, mode_of, tally_votes
from app.operations.turn import Turn
from app.operations.wording import join_names
from app.persistence import instances, tasks

Vote = Literal["approved", "rejected"]


def move_shares(
    turn: Turn,
    task: Any,
    shares: Sequence[Any],
    *,
    to: Person,
    cause: str,
    why: str,
    status: str,
    reason: str | None = None,
    decided_by: str | None = None,
    principal_id: str | None = None,
) -> list[dict[str, Any]]:
    """Hand open shares of a task to somebody else and return the rows of his new shares.

    A person counts once in a slot: where `to` has a share, has voted, or is who somebody else acts for, the share ends and none is made.

    Args:
        turn: in which it happens.
        task: the open task.
        shares: open shares of it.
        to: who may act from now on.
        cause: why he has it, in one word: delegation, escalation, reassignment, successor.
        why: why he has it, as a sentence; what the share said before follows it.
        status: what becomes of the old shares: delegated, escalated, or closed.
        reason: the words of who moved them.
        decided_by: the id of who moved them; None for the system.
        principal_id: on whose authority he acts; that of each share when it is None.

    Raises:
        SeparationOfDuty: `to` plays another step of the transaction; nothing is changed.
    Source: MUL-05, MUL-06, MXR-08.
    """
    for each in shares:
        check_duty(turn, task, each if principal_id is None else each._replace(principal_id=principal_id), actor=to)
    moved = {each.id for each in shares}
    counted = {slot for slot in {each.slot for each in shares} if to.id in find_counted(turn, task, {slot}, beside=moved)}
    turn.change_assignments(moved, status=status, reason=reason, decided_by=decided_by, decided_at=turn.now, claimed_at=None)
    rows: list[dict[str, Any]] = []
    for each in shares:
        if each.slot in counted:
            continue
        counted.add(each.slot)
        rows.append(
            assignment_row(
                turn,
                task=facts_of(task),
                slot=each.slot,
                user_id=to.id,
                principal_id=principal_id or each.principal_id,
                cause=cause,
                why=f"{why} {each.why}".strip(),
                previous_id=each.id,
            )
        )
    turn.add_assignments(rows)
    return rows


def withdraw_shares(turn: Turn, task: Any, shares: Sequence[Any], *, reason: str, decided_by: str | None = None) -> None:
    """Take open shares of a task away without a successor; they count no more.

    `recount` afterwards: a slot that is left without enough people is an incident, with a task for an administrator. Source: USR-31.
    """
    withdrawn = {each.id for each in shares if each.task_id == task.id}
    turn.change_assignments(withdrawn, status="withdrawn", reason=reason, decided_by=decided_by, decided_at=turn.now, claimed_at=None)


def add_share(
    turn: Turn,
    task: Any,
    slot: int,
    person: Person,
    *,
    cause: str,
    why: str,
    principal_id: str | None = None,
    previous_id: str | None = None,
) -> dict[str, Any] | None:
    """Give one more person a share of a slot and return its row; None when he counts there already, since a person counts once.

    It is his own authority unless `principal_id` names another's. With `previous_id` it gives the same vote as that share, which stays.

    Raises:
        SeparationOfDuty: he plays another step of the transaction.
    Source: MUL-05, MXR-08, USR-30.
    """
    row = assignment_row(
        turn,
        task=facts_of(task),
        slot=slot,
        user_id=person.id,
        principal_id=principal_id or person.id,
        cause=cause,
        why=why,
        previous_id=previous_id,
    )
    if person.id in find_counted(turn, task, {slot}):
        return None
    check_duty(turn, task, tasks.assignment_of(row), actor=person)
    if person.username not in task.slots[slot]["pool"] or task.slots[slot].get("added"):
        check_other_pools(turn, task, person)
    turn.add_assignments([row])
    return row


def recount(turn: Turn, task: Any, *, note: str | None = None) -> Vote | None:
    """Decide the slots of a task by the shares as they are now, and complete its user task when that decides it.

    1. The open shares of a slot that is decided are closed, and know who decided it.
    2. A slot that those who are left could never decide becomes an incident; who is left may still act, and an administrator adds people.
    3. When every slot is decided, or the task is at once, the task ends and the engine is told, or is sent back. The caller settles.

    `note` are the words of the vote, for the process. Return the outcome of the task; None while it is undecided.
    """
    tally = tally_votes(turn, task)
    _close_doubled(turn, task)
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


def _close_doubled(turn: Turn, task: Any) -> None:
    """Close the open shares whose vote somebody else has given, and let them know who."""
    for share_id, counts in find_doubled(turn, task).items():
        if counts.status in VOTED:
            turn.change_assignments({share_id}, status="closed", decided_by=counts.decided_by, decided_at=turn.now, claimed_at=None)


def facts_of(task: Any) -> dict[str, Any]:
    """Return what an assignment and a mail say of a task."""
    return {"id": task.id, "name": task.name, "step": task.step, "due_at": task.due_at}


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
