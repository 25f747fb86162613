"""Statements about documents and their findings."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from app.persistence.database import Reading, UnitOfWork
from app.persistence.tables.documents import document, document_original, validation_finding
from app.persistence.visibility import Sight, is_newest_seen, ways_to_document, with_links

PAID = "Paid"


def find_document(reading: Reading, environment_id: int, document_id: str) -> sa.Row[Any] | None:
    """Return the document of this environment, or None."""
    return reading.row(sa.select(document).where(document.c.id == document_id, document.c.environment_id == environment_id))


def lock_document(work: UnitOfWork, environment_id: int, document_id: str) -> sa.Row[Any] | None:
    """Return the document, locked for a change."""
    return work.row(sa.select(document).where(document.c.id == document_id, document.c.environment_id == environment_id).with_for_update())


def find_by_hash(reading: Reading, environment_id: int, digest: str) -> sa.Row[Any] | None:
    """Return the document with these original bytes, or None."""
    return reading.row(sa.select(document).where(document.c.environment_id == environment_id, document.c.hash == digest))


def find_duplicate(reading: Reading, environment_id: int, duplicate_key: str) -> sa.Row[Any] | None:
    """Return the first document of the same seller, number and type, or None."""
    return reading.row(
        sa.select(document.c.id, document.c.number)
        .where(document.c.environment_id == environment_id, document.c.duplicate_key == duplicate_key)
        .order_by(document.c.id)
        .limit(1)
    )


def insert_document(work: UnitOfWork, values: dict[str, Any]) -> bool:
    """Store a document; return False when its bytes, or another first document of its seller and number, came in the meantime."""
    statement = work.upsert(document).values(**values).on_conflict_do_nothing().returning(document.c.id)
    return work.execute(statement).first() is not None


def insert_original(work: UnitOfWork, **values: object) -> None:
    """Store the bytes as they came, at once: they may be many, and JSON is no way for them."""
    work.execute(sa.insert(document_original).values(**values))


def read_original(reading: Reading, environment_id: int, document_id: str) -> sa.Row[Any] | None:
    """Return the bytes as they came, with their media type."""
    return reading.row(
        sa.select(document_original).where(
            document_original.c.document_id == document_id, document_original.c.environment_id == environment_id
        )
    )


def insert_findings(work: UnitOfWork, rows: Sequence[dict[str, Any]]) -> None:
    """Store findings."""
    work.insert(validation_finding, rows)


def read_findings(reading: Reading, document_id: str) -> Sequence[sa.Row[Any]]:
    """Return the document's findings in the order they were made."""
    return reading.rows(
        sa.select(validation_finding).where(validation_finding.c.document_id == document_id).order_by(validation_finding.c.id)
    )


def delete_findings(work: UnitOfWork, document_id: str, codes: Sequence[str]) -> None:
    """Delete the findings that a correction has answered."""
    work.execute(sa.delete(validation_finding).where(validation_finding.c.document_id == document_id, validation_finding.c.code.in_(codes)))


def update_document(work: UnitOfWork, document_id: str, **values: object) -> None:
    """Change columns of one document."""
    work.update(document, document_id, values)


def set_process_status(work: UnitOfWork, document_id: str, status: str) -> None:
    """Give the document the status that its process leads to; one that is paid stays paid, whatever still runs about it."""
    work.update_unless(document, document_id, column="status", says=PAID, status=status)


def list_documents(
    reading: Reading, *, environment_id: int, sight: Sight | None, status: str | None, before: str | None, limit: int
) -> Sequence[sa.Row[Any]]:
    """Return documents, newest first; with `sight` only those that are seen."""
    statement = sa.select(document).where(document.c.environment_id == environment_id)
    if status is not None:
        statement = statement.where(document.c.status == status)
    if before is not None:
        statement = statement.where(document.c.id < before)
    if sight is not None:
        statement = statement.where(is_newest_seen(statement, document.c.id, ways_to_document(with_links(reading, sight)), limit=limit))
    return reading.rows(statement.order_by(document.c.id.desc()).limit(limit))


def find_documents(reading: Reading, environment_id: int, document_ids: Sequence[str]) -> Sequence[sa.Row[Any]]:
    """Return the documents with these ids."""
    if not document_ids:
        return []
    return reading.rows(sa.select(document).where(document.c.environment_id == environment_id, document.c.id.in_(document_ids)))
