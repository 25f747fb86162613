"""Statements of the hot path: written in SQLAlchemy, compiled once for each database, and run by its driver.

What SQLAlchemy does for every run (cache keys, contexts, result proxies) costs more than these statements themselves.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import psycopg as postgresql

from app.persistence.drivers import Driver
from app.persistence.types import Id, UtcInstant

Row = Any

_DIALECTS: Mapping[str, sa.Dialect] = {
    "postgresql": postgresql.dialect(paramstyle="numeric_dollar"),  # type: ignore[no-untyped-call]
    "sqlite": sqlite.dialect(paramstyle="qmark"),
}


class Prepared:
    """A statement with named parameters; a parameter of an IN is a list."""

    def __init__(self, statement: sa.Executable) -> None:
        self._statement = statement
        self._runs: dict[tuple[Any, ...], _Run] = {}

    def rows(self, driver: Driver, parameters: Mapping[str, Any]) -> list[Row]:
        """Run the statement and return all rows; columns are attributes."""
        run = self._run_of(driver, parameters)
        return run.made(driver.run(run.text, run.values(parameters), fetch=run.has_rows))

    def _run_of(self, driver: Driver, parameters: Mapping[str, Any]) -> "_Run":
        lengths = tuple((name, len(value)) for name, value in parameters.items() if isinstance(value, list))
        shape = (driver.dialect, lengths)
        run = self._runs.get(shape)
        if run is None:
            run = self._runs[shape] = _Run(self._statement, dialect=_DIALECTS[driver.dialect], parameters=parameters)
        return run

    @staticmethod
    def rows_of_all(driver: Driver, statements: Sequence["Prepared"], parameters: Mapping[str, Any]) -> list[list[Row]]:
        """Run statements with the same parameters one after the other, in one way to the server, and return the rows of each."""
        runs = [statement._run_of(driver, parameters) for statement in statements]  # noqa: SLF001 - of this class
        found = driver.run_together([(run.text, run.values(parameters)) for run in runs])
        return [run.made(rows) for run, rows in zip(runs, found, strict=True)]


class _Run:
    """The statement for one database and one length of each list."""

    def __init__(self, statement: Any, *, dialect: sa.Dialect, parameters: Mapping[str, Any]) -> None:
        compiled: Any = statement.compile(dialect=dialect)
        state = compiled.construct_expanded_state(dict(parameters))  # writes out the lists of IN
        self.text = state.statement
        self._fixed: Mapping[str, Any] = {**compiled.construct_params(dict(parameters)), **state.parameters}
        processors = {**compiled._bind_processors, **state.processors}  # noqa: SLF001 - what SQLAlchemy itself applies to the values
        self._places = [_place_of(name, processors.get(name), parameters) for name in state.positiontup]
        self.has_rows = bool(compiled._result_columns)  # noqa: SLF001 - what a statement without rows has none of
        self._make_row = _row_maker(compiled, dialect)

    def values(self, parameters: Mapping[str, Any]) -> list[Any]:
        """Return the value of each placeholder."""
        given = {**self._fixed, **parameters}
        found = []
        for name, position, process in self._places:
            value = given[name] if position is None else given[name][position]
            found.append(value if process is None else process(value))
        return found

    def made(self, found: list[tuple[Any, ...]]) -> list[Row]:
        """Return what the driver has found as rows."""
        return [self._make_row(row) for row in found]


class _Place(NamedTuple):
    """Where the value of a placeholder comes from: a parameter, one of a list, or the statement itself; and what makes it the driver's."""

    name: str
    position: int | None
    process: Callable[[Any], Any] | None


def _place_of(name: str, processor: Any, parameters: Mapping[str, Any]) -> _Place:
    process = processor[0] if isinstance(processor, tuple) else processor
    stem, _, number = name.rpartition("_")
    if name not in parameters and stem in parameters and isinstance(parameters[stem], list):
        return _Place(stem, int(number) - 1, process)
    return _Place(name, None, process)


def word(text: str) -> sa.ColumnElement[str]:
    """Return a word of our own, written out in the statement: the database sees before it runs which partial index holds the rows."""
    assert text.isidentifier(), "it is one of ours, and needs no escaping"
    return sa.literal_column(f"'{text}'", sa.String())


def _row_maker(compiled: Any, dialect: sa.Dialect) -> Callable[[tuple[Any, ...]], Row]:
    columns = compiled._result_columns  # noqa: SLF001 - names and types of what is selected
    make = _row_type(tuple(column.keyname for column in columns))._make
    processors = [_processor(column.type, dialect) for column in columns]
    wanted = [(position, process) for position, process in enumerate(processors) if process is not None]

    def make_row(values: tuple[Any, ...]) -> Row:
        changed = list(values)
        for position, process in wanted:
            changed[position] = process(changed[position])
        return make(changed)

    return make_row if wanted else make


def _processor(kind: sa.types.TypeEngine[Any], dialect: sa.Dialect) -> Callable[[Any], Any] | None:
    """Return the function from what the driver gives to the column's value; PostgreSQL's gives ids as text and instants in UTC."""
    if dialect.name == "postgresql" and isinstance(kind, Id | UtcInstant):
        return None
    return kind.dialect_impl(dialect).result_processor(dialect, None)


@lru_cache(maxsize=256)
def _row_type(names: tuple[str, ...]) -> Any:
    return namedtuple("Row", names)  # noqa: PYI024 - its fields are those of a statement
