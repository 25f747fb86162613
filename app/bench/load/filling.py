"""A full PostgreSQL in a minute: one real instance, copied by INSERT … SELECT with new ids, people and dates.

A copy has every row that a turn or a list reads, as long and with as many columns as the real one: instance with its engine's state,
document, route, task, assignment, timer. The history that is only written (audit, elements) is copied with it on request. A light copy is
whole for the sample's own person alone; what waits for others has no evidence, no facts and no engine's state, so that ten million fit.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

CHUNK = 50_000
_ID = "pg_temp.copy_id({0}.{1}, n)"
_FUNCTION = """
CREATE FUNCTION pg_temp.copy_id(old uuid, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT (lpad(to_hex(1600000000000 + n), 12, '0') || substr(old::text, 15))::uuid $$
"""
# Columns that a copy has its own value of: ids of what is copied, and what must be unique or spread.
_OWN: Mapping[str, Mapping[str, str]] = {
    "document": {"id": _ID, "hash": "md5({0}.id::text || n) || md5(n::text)", "number": "{0}.number || '-' || n", "duplicate_key": "NULL"},
    "process_instance": {
        "id": _ID,
        "document_id": _ID,
        "live_document_key": "CASE WHEN {open} THEN pg_temp.copy_id({0}.document_id, n) || ':' || {0}.definition_key END",
        "status": "CASE WHEN {open} THEN {0}.status ELSE 'completed' END",
        "ended_at": "CASE WHEN {open} THEN NULL ELSE {0}.started_at END",
        "outcome": "CASE WHEN {open} THEN NULL ELSE 'Approved for payment' END",
    },
    "route": {"id": _ID, "instance_id": _ID},
    "user_task": {
        "id": _ID,
        "instance_id": _ID,
        "document_id": _ID,
        "status": "CASE WHEN {open} THEN 'open' ELSE 'completed' END",
        "outcome": "CASE WHEN {open} THEN NULL ELSE 'approved' END",
    },
    "assignment": {
        "id": _ID,
        "task_id": _ID,
        "instance_id": _ID,
        "user_id": "person.id",
        "principal_id": "person.id",
        "status": "CASE WHEN {open} THEN 'open' ELSE 'approved' END",
        "decided_by": "CASE WHEN {open} THEN NULL ELSE person.id END",
        "decided_at": "CASE WHEN {open} THEN NULL ELSE {0}.created_at END",
        "sort_at": "now() + n %% 2000000 * interval '1 second'",
    },
    "timer": {
        "id": _ID,
        "instance_id": _ID,
        "task_id": _ID,
        "key": "pg_temp.copy_id({0}.task_id, n) || ':' || {0}.kind || ':1'",
        "due_at": "now() + interval '1 day' + n %% 2000000 * interval '1 second'",
        "status": "CASE WHEN {open} THEN 'waiting' ELSE 'cancelled' END",
    },
    "audit_event": {"chain": _ID, "document_id": _ID, "instance_id": _ID},
    "element_instance": {"id": _ID, "instance_id": _ID},
}
# What only the rows of the sample's own person carry in a light copy.
_LIGHT: Mapping[str, Mapping[str, str]] = {
    "document": {"facts": "'{{}}'", "lines": "'[]'", "coders": "'[]'"},
    "process_instance": {"state": "''::bytea"},
    "route": {"steps": "'{{}}'"},
    "user_task": {"considered": "NULL"},
    "assignment": {},
}
_REST = """
UPDATE pg_index SET indisready = false, indisvalid = false WHERE indrelid = ANY(
  ARRAY(SELECT oid FROM pg_class WHERE relname = ANY(%s) AND relnamespace = 'public'::regnamespace))
"""
# What differs from one light copy to the next, so that orders and filters have something to do.
_SPREAD: Mapping[str, Mapping[str, str]] = {
    "document": {
        "seller_name": "'Seller ' || n %% 997",
        "total": "{0}.total + n %% 10007 * 10000",
        "received_at": "{0}.received_at - n %% 2000003 * interval '1 second'",
    },
    "user_task": {"due_at": "now() - interval '1 day' + n %% 2000000 * interval '1 second'"},
}
_OF_SAMPLE = {"document": "id = %(document)s", "process_instance": "id = %(instance)s"}
_WITH_HISTORY = ("audit_event", "element_instance")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The real instance that is copied, and the person whose task it waits for."""

    instance: str
    document: str
    user: str


def copy_people(url: str, user_id: str, *, number: int) -> None:
    """Let there be `number` people like this one, himself among them."""
    with _connect(url) as connection:
        own = {"id": _ID.format("s", "id"), "username": "s.username || '-' || n", "full_name": "s.full_name || ' ' || n"}
        people = _insert("user", _columns(connection, "user"), own) + sql.SQL(
            'FROM generate_series(1, %(number)s - 1) AS n CROSS JOIN "user" AS s WHERE s.id = %(user)s ON CONFLICT DO NOTHING'
        )
        connection.execute(people, {"number": number, "user": user_id})
        connection.execute("UPDATE environment SET authority_version = authority_version + 1")


def copy_instances(
    url: str, sample: Sample, *, first: int, last: int, people: int, is_open: bool, history: bool = False, light: bool = False
) -> Iterator[int]:
    """Copy the sample under the numbers from `first` up to, but not including, `last`: waiting for their people in turn, or ended.

    Yields the number reached after each part.
    """
    with _connect(url) as connection:
        connection.execute("SET session_replication_role = replica")  # rows refer to rows of the same copy: no need to look them up
        connection.execute("SET synchronous_commit = off")
        tables = list(_LIGHT) if light else [table for table in _OWN if history or table not in _WITH_HISTORY]
        for table in tables:  # looked up once: while the indexes rest, finding a row reads its whole table
            _set_aside(connection, table, sample)
        statements = [_copy(connection, table, is_open=is_open, light=light) for table in tables]
        for start in range(first, last, CHUNK):
            end = min(start + CHUNK, last)
            values = {"first": start, "last": end - 1, "people": people, "user": sample.user}
            with connection.transaction():
                for statement in statements:
                    connection.execute(statement, values)
            yield end


@contextmanager
def without_indexes(url: str) -> Iterator[None]:
    """Let the indexes of the tables that are copied rest meanwhile, and build them anew: several times as fast for a million rows."""
    with _connect(url) as connection:
        connection.execute(_REST, [list(_LIGHT)])
        yield
        connection.execute("SET maintenance_work_mem = '1GB'")
        for table in _LIGHT:
            connection.execute(sql.SQL("REINDEX TABLE {}").format(sql.Identifier(table)))


def vacuum(url: str) -> None:
    """Let the planner know what is there, and give space and visibility their usual state."""
    with _connect(url) as connection:
        connection.execute("VACUUM (ANALYZE)")
        connection.execute("CHECKPOINT")


def _connect(url: str) -> psycopg.Connection[Any]:
    connection = psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://", 1), autocommit=True)
    connection.execute(_FUNCTION)
    return connection


def _columns(connection: psycopg.Connection[Any], table: str) -> Sequence[str]:
    rows = connection.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s", (table,)
    ).fetchall()
    return [str(row[0]) for row in rows]


def _insert(table: str, names: Sequence[str], own: Mapping[str, str]) -> sql.Composed:
    selected = [sql.SQL(own[name]) if name in own else sql.SQL("s.{}").format(sql.Identifier(name)) for name in names]
    return sql.SQL("INSERT INTO {} ({}) SELECT {} ").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, names)), sql.SQL(", ").join(selected)
    )


def _set_aside(connection: psycopg.Connection[Any], table: str, sample: Sample) -> None:
    where = _OF_SAMPLE.get(table, "instance_id = %(instance)s")
    text = f"CREATE TEMPORARY TABLE sample_{table} AS SELECT * FROM {table} WHERE {where}"  # noqa: S608 - names of our own tables
    connection.execute(sql.SQL(text), {"instance": sample.instance, "document": sample.document})


def _copy(connection: psycopg.Connection[Any], table: str, *, is_open: bool, light: bool) -> sql.Composed:
    others = {name: f"CASE WHEN n %% %(people)s = 0 THEN {{0}}.{name} ELSE {text} END" for name, text in _LIGHT.get(table, {}).items()}
    texts = {**_OWN[table], **(others if light else {}), **(_SPREAD.get(table, {}) if light else {})}
    own = {name: text.format("s", name, open="TRUE" if is_open else "FALSE") for name, text in texts.items()}
    person = "CROSS JOIN LATERAL (SELECT CASE WHEN n %% %(people)s = 0 THEN %(user)s::uuid ELSE pg_temp.copy_id(%(user)s::uuid, n %% %(people)s) END AS id) AS person"
    source = f"FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n CROSS JOIN sample_{table} AS s {person if table == 'assignment' else ''}"
    return _insert(table, _columns(connection, table), own) + sql.SQL(source)
