"""The picture of a process instance: all rows that a turn reads, in one statement.

Rows of different tables come as JSON arrays of one column, and are values with the columns as attributes again.
"""

from collections import defaultdict, namedtuple
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from app.persistence.database import Reading
from app.persistence.prepared import Prepared, word
from app.persistence.tables.documents import document, validation_finding
from app.persistence.tables.instances import incident, route, timer
from app.persistence.tables.tasks import assignment, transaction_role, user_task
from app.persistence.types import Amount, ExactDecimal, Id, Json, UtcInstant, as_utc, dashed

Row = Any
ID_LENGTH = 36  # with dashes, as PostgreSQL writes it; SQLite keeps it without


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What a turn works on, each list in the order of its ids: what is open, the roles that stand and the route in force."""

    tasks: list[Row] = field(default_factory=list)
    assignments: list[Row] = field(default_factory=list)
    roles: list[Row] = field(default_factory=list)
    route: Row | None = None
    timers: list[Row] = field(default_factory=list)
    incidents: list[Row] = field(default_factory=list)
    document: Row | None = None
    findings: list[Row] = field(default_factory=list)
    approved_steps: set[str] = field(default_factory=set)


class _packed(FunctionElement[Any]):  # noqa: N801 - it reads as the SQL function it stands for
    """The values of columns as one JSON array."""

    type = sa.Text()
    inherit_cache = True


class _packed_rows(_packed):  # noqa: N801 - likewise
    """The values of columns of all rows as one JSON array of arrays; an empty one where there is no row."""

    inherit_cache = True


@compiles(_packed, "postgresql")
def _pack_postgresql(element: Any, compiler: Any, **more: Any) -> str:
    return f"CAST(json_build_array({compiler.process(element.clauses, **more)}) AS TEXT)"


@compiles(_packed, "sqlite")
def _pack_sqlite(element: Any, compiler: Any, **more: Any) -> str:
    return f"json_array({compiler.process(element.clauses, **more)})"


@compiles(_packed_rows, "postgresql")
def _pack_rows_postgresql(element: Any, compiler: Any, **more: Any) -> str:
    return f"CAST(COALESCE(json_agg(json_build_array({compiler.process(element.clauses, **more)})), '[]') AS TEXT)"


@compiles(_packed_rows, "sqlite")
def _pack_rows_sqlite(element: Any, compiler: Any, **more: Any) -> str:
    return f"json_group_array(json_array({compiler.process(element.clauses, **more)}))"


def packed_list(columns: Iterable[sa.ColumnElement[Any]], *conditions: sa.ColumnElement[bool]) -> sa.ScalarSelect[Any]:
    """Return the sub-query that gives the columns of all rows under these conditions as a JSON array of arrays."""
    return sa.select(_packed_rows(*columns)).where(*conditions).scalar_subquery()


def read_picture(reading: Reading, *, instance_id: str, transaction_id: str, document_id: str | None) -> Picture:
    """Return the picture of an instance as it is now; the caller holds its lock."""
    packed: dict[str, list[str]] = defaultdict(list)
    parameters = {"instance": instance_id, "transaction": transaction_id, "document": document_id}
    for row in reading.prepared_rows(_STATEMENT, parameters):
        packed[row.kind].append(row.packed)
    approved_steps = set(packed.pop("approved_step", ()))
    rows = {name: unpack(_TABLES[name], map(orjson.loads, of_table)) for name, of_table in packed.items()}
    return Picture(
        tasks=rows.get("user_task", []),
        assignments=rows.get("assignment", []),
        roles=rows.get("transaction_role", []),
        route=next(reversed(rows.get("route", [])), None),
        timers=sorted(rows.get("timer", []), key=attrgetter("due_at")),
        incidents=rows.get("incident", []),
        document=next(iter(rows.get("document", [])), None),
        findings=rows.get("validation_finding", []),
        approved_steps=approved_steps,
    )


def unpack(table: sa.Table, packed: Iterable[list[Any]]) -> list[Row]:
    """Return rows of the table, by id, from the values of its columns as JSON carries them."""
    return _unpack(_row_type(table), packed)


def unpack_columns(columns: tuple[sa.Column[Any], ...], packed: Iterable[list[Any]]) -> list[Row]:
    """Return rows of these columns, by id, from their values as JSON carries them."""
    return _unpack(_type_of(columns), packed)


def _unpack(kind: "_RowType", packed: Iterable[list[Any]]) -> list[Row]:
    rows = []
    for values in packed:
        for position, decode in kind.decoders:
            value = values[position]
            if value is not None:
                values[position] = decode(value)
        rows.append(kind.make(values))
    rows.sort(key=attrgetter("id"))
    return rows


def row_of(table: sa.Table, values: Mapping[str, Any]) -> Row:
    """Return a row of the table; a column without a value is None."""
    kind = _row_type(table)
    return kind.make(map(values.get, kind.names))


@dataclass(frozen=True, slots=True, kw_only=True)
class _RowType:
    """How rows are made: the function from their values, their columns, and those whose values JSON carries otherwise."""

    make: Callable[[Iterable[Any]], Row]
    names: tuple[str, ...]
    decoders: tuple[tuple[int, Callable[[Any], Any]], ...]


@lru_cache(maxsize=64)
def _row_type(table: sa.Table) -> _RowType:
    return _type_of(tuple(table.c))


@lru_cache(maxsize=64)
def _type_of(columns: tuple[sa.Column[Any], ...]) -> _RowType:
    names = tuple(column.name for column in columns)
    decoders = [(position, _decoder(column.type)) for position, column in enumerate(columns)]
    return _RowType(
        make=_row_class(columns[0].table.name, names)._make,
        names=names,
        decoders=tuple((position, decode) for position, decode in decoders if decode is not None),
    )


def _row_class(name: str, columns: tuple[str, ...]) -> Any:
    return namedtuple(name, columns)  # noqa: PYI024 - its fields are columns


def _decoder(kind: Any) -> Callable[[Any], Any] | None:
    """Return the function from what JSON carries to the column's value; None where it is the value."""
    if isinstance(kind, UtcInstant):
        return _instant
    if isinstance(kind, Id | sa.Uuid):
        return _id
    if isinstance(kind, sa.Date):
        return date.fromisoformat
    if isinstance(kind, Json):
        return orjson.loads
    if isinstance(kind, Amount):
        return lambda value: kind.process_result_value(value, _NO_DIALECT)
    if isinstance(kind, ExactDecimal):
        return Decimal
    return _DECODERS.get(type(kind))


def _id(text: str) -> str:
    return text if len(text) == ID_LENGTH else dashed(text)


def _instant(text: str) -> datetime:
    return as_utc(datetime.fromisoformat(text))


_NO_DIALECT: Any = None
_DECODERS: Mapping[type, Callable[[Any], Any]] = {sa.Boolean: bool}
_INSTANCE, _TRANSACTION, _DOCUMENT = (sa.bindparam(name, type_=user_task.c.id.type) for name in ("instance", "transaction", "document"))
_OPEN_TASKS = sa.select(user_task.c.id).where(user_task.c.instance_id == _INSTANCE, user_task.c.status == word("open"))


def _branch(table: sa.Table, *conditions: sa.ColumnElement[bool]) -> sa.Select[Any]:
    return sa.select(sa.literal_column(f"'{table.name}'").label("kind"), _packed(*table.c).label("packed")).where(*conditions)


_BRANCHES = (
    _branch(user_task, user_task.c.instance_id == _INSTANCE, user_task.c.status == word("open")),
    _branch(assignment, assignment.c.task_id.in_(_OPEN_TASKS)),
    _branch(transaction_role, transaction_role.c.transaction_id == _TRANSACTION, transaction_role.c.superseded_at.is_(None)),
    _branch(route, route.c.instance_id == _INSTANCE, route.c.superseded_at.is_(None)),
    _branch(timer, timer.c.instance_id == _INSTANCE, timer.c.status == word("waiting")),
    _branch(incident, incident.c.instance_id == _INSTANCE, incident.c.status == word("open")),
    _branch(document, document.c.id == _DOCUMENT),
    _branch(validation_finding, validation_finding.c.document_id == _DOCUMENT),
    sa.select(sa.literal_column("'approved_step'"), user_task.c.step)
    .distinct()
    .where(
        user_task.c.instance_id == _INSTANCE,
        user_task.c.status == word("completed"),
        user_task.c.outcome == word("approved"),
        user_task.c.step.is_not(None),
    ),
)
_TABLES = {table.name: table for table in (user_task, assignment, transaction_role, route, timer, incident, document, validation_finding)}
_STATEMENT = Prepared(sa.union_all(*_BRANCHES))
