"""Schema migrations with alembic; `upgrade` brings any database to the newest version."""

import sqlite3
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from app.persistence.database import engine_options, listen_sqlite


def upgrade(database_url: str) -> None:
    """Bring the schema of the database at `database_url` to the newest version; nothing when it is there already."""
    engine = sa.create_engine(database_url, **engine_options(database_url))
    if engine.dialect.name == "sqlite":
        listen_sqlite(engine)
        sa.event.listen(engine, "connect", _let_tables_be_rebuilt)
        sa.event.listen(engine, "begin", _write_alone)
    try:
        with engine.begin() as connection:
            given = configuration(connection)
            if MigrationContext.configure(connection).get_current_revision() == ScriptDirectory.from_config(given).get_current_head():
                return  # before the check of all rows, which takes long where there are many
            command.upgrade(given, "head")
            if engine.dialect.name == "sqlite":
                lost = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
                assert not lost, f"a migration left rows without the row they refer to: {lost[:5]}"
    finally:
        engine.dispose()


def _let_tables_be_rebuilt(connection: sqlite3.Connection, _record: object) -> None:
    """Switch foreign keys off: SQLite changes a table by making it anew, and meanwhile others refer to what is not there."""
    connection.execute("PRAGMA foreign_keys=OFF")


def _write_alone(connection: sa.Connection) -> None:
    """Begin with the right to write: SQLite may refuse it to who has read already."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def configuration(connection: sa.Connection) -> Config:
    """Return the alembic configuration that works on `connection`."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config
