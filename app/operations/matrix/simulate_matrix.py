"""Who would approve this, with the matrix in force, a draft, or one sent along? Nothing is stored."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from app.domain.errors import InvalidInput, InvalidRequest, RuleError
from app.domain.matrix.resolution import resolve_role_players
from app.domain.matrix.steps import STEPS
from app.formats.matrix_json import read_transaction
from app.operations.answer import Answer, Caller, JsonObject
from app.operations.documents.read_document import find_visible
from app.operations.matrix.choosing import KEEPERS, choose_matrix
from app.operations.matrix.role_players import route_json
from app.operations.matrix.snapshots import resolution_day, transaction_of
from app.operations.system import System
from app.operations.turn import directory_of, read_environment
from app.operations.visibility import require_role
from app.persistence.simulation import find_starter


def simulate_matrix(
    system: System,
    caller: Caller,
    *,
    document_id: str | None = None,
    transaction: Mapping[str, Any] | None = None,
    on: date | None = None,
    approval_type: str | None = None,
    draft_id: str | None = None,
    matrix: Mapping[str, Any] | None = None,
) -> Answer:
    """Return the route of a document or transaction on any day, with every candidate considered; a refusal is an answer too.

    Raises:
        NotPermitted: the caller does not keep the matrix.
        NotFound: no such document, draft or approval type.
        InvalidRequest: neither a document nor a transaction, or a matrix or transaction that cannot be read.
    """
    require_role(caller, *KEEPERS, verb="simulate with the approval matrix")
    if (document_id is None) == (transaction is None):
        raise InvalidRequest("Name a document or send a transaction.", errors={"transaction": ["Name a document, or send a transaction."]})
    with system.database.read() as reading:
        environment = read_environment(reading, caller.environment_id)
        day = on or resolution_day(environment, system.clock())
        chosen = choose_matrix(system, reading, environment, approval_type=approval_type, draft_id=draft_id, sent=matrix, on=day)
        if document_id is not None:
            row = find_visible(system, reading, caller, document_id)
            directory = directory_of(system, reading, environment)
            asked = transaction_of(row, directory, initiator_id=find_starter(reading, document_id), roles=[])
        else:
            try:
                asked = read_transaction(transaction)
            except InvalidInput as error:
                reason = str(error.facts["reason"])
                raise InvalidRequest(f"The transaction cannot be read: {reason}.", errors={"transaction": [reason]}) from error
    told: JsonObject = {"on": day.isoformat(), "matrix": chosen.label, "approval_type": chosen.approval_type, "steps": None, "error": None}
    try:
        steps = route_json(resolve_role_players(chosen.snapshot, asked, on=day), asked, chosen.snapshot)
    except RuleError as error:
        return Answer(body=told | {"error": {"code": error.code, "detail": error.detail, "facts": dict(error.facts)}})
    names = chosen.snapshot.name_of
    listed = [
        {
            "step": step.value,
            "slots": [{**slot, "names": {user: names(user) for user in slot["pool"]}} for slot in steps[step.value]["slots"]],
        }
        for step in STEPS
        if step.value in steps
    ]
    return Answer(body=told | {"steps": listed})
