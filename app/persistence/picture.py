"""The picture of a process instance: all rows that a turn reads, in one statement.

Rows of different tables come as JSON arrays of one column, and are values with the columns as attributes again.
"""

import uuid
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
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
from app.persistence.types import Amount, ExactDecimal, Id, Json, UtcInstant

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
    found: dict[str, list[Any]] = {}
    parameters = {"instance": instance_id, "transaction": transaction_id, "document": document_id}
    for row in reading.prepared_rows(_STATEMENT, parameters):
        found.setdefault(row.kind, []).append(row.packed)
    rows = {table.name: unpack(table, map(orjson.loads, found.get(table.name, ()))) for table in _TABLES}
    return Picture(
        tasks=rows["user_task"],
        assignments=rows["assignment"],
        roles=rows["transaction_role"],
        route=next(reversed(rows["route"]), None),
        timers=sorted(rows["timer"], key=lambda row: row.due_at),
        incidents=rows["incident"],
        document=next(iter(rows["document"]), None),
        findings=rows["validation_finding"],
        approved_steps=set(found.get("approved_step", ())),
    )


def unpack(table: sa.Table, packed: Iterable[Sequence[Any]]) -> list[Row]:
    """Return rows of the table, by id, from the values of its columns as JSON carries them."""
    make, decoders = _row_type(table)
    return _unpack(make, decoders, packed)


def _unpack(make: Callable[..., Row], decoders: Sequence[Callable[[Any], Any] | None], packed: Iterable[Sequence[Any]]) -> list[Row]:
    rows = [
        make(*[value if decode is None or value is None else decode(value) for decode, value in zip(decoders, values, strict=True)])
        for values in packed
    ]
    rows.sort(key=lambda row: row.id)
    return rows


def unpack_columns(columns: tuple[sa.Column[Any], ...], packed: Iterable[Sequence[Any]]) -> list[Row]:
    """Return rows of these columns, by id, from their values as JSON carries them."""
    make, decoders = _type_of(columns)
    return _unpack(make, decoders, packed)


def row_of(table: sa.Table, values: Mapping[str, Any]) -> Row:
    """Return a row of the table; a column without a value is None."""
    make, _ = _row_type(table)
    return make(*[values.get(column.name) for column in table.c])


@lru_cache(maxsize=64)
def _row_type(table: sa.Table) -> tuple[Callable[..., Row], tuple[Callable[[Any], Any] | None, ...]]:
    return _type_of(tuple(table.c))


@lru_cache(maxsize=64)
def _type_of(columns: tuple[sa.Column[Any], ...]) -> tuple[Callable[..., Row], tuple[Callable[[Any], Any] | None, ...]]:
    names = [column.name for column in columns]
    return namedtuple(columns[0].table.name, names), tuple(_decoder(column.type) for column in columns)  # noqa: PYI024 - its fields are columns


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
    return text if len(text) == ID_LENGTH else str(uuid.UUID(text))


def _instant(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


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
_TABLES = (user_task, assignment, transaction_role, route, timer, incident, document, validation_finding)
_STATEMENT = Prepared(sa.union_all(*_BRANCHES))
