"""Statements about routes beyond the one that a turn reads: their marks, and the routes of running transactions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.persistence.database import Reading, UnitOfWork
from app.persistence.prepared import word
from app.persistence.tables.documents import document
from app.persistence.tables.instances import process_instance, route, timer
from app.persistence.tables.people import user
from app.persistence.tables.tasks import assignment, transaction_role, user_task

RUNNING = ("active", "suspended", "incident")
ROUTE_TIMER = "route"


def change_current_route(work: UnitOfWork, instance_id: str, **values: object) -> None:
    """Change the marks of the route in force; what it was made from and who signs never change."""
    work.execute(sa.update(route).where(route.c.instance_id == instance_id, route.c.superseded_at.is_(None)).values(**values))


def routes_before(reading: Reading, environment_id: int, *, version: int, after: str | None, limit: int) -> Sequence[sa.Row[Any]]:
    """Return a page of the routes in force of running instances that were made before a version and are not marked by it yet."""
    statement = (
        sa.select(route, process_instance.c.started_by, process_instance.c.document_id)
        .join(process_instance, process_instance.c.id == route.c.instance_id)
        .where(
            route.c.environment_id == environment_id,
            route.c.superseded_at.is_(None),
            route.c.matrix_version < version,
            sa.or_(route.c.changed_by_version.is_(None), route.c.changed_by_version < version),
            process_instance.c.status.in_(RUNNING),
            process_instance.c.document_id.is_not(None),
        )
        .order_by(route.c.id)
        .limit(limit)
    )
    return reading.rows(statement if after is None else statement.where(route.c.id > after))


def instances_concerning(reading: Reading, environment_id: int, username: str) -> Sequence[str]:
    """Return the ids of running instances whose route in force names a person among those considered, or in which he has an open share."""
    named = route.c.steps.cast(sa.Text).contains(f'"{username}"', autoescape=True)
    routes = sa.select(route.c.instance_id).where(route.c.environment_id == environment_id, route.c.superseded_at.is_(None), named)
    people = sa.select(user.c.id).where(user.c.environment_id == environment_id, user.c.username == username)
    shares = sa.select(assignment.c.instance_id).where(
        assignment.c.user_id.in_(people), assignment.c.status == word("open"), assignment.c.environment_id == environment_id
    )
    statement = sa.select(process_instance.c.id).where(
        process_instance.c.status.in_(RUNNING), process_instance.c.id.in_(sa.union(routes, shares).scalar_subquery())
    )
    return [row.id for row in reading.rows(statement.order_by(process_instance.c.id))]


def principals_of(reading: Reading, instance_ids: Sequence[str]) -> Sequence[sa.Row[Any]]:
    """Return on whose authority the open shares of approval steps stand: instance, step, slot, the task's slots and the user name."""
    return reading.rows(
        sa.select(assignment.c.instance_id, user_task.c.step, assignment.c.slot, user_task.c.slots, user.c.username)
        .join(user_task, user_task.c.id == assignment.c.task_id)
        .join(user, user.c.id == assignment.c.principal_id)
        .where(assignment.c.instance_id.in_(instance_ids), assignment.c.status == word("open"), user_task.c.step.is_not(None))
    )


def rechecks_of(reading: Reading, instance_ids: Sequence[str]) -> Mapping[str, datetime]:
    """Return when the role players of instances are looked at again, of those that have such a clock."""
    earliest = sa.func.min(timer.c.due_at, type_=timer.c.due_at.type).label("due_at")
    statement = sa.select(timer.c.instance_id, earliest).where(
        timer.c.instance_id.in_(instance_ids), timer.c.kind == ROUTE_TIMER, timer.c.status == word("waiting")
    )
    return {row.instance_id: row.due_at for row in reading.rows(statement.group_by(timer.c.instance_id))}


def mark_routes(work: UnitOfWork, route_ids: Sequence[str], version: int) -> None:
    """Say that a version of the matrix would route these transactions otherwise; a newer mark stays."""
    if route_ids:
        work.execute(
            sa.update(route)
            .where(route.c.id.in_(route_ids), sa.or_(route.c.changed_by_version.is_(None), route.c.changed_by_version < version))
            .values(changed_by_version=version)
        )


def roles_of_transactions(reading: Reading, transaction_ids: Sequence[str]) -> Sequence[sa.Row[Any]]:
    """Return the roles that stand in several transactions."""
    return reading.rows(
        sa.select(transaction_role).where(
            transaction_role.c.transaction_id.in_(transaction_ids), transaction_role.c.superseded_at.is_(None)
        )
    )


def documents_by_id(reading: Reading, document_ids: Sequence[str]) -> dict[str, sa.Row[Any]]:
    """Return documents by their ids."""
    return {row.id: row for row in reading.rows(sa.select(document).where(document.c.id.in_(document_ids)))}


def recheck_at(
    work: UnitOfWork, environment_id: int, instance_ids: Sequence[str], *, due_at: datetime, now: datetime, ids: Sequence[str], cause: str
) -> None:
    """Let the role players of instances be looked at again at an instant; asked twice for one cause, once."""
    rows = [
        {
            "id": timer_id,
            "environment_id": environment_id,
            "instance_id": instance_id,
            "task_id": None,
            "kind": ROUTE_TIMER,
            "element": "",
            "key": f"{ROUTE_TIMER}:{instance_id}:{cause}"[:200],
            "due_at": due_at,
            "period": None,
            "status": "waiting",
            "attempts": 0,
            "created_at": now,
        }
        for timer_id, instance_id in zip(ids, instance_ids, strict=True)
    ]
    if rows:
        work.insert(timer, rows, unless_same="key")
