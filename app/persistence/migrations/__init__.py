"""Schema migrations with alembic; `upgrade` brings any database to the newest version."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from app.persistence.database import engine_options, listen_sqlite


def upgrade(database_url: str) -> None:
    """Bring the schema of the database at `database_url` to the newest version; nothing when it is there already."""
    engine = sa.create_engine(database_url, **engine_options(database_url))
    if engine.dialect.name == "sqlite":
        listen_sqlite(engine)
    try:
        with engine.begin() as connection:
            command.upgrade(configuration(connection), "head")
    finally:
        engine.dispose()


def configuration(connection: sa.Connection) -> Config:
    """Return the alembic configuration that works on `connection`."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config
