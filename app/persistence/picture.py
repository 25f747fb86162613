"""The picture of a process instance: all rows that a turn reads, in one statement.

The rows of each table come as one JSON array of arrays, and are values with the columns as attributes again.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache, partial
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
from app.persistence.types import Amount, ExactDecimal, Id, Json, UtcInstant, dashed, instant_of, unscaled

Row = Any


@dataclass(slots=True, kw_only=True)  # not frozen, which would take four times as long to make
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
    """The values of columns as what a list of rows is made of: on PostgreSQL those of one row, which `_listed` gathers, on SQLite of all."""

    type = sa.Text()
    inherit_cache = True


@compiles(_packed, "postgresql")
def _pack_postgresql(element: Any, compiler: Any, **more: Any) -> str:
    return f"json_build_array({compiler.process(element.clauses, **more)})"


@compiles(_packed, "sqlite")
def _pack_sqlite(element: Any, compiler: Any, **more: Any) -> str:
    return f"json_group_array(json_array({compiler.process(element.clauses, **more)}))"


class _listed(FunctionElement[Any]):  # noqa: N801 - likewise
    """All rows of a sub-query of `_packed` as one JSON array of arrays; an empty one where there is no row."""

    type = sa.Text()
    inherit_cache = True


@compiles(_listed, "postgresql")
def _list_postgresql(element: Any, compiler: Any, **more: Any) -> str:
    """Return an array of the rows, which PostgreSQL gathers in less time than it takes to prepare an aggregate."""
    return f"CAST(array_to_json(ARRAY{compiler.process(element.clauses, **more)}) AS TEXT)"


@compiles(_listed, "sqlite")
def _list_sqlite(element: Any, compiler: Any, **more: Any) -> str:
    text: str = compiler.process(element.clauses, **more)
    return text


class _nested(FunctionElement[Any]):  # noqa: N801 - likewise
    """The value of a column of JSON as it is, not as a text within JSON."""

    type = sa.Text()
    inherit_cache = True


@compiles(_nested, "postgresql")
def _nest_postgresql(element: Any, compiler: Any, **more: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **more)} AS JSON)"


@compiles(_nested, "sqlite")
def _nest_sqlite(element: Any, compiler: Any, **more: Any) -> str:
    return f"json({compiler.process(element.clauses, **more)})"


def packed_list(columns: Iterable[sa.ColumnElement[Any]], *conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[Any]:
    """Return the sub-query that gives the columns of all rows under these conditions as a JSON array of arrays, JSON in it as it is."""
    nested = (_nested(column) if isinstance(column.type, Json) else column for column in columns)
    return _listed(sa.select(_packed(*nested)).where(*conditions).scalar_subquery())


def read_picture(reading: Reading, *, instance_id: str, transaction_id: str, document_id: str | None) -> Picture:
    """Return the picture of an instance as it is now; the caller holds its lock."""
    parameters = {"instance": instance_id, "transaction": transaction_id, "document": document_id}
    (packed,) = reading.prepared_rows(_STATEMENT, parameters)
    return unpack_picture(packed, reading.dialect)


def unpack_picture(packed: Row, dialect: str) -> Picture:
    """Return the picture that is in the row of a statement of this kind of database."""
    rows = {table.name: _unpack(_row_type(table, dialect), of_table) for table, of_table in zip(_TABLES, packed, strict=False)}
    return Picture(
        tasks=rows["user_task"],
        assignments=rows["assignment"],
        roles=rows["transaction_role"],
        route=next(reversed(rows["route"]), None),
        timers=sorted(rows["timer"], key=attrgetter("due_at")),
        incidents=rows["incident"],
        document=next(iter(rows["document"]), None),
        findings=rows["validation_finding"],
        approved_steps={step for (step,) in orjson.loads(packed.approved_steps)},
    )


def unpack_beginning(packed: Row, dialect: str) -> Picture:
    """Return the picture that is in the row of the statement of a beginning."""
    roles, documents, findings = (_unpack(_row_type(table, dialect), rows) for table, rows in zip(_BEFORE_BIRTH, packed, strict=True))
    return Picture(roles=roles, document=next(iter(documents), None), findings=findings)


def unpacker_of(columns: tuple[sa.Column[Any], ...], dialect: str) -> Callable[[str], list[Row]]:
    """Return the function to rows of these columns, by id, from what `packed_list` gave in this kind of database."""
    return partial(_unpack, _type_of(columns, dialect))


def _unpack(kind: "_RowType", packed: str) -> list[Row]:
    found = orjson.loads(packed)
    for values in found:
        for position, decode in kind.decoders:
            value = values[position]
            if value is not None:
                values[position] = decode(value)
    rows = list(map(kind.make, found))
    if len(rows) > 1:
        rows.sort(key=attrgetter("id"))
    return rows


def row_of(table: sa.Table, values: Mapping[str, Any]) -> Row:
    """Return a row of the table; a column without a value is None."""
    names = tuple(table.c.keys())
    return _row_class(table.name, names)._make(map(values.get, names))


@dataclass(frozen=True, slots=True, kw_only=True)
class _RowType:
    """How rows are made: the function from their values, and the columns whose values JSON carries otherwise."""

    make: Callable[[Iterable[Any]], Row]
    decoders: tuple[tuple[int, Callable[[Any], Any]], ...]


@lru_cache(maxsize=64)
def _row_type(table: sa.Table, dialect: str) -> _RowType:
    return _type_of(tuple(table.c), dialect)


@lru_cache(maxsize=64)
def _type_of(columns: tuple[sa.Column[Any], ...], dialect: str) -> _RowType:
    decoders = [(position, _decoder(column.type, dialect)) for position, column in enumerate(columns)]
    return _RowType(
        make=_row_class(columns[0].table.name, tuple(column.name for column in columns))._make,
        decoders=tuple((position, decode) for position, decode in decoders if decode is not None),
    )


@lru_cache(maxsize=128)
def _row_class(name: str, columns: tuple[str, ...]) -> Any:
    return namedtuple(name, columns)  # noqa: PYI024 - its fields are columns


def _decoder(kind: Any, dialect: str) -> Callable[[Any], Any] | None:
    """Return the function from what JSON carries to the column's value; None where it is the value."""
    if isinstance(kind, UtcInstant):
        return datetime.fromisoformat if dialect == "postgresql" else instant_of
    if isinstance(kind, Id):
        return None if dialect == "postgresql" else dashed
    if isinstance(kind, sa.Date):
        return date.fromisoformat
    if isinstance(kind, Amount):
        return unscaled
    if isinstance(kind, ExactDecimal):
        return Decimal
    return bool if isinstance(kind, sa.Boolean) and dialect == "sqlite" else None


_TABLES = (user_task, assignment, transaction_role, route, timer, incident, document, validation_finding)
_BEFORE_BIRTH = (transaction_role, document, validation_finding)
Conditions = Mapping[sa.Table, tuple[sa.ColumnElement[bool], ...]]


def picture_of(instance: sa.FromClause, *, transaction_id: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """Return the SELECT of the picture of an instance, given as a row with its `id` and `document_id`; no row, no picture."""
    its_id, document_id = instance.c.id, instance.c.document_id
    open_tasks = sa.select(user_task.c.id).where(user_task.c.instance_id == its_id, user_task.c.status == word("open")).correlate(instance)
    approved = (
        sa.select(user_task.c.step)
        .distinct()
        .where(
            user_task.c.instance_id == its_id,
            user_task.c.status == word("completed"),
            user_task.c.outcome == word("approved"),
            user_task.c.step.is_not(None),
        )
        .correlate(instance)
        .subquery()
    )
    conditions: Conditions = {
        user_task: (user_task.c.instance_id == its_id, user_task.c.status == word("open")),
        assignment: (assignment.c.task_id.in_(open_tasks),),
        route: (route.c.instance_id == its_id, route.c.superseded_at.is_(None)),
        timer: (timer.c.instance_id == its_id, timer.c.status == word("waiting")),
        incident: (incident.c.instance_id == its_id, incident.c.status == word("open")),
        **_conditions_beside(document_id=document_id, transaction_id=transaction_id),
    }
    lists = [packed_list(table.c, *conditions[table]).label(table.name) for table in _TABLES]
    return sa.select(*lists, packed_list((approved.c.step,)).label("approved_steps")).select_from(instance)


def picture_of_beginning(document_id: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """Return the SELECT of the picture of an instance of this document that is not stored yet: what may have rows before it has any."""
    conditions = _conditions_beside(document_id=document_id, transaction_id=document_id)
    return sa.select(*(packed_list(table.c, *conditions[table]).label(table.name) for table in _BEFORE_BIRTH))


def _conditions_beside(*, document_id: sa.ColumnElement[Any], transaction_id: sa.ColumnElement[Any]) -> Conditions:
    """Return which rows of a picture are those of the document and of the transaction, which may be older than the instance."""
    return {
        transaction_role: (transaction_role.c.transaction_id == transaction_id, transaction_role.c.superseded_at.is_(None)),
        document: (document.c.id == document_id,),
        validation_finding: (validation_finding.c.document_id == document_id,),
    }


_GIVEN = sa.select(
    *(sa.bindparam(name, type_=Id()).label(label) for name, label in (("instance", "id"), ("document", "document_id")))
).subquery("given")
_STATEMENT = Prepared(picture_of(_GIVEN, transaction_id=sa.bindparam("transaction", type_=Id())))
