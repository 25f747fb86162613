"""Connections that wait, open, for the next unit of work or reading.

Taking a connection from SQLAlchemy's pool and giving it back makes a proxy with a finalizer and a `Connection` on it each time, which costs
more than to run a statement of the hot path. So one stays taken, and waits here.
"""

from typing import Any

import sqlalchemy as sa

from app.persistence.drivers import PostgresDriver, SqliteDriver, driver_of
from app.persistence.write_queue import WriteQueue


class Connections:
    """The connections of an engine, each with what runs the statements of the hot path on it; safe for threads."""

    def __init__(self, engine: sa.Engine, *, waiting_max: int, queue: WriteQueue | None) -> None:
        self._engine = engine
        self._queue = queue
        self._waiting: list[PostgresDriver | SqliteDriver] = []
        self._waiting_max = waiting_max

    def take(self, *, is_unit: bool, looks_first: bool) -> PostgresDriver | SqliteDriver:
        """Return a connection for one unit of work, which on SQLite may look first, or one reading.

        Raises:
            sqlalchemy.exc.OperationalError: the database takes no connection.
        """
        try:
            driver = self._waiting.pop()
        except IndexError:
            driver = self._connect()
        driver.open(is_unit=is_unit, looks_first=looks_first)
        return driver

    def give_back(self, driver: PostgresDriver | SqliteDriver) -> None:
        """Let the connection wait for the next.

        SQLAlchemy gets it back, and rolls back, when anything of its transaction is left; also when so many are taken that somebody may wait
        for one there. When it was lost, so were those that wait.
        """
        driver.end()
        pool: Any = self._engine.pool
        if driver.is_over and self._waiting_max and pool.checkedout() <= self._waiting_max:
            self._waiting.append(driver)
            return
        is_lost = driver.connection.invalidated
        driver.connection.close()
        if is_lost:
            self.close_waiting()

    def _connect(self) -> PostgresDriver | SqliteDriver:
        connection = self._engine.connect()
        try:
            return driver_of(connection, queue=self._queue)
        except BaseException:
            connection.close()
            raise

    def close_waiting(self) -> None:
        """Close the connections that wait."""
        while self._waiting:
            connection = self._waiting.pop().connection
            connection.detach()
            connection.close()
