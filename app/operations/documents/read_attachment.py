"""The bytes of an attachment."""

from app.domain.errors import NotFound
from app.operations.answer import Caller
from app.operations.documents.attachments import embedded_contents, embedded_id
from app.operations.documents.read_document import find_visible
from app.operations.partners.seating import seat
from app.operations.system import System
from app.persistence import attachments


def read_attachment(system: System, caller: Caller, document_id: str, attachment_id: str) -> tuple[bytes, str, str]:
    """Return the content of an attachment, its media type and its file name.

    Raises:
        NotFound: there is no such document or attachment, or the caller may not see it.
    Source: TSK-07.
    """
    with system.database.read() as reading:
        caller = seat(reading, caller, document_id=document_id)
        document = find_visible(system, reading, caller, document_id)
        row = attachments.find_attachment(reading, document_id, attachment_id)
        if row is not None:
            return bytes(row.content), row.media_type, row.name
        for number, (file, content) in enumerate(embedded_contents(reading, document)):
            if embedded_id(document.id, number) == attachment_id:
                return content, file.media_type, file.name
    raise NotFound(what="attachment", id=attachment_id)
