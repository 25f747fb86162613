"""The one place where shares of an open task are moved, added and withdrawn.

Whoever changes shares tells the timeline and the people himself, and calls `recount` (recounting.py) once when he is done: fewer people in
a slot may decide it, or may leave nobody who could.
"""

from collections.abc import Sequence
from typing import Any

from app.domain.people import Person
from app.operations.assigning import assignment_row
from app.operations.schedules.clocks import restart_reminder
from app.operations.tasks.duty import check_duty, check_other_pools, find_counted
from app.operations.turn import Turn
from app.persistence import tasks


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
    _end_claims(turn, task, shares)
    return rows


def withdraw_shares(turn: Turn, task: Any, shares: Sequence[Any], *, reason: str, decided_by: str | None = None) -> None:
    """Take open shares of a task away without a successor; they count no more.

    `recount` afterwards: a slot that is left without enough people is an incident, with a task for an administrator. Source: USR-31.
    """
    withdrawn = {each.id for each in shares if each.task_id == task.id}
    turn.change_assignments(withdrawn, status="withdrawn", reason=reason, decided_by=decided_by, decided_at=turn.now, claimed_at=None)
    _end_claims(turn, task, shares)


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


def _end_claims(turn: Turn, task: Any, shares: Sequence[Any]) -> None:
    """Let the reminder that a claim of these shares has stopped start again: nobody has picked up what somebody else has now. Source: ESC-01."""
    if any(each.task_id == task.id and each.claimed_at is not None for each in shares):
        restart_reminder(turn, task)


def facts_of(task: Any) -> dict[str, Any]:
    """Return what an assignment and a mail say of a task."""
    return {"id": task.id, "name": task.name, "step": task.step, "due_at": task.due_at}
