"""How the statements of the hot path reach the database: by its driver, past what SQLAlchemy does for every run of a statement.

Listeners of the engine hear of them, and errors are SQLAlchemy's, as for any other statement.
"""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from time import perf_counter, thread_time
from typing import Any, Protocol, TypeVar

import psycopg
import sqlalchemy as sa
from psycopg.types.string import TextLoader

from app.persistence.libpq import Wire, roll_back
from app.persistence.turnstile import Commit
from app.persistence.write_queue import WriteQueue

Row = tuple[Any, ...]
Answer = TypeVar("Answer")
_WIRE = "countersign_wire"
COMMITS_A_LOG = 64
READERS_MILLISECONDS_MAX = 100
BUSY_SECONDS_MAX = 10
LEAST_SECONDS = 1e-6
_ONCE = False  # what listeners are told of a statement that runs for one set of values


class Overtaken(Exception):
    """Another transaction was first: it stored a row in the place of one of ours, or changed what we had read; the operation is run again."""


class Driver(Protocol):
    """What runs statements in the database's own form on one connection, for one unit of work or one reading."""

    dialect: str

    def run(self, text: str, values: Sequence[Any], *, fetch: bool = False) -> list[Row]:
        """Run a statement; with `fetch` return its rows."""

    def run_together(self, wanted: Sequence[tuple[str, Sequence[Any]]]) -> list[list[Row]]:
        """Run statements one after the other, each seeing what is committed by then, and return the rows of each."""

    def begin(self) -> None:
        """Begin the transaction of a unit of work, if nothing has run in it yet; called before a statement that SQLAlchemy runs."""

    def commit(self) -> None:
        """Commit what has run."""


class PostgresDriver:
    """Statements by libpq; BEGIN travels with the first of them and COMMIT with the last."""

    dialect = "postgresql"

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection
        self._wire = _wire_of(connection)
        self._engine: Any = connection.engine
        self._is_begun = False
        self._reckoned_before = 0.0
        self.committed: Commit | None = None
        """How long it took; None while this unit of work has written and committed nothing."""

    def open(self, *, is_unit: bool, looks_first: bool) -> None:  # noqa: ARG002 - rows that it reads are locked
        """Begin with a unit of work, which is a transaction, or with a reading, which is none."""
        self._is_begun = not is_unit
        self._reckoned_before = thread_time()
        self.committed = None

    def end(self) -> None:
        """Leave what is left open to whoever takes the connection back."""

    @property
    def is_over(self) -> bool:
        """Whether no transaction is left, neither one of our own nor one that SQLAlchemy began by itself, on a connection that is not lost."""
        return self._wire.is_idle and not self.connection.in_transaction() and not self.connection.invalidated

    def run(self, text: str, values: Sequence[Any], *, fetch: bool = False) -> list[Row]:  # noqa: ARG002 - rows come anyway
        """Run a statement and return its rows."""
        if self._is_heard:
            self._announce(text, values)
        return self._sent(text, lambda begin: self._wire.run(text, self._wire.encoded(values), begin=begin))

    def run_together(self, wanted: Sequence[tuple[str, Sequence[Any]]]) -> list[list[Row]]:
        """Send statements in one go and return the rows of each; each sees what is committed when those before it have run."""
        if self._is_heard:
            for text, values in wanted:
                self._announce(text, values)
        encoded = [(text, self._wire.encoded(values)) for text, values in wanted]
        return self._sent(wanted[0][0], lambda begin: self._wire.run_together(encoded, begin=begin))

    def write(self, text: str, parameters: Sequence[bytes], *, commit: bool) -> None:
        """Run a statement whose parameters are encoded, and with `commit` commit it, and what ran before."""
        if self._is_heard:
            self._announce(text, [each.decode() for each in parameters])
        began = perf_counter()
        self._sent(text, lambda begin: self._wire.run(text, parameters, begin=begin, commit=commit))
        if commit:
            self.committed = Commit(perf_counter() - began, max(thread_time() - self._reckoned_before, LEAST_SECONDS))
        self._is_begun = not commit

    @property
    def _is_heard(self) -> bool:
        """Whether anybody has ever listened to the engine; to look for listeners of one kind takes many times as long."""
        return bool(self._engine._has_events)  # noqa: SLF001 - what SQLAlchemy itself asks

    def _announce(self, text: str, values: Sequence[Any]) -> None:
        for listener in self.connection.dispatch.before_cursor_execute:
            listener(self.connection, None, text, values, None, _ONCE)

    def _sent(self, text: str, send: Callable[[bool], Answer]) -> Answer:
        """Return the answer to what is sent, told whether BEGIN has to go with it."""
        begin, self._is_begun = not self._is_begun, True
        try:
            return send(begin)
        except psycopg.Error as error:
            raise _sqlalchemy_error(self.connection, error, text) from error

    def begin(self) -> None:
        """Begin the transaction of a unit of work, if nothing has run in it yet.

        Raises:
            sqlalchemy.exc.OperationalError: the connection was lost before. SQLAlchemy would go on with another one, outside of it.
        """
        if self.connection.invalidated:
            self._tell("begin", self._wire.begin)
        if not self._is_begun:
            self._is_begun = True
            self._tell("begin", self._wire.begin)

    def commit(self) -> None:
        """Commit what has run, if anything has."""
        if self._is_begun:
            self._tell("commit", self._wire.commit)
            self._is_begun = False

    def _tell(self, text: str, command: Callable[[], None]) -> None:
        try:
            command()
        except psycopg.Error as error:
            raise _sqlalchemy_error(self.connection, error, text) from error


def _wire_of(connection: sa.Connection) -> Wire:
    fairy = connection.connection
    wire: Wire | None = fairy.info.get(_WIRE)
    if wire is None:
        driver: Any = fairy.driver_connection
        wire = fairy.info[_WIRE] = Wire(driver)
    return wire


class SqliteDriver:
    """Statements by sqlite3.

    A unit of work is alone from its first statement on: it stands in line for that. One that looks first is not yet while it runs
    prepared SELECTs; before any other statement it stands in line, runs them again if anybody has committed anything meanwhile, and goes on
    if they still find the same.
    """

    dialect = "sqlite"
    committed: Commit | None = None
    """A commit here writes to the memory of the system alone, and says nothing of how slow the disk is."""

    def __init__(self, connection: sa.Connection, *, queue: WriteQueue | None) -> None:
        self.connection = connection
        self._file: Any = connection.connection.driver_connection
        self._queue = queue
        self._place = ExitStack()
        self.open(is_unit=False, looks_first=False)

    def open(self, *, is_unit: bool, looks_first: bool) -> None:
        """Begin with a unit of work, which is a transaction and may look first, or with a reading, which is none."""
        self._is_unit = is_unit
        self._looks = looks_first and is_unit
        self._seen: list[tuple[str, Sequence[Any], list[Row]]] = []
        self._seen_version = 0
        self._is_overtaken = False
        self.is_alone = False

    @property
    def is_over(self) -> bool:
        """Whether no transaction is left, neither one of our own nor one that SQLAlchemy began by itself."""
        return not self._file.in_transaction and not self.connection.in_transaction()

    def run(self, text: str, values: Sequence[Any], *, fetch: bool = False) -> list[Row]:
        """Run a statement; with `fetch` return its rows.

        Raises:
            Overtaken: what was seen first is not the same any more.
        """
        if self._looks and fetch and text.startswith("SELECT"):
            is_first = not self._seen
            if is_first:
                self._tell("BEGIN")  # so that all looks are at one moment
            rows = self._run(text, values, fetch=True)
            self._seen.append((text, values, rows))
            if is_first:
                self._seen_version = self._data_version()
            return rows
        self.begin()
        return self._run(text, values, fetch=fetch)

    def run_together(self, wanted: Sequence[tuple[str, Sequence[Any]]]) -> list[list[Row]]:
        """Run statements one after the other and return the rows of each."""
        return [self.run(text, values, fetch=True) for text, values in wanted]

    def run_many(self, text: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run a statement once for each of the rows."""
        self.begin()
        self._run(text, rows, many=True)

    def _run(self, text: str, values: Sequence[Any], *, many: bool = False, fetch: bool = False) -> list[Row]:
        cursor = self._file.cursor()
        for listener in self.connection.dispatch.before_cursor_execute:
            listener(self.connection, cursor, text, values, None, many)
        try:
            (cursor.executemany if many else cursor.execute)(text, values)
            return cursor.fetchall() if fetch else []
        except sqlite3.Error as error:
            raise _sqlalchemy_error(self.connection, error, text) from error
        finally:
            cursor.close()

    def _data_version(self) -> int:
        """Return a number that differs from another one of this connection if others have committed anything between."""
        try:
            version: int = self._file.execute("PRAGMA data_version").fetchone()[0]
        except sqlite3.Error as error:
            raise _sqlalchemy_error(self.connection, error, "PRAGMA data_version") from error
        return version

    def _tell(self, command: str) -> None:
        try:
            self._file.execute(command)
        except sqlite3.Error as error:
            raise _sqlalchemy_error(self.connection, error, command) from error

    def begin(self) -> None:
        """Begin the transaction of a unit of work, alone, if nothing has run in it yet.

        Raises:
            Overtaken: what was seen first is not the same any more.
            DatabaseBusy: its turn did not come in time.
        """
        if self._is_overtaken:
            raise Overtaken
        if not self._is_unit or self.is_alone:
            return
        self._looks = False
        seen, self._seen = self._seen, []
        if seen:
            self._tell("ROLLBACK")  # before it waits for its turn: another may have it, and wait until nobody reads what is old
        if self._queue is not None:
            self._place.enter_context(self._queue.turn())
        self._tell("BEGIN IMMEDIATE")
        self.is_alone = True
        if seen and (self._queue is None or self._data_version() != self._seen_version):  # in memory all share one connection
            self._is_overtaken = any(self._run(text, values, fetch=True) != rows for text, values, rows in seen)
        if self._is_overtaken:
            raise Overtaken

    def commit(self) -> None:
        """Commit what has run, now and then begin the log anew, and let the next one write."""
        if self._is_overtaken:
            raise Overtaken
        if not self.is_alone:
            return
        if self.connection.in_transaction():
            self.connection.commit()
        else:
            self._tell("COMMIT")
        self.is_alone = False
        if self._queue is not None:
            self._queue.commits += 1
            if self._queue.commits >= COMMITS_A_LOG:
                self._queue.commits = 0
                self._restart_log()
        self._place.close()

    def _restart_log(self) -> None:
        """Copy what the write-ahead log holds into the database file, so that it is written from its beginning again.

        SQLite itself, asked to do so as often, would do it at every commit while somebody always reads. Who reads what is old is waited for,
        but not long: else it is for later. Nothing that goes wrong here undoes the commit.
        """
        try:
            with suppress(sqlite3.Error):
                self._file.execute(f"PRAGMA busy_timeout = {READERS_MILLISECONDS_MAX}")
                self._file.execute("PRAGMA wal_checkpoint(RESTART)")
        finally:
            self._file.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS_MAX * 1000}")

    def end(self) -> None:
        """Roll back what was not committed, and let the next one write."""
        with self._place, suppress(sqlite3.Error):  # one that cannot is not over, and SQLAlchemy gets rid of it
            self._file.rollback()


def driver_of(connection: sa.Connection, *, queue: WriteQueue | None) -> PostgresDriver | SqliteDriver:
    """Return the driver of the connection, to be opened for a unit of work or a reading; writers of SQLite stand in the queue."""
    return PostgresDriver(connection) if connection.dialect.name == "postgresql" else SqliteDriver(connection, queue=queue)


def listen_postgresql(engine: sa.Engine) -> None:
    """Read ids as text, and end what a unit of work left open when its connection goes back to the pool; the engine itself ends nothing."""

    @sa.event.listens_for(engine, "connect")
    def _connect(connection: psycopg.Connection[Any], _record: object) -> None:
        connection.adapters.register_loader("uuid", TextLoader)

    @sa.event.listens_for(engine, "reset")
    def _reset(connection: psycopg.Connection[Any], _record: object, _state: object) -> None:
        roll_back(connection)


def _sqlalchemy_error(connection: sa.Connection, error: Any, text: str) -> BaseException:
    """Return SQLAlchemy's error for one of the driver; a connection that is lost goes back to nobody."""
    is_lost = connection.invalidated or connection.dialect.is_disconnect(error, connection.connection.driver_connection, None)
    if is_lost and not connection.invalidated:
        connection.invalidate(error)
    found: BaseException = sa.exc.DBAPIError.instance(
        text,
        None,
        error,
        connection.dialect.loaded_dbapi.Error,
        hide_parameters=True,
        connection_invalidated=is_lost,
        dialect=connection.dialect,
    )
    return found
