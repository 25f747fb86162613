"""The rows that one approval stores, by its commits: what the floor writes again."""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

import psycopg

Row = dict[str, Any]
Rows = dict[str, list[Row]]


class Commit(TypedDict):
    """What a commit stored: new rows by table, and of rows that were there the ids and the columns that it changed."""

    inserted: Rows
    changed: Rows


_OF_INSTANCE = "instance_id = :id"
_CONDITIONS = {
    "process_instance": "id = :id",
    "route": _OF_INSTANCE,
    "user_task": _OF_INSTANCE,
    "assignment": _OF_INSTANCE,
    "transaction_role": "task_id IN (SELECT id FROM user_task WHERE instance_id = :id)",
    "timer": _OF_INSTANCE,
    "element_instance": _OF_INSTANCE,
    "audit_event": _OF_INSTANCE,
    "outbox": "1 = 1",  # the recorded instance is the first one of a fresh database
}
"""Where the rows of an instance are; the document's status is left out, since whoever writes them again has one document for all."""


def record_commits(url: str, commits: Iterable[str]) -> list[Commit]:
    """Return what each commit of an instance stored; `commits` makes one after the other, and gives the instance's id after each.

    The instance is the first of its database.
    """
    read = _read_sqlite if url.startswith("sqlite") else _read_postgresql
    recorded: list[Commit] = []
    before: Rows = {table: [] for table in _CONDITIONS}
    for instance_id in commits:
        now = {table: read(url, f"SELECT * FROM {table} WHERE {condition}", instance_id) for table, condition in _CONDITIONS.items()}  # noqa: S608 - our own tables
        recorded.append(
            {
                "inserted": {table: new for table, rows in now.items() if (new := _inserted(before[table], rows))},
                "changed": {table: other for table, rows in now.items() if (other := _changed(before[table], rows))},
            }
        )
        before = now
    return recorded


def _inserted(before: list[Row], now: list[Row]) -> list[Row]:
    known = {_key(row) for row in before}
    return [row for row in now if _key(row) not in known]


def _changed(before: list[Row], now: list[Row]) -> list[Row]:
    old = {_key(row): row for row in before}
    pairs = [(old[_key(row)], row) for row in now if old.get(_key(row), row) != row]
    columns = {name: None for was, row in pairs for name in row if row[name] != was[name]}
    return [{"id": row["id"], **{name: row[name] for name in columns}} for _, row in pairs]


def _key(row: Mapping[str, Any]) -> Any:
    return row["id"] if "id" in row else (row["chain"], row["seq"])


def _read_postgresql(url: str, statement: str, instance_id: str) -> list[Row]:
    query = f"SELECT row_to_json(t)::text FROM ({statement.replace(':id', '%(id)s')}) t"  # noqa: S608 - our own tables
    with psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://", 1)) as connection:
        return [json.loads(row[0]) for row in connection.execute(query.encode(), {"id": instance_id})]


def _read_sqlite(url: str, statement: str, instance_id: str) -> list[Row]:
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    cursor = connection.execute(statement, {"id": instance_id.replace("-", "")})
    names = [column[0] for column in cursor.description]
    rows = [
        {name: f"\\x{value.hex()}" if isinstance(value, bytes) else value for name, value in zip(names, row, strict=True)}
        for row in cursor.fetchall()
    ]
    connection.close()
    return rows
