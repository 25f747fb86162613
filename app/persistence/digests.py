"""Statements about who wants one mail a day, and when the next one is due."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.persistence.database import Reading, UnitOfWork
from app.persistence.tables.schedules import digest


def find_digest(reading: Reading, user_id: str) -> sa.Row[Any] | None:
    """Return the row of a user who wants one mail a day, None for one who does not."""
    return reading.row(sa.select(digest).where(digest.c.user_id == user_id))


def read_digest(reading: Reading, digest_id: str) -> sa.Row[Any] | None:
    """Return a row by its id."""
    return reading.row(sa.select(digest).where(digest.c.id == digest_id))


def lock_digest(work: UnitOfWork, digest_id: str) -> sa.Row[Any] | None:
    """Return a row, locked."""
    return work.row(sa.select(digest).where(digest.c.id == digest_id).with_for_update())


def put_digest(work: UnitOfWork, **values: object) -> None:
    """Let a user have one mail a day, at another hour than before where he has it already."""
    statement = work.upsert(digest).values(**values)
    changed = {name: statement.excluded[name] for name in ("hour", "due_at")}
    work.execute(statement.on_conflict_do_update(index_elements=["user_id"], set_=changed | {"lease_until": None}))


def update_digest(work: UnitOfWork, digest_id: str, *, due_at: datetime) -> None:
    """Set when the next mail is due."""
    work.execute(sa.update(digest).where(digest.c.id == digest_id).values(due_at=due_at, lease_until=None))


def delete_digest(work: UnitOfWork, user_id: str) -> None:
    """Let a user have a mail for each thing that happens again."""
    work.execute(sa.delete(digest).where(digest.c.user_id == user_id))


def claim_digests(work: UnitOfWork, *, now: datetime, lease_until: datetime, limit: int) -> list[str]:
    """Lease rows whose time has come and return their ids; no two callers get the same row."""
    due = (
        sa.select(digest.c.id)
        .where(digest.c.due_at <= now, sa.or_(digest.c.lease_until.is_(None), digest.c.lease_until < now))
        .order_by(digest.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    statement = sa.update(digest).where(digest.c.id.in_(due)).values(lease_until=lease_until).returning(digest.c.id)
    return [row.id for row in work.execute(statement)]
