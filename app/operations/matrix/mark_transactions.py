"""A new version of the matrix is in force: the running transactions that it would route otherwise are marked; their players stay."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from app.domain.errors import NotFound, RuleError
from app.domain.matrix.in_force import is_mandate_in_force
from app.domain.matrix.resolution import resolve_role_players
from app.domain.matrix.snapshot import Snapshot
from app.domain.matrix.steps import Step
from app.domain.matrix.values import Transaction
from app.operations.matrix.role_players import pools_of
from app.operations.matrix.snapshots import resolution_day, snapshot_of, transaction_of
from app.operations.route_clock import begin_of, find_next_day
from app.operations.system import Environment, System
from app.operations.turn import directory_of, read_environment
from app.persistence import journal, routes

BATCH = 200
MATRIX_ACTIVATED = "matrix_activated"
Signer = tuple[str, str, Sequence[int]]
"""Who is to sign, by user name, in which step, for which lines."""


def mark_transactions(system: System, environment_id: int, version: int) -> int:
    """Mark the running transactions that the matrix in force would route otherwise, batch by batch, and return how many it marked.

    Where somebody who may still have to sign has lost the mandate, the role players are looked at again at once. Done twice, it marks
    nothing twice; a version that is not the newest any more is left to the newest.
    Source: MXO-14, MXR-07.
    """
    after: str | None = None
    marked = 0
    while True:
        with system.database.write() as work:
            environment = read_environment(work, environment_id)
            if environment.matrix_version != version:
                return marked
            rows = routes.routes_before(work, environment_id, version=version, after=after, limit=BATCH)
            if not rows:
                return marked
            after = rows[-1].id
            changed, rechecks = _look_at(system, work, environment, rows)
            routes.mark_routes(work, changed, version)
            for due_at, instances in rechecks.items():
                ids, now = [system.new_id() for _ in instances], system.clock()
                routes.recheck_at(work, environment_id, instances, due_at=due_at, now=now, ids=ids, cause=f"version:{version}")
            work.commit()
        marked += len(changed)


def continue_marking(system: System, row: Any) -> None:
    """Mark the transactions for an outbox row, which is done then."""
    mark_transactions(system, row.environment_id, row.payload["version"])
    with system.database.write() as work:
        journal.finish_outbox(work, row.id, now=system.clock())
        work.commit()


def _look_at(
    system: System, work: Any, environment: Environment, rows: Sequence[Any]
) -> tuple[list[str], Mapping[datetime, Sequence[str]]]:
    """Return the routes that would be others now, and the instances whose role players must be looked at again, by when.

    That is at once where somebody who is to sign has no mandate any more; else on the next day on which somebody gains or loses one, where
    the clock of the route does not wait for an earlier one.
    """
    directory = directory_of(system, work, environment)
    found = routes.documents_by_id(work, [row.document_id for row in rows])
    instance_ids = [row.instance_id for row in rows]
    waiting, asked = routes.rechecks_of(work, instance_ids), _group(routes.principals_of(work, instance_ids), "instance_id")
    roles = _group(routes.roles_of_transactions(work, [row.document_id for row in rows]), "transaction_id")
    now = system.clock()
    on = resolution_day(environment, now)
    changed: list[str] = []
    rechecks: dict[datetime, list[str]] = {}
    for row in rows:
        document, shares = found[row.document_id], asked.get(row.instance_id, [])
        try:
            _, snapshot = snapshot_of(system, work, environment, row.approval_type)
        except NotFound:
            changed.append(row.id)
            continue
        signed = roles.get(row.document_id, [])
        is_same = _is_same(snapshot, transaction_of(document, directory, initiator_id=row.started_by, roles=signed), row.steps, on)
        if not is_same:
            changed.append(row.id)
        unsigned = transaction_of(document, directory, initiator_id=row.started_by, roles=[])
        if _has_lost(snapshot, unsigned, [*_of_shares(shares), *(() if is_same else _of_steps(row.steps))], on):
            rechecks.setdefault(now, []).append(row.instance_id)
            continue
        following = find_next_day(snapshot, row.steps, principals=[each.username for each in shares], on=on)
        due_at = None if following is None else begin_of(following, environment.zone)
        if due_at is not None and (row.instance_id not in waiting or due_at < waiting[row.instance_id]):
            rechecks.setdefault(due_at, []).append(row.instance_id)
    return changed, rechecks


def _group(rows: Sequence[Any], name: str) -> dict[str, list[Any]]:
    grouped: dict[str, list[Any]] = {}
    for row in rows:
        grouped.setdefault(getattr(row, name), []).append(row)
    return grouped


def _is_same(snapshot: Snapshot, transaction: Transaction, steps: Any, on: Any) -> bool:
    try:
        route = resolve_role_players(snapshot, transaction, on=on, detail="people")
    except RuleError:
        return False
    now = {step.step.value: [list(slot.pool) for slot in step.slots] for step in route.steps}
    return now == pools_of(steps)


def _of_steps(steps: Mapping[str, Any]) -> Iterator[Signer]:
    """Give everybody in the pools of a route."""
    yield from ((user, name, slot["lines"]) for name, step in steps.items() for slot in step["slots"] for user in slot["pool"])


def _of_shares(shares: Sequence[Any]) -> Iterator[Signer]:
    """Give on whose authority open shares stand; an added approver signs besides those who have it."""
    yield from ((each.username, each.step, each.slots[each.slot]["lines"]) for each in shares if not each.slots[each.slot].get("added"))


def _has_lost(snapshot: Snapshot, transaction: Transaction, signers: Sequence[Signer], on: date) -> bool:
    """Whether somebody has no mandate in force for what he is to sign."""
    try:
        return not all(
            is_mandate_in_force(snapshot, transaction, user=user, step=Step(step), lines=lines, on=on) for user, step, lines in signers
        )
    except RuleError:
        return True
