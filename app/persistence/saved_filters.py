"""Statements about the filters that people keep of their inbox."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from app.persistence.database import Reading, UnitOfWork
from app.persistence.tables.inbox import saved_filter
from app.persistence.tables.people import user


def list_filters(reading: Reading, user_id: str) -> Sequence[sa.Row[Any]]:
    """Return the filters of a user in his order."""
    of_user = sa.select(saved_filter).where(saved_filter.c.user_id == user_id)
    return reading.rows(of_user.order_by(saved_filter.c.position, saved_filter.c.id))


def lock_filters(work: UnitOfWork, user_id: str) -> list[Any]:
    """Return the filters of a user in his order; another change of them waits until this one is through."""
    work.row(sa.select(user.c.id).where(user.c.id == user_id).with_for_update(key_share=True))
    return list(list_filters(work, user_id))


def insert_filter(work: UnitOfWork, **values: object) -> None:
    """Store a new filter."""
    work.insert(saved_filter, [values])


def update_filter(work: UnitOfWork, filter_id: str, **values: object) -> None:
    """Change columns of one filter."""
    work.update(saved_filter, filter_id, values)


def delete_filter(work: UnitOfWork, filter_id: str) -> None:
    """Forget a filter."""
    work.execute(sa.delete(saved_filter).where(saved_filter.c.id == filter_id))
