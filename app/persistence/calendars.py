"""Statements about business calendars and which companies have them."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from app.persistence.database import Reading, UnitOfWork
from app.persistence.tables.people import company
from app.persistence.tables.schedules import business_calendar


def read_calendars(reading: Reading, environment_id: int) -> Sequence[sa.Row[Any]]:
    """Return the calendars of the environment, by key."""
    return reading.rows(
        sa.select(business_calendar).where(business_calendar.c.environment_id == environment_id).order_by(business_calendar.c.key)
    )


def list_calendars(reading: Reading, environment_id: int, *, after: str | None, limit: int) -> Sequence[sa.Row[Any]]:
    """Return a page of the calendars of the environment, by key."""
    statement = sa.select(business_calendar).where(business_calendar.c.environment_id == environment_id)
    if after is not None:
        statement = statement.where(business_calendar.c.key > after)
    return reading.rows(statement.order_by(business_calendar.c.key).limit(limit))


def find_calendar(reading: Reading, environment_id: int, calendar_id: str) -> sa.Row[Any] | None:
    """Return a calendar of the environment, or None."""
    return reading.row(
        sa.select(business_calendar).where(business_calendar.c.id == calendar_id, business_calendar.c.environment_id == environment_id)
    )


def key_is_taken(reading: Reading, environment_id: int, key: str) -> bool:
    """Return whether a calendar of the environment has the key."""
    return (
        reading.row(
            sa.select(business_calendar.c.id).where(business_calendar.c.environment_id == environment_id, business_calendar.c.key == key)
        )
        is not None
    )


def insert_calendar(work: UnitOfWork, **values: object) -> None:
    """Store a calendar."""
    work.insert(business_calendar, [values])


def update_calendar(work: UnitOfWork, calendar_id: str, **values: object) -> None:
    """Change columns of a calendar."""
    work.update(business_calendar, calendar_id, values)


def read_company_calendars(reading: Reading, environment_id: int) -> dict[str, str | None]:
    """Return the companies of the environment, each with the key of its calendar."""
    rows = reading.rows(
        sa.select(company.c.key, company.c.calendar).where(company.c.environment_id == environment_id).order_by(company.c.key)
    )
    return {row.key: row.calendar for row in rows}


def give_calendar(work: UnitOfWork, environment_id: int, key: str, companies: Sequence[str]) -> None:
    """Let exactly these companies of the environment have the calendar."""
    of_environment = sa.update(company).where(company.c.environment_id == environment_id)
    work.execute(of_environment.where(company.c.calendar == key, company.c.key.not_in(companies)).values(calendar=None))
    work.execute(of_environment.where(company.c.key.in_(companies)).values(calendar=key))
