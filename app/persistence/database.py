"""Connections: one unit of work for a command, one reading for a query, on SQLite and PostgreSQL."""

import sqlite3
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import flask
import sqlalchemy as sa
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.dialects import postgresql, sqlite

from app.domain.errors import DatabaseBusy
from app.persistence.batch import Batch
from app.persistence.connections import Connections
from app.persistence.drivers import BUSY_SECONDS_MAX, Overtaken, PostgresDriver, SqliteDriver, listen_postgresql
from app.persistence.line import Visit
from app.persistence.prepared import Prepared
from app.persistence.tables import metadata
from app.persistence.turnstile import Rank, Turnstile
from app.persistence.write_queue import WriteQueue

POOL_SIZE = 8
CONNECTIONS_MAX = 32
POOL = {"pool_size": POOL_SIZE, "max_overflow": CONNECTIONS_MAX - POOL_SIZE}
RETRY_AFTER_SECONDS = 1
TRANSACTIONS_OF_OUR_OWN = {"isolation_level": "AUTOCOMMIT", "skip_autocommit_rollback": True, "pool_reset_on_return": None}
"""Of the engine on PostgreSQL: a unit of work begins and commits by its driver, a reading has no transaction, `listen_postgresql` rolls back."""
_UNIQUE_VIOLATION = "23505"
_BUSY_STATES = {"40001", "40P01", "55P03"}  # serialization failure, deadlock, lock timeout

PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", "wal_autocheckpoint=8192", "journal_size_limit=67108864", "foreign_keys=ON")
"""The log is copied into the file by `SqliteDriver`, and by SQLite itself where nobody did so in time; one that grew all the same is cut off."""

db = SQLAlchemy(metadata=metadata)
Kind = TypeVar("Kind", bound="Reading")
Result = TypeVar("Result")
AnyDriver = PostgresDriver | SqliteDriver


class Reading:
    """Statements that read, each seeing the latest committed rows."""

    def __init__(self, driver: AnyDriver) -> None:
        self._connection = driver.connection
        self._driver = driver

    @property
    def dialect(self) -> str:
        """The kind of database: `postgresql` or `sqlite`."""
        return self._driver.dialect

    @property
    def locks_rows(self) -> bool:
        """Whether the database locks single rows (PostgreSQL); SQLite locks the file instead."""
        return self.dialect == "postgresql"

    def execute(
        self, statement: sa.Executable, parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None
    ) -> sa.CursorResult[Any]:
        """Run one statement and return its result."""
        result = self._connection.execute(statement, parameters)
        assert isinstance(result, sa.CursorResult), "only Core statements run here"
        return result

    def rows(self, statement: sa.Executable, parameters: Mapping[str, Any] | None = None) -> Sequence[sa.Row[Any]]:
        """Return all rows of the statement."""
        return self._connection.execute(statement, parameters).all()

    def row(self, statement: sa.Executable, parameters: Mapping[str, Any] | None = None) -> sa.Row[Any] | None:
        """Return the first row of the statement, or None."""
        return self._connection.execute(statement, parameters).first()

    def prepared_rows(self, statement: Prepared, parameters: Mapping[str, Any]) -> list[Any]:
        """Return all rows of a statement of the hot path."""
        return statement.rows(self._driver, parameters)

    def prepared_together(self, statements: Sequence[Prepared], parameters: Mapping[str, Any]) -> list[list[Any]]:
        """Return the rows of each of these statements, which run one after the other; each sees what was committed before it ran."""
        return Prepared.rows_of_all(self._driver, statements, parameters)


class UnitOfWork(Reading):
    """One write transaction. Leaving it without `commit` rolls everything back.

    Rows that are inserted, or changed by their id, wait and are written together: before any other statement, which so sees them,
    and at the commit.
    """

    def __init__(self, driver: AnyDriver) -> None:
        super().__init__(driver)
        self._batch = Batch()
        self._is_overtaken = False
        self._has_written = False

    def execute(
        self, statement: sa.Executable, parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None
    ) -> sa.CursorResult[Any]:
        """Write what waits, run one statement and return its result."""
        self.flush()
        self._driver.begin()
        self._has_written = True
        return super().execute(statement, parameters)

    def rows(self, statement: sa.Executable, parameters: Mapping[str, Any] | None = None) -> Sequence[sa.Row[Any]]:
        """Write what waits and return all rows of the statement."""
        self.flush()
        self._driver.begin()
        return super().rows(statement, parameters)

    def row(self, statement: sa.Executable, parameters: Mapping[str, Any] | None = None) -> sa.Row[Any] | None:
        """Write what waits and return the first row of the statement, or None."""
        self.flush()
        self._driver.begin()
        return super().row(statement, parameters)

    def prepared_rows(self, statement: Prepared, parameters: Mapping[str, Any]) -> list[Any]:
        """Write what waits and return all rows of a statement of the hot path."""
        self.flush()
        return super().prepared_rows(statement, parameters)

    def prepared_together(self, statements: Sequence[Prepared], parameters: Mapping[str, Any]) -> list[list[Any]]:
        """Write what waits and return the rows of each of these statements, which run one after the other."""
        self.flush()
        return super().prepared_together(statements, parameters)

    @property
    def is_unwritten(self) -> bool:
        """Whether nothing was written yet, and nothing waits to be."""
        return not self._has_written and self._batch.is_empty

    def insert(self, table: sa.Table, rows: Iterable[Mapping[str, Any]], *, unless_same: str | None = None) -> None:
        """Insert rows; with `unless_same`, one whose value in this unique column is there already is not stored."""
        self._batch.insert(table, rows, unless_same=unless_same)

    def update(self, table: sa.Table, row_id: str, values: Mapping[str, object]) -> None:
        """Change columns of the row with this id."""
        self._batch.update(table, row_id, values)

    def update_unless(self, table: sa.Table, row_id: str, *, column: str, says: str, **values: object) -> None:
        """Change columns of the row with this id, but not when `column` is the word `says` by then."""
        self._batch.update(table, row_id, values, unless=(column, says))

    def upsert(self, table: sa.Table) -> "postgresql.Insert | sqlite.Insert":
        """Return an INSERT that takes ON CONFLICT clauses in the dialect of the database."""
        return postgresql.insert(table) if self.locks_rows else sqlite.insert(table)

    def flush(self) -> None:
        """Write what waits.

        Raises:
            Overtaken: a unique index refuses a row, or has refused one before: whoever took that for a failure of his own, such as a
                service task, cannot go on in a transaction that is lost.
        """
        self._write(commit=False)

    def commit(self) -> None:
        """Write what waits and commit; called by operations alone, once.

        Raises:
            Overtaken: as by `flush`.
        """
        self._write(commit=True)

    def _write(self, *, commit: bool) -> None:
        if self._is_overtaken:
            raise Overtaken
        self._has_written = not self.is_unwritten
        try:
            self._batch.flush(self._driver, commit=commit)
        except sa.exc.IntegrityError as error:
            if _is_unique_violation(error):
                self._is_overtaken = True
                raise Overtaken from error
            raise


class Database:
    """The database of an application: hands out units of work and readings."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self._connections = Connections(
            engine, waiting_max=0 if _is_in_memory(engine.url) else POOL_SIZE, queue=_queue_of_writers(engine.url)
        )
        self._attempt = _Attempt()
        self._turnstile = Turnstile()

    def write(self, *, unhurried: bool = False) -> AbstractContextManager[UnitOfWork]:
        """Open a unit of work; on SQLite it holds the write lock from its first statement, or the first that is more than a look.

        Among the threads of a process one that is `unhurried`, for whose end nobody sits and waits, lets others go first.

        Raises:
            DatabaseBusy: a lock was not free in time, or the database broke a deadlock.
            Overtaken: in an attempt that looks first, by a later statement: what it saw is not the same any more.
        """
        rank = Rank.UNHURRIED if unhurried else Rank.AWAITED
        return _Opened(self._turnstile, self._connections, UnitOfWork, rank=rank, looks_first=self._attempt.looks_first)

    def read(self) -> AbstractContextManager[Reading]:
        """Open a reading; every statement is its own transaction."""
        return _Opened(self._turnstile, self._connections, Reading, rank=Rank.READING, looks_first=False)

    def attempt(self, run: Callable[[], Result], *, looks_first: bool) -> Result:
        """Return what `run` returns. With `looks_first`, its units of work on SQLite read and reckon beside others, and are alone to write.

        PostgreSQL locks the rows that they read, so nothing is different there.

        Raises:
            Overtaken: what a unit of work saw changed before it wrote, or a row was in its way: it is to be run again.
        """
        self._attempt.looks_first = looks_first
        try:
            return run()
        finally:
            self._attempt.looks_first = False

    def close(self) -> None:
        """Close all connections that nobody uses."""
        self._connections.close_waiting()
        self.engine.dispose()


class _Attempt(threading.local):
    """What the units of work of a thread do."""

    looks_first = False


class _Opened(AbstractContextManager[Kind]):
    """A connection for one block, and what runs statements on it; no generator, which costs as much as a statement."""

    __slots__ = ("_connections", "_driver", "_kind", "_looks_first", "_rank", "_turnstile", "_visit")
    _driver: AnyDriver
    _visit: Visit | None

    def __init__(
        self, turnstile: Turnstile, connections: Connections, kind: Callable[[AnyDriver], Kind], *, rank: Rank, looks_first: bool
    ) -> None:
        self._turnstile = turnstile
        self._connections = connections
        self._kind = kind
        self._rank = rank
        self._looks_first = looks_first

    def __enter__(self) -> Kind:
        self._visit = self._turnstile.enter(self._rank)
        try:
            self._driver = self._connections.take(is_unit=self._rank is not Rank.READING, looks_first=self._looks_first)
        except BaseException as error:
            self._turnstile.leave(self._visit)
            if isinstance(error, sa.exc.OperationalError):
                _raise_if_busy(error)
            raise
        return self._kind(self._driver)

    def __exit__(self, _type: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None) -> None:
        committed = self._driver.committed  # before somebody else has it
        try:
            self._connections.give_back(self._driver)
        finally:
            self._turnstile.leave(self._visit, commit=committed)
        if isinstance(error, sa.exc.OperationalError):
            _raise_if_busy(error)


def _is_in_memory(url: sa.URL) -> bool:
    """Return whether it is a database of SQLite that lives in one connection and ends with it."""
    return url.get_backend_name() == "sqlite" and url.database in {None, "", ":memory:"}


def _queue_of_writers(url: sa.URL) -> WriteQueue | None:
    """Return what a unit of work waits in before it begins: nothing, but the queue of a file of SQLite."""
    if url.get_backend_name() != "sqlite" or _is_in_memory(url):
        return None
    return WriteQueue(Path(f"{url.database}-queue"), seconds_max=BUSY_SECONDS_MAX, retry_after=RETRY_AFTER_SECONDS)


def open_database(app: flask.Flask, url: str) -> Database:
    """Return the database at `url`, its engine made by Flask-SQLAlchemy for `app`."""
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    is_sqlite = sa.make_url(url).get_backend_name() == "sqlite"
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(url) | ({} if is_sqlite else TRANSACTIONS_OF_OUR_OWN)
    db.init_app(app)
    with app.app_context():
        engine = db.engine
    (listen_sqlite if is_sqlite else listen_postgresql)(engine)
    return Database(engine)


def engine_options(url: str) -> dict[str, Any]:
    """Return the engine's options for the database of `url`; parameters stay out of errors, since they are people's data."""
    if sa.make_url(url).get_backend_name() == "sqlite":
        pool = {} if _is_in_memory(sa.make_url(url)) else POOL
        return {"connect_args": {"timeout": BUSY_SECONDS_MAX, "check_same_thread": False}, "hide_parameters": True, **pool}
    waits = f"-c lock_timeout={BUSY_SECONDS_MAX * 1000} -c idle_in_transaction_session_timeout=60000"
    by_index = "-c random_page_cost=1.1"  # what is read is in memory: small tables, too, are looked up by index, and stay fast as they grow
    return {"connect_args": {"options": f"{waits} {by_index} -c TimeZone=UTC"}, "hide_parameters": True, **POOL}


def listen_sqlite(engine: sa.Engine) -> None:
    """Make SQLite durable and honest: a write-ahead log, foreign keys, and transactions begun by whoever wants one."""

    @sa.event.listens_for(engine, "connect")
    def _connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        for pragma in (*PRAGMAS, f"busy_timeout={BUSY_SECONDS_MAX * 1000}"):
            connection.execute(f"PRAGMA {pragma}")


def _raise_if_busy(error: sa.exc.OperationalError) -> None:
    if _is_busy(error):
        raise DatabaseBusy(retry_after=RETRY_AFTER_SECONDS) from error


def _is_unique_violation(error: sa.exc.IntegrityError) -> bool:
    return getattr(error.orig, "sqlstate", None) == _UNIQUE_VIOLATION or "UNIQUE constraint failed" in str(error.orig)


def _is_busy(error: sa.exc.OperationalError) -> bool:
    if error.connection_invalidated:  # the server restarted: the pool drops its connections, and the next request finds a fresh one
        return True
    state = getattr(error.orig, "sqlstate", None)
    return state in _BUSY_STATES or "database is locked" in str(error.orig)
