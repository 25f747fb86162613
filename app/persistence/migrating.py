"""Statements about migrations of instances between versions of their definition."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from app.persistence.database import Reading, UnitOfWork
from app.persistence.tables.definitions import migration, migration_result
from app.persistence.tables.instances import process_instance

FILTERS = ("business_key", "document_id", "status")


def insert_migration(work: UnitOfWork, **values: object) -> None:
    """Store a migration that begins."""
    work.insert(migration, [values])


def find_migration(reading: Reading, *, environment_id: int, key: str, migration_id: str) -> sa.Row[Any] | None:
    """Return a migration of the definition."""
    return reading.row(
        sa.select(migration).where(migration.c.environment_id == environment_id, migration.c.key == key, migration.c.id == migration_id)
    )


def read_migration(reading: Reading, migration_id: str) -> sa.Row[Any] | None:
    """Return a migration by its id."""
    return reading.row(sa.select(migration).where(migration.c.id == migration_id))


def update_migration(work: UnitOfWork, migration_id: str, **values: object) -> None:
    """Change columns of a migration."""
    work.execute(sa.update(migration).where(migration.c.id == migration_id).values(**values))


def store_result(work: UnitOfWork, values: dict[str, Any]) -> None:
    """Store what became of one instance; a second try of the same keeps the first result."""
    work.execute(work.upsert(migration_result).values(**values).on_conflict_do_nothing())


def count_results(reading: Reading, migration_id: str) -> dict[str, int]:
    """Return how many instances ended how."""
    statement = (
        sa.select(migration_result.c.status, sa.func.count().label("number"))
        .where(migration_result.c.migration_id == migration_id)
        .group_by(migration_result.c.status)
    )
    return {row.status: row.number for row in reading.rows(statement)}


def list_results(reading: Reading, migration_id: str, *, after: str | None, limit: int) -> Sequence[sa.Row[Any]]:
    """Return what became of instances, in the order of their ids."""
    statement = sa.select(migration_result).where(migration_result.c.migration_id == migration_id)
    if after is not None:
        statement = statement.where(migration_result.c.instance_id > after)
    return reading.rows(statement.order_by(migration_result.c.instance_id).limit(limit))


def running_instances(
    reading: Reading, *, definition_id: str, filters: Mapping[str, Any], ended: Sequence[str], after: str | None, limit: int
) -> list[str]:
    """Return the ids of running instances of a version, in order; `filters` are columns, and `ids` a list of instances."""
    table = process_instance
    statement = sa.select(table.c.id).where(table.c.definition_id == definition_id, table.c.status.not_in(ended))
    for name in FILTERS:
        if filters.get(name) is not None:
            statement = statement.where(table.c[name] == filters[name])
    if filters.get("ids") is not None:
        statement = statement.where(table.c.id.in_(filters["ids"]))
    if after is not None:
        statement = statement.where(table.c.id > after)
    return [row.id for row in reading.rows(statement.order_by(table.c.id).limit(limit))]
