"""The bytes of a document as they came."""

from app.domain.errors import NotFound
from app.operations.answer import Caller
from app.operations.documents.read_document import find_visible
from app.operations.partners.seating import seat
from app.operations.system import System
from app.persistence import documents

_SUFFIXES = {"application/xml": "xml", "application/json": "json"}


def read_original(system: System, caller: Caller, document_id: str) -> tuple[bytes, str, str]:
    """Return the original bytes, their media type and a file name.

    Raises:
        NotFound: there is no such document, or the caller may not see it.
    """
    with system.database.read() as reading:
        caller = seat(reading, caller, document_id=document_id)
        row = find_visible(system, reading, caller, document_id)
        original = documents.read_original(reading, caller.environment_id, document_id)
    if original is None:
        raise NotFound(what="original of document", id=document_id)
    name = "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in row.number)
    return bytes(original.content), original.media_type, f"{name}.{_SUFFIXES.get(original.media_type, 'bin')}"
