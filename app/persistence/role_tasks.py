"""Statements about the open tasks that a role leads to."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from app.persistence.database import Reading
from app.persistence.prepared import word
from app.persistence.tables.tasks import assignment, user_task

_COUNTED = ("open", "approved", "rejected")


def tasks_without(reading: Reading, environment_id: int, role: str, *, user_id: str) -> Sequence[sa.Row[Any]]:
    """Return the open tasks that were given to the holders of a role, and in which this user does not count yet."""
    own = sa.or_(assignment.c.user_id == user_id, assignment.c.principal_id == user_id)
    counts = sa.exists().where(assignment.c.task_id == user_task.c.id, own, assignment.c.status.in_(_COUNTED))
    return reading.rows(_tasks(environment_id, role).where(sa.not_(counts.correlate(user_task))))


def tasks_held(reading: Reading, environment_id: int, role: str, *, user_id: str) -> Sequence[sa.Row[Any]]:
    """Return the open tasks that were given to the holders of a role, and of which this user has an open share of his own."""
    own = (assignment.c.user_id == user_id, assignment.c.principal_id == user_id, assignment.c.status == word("open"))
    held = sa.exists().where(assignment.c.task_id == user_task.c.id, *own)
    return reading.rows(_tasks(environment_id, role).where(held.correlate(user_task)))


def _tasks(environment_id: int, role: str) -> sa.Select[Any]:
    named = sa.cast(user_task.c.roles, sa.Text).contains(f'"{role}"', autoescape=True)
    return (
        sa.select(user_task.c.id, user_task.c.instance_id, user_task.c.kind, user_task.c.slots)
        .where(user_task.c.environment_id == environment_id, user_task.c.status == word("open"), user_task.c.roles.is_not(None), named)
        .order_by(user_task.c.instance_id, user_task.c.id)
    )
