"""One document, as the caller may see it."""

from typing import Any

from app.domain.errors import NotFound
from app.domain.people import ADMINISTRATOR, CODING, WORKFLOW_ADMINISTRATOR
from app.operations.answer import Answer, Caller
from app.operations.documents.view import document_view
from app.operations.matrix.snapshots import resolution_day
from app.operations.partners.seating import seat
from app.operations.system import System
from app.operations.turn import directory_of, read_environment
from app.operations.visibility import check_may_see
from app.persistence import documents, instances
from app.persistence.database import Reading


def read_document(system: System, caller: Caller, document_id: str) -> Answer:
    """Return the document with lines, findings and its process instances.

    Raises:
        NotFound: there is none, or the caller may not see it.
    """
    with system.database.read() as reading:
        caller = seat(reading, caller, document_id=document_id)
        row = find_visible(system, reading, caller, document_id)
        body = document_view(row, documents.read_findings(reading, document_id))
        running = instances.list_instances(
            reading, environment_id=caller.environment_id, filters={"document_id": document_id}, sight=None, before=None, limit=20
        )
    body["process_instances"] = [
        {
            "id": each.id,
            "status": each.status,
            "outcome": each.outcome,
            "definition": {"key": each.definition_key, "version": each.definition_version},
        }
        for each in running
    ]
    body["can"] = ["confirm_not_duplicate"] if row.held and caller.has_role(CODING, WORKFLOW_ADMINISTRATOR, ADMINISTRATOR) else []
    return Answer(body=body, revision=row.revision)


def find_visible(system: System, reading: Reading, caller: Caller, document_id: str) -> Any:
    """Return the document's row when the caller may see it.

    Raises:
        NotFound: there is none, or he may not.
    """
    row = documents.find_document(reading, caller.environment_id, document_id)
    if row is None:
        raise NotFound(what="document", id=document_id)
    environment = read_environment(reading, caller.environment_id)
    directory, today = directory_of(system, reading, environment), resolution_day(environment, system.clock())
    check_may_see(reading, caller, directory, today=today, document_id=document_id, instance_id=None, what="document", given_id=document_id)
    return row
