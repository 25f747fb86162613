"""Statements about what hangs on a person who leaves: open shares, and routes in force that name him."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.persistence.database import Reading
from app.persistence.prepared import word
from app.persistence.routes import RUNNING
from app.persistence.tables.documents import document
from app.persistence.tables.instances import process_instance, route
from app.persistence.tables.journal import outbox
from app.persistence.tables.tasks import assignment, transaction_role, user_task

LEFT = "user_left"
HAND_OVER = "hand_over"


def count_open_tasks(reading: Reading, user_id: str) -> int:
    """Return in how many open tasks a user has an open share."""
    statement = sa.select(sa.func.count(sa.distinct(assignment.c.task_id)).label("number"))
    row = reading.row(statement.where(assignment.c.user_id == user_id, assignment.c.status == word("open")))
    return int(row.number) if row is not None else 0


def instances_of(
    reading: Reading, environment_id: int, *, user_id: str, username: str, since: datetime | None, after: str | None, limit: int
) -> Sequence[str]:
    """Return a page of the instances in which a user has an open share, and of the running ones whose route in force names him, by id.

    With `since`, only routes that were made at that instant or later are looked at.
    """
    shares = (
        sa.select(assignment.c.instance_id.label("id"))
        .where(assignment.c.user_id == user_id, assignment.c.status == word("open"))
        .where(assignment.c.environment_id == environment_id)  # what he holds as a guest of a partner goes back there
    )
    routes = _routes_naming(environment_id, username)
    if since is not None:
        routes = routes.where(route.c.created_at >= since)
    found = sa.union(shares, routes).subquery()
    statement = sa.select(found.c.id).order_by(found.c.id).limit(limit)
    if after is not None:
        statement = statement.where(found.c.id > sa.literal(after, process_instance.c.id.type))
    return [row.id for row in reading.rows(statement)]


def is_handed_over(reading: Reading, environment_id: int, instance_id: str, *, now: datetime) -> bool:
    """Return whether somebody's work in a process instance still waits to go to his successor."""
    own = sa.and_(outbox.c.kind == word(HAND_OVER), outbox.c.key.endswith(instance_id))
    all_of_somebody = sa.and_(outbox.c.kind == word(LEFT), outbox.c.available_at <= now)
    statement = sa.select(outbox.c.id).where(
        outbox.c.environment_id == environment_id, outbox.c.status == word("waiting"), sa.or_(own, all_of_somebody)
    )
    return reading.row(statement.limit(1)) is not None


def routes_naming(reading: Reading, environment_id: int, username: str, *, after: str | None, limit: int) -> Sequence[sa.Row[Any]]:
    """Return a page of the routes in force of running instances that name a person, with their document, by instance."""
    statement = (
        _routes_naming(environment_id, username)
        .add_columns(route.c.steps, process_instance.c.document_id, document.c.number)
        .outerjoin(document, document.c.id == process_instance.c.document_id)
        .order_by(route.c.instance_id)
        .limit(limit)
    )
    return reading.rows(statement if after is None else statement.where(route.c.instance_id > after))


def roles_in(reading: Reading, transaction_ids: Sequence[str], user_id: str) -> Mapping[str, list[str]]:
    """Return the steps that a user plays, by transaction."""
    statement = sa.select(transaction_role.c.transaction_id.label("key"), transaction_role.c.step).where(
        transaction_role.c.transaction_id.in_(transaction_ids),
        transaction_role.c.user_id == user_id,
        transaction_role.c.superseded_at.is_(None),
    )
    return _steps_by_key(reading.rows(statement))


def approved_steps_of(reading: Reading, instance_ids: Sequence[str]) -> Mapping[str, list[str]]:
    """Return the steps that are approved, by instance."""
    statement = (
        sa.select(user_task.c.instance_id.label("key"), user_task.c.step)
        .distinct()
        .where(
            user_task.c.instance_id.in_(instance_ids),
            user_task.c.step.is_not(None),
            user_task.c.status == word("completed"),
            user_task.c.outcome == word("approved"),
        )
    )
    return _steps_by_key(reading.rows(statement))


def _routes_naming(environment_id: int, username: str) -> sa.Select[Any]:
    named = route.c.steps.cast(sa.Text).contains(f'"{username}"', autoescape=True)
    return (
        sa.select(route.c.instance_id.label("id"))
        .join(process_instance, process_instance.c.id == route.c.instance_id)
        .where(route.c.environment_id == environment_id, route.c.superseded_at.is_(None), process_instance.c.status.in_(RUNNING), named)
    )


def _steps_by_key(rows: Sequence[sa.Row[Any]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row.key, []).append(row.step)
    return found
