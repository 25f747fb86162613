"""Determining the role players of a running instance again, and keeping the signatures that hold.

The instance goes back to the service task that resolves them; from there its own diagram leads it to the first step that is needed. A
step whose signatures hold is opened signed, so it goes straight on. Where nobody is found, the instance is parked there, and an
administrator of the matrix has a task.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.errors import NothingToReset, RuleError
from app.domain.matrix.in_force import is_mandate_in_force
from app.domain.matrix.resolution import resolve_role_players
from app.domain.matrix.steps import Step
from app.operations import mailing
from app.operations.answer import JsonObject
from app.operations.instances.moving import RESOLVER, reach_of
from app.operations.instances.view import SUPERSEDED
from app.operations.kept_signatures import collect_signatures, digest_lines, kept_of, say_why_not
from app.operations.matrix.role_players import People, pools_of
from app.operations.matrix.snapshots import resolution_day, transaction_of
from app.operations.route_clock import set_route_clock
from app.operations.settlement import end_task, settle
from app.operations.turn import Turn
from app.persistence import instances, routes, tasks


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a determination begins again: the service task, and what is cancelled or tried again for it."""

    resolver: str
    waits: tuple[str, ...]
    failed: tuple[str, ...]


def redetermine(turn: Turn, *, cause: str) -> JsonObject:
    """Determine the role players again, settle, and return what changed.

    1. Note every signature that counts; whoever gave one keeps his step.
    2. Go back to the service task, or let it try again where it has failed.
    3. Settle: the new route is stored, steps whose signatures hold are passed, people are told.

    Args:
        turn: of an active instance.
        cause: why, as the timeline tells it, without a full stop.

    Raises:
        NothingToReset: the instance neither waits for an approval step nor has failed to find role players.
        MoveRefused: the diagram does not let it go back.
    """
    place = find_place(turn)
    before = pools_of(turn.route)
    asked = _assignees(turn)
    signatures = [*kept_of(turn), *collect_signatures(turn)]
    turn.kept = list(signatures)
    if turn.stored_route is not None:
        routes.change_current_route(turn.work, turn.instance.id, kept=signatures)
    steps = sorted(turn.picture.approved_steps)
    tasks.supersede_tasks(turn.work, turn.instance.id, steps, outcome=SUPERSEDED)
    turn.picture.approved_steps.clear()
    _go_back(turn, place)
    change: JsonObject = {}

    def tell() -> None:
        after = pools_of(turn.route)
        is_parked = turn.incidents_raised > 0
        change.update(describe(turn, before, after if not is_parked else None, signatures))
        turn.look_again()
        now_asked = set(_assignees(turn))
        told = {name: value for name, value in change.items() if name != "error"}
        turn.tell("role_players_reset", f"Role players determined again: {cause}.", element=place.resolver, facts=told | {"cause": cause})
        for user_id, task in asked.items():
            if user_id not in now_asked:
                facts = {"id": task.id, "name": task.name, "step": task.step}
                key = f"moved:{task.id}:{user_id}"
                mailing.write_mail(turn, template="moved", user_id=user_id, task=facts, why=f"{cause}.", key=key)

    settle(turn, when_known=tell)
    return change


def find_place(turn: Turn) -> Place:
    """Return where the determination begins again.

    Raises:
        NothingToReset: there is no such place.
    """
    reach = reach_of(turn)
    resolvers = [element for element, operation in reach.services.items() if operation == RESOLVER]
    failed = [each for each in turn.execution.active() if each.state == "failed" and each.element in resolvers]
    waits = [wait for wait in turn.execution.user_tasks() if "approval_step" in wait.properties]
    if failed:
        return Place(resolver=failed[0].element, waits=(), failed=tuple(each.element_instance for each in failed))
    for resolver in resolvers:
        if waits and {wait.element for wait in waits} <= reach.from_elements([resolver]):
            return Place(resolver=resolver, waits=tuple(wait.element_instance for wait in waits), failed=())
    raise NothingToReset(instance_id=turn.instance.id, what="process instance")


def is_unchanged(turn: Turn) -> bool:
    """Whether determining the role players now would give the same people for the same lines, so that nothing needs to move."""
    route, document = turn.stored_route, turn.document
    if route is None or document is None or turn.route is None:
        return False
    if route.lines_digest is not None and route.lines_digest != digest_lines(document):
        return False
    if any(each.state == "failed" for each in turn.execution.active()):
        return False
    transaction = transaction_of(document, turn.directory, initiator_id=turn.instance.started_by, roles=turn.roles)
    try:
        found = resolve_role_players(turn.snapshot, transaction, on=resolution_day(turn.environment, turn.now), detail="people")
    except RuleError:
        return False
    return {step.step.value: [list(slot.pool) for slot in step.slots] for step in found.steps} == pools_of(turn.route)


def recheck_route(turn: Turn) -> bool:
    """Look at the route of an instance again, and determine the role players anew where that is needed; return whether it was.

    It is needed when the lines were coded otherwise, or somebody who may still have to sign has no mandate in force any more. Otherwise
    the route stays, whatever else changed, and the clock is set for the next day on which something in it may change.
    Source: MXR-07, MXO-14, COD-05.
    """
    route, document = turn.stored_route, turn.document
    if route is None or document is None or turn.route is None:
        return False
    waits = [wait for wait in turn.execution.user_tasks() if "approval_step" in wait.properties]
    if not waits:
        return False
    if route.lines_digest is not None and route.lines_digest != digest_lines(document):
        redetermine(turn, cause="the lines were coded anew")
        return True
    lost = find_lost(turn)
    if lost:
        names = ", ".join(turn.snapshot.name_of(user) for user in lost)
        redetermine(turn, cause=f"not in force any more: the mandate of {names}")
        return True
    set_route_clock(turn, turn.snapshot, turn.route, on=resolution_day(turn.environment, turn.now))
    return False


def find_lost(turn: Turn) -> list[str]:
    """Return who may still have to sign, or on whose authority an open share stands, but has no mandate in force for it."""
    assert turn.document is not None, "only routes of documents are looked at"
    transaction = transaction_of(turn.document, turn.directory, initiator_id=turn.instance.started_by, roles=[])
    on = resolution_day(turn.environment, turn.now)
    decided = _decided_slots(turn)
    lost: dict[str, None] = {}
    for name, step in (turn.route or {}).items():
        if name in turn.picture.approved_steps:
            continue
        for number, slot in enumerate(step["slots"]):
            if (name, number) in decided:
                continue
            for user in slot["pool"]:
                if not is_mandate_in_force(turn.snapshot, transaction, user=user, step=Step(name), lines=slot["lines"], on=on):
                    lost[user] = None
    for task in [each for each in turn.open_tasks.values() if each.step is not None]:
        for share in [each for each in turn.assignments if each.task_id == task.id and each.status == "open"]:
            slot, user = task.slots[share.slot], turn.person(share.principal_id).username
            is_held = slot.get("added") or is_mandate_in_force(
                turn.snapshot, transaction, user=user, step=Step(task.step), lines=slot["lines"], on=on
            )
            if not is_held:
                lost[user] = None
    return list(lost)


def describe(turn: Turn, before: People | None, after: People | None, signatures: Sequence[Mapping[str, Any]]) -> JsonObject:
    """Return what a new determination changes: the people before and after, and which signatures hold."""
    kept: list[JsonObject] = []
    dropped: list[JsonObject] = []
    for each in signatures:
        told = {"step": each["step"], "username": each["principal"]}
        why_not = _say_why_not(turn, each) if after is not None else "nobody was found for another step"
        (kept if why_not is None else dropped).append(told if why_not is None else told | {"reason": why_not})
    error = None
    if after is None:
        error = next((entry.facts for _, _, entry in reversed(turn.audit.entries) if entry.kind == "incident"), None)
    return {"changed": before != after, "before": before, "after": after, "kept": kept, "dropped": dropped, "error": error}


def _say_why_not(turn: Turn, signature: Mapping[str, Any]) -> str | None:
    """Return why a signature holds in no slot of the new route; None when it holds in one."""
    step = (turn.route or {}).get(signature["step"])
    if step is None:
        return "the step is not needed any more"
    reasons = [say_why_not(dict(signature), slot) for slot in step["slots"]]
    return None if None in reasons else reasons[0]


def _go_back(turn: Turn, place: Place) -> None:
    if place.failed:
        for incident in instances.open_incidents(turn.work, turn.instance.id):
            if incident.element_instance in place.failed:
                user_id = turn.caller.user_id if turn.caller is not None else None
                instances.end_incident(turn.work, incident.id, now=turn.now, user_id=user_id, resolution="retried")
                task = turn.open_tasks.get(f"incident:{incident.id}")
                if task is not None:
                    end_task(turn, task, status="completed", outcome="retried")
        for element_instance in place.failed:
            turn.execution.retry(element_instance)
        return
    turn.execution.move(cancel=place.waits, activate=[place.resolver])


def _assignees(turn: Turn) -> dict[str, Any]:
    """Return who is asked to sign now, each with his task."""
    open_tasks = {row.id: row for row in turn.open_tasks.values() if row.kind == "approval"}
    return {each.user_id: open_tasks[each.task_id] for each in turn.assignments if each.task_id in open_tasks and each.status == "open"}


def _decided_slots(turn: Turn) -> set[tuple[str, int]]:
    """Return the slots of open tasks in which nobody is asked any more."""
    open_tasks = {row.id: row for row in turn.open_tasks.values() if row.kind == "approval"}
    waiting = {(each.task_id, each.slot) for each in turn.assignments if each.status == "open"}
    return {(row.step, number) for row in open_tasks.values() for number in range(len(row.slots)) if (row.id, number) not in waiting}
