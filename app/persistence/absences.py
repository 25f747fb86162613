"""Statements about absences."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from app.domain.absence import Absence
from app.domain.money import Money
from app.persistence.database import Reading, UnitOfWork
from app.persistence.tables.absences import absence


def read_absences(reading: Reading, environment_id: int, *, since: date) -> list[Absence]:
    """Return the absences of an environment that nobody has ended and whose last day is not before a day."""
    statement = sa.select(absence).where(
        absence.c.environment_id == environment_id, absence.c.ends_on >= since, absence.c.ended_at.is_(None)
    )
    return [absence_of(row) for row in reading.rows(statement.order_by(absence.c.id))]


def absence_of(row: Any) -> Absence:
    """Return the absence that a row stands for."""
    return Absence(
        id=row.id,
        user_id=row.user_id,
        stand_in_id=row.stand_in_id,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        amount_max=None if row.amount_max is None else Money(row.amount_max, row.currency),
        processes=frozenset(row.processes),
    )


def list_absences(reading: Reading, user_id: str, *, before: tuple[date, str] | None, limit: int) -> Sequence[sa.Row[Any]]:
    """Return a page of the user's absences, the latest first; those that were ended stand among them."""
    statement = sa.select(absence).where(absence.c.user_id == user_id)
    if before is not None:
        statement = statement.where(
            sa.tuple_(absence.c.starts_on, absence.c.id) < sa.tuple_(sa.literal(before[0]), sa.literal(before[1], absence.c.id.type))
        )
    return reading.rows(statement.order_by(absence.c.starts_on.desc(), absence.c.id.desc()).limit(limit))


def find_absence(reading: Reading, environment_id: int, absence_id: str) -> sa.Row[Any] | None:
    """Return the absence of this environment, or None."""
    return reading.row(sa.select(absence).where(absence.c.id == absence_id, absence.c.environment_id == environment_id))


def insert_absence(work: UnitOfWork, **values: object) -> None:
    """Store a new absence."""
    work.insert(absence, [values])


def update_absence(work: UnitOfWork, absence_id: str, **values: object) -> None:
    """Change columns of one absence."""
    work.execute(sa.update(absence).where(absence.c.id == absence_id).values(**values))


def end_absences(work: UnitOfWork, user_id: str, **values: object) -> None:
    """Change columns of all absences of a user that nobody has ended."""
    work.execute(sa.update(absence).where(absence.c.user_id == user_id, absence.c.ended_at.is_(None)).values(**values))
