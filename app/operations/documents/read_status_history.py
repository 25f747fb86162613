"""What a document was, and who made it so: received, approved, approved for payment, paid."""

from typing import Any

from app.domain.people import Directory
from app.operations.answer import Answer, Caller, JsonObject, page
from app.operations.documents.read_document import find_visible
from app.operations.instances.view import named_person
from app.operations.partners.seating import seat
from app.operations.system import System
from app.operations.turn import directory_of, read_environment
from app.operations.wording import instant, step_name
from app.persistence import documents, journal

KINDS = ("document_received", "task_approved", "task_rejected", "instance_completed", "document_status")
STATUSES_MAX = 1000


def read_status_history(system: System, caller: Caller, document_id: str) -> Answer:
    """Return the statuses of a document and the signatures that led to them, oldest first.

    Raises:
        NotFound: there is no such document, or the caller may not see it.
    Source: TSK-12, TSK-13.
    """
    with system.database.read() as reading:
        caller = seat(reading, caller, document_id=document_id)
        find_visible(system, reading, caller, document_id)
        directory = directory_of(system, reading, read_environment(reading, caller.environment_id))
        rows = journal.read_events(reading, environment_id=caller.environment_id, document_id=document_id, kinds=KINDS, limit=STATUSES_MAX)
    items: list[JsonObject] = []
    is_paid = False
    for row in rows:
        status, what = _status(row)
        if status is None or (is_paid and row.kind == "instance_completed"):  # what is paid stays paid, whatever still runs about it
            continue
        is_paid = is_paid or status == documents.PAID
        items.append(_item(row, status, what, directory))
    return Answer(body=page(items))


def _status(row: Any) -> tuple[str | None, str | None]:
    """Return the status that an event gave the document, and the step that was signed; no status where it gave none."""
    match row.kind:
        case "document_received":
            return "Received", None
        case "task_approved" | "task_rejected":
            return ("Approved" if row.kind == "task_approved" else "Rejected"), row.facts.get("step")
        case "instance_completed":
            return row.facts.get("outcome"), None
    return str(row.facts["after"]), None


def _item(row: Any, status: str, step: str | None, directory: Directory) -> JsonObject:
    is_person = directory.find_named(row.actor) is not None
    actor = named_person(directory, row.actor) if is_person else None
    behalf = named_person(directory, row.on_behalf_of) if row.on_behalf_of else None
    text = status + (f", {step_name(step)}" if step else "")
    text += f", by {actor['full_name']}" if actor else ""
    text += f" on behalf of {behalf['full_name']}" if behalf else ""
    return {"at": instant(row.at), "status": status, "step": step, "actor": actor, "on_behalf_of": behalf, "text": f"{text}."}
