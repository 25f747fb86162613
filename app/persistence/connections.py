"""Connections that wait, open, for the next unit of work or reading.

Taking a connection from SQLAlchemy's pool and giving it back makes a proxy with a finalizer and a `Connection` on it each time, which costs
more than to run a statement of the hot path. So one to PostgreSQL stays taken, and waits here.
"""

from typing import Any

import sqlalchemy as sa

from app.persistence.drivers import PostgresDriver, SqliteDriver, driver_of


class Connections:
    """The connections of an engine, each with what runs the statements of the hot path on it; safe for threads."""

    def __init__(self, engine: sa.Engine, *, waiting_max: int) -> None:
        self._engine = engine
        self._writer = engine.execution_options(countersign_write=True)
        self._waiting: list[PostgresDriver] = []
        self._waiting_max = waiting_max

    def take(self, *, is_unit: bool) -> PostgresDriver | SqliteDriver:
        """Return a connection for one unit of work or one reading.

        Raises:
            sqlalchemy.exc.OperationalError: the database takes no connection.
        """
        try:
            driver = self._waiting.pop()
        except IndexError:
            return self._connect(is_unit=is_unit)
        driver.open(is_unit=is_unit)
        return driver

    def give_back(self, driver: PostgresDriver | SqliteDriver) -> None:
        """Let the connection wait for the next.

        SQLAlchemy gets it back, and rolls back, when anything of its transaction is left; also when so many are taken that somebody may wait
        for one there. When it was lost, so were those that wait.
        """
        pool: Any = self._engine.pool
        if isinstance(driver, PostgresDriver) and driver.is_over and pool.checkedout() <= self._waiting_max:
            self._waiting.append(driver)
            return
        is_lost = driver.connection.invalidated
        driver.connection.close()
        if is_lost:
            self.close_waiting()

    def _connect(self, *, is_unit: bool) -> PostgresDriver | SqliteDriver:
        connection = (self._writer if is_unit else self._engine).connect()
        try:
            return driver_of(connection, is_unit=is_unit)
        except BaseException:
            connection.close()
            raise

    def close_waiting(self) -> None:
        """Close the connections that wait."""
        while self._waiting:
            connection = self._waiting.pop().connection
            connection.detach()
            connection.close()
