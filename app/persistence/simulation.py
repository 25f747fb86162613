"""Statements of simulations: stored documents, page by page, with who started their process."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.persistence.database import Reading
from app.persistence.tables.documents import document
from app.persistence.tables.instances import process_instance


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFilter:
    """Which stored documents count; the first instant is inclusive, the second exclusive."""

    kind: str | None = None
    company: str | None = None
    received_from: datetime | None = None
    received_before: datetime | None = None


_COLUMNS = ("id", "number", "currency", "company", "issued_on", "lines", "coders", "received_by")


def count_documents(reading: Reading, environment_id: int, wanted: DocumentFilter) -> int:
    """Return how many documents there are."""
    row = reading.row(_filtered(sa.select(sa.func.count().label("number")).select_from(document), environment_id, wanted))
    assert row is not None, "a count is always a row"
    return int(row.number)


def page_documents(
    reading: Reading, environment_id: int, wanted: DocumentFilter, *, before: str | None, limit: int
) -> Sequence[sa.Row[Any]]:
    """Return a page of documents, newest first, with `started_by` of the newest process instance."""
    starter = (
        sa.select(process_instance.c.started_by)
        .where(process_instance.c.document_id == document.c.id)
        .order_by(process_instance.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    statement = _filtered(sa.select(*(document.c[name] for name in _COLUMNS), starter.label("started_by")), environment_id, wanted)
    if before is not None:
        statement = statement.where(document.c.id < before)
    return reading.rows(statement.order_by(document.c.id.desc()).limit(limit))


def _filtered(statement: sa.Select[Any], environment_id: int, wanted: DocumentFilter) -> sa.Select[Any]:
    statement = statement.where(document.c.environment_id == environment_id)
    if wanted.kind is not None:
        statement = statement.where(document.c.kind == wanted.kind)
    if wanted.company is not None:
        statement = statement.where(document.c.company == wanted.company)
    if wanted.received_from is not None:
        statement = statement.where(document.c.received_at >= wanted.received_from)
    if wanted.received_before is not None:
        statement = statement.where(document.c.received_at < wanted.received_before)
    return statement


def find_starter(reading: Reading, document_id: str) -> str | None:
    """Return who started the newest process instance of a document."""
    statement = sa.select(process_instance.c.started_by).where(process_instance.c.document_id == document_id)
    row = reading.row(statement.order_by(process_instance.c.id.desc()).limit(1))
    return None if row is None else str(row.started_by)
