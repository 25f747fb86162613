"""Statements about process and decision definitions."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from app.persistence.database import Reading, UnitOfWork
from app.persistence.tables.definitions import called_definition, decision_definition, process_definition
from app.persistence.tables.instances import process_instance
from app.persistence.tables.people import environment

VERSION_DIGITS_MAX = 9


def newest(reading: Reading, table: sa.Table, *, environment_id: int, key: str) -> sa.Row[Any] | None:
    """Return the newest version of the definition, also when it is deactivated, but not when it is deleted."""
    return reading.row(_versions(table, environment_id, key).limit(1))


def last_process_number(reading: Reading, *, environment_id: int, key: str) -> int:
    """Return the highest version number that a process definition ever had, 0 when there was none; deleted versions keep theirs."""
    return _last_number(reading, process_definition, environment_id, key)


def last_decision_number(reading: Reading, *, environment_id: int, key: str) -> int:
    """Return the highest version number that a decision definition ever had, as `last_process_number`."""
    return _last_number(reading, decision_definition, environment_id, key)


def _last_number(reading: Reading, table: sa.Table, environment_id: int, key: str) -> int:
    number = sa.func.max(table.c.version).label("number")
    row = reading.row(sa.select(number).where(table.c.environment_id == environment_id, table.c.key == key))
    return 0 if row is None or row.number is None else int(row.number)


def newest_process(reading: Reading, *, environment_id: int, key: str) -> sa.Row[Any] | None:
    """Return the newest version of the process definition, also when it is deactivated."""
    return newest(reading, process_definition, environment_id=environment_id, key=key)


def process_for(reading: Reading, *, environment_id: int, key: str, binding: str = "latest") -> sa.Row[Any] | None:
    """Return the process definition that `binding` names, as `decision_for`."""
    return _bound(reading, process_definition, environment_id, key, binding)


def process_version(reading: Reading, *, environment_id: int, key: str, version: int) -> sa.Row[Any] | None:
    """Return one version of the process definition."""
    return reading.row(_versions(process_definition, environment_id, key).where(process_definition.c.version == version))


def process_versions(reading: Reading, *, environment_id: int, key: str, before: int | None, limit: int) -> Sequence[sa.Row[Any]]:
    """Return versions of a process definition without their files, newest first."""
    columns = [column for column in process_definition.c if column.name != "bpmn"]
    statement = _versions(process_definition, environment_id, key).with_only_columns(*columns)
    if before is not None:
        statement = statement.where(process_definition.c.version < before)
    return reading.rows(statement.limit(limit))


def process_by_id(reading: Reading, definition_id: str) -> sa.Row[Any] | None:
    """Return a process definition by its id."""
    return reading.row(sa.select(process_definition).where(process_definition.c.id == definition_id))


def update_process(work: UnitOfWork, definition_id: str, **values: object) -> None:
    """Change columns of one version; its file never changes."""
    work.execute(sa.update(process_definition).where(process_definition.c.id == definition_id).values(**values))
    owner = sa.select(process_definition.c.environment_id).where(process_definition.c.id == definition_id).scalar_subquery()
    _raise_version(work, owner)


def count_instances(reading: Reading, definition_ids: Sequence[str]) -> dict[str, dict[str, int]]:
    """Return how many instances each definition has, by status; also those that only call it."""
    statement = (
        sa.select(process_instance.c.definition_id, process_instance.c.status, sa.func.count().label("number"))
        .where(process_instance.c.definition_id.in_(definition_ids))
        .group_by(process_instance.c.definition_id, process_instance.c.status)
    )
    counts: dict[str, dict[str, int]] = {each: {} for each in definition_ids}
    for row in reading.rows(statement):
        counts[row.definition_id][row.status] = row.number
    return counts


def count_callers(reading: Reading, definition_id: str) -> int:
    """Return how many instances have taken this version for a process that they call."""
    statement = sa.select(sa.func.count().label("number")).where(called_definition.c.definition_id == definition_id)
    row = reading.row(statement)
    assert row is not None, "a count is always a row"
    return int(row.number)


def insert_called(work: UnitOfWork, rows: Sequence[dict[str, Any]]) -> None:
    """Store which versions an instance has taken for the processes that it calls."""
    work.insert(called_definition, rows)


def delete_called(work: UnitOfWork, instance_id: str) -> None:
    """Forget which versions an instance calls, before others are stored."""
    work.execute(sa.delete(called_definition).where(called_definition.c.instance_id == instance_id))


def called_sources(reading: Reading, instance_id: str) -> dict[str, bytes]:
    """Return the files of the processes that an instance calls, by the name that its call activities use."""
    statement = (
        sa.select(called_definition.c.name, process_definition.c.bpmn)
        .join(process_definition, process_definition.c.id == called_definition.c.definition_id)
        .where(called_definition.c.instance_id == instance_id)
    )
    return {row.name: bytes(row.bpmn) for row in reading.rows(statement)}


def decision_for(reading: Reading, *, environment_id: int, key: str, binding: str) -> sa.Row[Any] | None:
    """Return the decision definition that `binding` names.

    `latest` and `tag:NAME` are the newest active version (of that tag), `version:N` is that version, active or not.
    """
    return _bound(reading, decision_definition, environment_id, key, binding)


def decision_keys(reading: Reading, environment_id: int) -> frozenset[str]:
    """Return the keys of all deployed decisions."""
    return _keys(reading, decision_definition, environment_id)


def process_keys(reading: Reading, environment_id: int) -> frozenset[str]:
    """Return the keys of all deployed process definitions."""
    return _keys(reading, process_definition, environment_id)


def _keys(reading: Reading, table: sa.Table, environment_id: int) -> frozenset[str]:
    statement = sa.select(table.c.key).where(table.c.environment_id == environment_id, table.c.deleted_at.is_(None)).distinct()
    return frozenset(row.key for row in reading.rows(statement))


def _versions(table: sa.Table, environment_id: int, key: str) -> sa.Select[Any]:
    return (
        sa.select(table)
        .where(table.c.environment_id == environment_id, table.c.key == key, table.c.deleted_at.is_(None))
        .order_by(table.c.version.desc())
    )


def _bound(reading: Reading, table: sa.Table, environment_id: int, key: str, binding: str) -> sa.Row[Any] | None:
    kind, _, value = binding.partition(":")
    statement = _versions(table, environment_id, key)
    if kind == "version":
        if not value.isdecimal() or len(value) > VERSION_DIGITS_MAX:
            return None
        return reading.row(statement.where(table.c.version == int(value)))
    statement = statement.where(table.c.deactivated_at.is_(None))
    if kind == "tag":
        statement = statement.where(table.c.version_tag == value)
    return reading.row(statement.limit(1))


def list_processes(reading: Reading, *, environment_id: int, after: str, limit: int) -> Sequence[sa.Row[Any]]:
    """Return the newest version of each process definition, by key."""
    columns = [
        process_definition.c[name]
        for name in ("key", "version", "version_tag", "hash", "name", "file_name", "created_at", "deactivated_at")
    ]
    latest = (
        sa.select(process_definition.c.key, sa.func.max(process_definition.c.version).label("version"))
        .where(
            process_definition.c.environment_id == environment_id,
            process_definition.c.key > after,
            process_definition.c.deleted_at.is_(None),
        )
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
    _raise_version(work, values["environment_id"])


def insert_decision(work: UnitOfWork, **values: object) -> None:
    """Store a new version of a decision definition."""
    work.insert(decision_definition, [values])
    _raise_version(work, values["environment_id"])


def _raise_version(work: UnitOfWork, environment_id: object) -> None:
    """Say that the definitions of the environment changed, so that what is cached of them is read again."""
    statement = sa.update(environment).where(environment.c.id == environment_id)
    work.execute(statement.values(definitions_version=environment.c.definitions_version + 1))


def newest_decision(reading: Reading, *, environment_id: int, key: str) -> sa.Row[Any] | None:
    """Return the newest version of the decision definition."""
    return newest(reading, decision_definition, environment_id=environment_id, key=key)
