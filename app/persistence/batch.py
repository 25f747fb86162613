"""Writes of one transaction that wait until they are needed, so that many rows of many tables go to the database in one statement.

PostgreSQL takes everything as one statement of data-modifying CTEs, whose text depends only on which tables and columns are
written, so that it is prepared once; the rows travel as JSON. SQLite, where a statement is a function call, takes one a kind.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from app.persistence.drivers import PostgresDriver, SqliteDriver
from app.persistence.tables import metadata
from app.persistence.types import Id, Json, UtcInstant, aware, text_of

Values = Mapping[str, Any]
Unless = tuple[str, str] | None
Changes = dict[tuple[sa.Table, tuple[str, ...], Unless], list[dict[str, Any]]]
ROW_COUNTS = (1, 2, 4, 8)
"""How many rows a change announces to PostgreSQL: the next of these, else nothing."""


class Insert(NamedTuple):
    """Rows to add to a table; with `unique`, one whose value in this column is there already is not stored."""

    table: sa.Table
    columns: tuple[str, ...]
    unique: str | None


class Update(NamedTuple):
    """Rows of a table to change, at most `rows_max` (None: any number)."""

    table: sa.Table
    columns: tuple[str, ...]
    unless: Unless
    rows_max: int | None


_POSTGRESQL: sa.Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
_SQLITE: sa.Dialect = sqlite.dialect()


class Batch:
    """Rows to insert and to change. A row that is inserted and then changed is inserted as it is in the end."""

    def __init__(self) -> None:
        self._inserts: dict[tuple[sa.Table, str | None], list[dict[str, Any]]] = {}
        self._fresh: dict[tuple[sa.Table, str], dict[str, Any]] = {}
        self._changes: dict[tuple[sa.Table, str, Unless], dict[str, Any]] = {}

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not self._changes and not any(self._inserts.values())

    def insert(self, table: sa.Table, rows: Iterable[Values], *, unless_same: str | None = None) -> None:
        """Add rows, whose names are plain text (those of a row of SQLAlchemy are a kind of text that JSON does not take).

        With `unless_same`, one whose value in this unique column is there already is not stored.
        """
        waiting = self._inserts.setdefault((table, unless_same), [])
        for row in rows:
            fresh = {**row}
            waiting.append(fresh)
            if "id" in fresh:
                self._fresh[table, fresh["id"]] = fresh

    def update(self, table: sa.Table, row_id: str, values: Values, *, unless: Unless = None) -> None:
        """Change columns of the row with this id; with `unless`, a column and one of our own words, not when the column says that."""
        fresh = self._fresh.get((table, row_id))
        if fresh is None:
            fresh = self._changes.setdefault((table, row_id, unless), {})
        elif unless is not None and fresh.get(unless[0]) == unless[1]:
            return
        fresh.update(values)

    def flush(self, driver: PostgresDriver | SqliteDriver, *, commit: bool = False) -> None:
        """Write everything that waits, and with `commit` commit it, and what ran before."""
        inserts = [(table, unique, rows) for (table, unique), rows in self._inserts.items() if rows]
        changes: Changes = {}
        second_changes: Changes = {}
        for (table, row_id, unless), values in self._changes.items():
            # One statement changes a row once, so a condition on a row that is changed without one is for a second statement.
            of_kind = second_changes if unless is not None and (table, row_id, None) in self._changes else changes
            of_kind.setdefault((table, tuple(sorted(values)), unless), []).append({"id": row_id, **values})
        self._inserts, self._fresh, self._changes = {}, {}, {}
        if not inserts and not changes:
            if commit:
                driver.commit()
            return
        order = _table_order()
        inserts.sort(key=lambda each: order[each[0]])
        if isinstance(driver, SqliteDriver):
            _write_by_kind(driver, inserts, [*changes.items(), *second_changes.items()])
            if commit:
                driver.commit()
            return
        _write_at_once(driver, inserts, changes, commit=commit and not second_changes)
        if second_changes:
            _write_at_once(driver, [], second_changes, commit=commit)


@lru_cache(maxsize=1)
def _table_order() -> Mapping[sa.Table, int]:
    """Return the position of each table in an order that foreign keys allow."""
    return {table: position for position, table in enumerate(metadata.sorted_tables)}


def _columns(rows: Sequence[Values]) -> tuple[str, ...]:
    first = tuple(rows[0])
    for row in rows[1:]:
        if tuple(row) != first:
            return tuple(dict.fromkeys(chain.from_iterable(rows)))
    return first


def _write_at_once(driver: PostgresDriver, inserts: list[Any], changes: Changes, *, commit: bool) -> None:
    parts: list[Insert | Update] = [Insert(table, _columns(rows), unique) for table, unique, rows in inserts]
    payloads: list[list[dict[str, Any]]] = [rows for _, _, rows in inserts]
    for (table, columns, unless), rows in changes.items():
        parts.append(Update(table, columns, unless, next((each for each in ROW_COUNTS if each >= len(rows)), None)))
        payloads.append(rows)
    values = [_json_rows(part.table, part.columns, rows) for part, rows in zip(parts, payloads, strict=True)]
    driver.write(_statement(tuple(parts)), values, commit=commit)


def _write_by_kind(driver: SqliteDriver, inserts: list[Any], changes: Iterable[Any]) -> None:
    """Write with a statement a kind; all is ready before the first of them, since nobody else can write from then on."""
    wanted = []
    for table, unique, rows in inserts:
        columns = _columns(rows)
        wanted.append((_sqlite_insert(table, columns, unique), _sqlite_rows(table, columns, rows)))
    for (table, columns, unless), rows in changes:
        wanted.append((_sqlite_update(table, columns, unless), _sqlite_rows(table, (*columns, "id"), rows)))
    for statement, values in wanted:
        driver.run_many(statement, values)


@lru_cache(maxsize=512)
def _sqlite_insert(table: sa.Table, columns: tuple[str, ...], unique: str | None) -> str:
    names, marks = ", ".join(map(_quoted, columns)), ", ".join("?" * len(columns))
    conflict = f" ON CONFLICT ({_quoted(unique)}) DO NOTHING" if unique else ""
    return f"INSERT INTO {_quoted(table.name)} ({names}) VALUES ({marks}){conflict}"  # noqa: S608 - names of our own tables


@lru_cache(maxsize=512)
def _sqlite_update(table: sa.Table, columns: tuple[str, ...], unless: Unless) -> str:
    changes = ", ".join(f"{_quoted(name)} = ?" for name in columns)
    return f"UPDATE {_quoted(table.name)} SET {changes} WHERE id = ?{_condition(table, unless)}"  # noqa: S608 - likewise


def _condition(table: sa.Table, unless: Unless) -> str:
    if unless is None:
        return ""
    column, word = unless
    assert word.isidentifier(), "it is one of ours, and needs no escaping"
    return f" AND {_quoted(table.name)}.{_quoted(column)} <> '{word}'"


def _sqlite_rows(table: sa.Table, columns: tuple[str, ...], rows: Iterable[Values]) -> list[list[Any]]:
    converters = _sqlite_converters(table)
    places = [(name, converters[name]) for name in columns]
    return [[None if (value := row.get(name)) is None else convert(value) for name, convert in places] for row in rows]


@lru_cache(maxsize=256)
def _sqlite_converters(table: sa.Table) -> Mapping[str, Any]:
    """Return for each column the function from a value to what SQLite stores."""
    return {column.name: _sqlite_converter(column.type) for column in table.c}


def _sqlite_converter(kind: Any) -> Any:
    if isinstance(kind, Id):  # one of our own
        return lambda value: value.replace("-", "")
    if isinstance(kind, UtcInstant):
        return text_of
    return kind.dialect_impl(_SQLITE).bind_processor(_SQLITE) or (lambda value: value)


@lru_cache(maxsize=512)
def _statement(parts: tuple[Insert | Update, ...]) -> str:
    """Return the statement that writes these rows; `$1` and so on are the rows as JSON."""
    written = [_insert(part, number) if isinstance(part, Insert) else _update(part, number) for number, part in enumerate(parts)]
    return f"WITH {', '.join(f'w{number} AS ({each})' for number, each in enumerate(written))} SELECT 1"


def _source(table: sa.Table, number: int) -> str:
    return f"json_populate_recordset(NULL::{_quoted(table.name)}, ${number + 1}::json)"


def _insert(part: Insert, number: int) -> str:
    names = ", ".join(map(_quoted, part.columns))
    conflict = f" ON CONFLICT ({_quoted(part.unique)}) DO NOTHING" if part.unique else ""
    return f"INSERT INTO {_quoted(part.table.name)} ({names}) SELECT {names} FROM {_source(part.table, number)}{conflict}"  # noqa: S608 - names of our own tables


def _update(part: Update, number: int) -> str:
    """Return the statement that changes rows by their ids.

    Without LIMIT the planner expects a hundred rows and reads a table of some thousands whole instead of looking each of them up.
    """
    name, source = _quoted(part.table.name), _source(part.table, number)
    if part.rows_max is not None:
        source = f"(SELECT * FROM {source} LIMIT {part.rows_max})"  # noqa: S608 - names of our own tables
    changes = ", ".join(f"{column} = new.{column}" for column in map(_quoted, part.columns))
    return f"UPDATE {name} SET {changes} FROM {source} AS new WHERE {name}.id = new.id{_condition(part.table, part.unless)}"  # noqa: S608 - likewise


def _quoted(name: str) -> str:
    return _POSTGRESQL.identifier_preparer.quote(name)


def _json_rows(table: sa.Table, columns: tuple[str, ...], rows: list[dict[str, Any]]) -> bytes:
    """Return rows as JSON; they are ours and not used again, so their values are changed where they stand.

    What a column holds as JSON stands there as it is, and PostgreSQL stores that part of the text. In there it refuses the character
    U+0000, though, which it takes in a text that is JSON itself.
    """
    converters, instants = _converters(table, columns)
    _convert(rows, converters)
    for name in instants:  # which JSON carries as they are
        for row in rows:
            moment = row.get(name)
            if moment is not None and moment.tzinfo is None:
                aware(moment)  # refuses it
    written = orjson.dumps(rows)
    if b"\\" in written and b"\\u0000" in written:  # one character is found at once, six are looked for
        _convert(rows, [(name, _text_of_nested) for name in columns if isinstance(table.c[name].type, Json)])
        written = orjson.dumps(rows)
    return written


def _convert(rows: list[dict[str, Any]], converters: Iterable[tuple[str, Any]]) -> None:
    for name, convert in converters:
        for row in rows:
            value = row.get(name)
            if value is not None:
                row[name] = convert(value)


@lru_cache(maxsize=512)
def _converters(table: sa.Table, columns: tuple[str, ...]) -> tuple[tuple[tuple[str, Any], ...], tuple[str, ...]]:
    """Return each of these columns that needs it with the function from a value to what JSON carries to it, and the instants."""
    found = ((name, _converter(table.c[name].type)) for name in columns)
    instants = tuple(name for name in columns if isinstance(table.c[name].type, UtcInstant))
    return tuple((name, convert) for name, convert in found if convert is not None), instants


def _converter(kind: Any) -> Any:
    if isinstance(kind, sa.LargeBinary):
        return lambda value: f"\\x{value.hex()}"
    if isinstance(kind, Json):
        return _nested
    if isinstance(kind, sa.TypeDecorator) and not isinstance(kind, Id | UtcInstant):  # what is written has an id of our own
        convert = kind.process_bind_param
        return lambda value: convert(value, _POSTGRESQL)
    return None


def _nested(value: Any) -> Any:
    return value if isinstance(value, (dict, list)) else orjson.dumps(value).decode()


def _text_of_nested(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()
