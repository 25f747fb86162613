"""A new version of the matrix is in force: the running transactions that it would route otherwise are marked; their players stay."""

from collections.abc import Sequence
from typing import Any

from app.domain.errors import NotFound, RuleError
from app.domain.matrix.in_force import is_mandate_in_force
from app.domain.matrix.resolution import resolve_role_players
from app.domain.matrix.snapshot import Snapshot
from app.domain.matrix.steps import Step
from app.domain.matrix.values import Transaction
from app.operations.matrix.role_players import pools_of
from app.operations.matrix.snapshots import resolution_day, snapshot_of, transaction_of
from app.operations.system import System
from app.operations.turn import directory_of, read_environment
from app.persistence import journal, routes

BATCH = 200
MATRIX_ACTIVATED = "matrix_activated"


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
            changed, lost = _look_at(system, work, environment, rows)
            routes.mark_routes(work, changed, version)
            ids = [system.new_id() for _ in lost]
            now = system.clock()
            routes.recheck_at(work, environment_id, lost, due_at=now, now=now, ids=ids, cause=f"version:{version}")
            work.commit()
        marked += len(changed)


def continue_marking(system: System, row: Any) -> None:
    """Mark the transactions for an outbox row, which is done then."""
    mark_transactions(system, row.environment_id, row.payload["version"])
    with system.database.write() as work:
        journal.finish_outbox(work, row.id, now=system.clock())
        work.commit()


def _look_at(system: System, work: Any, environment: Any, rows: Sequence[Any]) -> tuple[list[str], list[str]]:
    """Return the routes that would be others now, and the instances in which somebody who is to sign has no mandate any more."""
    directory = directory_of(system, work, environment)
    found = routes.documents_by_id(work, [row.document_id for row in rows])
    roles: dict[str, list[Any]] = {}
    for role in routes.roles_of_transactions(work, [row.document_id for row in rows]):
        roles.setdefault(role.transaction_id, []).append(role)
    on = resolution_day(environment, system.clock())
    changed, lost = [], []
    for row in rows:
        document = found[row.document_id]
        try:
            _, snapshot = snapshot_of(system, work, environment, row.approval_type)
        except NotFound:
            changed.append(row.id)
            continue
        signed = roles.get(row.document_id, [])
        transaction = transaction_of(document, directory, initiator_id=row.started_by, roles=signed)
        if not _is_same(snapshot, transaction, row.steps, on):
            changed.append(row.id)
            if _has_lost(snapshot, transaction_of(document, directory, initiator_id=row.started_by, roles=[]), row.steps, on):
                lost.append(row.instance_id)
    return changed, lost


def _is_same(snapshot: Snapshot, transaction: Transaction, steps: Any, on: Any) -> bool:
    try:
        route = resolve_role_players(snapshot, transaction, on=on, detail="people")
    except RuleError:
        return False
    now = {step.step.value: [list(slot.pool) for slot in step.slots] for step in route.steps}
    return now == pools_of(steps)


def _has_lost(snapshot: Snapshot, transaction: Transaction, steps: Any, on: Any) -> bool:
    try:
        return not all(
            is_mandate_in_force(snapshot, transaction, user=user, step=Step(name), lines=slot["lines"], on=on)
            for name, step in steps.items()
            for slot in step["slots"]
            for user in slot["pool"]
        )
    except RuleError:
        return True
