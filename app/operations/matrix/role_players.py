"""The service task `resolve_role_players`: who must approve the document, step by step, stored with every reason."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from app.domain.canonical import PlainJson, canonical_json
from app.domain.errors import InvalidInput
from app.domain.matrix.resolution import resolve_role_players as resolve
from app.domain.matrix.route import Consideration, Route, Slot
from app.domain.matrix.snapshot import Snapshot
from app.domain.matrix.steps import STEPS_BY_NAME, Step
from app.domain.matrix.values import Transaction, on_basis
from app.domain.money import amount_text
from app.engine import ServiceCall
from app.operations.kept_signatures import digest_lines, kept_of, note_lines
from app.operations.matrix.short_reasons import short_reason
from app.operations.matrix.snapshots import catalogue_of, snapshot_of, transaction_of
from app.operations.route_clock import set_route_clock
from app.operations.wording import join_names, step_name
from app.persistence import instances, routes

if TYPE_CHECKING:
    from app.operations.turn import Turn

People = dict[str, list[list[str]]]
"""The pools of each step of a route, slot by slot."""


def resolve_role_players(turn: "Turn", call: ServiceCall) -> dict[str, Any]:
    """Return which steps the document needs, and store the route with its evidence.

    1. Take the matrix of the approval type that the parameter `approval_type` names, else of the only one.
    2. Resolve all steps at once; whoever signed already keeps his step.
    3. Store the route with matrix version and digest; an earlier route is superseded, never changed.

    Returns:
        `{"first_line": {"needed": true, "role_players": ["marc"]}, …}` for all five steps.

    Raises:
        InvalidInput: the instance has no document.
        NoRolePlayersFound: and the other rule errors of resolution.
    """
    if turn.document is None:
        raise InvalidInput(reason="role players are resolved for a document, but this instance has none")
    approval_type = call.parameters.get("approval_type")
    key, snapshot = snapshot_of(turn.system, turn.work, turn.environment, approval_type if isinstance(approval_type, str) else None)
    transaction = transaction_of(turn.document, turn.directory, initiator_id=turn.instance.started_by, roles=turn.roles)
    route = resolve(snapshot, transaction, on=turn.today)
    steps = route_json(route, transaction, snapshot)
    note_lines(steps, turn.document.lines)
    _store(turn, steps, approval_type=key, element_instance=call.element_instance)
    set_route_clock(turn, snapshot, steps, on=turn.today)
    return {name: _needed(steps.get(name)) for name in STEPS_BY_NAME}


def route_json(route: Route, transaction: Transaction, snapshot: Snapshot) -> dict[str, Any]:
    """Return the route as it is stored: steps by name, each slot with pool, limit, sentence and every candidate considered."""
    transaction = on_basis(transaction, snapshot.approval_type)
    steps = PlainJson()
    before: tuple[Slot, ...] = ()
    for step, slots in route.steps:
        steps[step.value] = {"slots": [_slot_json(step, slot, before, transaction, snapshot) for slot in slots]}
        if step is not Step.SECRETARY:
            before = slots
    return steps


def pools_of(steps: Mapping[str, Any] | None) -> People | None:
    """Return the pools of a stored route, step by step and slot by slot."""
    return None if steps is None else {name: [list(slot["pool"]) for slot in step["slots"]] for name, step in steps.items()}


def _slot_json(step: Step, slot: Slot, before: Sequence[Slot], transaction: Transaction, snapshot: Snapshot) -> dict[str, Any]:
    currency = transaction.currency
    return {
        "lines": list(slot.lines),
        "role_player": slot.role_player,
        "pool": list(slot.pool),
        "limit": None if slot.limit is None else amount_text(slot.limit, currency),
        "currency": currency,
        "why": slot.why,
        "considered": [_consideration_json(each, currency, snapshot) for each in slot.evidence],
        "why_short": short_reason(step, slot, before, transaction=transaction, name_of=snapshot.name_of),
    }


def _consideration_json(each: Consideration, currency: str, snapshot: Snapshot) -> dict[str, Any]:
    user, outcome, reason, limit, unlimited, sufficient, parameters, cost_center, levels_up, _, mandate_of = each
    return {
        "user": user,
        "full_name": snapshot.name_of(user),
        "outcome": outcome,
        "reason": reason,
        "limit": None if limit is None else amount_text(limit, currency),
        "unlimited": unlimited,
        "sufficient": sufficient,
        "cost_center": cost_center,
        "levels_up": levels_up,
        "parameters": list(parameters),
        "mandate_of": mandate_of,
    }


def _needed(step: dict[str, Any] | None) -> dict[str, Any]:
    if step is None:
        return {"needed": False, "role_players": []}
    return {"needed": True, "role_players": list(dict.fromkeys(slot["role_player"] for slot in step["slots"]))}


def replace_route(turn: "Turn", steps: dict[str, Any], *, changed_by_version: int | None, text: str) -> None:
    """Store the route in force with other people in its slots, tell it, and have it looked at again; the earlier one stays as history.

    It is a route of the same version and the same lines; `changed_by_version` is the newest version that would make another of it.
    Source: USR-39.
    """
    earlier = turn.stored_route
    assert earlier is not None, "there is a route to replace"
    columns = ("matrix_version", "matrix_digest", "approval_type", "resolved_on", "lines_digest")
    values = {name: getattr(earlier, name) for name in columns} | {"changed_by_version": changed_by_version}
    facts = _insert(turn, steps, values)
    cause = f"people:{facts['route']}"
    routes.recheck_at(
        turn.work, turn.environment.id, [turn.instance.id], due_at=turn.now, now=turn.now, ids=[turn.system.new_id()], cause=cause
    )
    turn.tell("route_changed", text, actor="system", facts=facts)


def _store(turn: "Turn", steps: dict[str, Any], *, approval_type: str, element_instance: str) -> None:
    values = {
        "matrix_version": turn.environment.matrix_version,
        "matrix_digest": catalogue_of(turn.system, turn.work, turn.environment).digest,
        "approval_type": approval_type,
        "resolved_on": turn.today,
        "lines_digest": digest_lines(turn.document),
    }
    turn.told_by_services[element_instance] = ("route_resolved", _sentence(turn, steps), _insert(turn, steps, values))


def _insert(turn: "Turn", steps: dict[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Store a route in the place of the one in force, and return what the timeline tells of it."""
    earlier = turn.stored_route
    if earlier is not None:
        instances.supersede_routes(turn.work, turn.instance.id, turn.now)
    digest = hashlib.sha256(canonical_json(steps)).hexdigest()
    number = 1 if earlier is None else earlier.number + 1
    instances.insert_route(
        turn.work,
        id=turn.system.new_id(),
        environment_id=turn.environment.id,
        instance_id=turn.instance.id,
        number=number,
        digest=digest,
        steps=steps,
        step_names=",".join([name for name in STEPS_BY_NAME if name in steps]),
        kept=kept_of(turn) or None,
        created_at=turn.now,
        **values,
    )
    turn.route = steps
    told = {name: values[name] for name in ("matrix_version", "matrix_digest", "approval_type")}
    return {"route": number, **told, "digest": digest, "steps": steps}


def _sentence(turn: "Turn", steps: dict[str, Any]) -> str:
    parts = []
    for name, step in steps.items():
        people = [join_names([_full_name(turn, user) for user in slot["pool"]]) for slot in step["slots"]]
        parts.append(f"{step_name(name)} {', '.join(dict.fromkeys(people))}")
    return f"Who signs: {'; '.join(parts)}."


def _full_name(turn: "Turn", username: str) -> str:
    person = turn.directory.find(username)
    return person.full_name if person else username
