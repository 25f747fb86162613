"""The attachments of a document: those that people added, and those that stand inside it."""

import uuid
from collections.abc import Iterator
from typing import Any

from app.domain.people import Directory
from app.formats.attachments import read_embedded
from app.formats.received_document import EmbeddedFile
from app.formats.ubl import parse_ubl
from app.operations.answer import JsonObject
from app.operations.documents.facts import UBL_MEDIA_TYPE
from app.operations.instances.view import person_view
from app.operations.wording import instant
from app.persistence import attachments, documents
from app.persistence.database import Reading

ORIGINAL_BYTES_MAX = 64 * 1024 * 1024  # what was received was small enough then


def attachment_views(reading: Reading, document: Any, directory: Directory) -> list[JsonObject]:
    """Return the attachments of a document: first those inside it, then those that were added, oldest first."""
    inside = [embedded_view(document, number, each) for number, each in enumerate(embedded_files(reading, document))]
    return inside + [attachment_view(row, directory) for row in attachments.list_attachments(reading, document.id)]


def attachment_view(row: Any, directory: Directory) -> JsonObject:
    """Return an attachment that somebody added."""
    return {
        "id": row.id,
        "name": row.name,
        "media_type": row.media_type,
        "size": row.size,
        "hash": row.hash,
        "is_embedded": False,
        "added_by": person_view(directory, row.added_by),
        "added_at": instant(row.created_at),
    }


def embedded_view(document: Any, number: int, file: EmbeddedFile) -> JsonObject:
    """Return a file inside the document as an attachment of it, under an id that is always the same."""
    return {
        "id": embedded_id(document.id, number),
        **file.to_json(),
        "is_embedded": True,
        "added_by": None,
        "added_at": instant(document.received_at),
    }


def embedded_id(document_id: str, number: int) -> str:
    """Return the id of a file inside a document, by its place in it."""
    return str(uuid.uuid5(uuid.UUID(document_id), str(number)))


def embedded_files(reading: Reading, document: Any) -> list[EmbeddedFile]:
    """Return what stands inside the document; one that was received before such files were noted is read again."""
    noted = document.facts.get("attachments")
    if noted is not None:
        return [EmbeddedFile(**each) for each in noted]
    return [file for file, _ in embedded_contents(reading, document)]


def embedded_contents(reading: Reading, document: Any) -> Iterator[tuple[EmbeddedFile, bytes]]:
    """Yield the files inside the document with their content."""
    original = documents.read_original(reading, document.environment_id, document.id)
    if original is not None and original.media_type == UBL_MEDIA_TYPE:
        yield from read_embedded(parse_ubl(bytes(original.content), bytes_max=ORIGINAL_BYTES_MAX))
