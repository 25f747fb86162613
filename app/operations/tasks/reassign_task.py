"""An administrator gives an open task to somebody else."""

from collections.abc import Sequence
from typing import Any

from app.domain.errors import Conflict, InvalidRequest, NotPermitted, ReassignmentRefused, SeparationOfDuty, StaleRevision, TaskNotOpen
from app.domain.people import ADMINISTRATOR, INTEGRATOR, WORKFLOW_ADMINISTRATOR, Person
from app.operations import mailing
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.assigning import assignment_row
from app.operations.idempotency import Remember, answer_once
from app.operations.matrix.snapshots import resolution_day
from app.operations.route_clock import set_route_clock
from app.operations.settlement import settle
from app.operations.system import System
from app.operations.tasks.acting import check_active, check_mandate, check_visible_task
from app.operations.tasks.decision import check_length, task_body
from app.operations.tasks.duty import COUNTED, find_counted
from app.operations.tasks.recounting import recount
from app.operations.tasks.shares import add_share, facts_of, move_shares
from app.operations.tasks.tally import mode_of, tally_votes
from app.operations.turn import Turn, turn_of_task
from app.operations.visibility import covers, require_role
from app.operations.wording import join_names
from app.persistence import tasks

KINDS = frozenset({"approval", "task", "returned", "manual"})


def reassign_task(
    system: System,
    caller: Caller,
    task_id: str,
    *,
    reason: str,
    to: str | None = None,
    group: str | None = None,
    revision: int | None = None,
    request: RequestKey | None = None,
) -> Answer:
    """Give the open shares of a task to somebody else, or to everybody in a group; who had them is told and still sees the task.

    Whoever gets a share of an approval step acts on behalf of the one whose authority it is; a slot that has nobody left goes to who has a
    mandate of his own for it. Votes that are given stand. An administrator re-routes, and never approves by it: not to himself, not to
    whom he stands in for, and not so that the task would be decided.

    Raises:
        NotPermitted: the caller is no administrator of the workflow, or would take an approval step himself.
        InvalidRequest: no reason, nobody or two receivers named, or there is no such person or group.
        TaskNotOpen: it is over; says in which state it is.
        SeparationOfDuty, MandateNotInForce: whoever is named could not sign it.
        ReassignmentRefused: with the reason.
        NotFound, StaleRevision, InstanceNotActive.
    Source: ADM-03, ADM-04, ADM-05, MUL-01.
    """
    require_role(caller, WORKFLOW_ADMINISTRATOR, ADMINISTRATOR, verb="reassign tasks")
    _check(to, group, reason)

    def run(remember: Remember) -> Answer:
        with turn_of_task(system, task_id, caller=caller) as turn:
            task = _find_open(turn, caller, task_id, revision)
            receivers = _find_receivers(turn, caller, task, to=to, group=group)
            _reassign(turn, caller, task, receivers, target=to or group or "", reason=reason.strip())
            settle(turn)
            answer = Answer(body=task_body(turn, task_id), revision=turn.instance.revision)
            remember(turn.work, answer)
            turn.work.commit()
            return answer

    return answer_once(system, caller, request, run)


def _check(to: str | None, group: str | None, reason: str) -> None:
    errors: dict[str, list[str]] = {}
    if (to is None) == (group is None):
        errors["to"] = ["Name either a person or a group."]
    if not reason.strip():
        errors["reason"] = ["Say why; it stands in the timeline, and who had the task reads it."]
    if errors:
        raise InvalidRequest("The task cannot be reassigned like that.", errors=errors)
    check_length(reason, field="reason")


def _find_open(turn: Turn, caller: Caller, task_id: str, revision: int | None) -> Any:
    row = check_visible_task(turn, caller, task_id)
    task = next((each for each in turn.open_tasks.values() if each.id == task_id), None)
    if task is None:
        raise TaskNotOpen(verb="reassign", task=task_id, state=row.status)
    if revision is not None and revision != turn.instance.revision:
        raise StaleRevision(what=f"task {task_id}", expected=revision, actual=turn.instance.revision)
    check_active(turn, task)
    if task.kind not in KINDS:
        raise Conflict(
            "Only a task of the process can be reassigned; an incident or a question has its own people.", what=f"task {task_id}"
        )
    return task


def _find_receivers(turn: Turn, caller: Caller, task: Any, *, to: str | None, group: str | None) -> list[Person]:
    """Return who gets the task: the person that is named, or the members of the group who could act."""
    if to is not None:
        person = turn.directory.find(to)
        if person is None:
            raise InvalidRequest(f"There is no user {to}.", errors={"to": [f"Expected the user name of a colleague, but got {to!r}."]})
        if task.step is not None and person.id in _own_desks(turn, caller):
            whom = "yourself" if person.id == caller.user_id else f"{person.full_name}, for whom you stand in"
            raise NotPermitted(f"You may not reassign an approval step to {whom}: who re-routes does not approve.", verb="reassign it so")
        if not _is_fit(person):
            raise ReassignmentRefused(task=task.id, to=person.full_name, reason="only an active full user can act on it")
        return [person]
    members = turn.directory.in_group(group or "")
    if members is None:
        raise InvalidRequest(f"There is no group {group}.", errors={"group": [f"Expected the key of a group, but got {group!r}."]})
    kept_out = () if task.step is None else _own_desks(turn, caller)
    found = [person for person in members if _is_fit(person) and person.id not in kept_out]
    if not found:
        raise ReassignmentRefused(task=task.id, to=f"group {group}", reason="nobody in it could act on it")
    return found


def _own_desks(turn: Turn, caller: Caller) -> set[str]:
    """Return the ids of the caller and of everybody for whom he acts today, however far."""
    return {caller.user_id, *(each.principal_id for each in covers(turn.directory, caller, today=turn.today))}


def _is_fit(person: Person) -> bool:
    return person.active and person.kind == "full" and INTEGRATOR not in person.roles


def _reassign(turn: Turn, caller: Caller, task: Any, receivers: Sequence[Person], *, target: str, reason: str) -> None:
    before = [each for each in turn.assignments if each.task_id == task.id and each.status == "open"]
    why = f"{caller.full_name} gave this to you: {reason.rstrip('. ')}."
    fresh: list[dict[str, Any]] = []
    for slot in range(len(task.slots)):
        if tally_votes(turn, task).outcomes[slot] == "undecided":
            fresh += _fill_slot(turn, task, slot, receivers, decided_by=caller.user_id, why=why, reason=reason)
    left = {each.id for each in turn.assignments if each.task_id == task.id and each.status == "open"}
    gone = [each for each in before if each.id not in left]
    if not fresh and not gone:
        raise ReassignmentRefused(task=task.id, to=target, reason="it is there already")
    blocked = tally_votes(turn, task).blocked
    if blocked:
        mode = mode_of(task, blocked[0])
        raise ReassignmentRefused(task=task.id, to=target, reason=f"its mode {mode} needs more people")
    if recount(turn, task) is not None:
        raise ReassignmentRefused(task=task.id, to=target, reason="that would decide it, and who re-routes does not decide")
    if turn.route is not None and any(row["principal_id"] == row["user_id"] for row in fresh):  # on a mandate that the route may not know
        set_route_clock(turn, turn.snapshot, turn.route, on=resolution_day(turn.environment, turn.now))
    old = list(dict.fromkeys(each.user_id for each in gone))
    new = list(dict.fromkeys(row["user_id"] for row in fresh)) or [person.id for person in receivers]
    _tell(turn, caller, task, old=old, new=new, reason=reason)
    for row in fresh:
        mailing.write_mail(
            turn, template="reassignment", user_id=row["user_id"], task=facts_of(task), why=row["why"], key=f"reassignment:{row['id']}"
        )


def _fill_slot(
    turn: Turn, task: Any, slot: int, receivers: Sequence[Person], *, decided_by: str, why: str, reason: str
) -> list[dict[str, Any]]:
    """Give one slot to the receivers and return their new shares; a receiver who has a share of it keeps that."""
    shares = [each for each in turn.assignments if each.task_id == task.id and each.slot == slot and each.status in COUNTED]
    wanted = {person.id for person in receivers}
    moved = [each for each in shares if each.status == "open" and each.user_id not in wanted]
    if shares and not moved:
        return []
    counted = find_counted(turn, task, {slot}, beside={each.id for each in moved})
    fresh: list[dict[str, Any]] = []
    refused: SeparationOfDuty | None = None
    for person in [each for each in receivers if each.id not in counted]:
        try:
            fresh += _give(turn, task, slot, person, moved, decided_by=decided_by, why=why, reason=reason)
        except SeparationOfDuty as error:  # of a group only those get it who may sign it
            refused = error
        else:
            moved = moved if not fresh else []
    if refused is not None and not fresh:
        raise refused
    if moved:  # every receiver counts in the slot already, so the shares merge with theirs
        fresh += move_shares(
            turn, task, moved, to=receivers[0], cause="reassignment", why=why, status="closed", reason=reason, decided_by=decided_by
        )
    return fresh


def _give(
    turn: Turn, task: Any, slot: int, person: Person, moved: Sequence[Any], *, decided_by: str, why: str, reason: str
) -> list[dict[str, Any]]:
    """Give a slot to one receiver: the first takes over what others had, the next stand beside him; an empty slot needs his own mandate."""
    if moved:
        return move_shares(
            turn,
            task,
            moved,
            to=person,
            cause="reassignment",
            why=why,
            status="closed",
            reason=reason,
            decided_by=decided_by,
            principal_id=None if task.step else person.id,
        )
    principal_id = _principal_of(turn, task, slot) if task.step else person.id
    if principal_id is None:
        given = assignment_row(
            turn, task=facts_of(task), slot=slot, user_id=person.id, principal_id=person.id, cause="reassignment", why=why
        )
        check_mandate(turn, task, tasks.assignment_of(given))
        principal_id = person.id
    row = add_share(
        turn, task, slot, person, cause="reassignment", why=f"{why} {task.slots[slot]['why']}".strip(), principal_id=principal_id
    )
    return [] if row is None else [row]


def _principal_of(turn: Turn, task: Any, slot: int) -> str | None:
    """Return on whose authority the newest open share of a slot stands; None where nobody has one."""
    found = [each.principal_id for each in turn.assignments if each.task_id == task.id and each.slot == slot and each.status == "open"]
    return found[-1] if found else None


def _tell(turn: Turn, caller: Caller, task: Any, *, old: Sequence[str], new: Sequence[str], reason: str) -> None:
    before = join_names([turn.person(user_id).full_name for user_id in old])
    after = join_names([turn.person(user_id).full_name for user_id in new])
    turn.tell(
        "task_reassigned",
        f"{caller.full_name} reassigned {task.name} {f'from {before} ' if before else ''}to {after}: {reason}",
        element=task.element,
        facts={
            "task": task.id,
            "from": [turn.person(user_id).username for user_id in old],
            "to": [turn.person(user_id).username for user_id in new],
            "reason": reason,
        },
    )
    for user_id in old:
        why = f"{caller.full_name} gave it to {after}: {reason.rstrip('. ')}."
        key = f"reassigned:{task.id}:{user_id}:{turn.instance.revision}"
        mailing.write_mail(turn, template="reassigned", user_id=user_id, task=facts_of(task), why=why, key=key)
