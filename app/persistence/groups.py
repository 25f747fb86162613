"""Statements about groups of users."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from app.persistence.database import Reading, UnitOfWork
from app.persistence.tables.groups import user_group, user_group_member


def read_members(reading: Reading, environment_id: int) -> Mapping[str, Sequence[str]]:
    """Return the ids of the members of every group of the environment, by the group's key; an empty group has none."""
    found: dict[str, list[str]] = defaultdict(list)
    statement = (
        sa.select(user_group.c.key, user_group_member.c.user_id)
        .select_from(user_group.outerjoin(user_group_member))
        .where(user_group.c.environment_id == environment_id)
    )
    for row in reading.rows(statement):
        of_group = found[row.key]
        if row.user_id is not None:
            of_group.append(row.user_id)
    return found


def list_groups(reading: Reading, environment_id: int, *, after: str | None, limit: int) -> Sequence[sa.Row[Any]]:
    """Return groups by key."""
    statement = sa.select(user_group).where(user_group.c.environment_id == environment_id)
    if after is not None:
        statement = statement.where(user_group.c.key > after)
    return reading.rows(statement.order_by(user_group.c.key).limit(limit))


def find_group(reading: Reading, environment_id: int, group_id: str) -> sa.Row[Any] | None:
    """Return the group with this id, or None."""
    return reading.row(sa.select(user_group).where(user_group.c.id == group_id, user_group.c.environment_id == environment_id))


def find_group_by_key(reading: Reading, environment_id: int, key: str) -> sa.Row[Any] | None:
    """Return the group with this key, or None."""
    return reading.row(sa.select(user_group).where(user_group.c.key == key, user_group.c.environment_id == environment_id))


def insert_group(work: UnitOfWork, **values: object) -> None:
    """Store a new group."""
    work.insert(user_group, [values])


def update_group(work: UnitOfWork, group_id: str, **values: object) -> None:
    """Change columns of a group."""
    work.execute(sa.update(user_group).where(user_group.c.id == group_id).values(**values))


def put_members(work: UnitOfWork, environment_id: int, group_id: str, user_ids: Iterable[str]) -> None:
    """Make these users the members of the group, and no others."""
    work.execute(sa.delete(user_group_member).where(user_group_member.c.group_id == group_id))
    rows = [{"group_id": group_id, "user_id": user_id, "environment_id": environment_id} for user_id in user_ids]
    if rows:
        work.execute(sa.insert(user_group_member).values(rows))


def delete_group(work: UnitOfWork, group_id: str) -> None:
    """Delete a group and who was in it; tasks that were assigned to it keep their people."""
    work.execute(sa.delete(user_group_member).where(user_group_member.c.group_id == group_id))
    work.execute(sa.delete(user_group).where(user_group.c.id == group_id))
