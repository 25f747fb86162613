"""Statements about messages, who waits for them, and the start events that create instances."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.persistence.database import Reading, UnitOfWork
from app.persistence.tables.definitions import process_definition
from app.persistence.tables.instances import process_instance
from app.persistence.tables.messages import event_wait, message, start_event

CORRELATION_MAX = 10_000
_ENDED = ("completed", "cancelled")


def claim_message_id(work: UnitOfWork, values: dict[str, Any]) -> bool:
    """Store a message; return False when one with its message id is there already."""
    statement = work.upsert(message).values(**values).on_conflict_do_nothing(index_elements=["environment_id", "message_id"])
    return work.execute(statement.returning(message.c.id)).first() is not None


def find_message(reading: Reading, *, environment_id: int, message_id: str) -> sa.Row[Any] | None:
    """Return the message that came with this message id."""
    return reading.row(sa.select(message).where(message.c.environment_id == environment_id, message.c.message_id == message_id))


def read_message(reading: Reading, row_id: str) -> sa.Row[Any] | None:
    """Return a message by its own id."""
    return reading.row(sa.select(message).where(message.c.id == row_id))


def update_message(work: UnitOfWork, row_id: str, **values: object) -> None:
    """Change columns of a message."""
    work.execute(sa.update(message).where(message.c.id == row_id).values(**values))


def buffered_messages(
    reading: Reading, *, environment_id: int, name: str, now: datetime, after: str | None, limit: int
) -> Sequence[sa.Row[Any]]:
    """Return messages of a name that wait for somebody and have not expired, oldest first."""
    statement = sa.select(message).where(
        message.c.environment_id == environment_id, message.c.status == "waiting", message.c.name == name, message.c.expires_at > now
    )
    if after is not None:
        statement = statement.where(message.c.id > after)
    return reading.rows(statement.order_by(message.c.id).limit(limit))


def lock_buffered(work: UnitOfWork, row_id: str) -> sa.Row[Any] | None:
    """Return a message that still waits, locked."""
    return work.row(sa.select(message).where(message.c.id == row_id, message.c.status == "waiting").with_for_update())


def forget_messages(work: UnitOfWork, *, before: datetime, limit: int) -> int:
    """Delete messages that expired before an instant and return their number; their ids may come again then."""
    old = sa.select(message.c.id).where(message.c.expires_at < before).limit(limit)
    return work.execute(sa.delete(message).where(message.c.id.in_(old))).rowcount


def insert_waits(work: UnitOfWork, rows: Sequence[dict[str, Any]]) -> None:
    """Store who waits for what."""
    work.insert(event_wait, rows)


def delete_waits(work: UnitOfWork, instance_id: str, element_instances: Sequence[str]) -> None:
    """Forget the waits of element instances that do not wait any more."""
    if element_instances:
        statement = sa.delete(event_wait).where(event_wait.c.instance_id == instance_id)
        work.execute(statement.where(event_wait.c.element_instance.in_(element_instances)))


def waiting_instances(reading: Reading, *, environment_id: int, kind: str, name: str) -> Sequence[sa.Row[Any]]:
    """Return who waits for a message or signal of this name, oldest first, at most CORRELATION_MAX; with what identifies the instance."""
    columns = (
        event_wait.c.instance_id,
        event_wait.c.element_instance,
        event_wait.c.correlation,
        process_instance.c.business_key,
        process_instance.c.document_id,
    )
    return reading.rows(
        sa.select(*columns)
        .join(process_instance, process_instance.c.id == event_wait.c.instance_id)
        .where(event_wait.c.environment_id == environment_id, event_wait.c.kind == kind, event_wait.c.name == name)
        .where(process_instance.c.status.not_in(_ENDED))
        .order_by(event_wait.c.id)
        .limit(CORRELATION_MAX)
    )


def insert_starts(work: UnitOfWork, rows: Sequence[dict[str, Any]]) -> None:
    """Store start events that create instances from now on."""
    work.insert(start_event, rows)


def end_starts(work: UnitOfWork, *, environment_id: int, key: str, now: datetime) -> None:
    """Let the start events of a definition create nothing any more."""
    work.execute(
        sa.update(start_event)
        .where(start_event.c.environment_id == environment_id, start_event.c.definition_key == key, start_event.c.ended_at.is_(None))
        .values(ended_at=now, due_at=None)
    )


def find_starts(reading: Reading, *, environment_id: int, kind: str, name: str) -> Sequence[sa.Row[Any]]:
    """Return the start events that a message or signal of this name triggers, with key and version of their definitions."""
    return reading.rows(
        sa.select(start_event, process_definition.c.version)
        .join(process_definition, process_definition.c.id == start_event.c.definition_id)
        .where(start_event.c.environment_id == environment_id, start_event.c.kind == kind, start_event.c.reference == name)
        .where(start_event.c.ended_at.is_(None))
        .order_by(start_event.c.id)
    )


def lock_start(work: UnitOfWork, row_id: str) -> sa.Row[Any] | None:
    """Return a start event that has not ended, locked."""
    return work.row(sa.select(start_event).where(start_event.c.id == row_id, start_event.c.ended_at.is_(None)).with_for_update())


def update_start(work: UnitOfWork, row_id: str, **values: object) -> None:
    """Change columns of a start event."""
    work.execute(sa.update(start_event).where(start_event.c.id == row_id).values(**values))


def claim_starts(work: UnitOfWork, *, now: datetime, lease_until: datetime, limit: int) -> list[str]:
    """Lease timer start events that are due and return their ids; no two callers get the same row."""
    due = (
        sa.select(start_event.c.id)
        .where(start_event.c.due_at <= now, sa.or_(start_event.c.lease_until.is_(None), start_event.c.lease_until < now))
        .order_by(start_event.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    statement = sa.update(start_event).where(start_event.c.id.in_(due)).values(lease_until=lease_until).returning(start_event.c.id)
    return [row.id for row in work.execute(statement)]


def waits_of_instance(reading: Reading, instance_id: str) -> Sequence[sa.Row[Any]]:
    """Return what an instance waits for."""
    return reading.rows(sa.select(event_wait).where(event_wait.c.instance_id == instance_id))


def update_wait(work: UnitOfWork, row_id: str, *, correlation: dict[str, Any]) -> None:
    """Change what a wait is found by."""
    work.execute(sa.update(event_wait).where(event_wait.c.id == row_id).values(correlation=correlation))


def messages_of_instance(reading: Reading, instance_id: str) -> Sequence[sa.Row[Any]]:
    """Return the messages that an instance got, in the order in which they came to it."""
    return reading.rows(sa.select(message).where(message.c.delivered_to == instance_id).order_by(message.c.delivered_at, message.c.id))
