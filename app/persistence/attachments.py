"""Statements about the attachments of documents; their content is read one at a time."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from app.persistence.database import Reading, UnitOfWork
from app.persistence.tables.documents import document_attachment

_COLUMNS = [column for column in document_attachment.c if column.name != "content"]


def list_attachments(reading: Reading, document_id: str) -> Sequence[sa.Row[Any]]:
    """Return the attachments of a document without their content, oldest first."""
    return reading.rows(sa.select(*_COLUMNS).where(document_attachment.c.document_id == document_id).order_by(document_attachment.c.id))


def find_attachment(reading: Reading, document_id: str, attachment_id: str) -> sa.Row[Any] | None:
    """Return an attachment of the document with its content, or None."""
    return reading.row(
        sa.select(document_attachment).where(document_attachment.c.id == attachment_id, document_attachment.c.document_id == document_id)
    )


def insert_attachment(work: UnitOfWork, **values: object) -> bool:
    """Store an attachment at once: its bytes may be many, and JSON is no way for them. Return False when the document has them already."""
    statement = work.upsert(document_attachment).values(**values).on_conflict_do_nothing().returning(document_attachment.c.id)
    return work.execute(statement).first() is not None
