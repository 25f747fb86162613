"""Statements about process and decision definitions."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from app.persistence.database import Reading, UnitOfWork
from app.persistence.tables.definitions import decision_definition, process_definition


def newest(reading: Reading, table: sa.Table, *, environment_id: int, key: str) -> sa.Row[Any] | None:
    """Return the newest version of the definition."""
    return reading.row(
        sa.select(table).where(table.c.environment_id == environment_id, table.c.key == key).order_by(table.c.version.desc()).limit(1)
    )


def newest_process(reading: Reading, *, environment_id: int, key: str) -> sa.Row[Any] | None:
    """Return the newest version of the process definition."""
    return newest(reading, process_definition, environment_id=environment_id, key=key)


def process_version(reading: Reading, *, environment_id: int, key: str, version: int) -> sa.Row[Any] | None:
    """Return one version of the process definition."""
    return reading.row(
        sa.select(process_definition).where(
            process_definition.c.environment_id == environment_id,
            process_definition.c.key == key,
            process_definition.c.version == version,
        )
    )


def decision_for(reading: Reading, *, environment_id: int, key: str, binding: str) -> sa.Row[Any] | None:
    """Return the decision definition that `binding` names: latest, tag:NAME or version:N."""
    statement = sa.select(decision_definition).where(
        decision_definition.c.environment_id == environment_id, decision_definition.c.key == key
    )
    kind, _, value = binding.partition(":")
    if kind == "tag":
        statement = statement.where(decision_definition.c.version_tag == value)
    elif kind == "version" and value.isdigit():
        statement = statement.where(decision_definition.c.version == int(value))
    return reading.row(statement.order_by(decision_definition.c.version.desc()).limit(1))


def decision_keys(reading: Reading, environment_id: int) -> frozenset[str]:
    """Return the keys of all deployed decisions."""
    statement = sa.select(decision_definition.c.key).where(decision_definition.c.environment_id == environment_id).distinct()
    return frozenset(row.key for row in reading.rows(statement))


def list_processes(reading: Reading, *, environment_id: int, after: str, limit: int) -> Sequence[sa.Row[Any]]:
    """Return the newest version of each process definition, by key."""
    columns = [process_definition.c[name] for name in ("key", "version", "version_tag", "hash", "name", "file_name", "created_at")]
    latest = (
        sa.select(process_definition.c.key, sa.func.max(process_definition.c.version).label("version"))
        .where(process_definition.c.environment_id == environment_id, process_definition.c.key > after)
        .group_by(process_definition.c.key)
        .order_by(process_definition.c.key)
        .limit(limit)
        .subquery()
    )
    return reading.rows(
        sa.select(*columns)
        .join(latest, sa.and_(process_definition.c.key == latest.c.key, process_definition.c.version == latest.c.version))
        .where(process_definition.c.environment_id == environment_id)
        .order_by(process_definition.c.key)
    )


def insert_process(work: UnitOfWork, **values: object) -> None:
    """Store a new version of a process definition."""
    work.insert(process_definition, [values])


def insert_decision(work: UnitOfWork, **values: object) -> None:
    """Store a new version of a decision definition."""
    work.insert(decision_definition, [values])


def newest_decision(reading: Reading, *, environment_id: int, key: str) -> sa.Row[Any] | None:
    """Return the newest version of the decision definition."""
    return newest(reading, decision_definition, environment_id=environment_id, key=key)
