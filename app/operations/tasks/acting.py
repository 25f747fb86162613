"""What every verb on a task asks first: is it open, is it the caller's, may he?"""

from collections.abc import Collection, Sequence
from typing import Any

from app.domain.errors import (
    Conflict,
    CountersignError,
    DocumentChanged,
    InstanceNotActive,
    MandateNotInForce,
    NotARolePlayer,
    NotFound,
    RolePlayersChanging,
    StaleRevision,
    TaskAlreadyDecided,
    TaskClaimed,
    TaskMoved,
    TaskNotOpen,
)
from app.domain.matrix.in_force import is_mandate_in_force
from app.domain.matrix.steps import STEPS_BY_NAME
from app.domain.money import Money
from app.domain.voting import parse_mode
from app.operations.answer import Caller
from app.operations.matrix.snapshots import transaction_of
from app.operations.tasks.pausing import BESIDE_PROCESS, QUESTION
from app.operations.tasks.view import one_share_a_slot
from app.operations.turn import Turn
from app.operations.visibility import acting_ids_in, check_may_see
from app.operations.wording import clock_time, instant, step_name
from app.persistence import tasks
from app.persistence.routes import ROUTE_TIMER

_DID = {"approved": "approved", "rejected": "rejected"}
QUESTION_VERBS = frozenset({"answer", "ask"})


def own_assignments(turn: Turn, caller: Caller, task_id: str, *, verb: str) -> tuple[Any, list[Any]]:
    """Return the open task and the caller's open assignments in it, those of people he stands in for today included.

    He acts once in a slot: on his own share, else on that of one principal, and not where he has voted already.

    Raises:
        NotFound: there is no such task, or the caller may not see it.
        TaskAlreadyDecided, TaskMoved, TaskNotOpen: too late; says who did what, and when.
        NotARolePlayer: he may see the task, but it is not his.
        InstanceNotActive: the instance is suspended.
        RolePlayersChanging: the role players of the step are due to be determined again.
    """
    task = next((each for each in turn.open_tasks.values() if each.id == task_id), None)
    viewers = _acting_ids(turn, caller)
    of_task = [each for each in turn.assignments if each.task_id == task_id]
    voted = {each.slot for each in of_task if each.status in _DID and each.decided_by == caller.user_id}
    mine = [each for each in of_task if each.user_id in viewers and each.status == "open" and each.slot not in voted]
    mine = one_share_a_slot(mine, caller)
    if task is None or not mine:
        raise _refusal(turn, caller, task_id, viewers=viewers, verb=verb)
    check_active(turn, task)
    if task.kind == "incident" and verb in ("approve", "reject", "delegate"):
        raise Conflict("An incident is retried or resolved, it cannot be approved, rejected or delegated.", what=f"task {task_id}")
    if task.kind == QUESTION and verb not in QUESTION_VERBS:
        words = f"A question is answered; you cannot {verb} it. Answer it, or ask somebody who knows."
        raise Conflict(words, what=f"task {task_id}")
    _check_unclaimed(turn, task, of_task=of_task, mine=mine, viewers=viewers, verb=verb)
    _check_route_stands(turn, task, verb=verb)
    return task, mine


def check_visible_task(turn: Turn, caller: Caller, task_id: str) -> Any:
    """Return the task, open or not, that the caller may see, though it need not be his.

    Raises:
        NotFound: there is none, or he may not see it.
    """
    row = tasks.find_task(turn.work, turn.environment.id, task_id)
    if row is None:
        raise NotFound(what="task", id=task_id)
    place: dict[str, Any] = {"document_id": row.document_id, "instance_id": row.instance_id, "what": "task", "given_id": task_id}
    check_may_see(turn.work, caller, turn.directory, today=turn.today, **place)
    return row


def check_active(turn: Turn, task: Any) -> None:
    """Check that the instance lets people act on a task; what no element of it waits for may outlive it.

    Raises:
        InstanceNotActive: the instance is suspended, or has ended.
    """
    status = turn.instance.status
    if status not in ("active", "incident") and not (status == "completed" and task.kind in BESIDE_PROCESS):
        raise InstanceNotActive(instance_id=turn.instance.id, state=turn.instance.status)


def _check_route_stands(turn: Turn, task: Any, *, verb: str) -> None:
    """Refuse to act on a step whose role players are due to be determined again: who acts now might not be one of them. Source: MXR-07."""
    if task.step is not None and any(row.kind == ROUTE_TIMER and row.due_at <= turn.now for row in turn.timers):
        raise RolePlayersChanging(verb=verb, task=task.id)


def check_shown(turn: Turn, task: Any, mine: Sequence[Any], *, revision: int | None, document_hash: str | None) -> None:
    """Check that what the caller decides on is what he was shown. Source: HND-01.

    Raises:
        StaleRevision: his assignment changed since.
        DocumentChanged: the document did.
    """
    if revision is not None and revision != mine[0].revision:
        raise StaleRevision(what=f"task {task.id}", expected=revision, actual=mine[0].revision)
    document = turn.document
    if document is not None and document_hash is not None and document_hash not in (document.hash, content_mark(document)):
        raise DocumentChanged(document=document.number)


def content_mark(document: Any) -> str:
    """Return what tells a document as shown from the same document coded otherwise."""
    return f"{document.hash}.{document.revision}"


def check_mandate(turn: Turn, task: Any, assignment: Any) -> None:
    """Check that the principal still has a mandate for the step on the lines of the slot. Source: MXR-07.

    Raises:
        MandateNotInForce: it has ended, or he is no longer active.
    """
    if task.step is None or turn.document is None or task.slots[assignment.slot].get("added"):
        return  # an added approver signs besides those who have the authority
    transaction = transaction_of(turn.document, turn.directory, initiator_id=turn.instance.started_by, roles=[])
    principal = turn.person(assignment.principal_id)
    lines = task.slots[assignment.slot]["lines"]
    step = STEPS_BY_NAME[task.step]
    if not is_mandate_in_force(turn.snapshot, transaction, user=principal.username, step=step, lines=lines, on=turn.today):
        raise MandateNotInForce(person=principal.full_name, step=step_name(task.step), on=turn.today.isoformat())


def _check_unclaimed(turn: Turn, task: Any, *, of_task: Sequence[Any], mine: Sequence[Any], viewers: Collection[str], verb: str) -> None:
    if parse_mode(task.mode).kind != "any":
        return
    slots = {each.slot for each in mine}
    for each in of_task:
        if each.slot in slots and each.status == "open" and each.claimed_at and each.user_id not in viewers:
            who = turn.person(each.user_id).full_name
            raise TaskClaimed(verb=verb, task=task.id, who=who, at=_clock(turn, each.claimed_at))


def _acting_ids(turn: Turn, caller: Caller) -> list[str]:
    """Return for whom the caller may act in this process on this document: absences have caps and processes. Source: ESC-05."""
    if turn.directory.stands_alone(caller.user_id):  # as nearly everybody
        return [caller.user_id]
    document = turn.document
    total = None if document is None else Money(document.total, document.currency)
    return acting_ids_in(turn.work, turn.directory, caller, today=turn.today, process=turn.instance.definition_key, total=total)


def _refusal(turn: Turn, caller: Caller, task_id: str, *, viewers: Sequence[str], verb: str) -> CountersignError:
    row = tasks.find_task(turn.work, turn.environment.id, task_id)
    if row is None:
        return NotFound(what="task", id=task_id)
    check_may_see(
        turn.work,
        caller,
        turn.directory,
        today=turn.today,
        document_id=row.document_id,
        instance_id=row.instance_id,
        what="task",
        given_id=task_id,
    )
    of_task = tasks.assignments_of_tasks(turn.work, [task_id])
    mine = [each for each in of_task if each.user_id in viewers]
    if not mine:
        return NotARolePlayer(verb=verb, task=task_id)
    last = mine[-1]
    if last.status == "withdrawn":
        return NotARolePlayer(f"Expected to {verb} task {task_id}, but it is not yours any more: {last.reason}", verb=verb, task=task_id)
    # A share that was handed on ended as the next one began; one that was added to it, as an escalation may, began while it stood.
    next_one = next((each for each in of_task if each.previous_id == last.id and each.created_at == last.decided_at), None)
    if last.status in ("delegated", "escalated") or next_one is not None:
        to = turn.person(next_one.user_id).full_name if next_one else "somebody else"
        how = last.status if last.status != "closed" else "reassigned"
        return TaskMoved(verb=verb, task=task_id, how=how, to=to, at=_clock(turn, last.decided_at), moved_at=instant(last.decided_at))
    of_slot = [each for each in of_task if each.slot == last.slot and each.status in _DID]
    decided = next((each for each in of_slot if each.decided_by == caller.user_id), of_slot[0] if of_slot else None)
    decided = decided or next((each for each in of_task if each.status in _DID), None)
    if decided is None:
        return TaskNotOpen(verb=verb, task=task_id, state=row.status)
    winner = turn.person(decided.decided_by)
    at = _clock(turn, decided.decided_at)
    own_words = (
        f"Expected to {verb} task {task_id}, but you ({winner.full_name}) {_DID[decided.status]} it at {at} already. It counts once."
    )
    return TaskAlreadyDecided(
        own_words if winner.id == caller.user_id else None,
        verb=verb,
        task=task_id,
        who="you" if winner.id == caller.user_id else winner.full_name,
        did=_DID[decided.status],
        decided_by={"username": winner.username, "full_name": winner.full_name},
        at=at,
        decided_at=instant(decided.decided_at),
    )


def _clock(turn: Turn, at: Any) -> str:
    return clock_time(at, turn.environment.zone, now=turn.now)
