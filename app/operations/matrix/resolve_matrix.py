"""Who would approve this? Nothing is stored."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from app.domain.errors import InvalidInput
from app.domain.matrix.resolution import resolve_role_players
from app.domain.matrix.snapshot import Snapshot
from app.domain.matrix.steps import STEPS
from app.formats.matrix_json import read_transaction
from app.operations.answer import Answer, Caller, JsonObject
from app.operations.documents.read_document import find_visible
from app.operations.matrix.role_players import route_json
from app.operations.matrix.snapshots import resolution_day, snapshot_of, transaction_of
from app.operations.system import System
from app.operations.turn import directory_of, read_environment


def resolve_matrix(
    system: System,
    caller: Caller,
    *,
    document_id: str | None = None,
    transaction: Mapping[str, Any] | None = None,
    on: date | None = None,
) -> Answer:
    """Return the route of a stored document or of a made-up transaction, with the reason for every choice.

    Raises:
        NotFound: there is no such document, or the caller may not see it.
        NoRolePlayersFound: and the other rule errors of resolution, as facts of a problem.
    Source: MXR-10.
    """
    with system.database.read() as reading:
        environment = read_environment(reading, caller.environment_id)
        _, snapshot = snapshot_of(system, reading, environment, None)
        if document_id is not None:
            row = find_visible(system, reading, caller, document_id)
            directory = directory_of(system, reading, environment)
            asked = transaction_of(row, directory, initiator_id=None, roles=[])
        elif transaction is not None:
            asked = read_transaction(transaction)
        else:
            raise InvalidInput(reason="name a document or give a transaction")
    day = on or resolution_day(environment, system.clock())
    route = resolve_role_players(snapshot, asked, on=day)
    return Answer(
        body=_body(route_json(route, asked, snapshot), snapshot) | {"on": day.isoformat(), "matrix_version": environment.matrix_version}
    )


def _body(steps: Mapping[str, Any], snapshot: Snapshot) -> JsonObject:
    return {
        "steps": [
            {"step": step.value, "slots": [_named(slot, snapshot) for slot in steps[step.value]["slots"]]}
            for step in STEPS
            if step.value in steps
        ]
    }


def _named(slot: Mapping[str, Any], snapshot: Snapshot) -> JsonObject:
    return {**slot, "names": {user: snapshot.name_of(user) for user in slot["pool"]}}
