"""A database as it is at first, given afresh to every test.

On SQLite that is a copy of a file. On PostgreSQL, where copying a database takes a hundred times as long as a test, each pytest process has
one database and puts its rows back; its server must let the tests act as a superuser, as the server does that they start themselves.
"""

from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg import sql

from app.runtime import postgres

_END_OTHERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
_SEQUENCES = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL"
_ROWS_KEPT_IN = "pristine"
_VACUUM_EVERY = 50


class PristineFile:
    """A file of SQLite that is copied."""

    def __init__(self, url: str) -> None:
        self._kept = Path(url.removeprefix("sqlite:///"))

    def give(self, folder: Path) -> str:
        """Return the address of a copy in the folder."""
        copy = folder / f"{uuid4().hex}.db"
        copy.write_bytes(self._kept.read_bytes())
        return f"sqlite:///{copy}"


class PristineServerDatabase:
    """A database of PostgreSQL whose rows are put back."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._given = 0
        with self._connected() as connection:
            connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(_ROWS_KEPT_IN)))
            tables = [name for (name,) in connection.execute(_TABLES)]
            for name in tables:
                statement = sql.SQL("CREATE TABLE {} AS TABLE {}").format(sql.Identifier(_ROWS_KEPT_IN, name), sql.Identifier(name))
                connection.execute(statement)
            sequences = connection.execute(_SEQUENCES).fetchall()
        self._put_back = sql.SQL(";").join(
            [
                sql.SQL("SET session_replication_role = replica"),  # the order of the tables does not matter
                *(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)) for name in tables),
                *(sql.SQL("INSERT INTO {} TABLE {}").format(sql.Identifier(name), sql.Identifier(_ROWS_KEPT_IN, name)) for name in tables),
                *(sql.SQL("SELECT setval({}, {})").format(sql.Literal(name), sql.Literal(value)) for name, value in sequences),
            ]
        )

    def give(self, _folder: Path) -> str:
        """Put the rows back, whatever a test before left open, and return the address."""
        with self._connected() as connection:
            connection.execute(_END_OTHERS)
            connection.execute(self._put_back)
            self._given += 1
            if self._given % _VACUUM_EVERY == 0:
                connection.execute("VACUUM")
        return self._url

    def _connected(self) -> psycopg.Connection[tuple[str, ...]]:
        return psycopg.connect(postgres.psycopg_url(self._url), autocommit=True)


Pristine = PristineFile | PristineServerDatabase
