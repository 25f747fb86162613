"""Everything that happened to a document, in order, with reasons."""

from typing import Any

from app.operations.answer import Answer, Caller, JsonObject, page
from app.operations.documents.read_document import find_visible
from app.operations.partners.guest_view import narrow_timeline
from app.operations.partners.seating import seat
from app.operations.system import System
from app.operations.wording import instant
from app.persistence import journal

EVENTS_MAX = 5000


def read_timeline(system: System, caller: Caller, document_id: str) -> Answer:
    """Return the events of the document and its process instances, oldest first.

    Raises:
        NotFound: there is no such document, or the caller may not see it.
    Source: TSK-11, TSK-12.
    """
    with system.database.read() as reading:
        caller = seat(reading, caller, document_id=document_id)
        find_visible(system, reading, caller, document_id)
        rows = journal.read_timeline(reading, environment_id=caller.environment_id, document_id=document_id, limit=EVENTS_MAX)
    items = [timeline_item(row) for row in rows]
    return Answer(body=page(items if caller.home_id is None else narrow_timeline(items)))


def timeline_item(row: Any) -> JsonObject:
    """Return one event in the form of API.md."""
    return {
        "at": instant(row.at),
        "kind": row.kind,
        "actor": row.actor,
        "on_behalf_of": row.on_behalf_of,
        "element": row.element,
        "text": row.text,
        "facts": row.facts,
    }
