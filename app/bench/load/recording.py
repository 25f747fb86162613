"""The rows that one finished approval left, by the commits that stored them: what the floor writes again."""

import json
import sqlite3
from typing import Any

import psycopg

Rows = dict[str, list[dict[str, Any]]]

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
_CHANGED_LATER = ("process_instance", "user_task", "assignment", "timer")
_TIME = {"process_instance": "started_at", "audit_event": "at", "element_instance": "ended_at"}


def record_commits(url: str, instance_id: str) -> list[Rows]:
    """Return the rows by table of the three commits of an instance: start, first approval, second approval.

    What a later commit changes stands in it again, since it is written again. The instance is the first of its database.
    """
    read = _read_sqlite if url.startswith("sqlite") else _read_postgresql
    rows = {table: read(url, f"SELECT * FROM {table} WHERE {condition}", instance_id) for table, condition in _CONDITIONS.items()}  # noqa: S608 - our own tables
    ends = sorted(_instant(task["decided_at"]) for task in rows["user_task"])
    commits: list[Rows] = [{} for _ in range(len(ends) + 1)]
    for table, found in rows.items():
        for row in found:
            first = sum(_instant(row[_TIME.get(table, "created_at")]) >= end for end in ends)
            for number in range(first, len(commits)) if table in _CHANGED_LATER else (first,):
                commits[number].setdefault(table, []).append(row)
    return commits


def _instant(value: Any) -> str:
    return str(value).replace(" ", "T")


def _read_postgresql(url: str, statement: str, instance_id: str) -> list[dict[str, Any]]:
    query = f"SELECT row_to_json(t)::text FROM ({statement.replace(':id', '%(id)s')}) t"  # noqa: S608 - our own tables
    with psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://", 1)) as connection:
        return [json.loads(row[0]) for row in connection.execute(query.encode(), {"id": instance_id})]


def _read_sqlite(url: str, statement: str, instance_id: str) -> list[dict[str, Any]]:
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    cursor = connection.execute(statement, {"id": instance_id.replace("-", "")})
    names = [column[0] for column in cursor.description]
    rows = [
        {name: f"\\x{value.hex()}" if isinstance(value, bytes) else value for name, value in zip(names, row, strict=True)}
        for row in cursor.fetchall()
    ]
    connection.close()
    return rows
