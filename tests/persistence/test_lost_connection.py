"""A database server that was restarted costs one polite answer, not a fault."""

import pytest
import sqlalchemy as sa

from app.domain.errors import DatabaseBusy
from app.operations.tasks.count_tasks import count_tasks
from tests.conftest import SERVER_URL

pytestmark = pytest.mark.skipif(not SERVER_URL, reason="SQLite has no connections that can be lost")


def end_other_connections(url):
    """End every connection to the database, as a restart of the server does."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        connection.execute(
            sa.text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
        )
    engine.dispose()


def test_a_lost_connection_is_a_busy_database_and_then_forgotten(system, caller, database_url):
    marc = caller("marc")
    end_other_connections(database_url)

    with pytest.raises(DatabaseBusy):
        count_tasks(system, marc)

    assert count_tasks(system, marc).body["open"] == 0


def test_a_connection_lost_within_a_command_stores_nothing(system, caller, database_url):
    marc = caller("marc")
    with pytest.raises(DatabaseBusy), system.database.write() as work:
        work.rows(sa.text("SELECT 1"))
        end_other_connections(database_url)
        work.rows(sa.text("SELECT 1"))

    assert count_tasks(system, marc).body["open"] == 0
