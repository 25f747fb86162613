"""The attachments of a document."""

from app.operations.answer import Answer, Caller, page
from app.operations.documents.attachments import attachment_views
from app.operations.documents.read_document import find_visible
from app.operations.partners.seating import seat
from app.operations.system import System
from app.operations.turn import directory_of, read_environment


def list_attachments(system: System, caller: Caller, document_id: str) -> Answer:
    """Return the attachments of a document without their content: those inside it, then those that people added.

    Raises:
        NotFound: there is no such document, or the caller may not see it.
    Source: TSK-07.
    """
    with system.database.read() as reading:
        caller = seat(reading, caller, document_id=document_id)
        row = find_visible(system, reading, caller, document_id)
        directory = directory_of(system, reading, read_environment(reading, caller.environment_id))
        return Answer(body=page(attachment_views(reading, row, directory)))
