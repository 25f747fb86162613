"""A database server that was restarted costs one polite answer, not a fault."""

import contextlib
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from app.domain.errors import DatabaseBusy
from app.operations.tasks.count_tasks import count_tasks
from app.persistence.prepared import Prepared
from app.persistence.tables.people import company
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


@pytest.mark.parametrize("is_prepared", [True, False])
def test_a_unit_of_work_that_lost_its_connection_does_not_go_on_with_another(system, caller, database_url, is_prepared):
    """Whoever swallows the error, as a service task may, would write outside of the transaction."""
    marc = caller("marc")
    with pytest.raises(DatabaseBusy), system.database.write() as work:
        work.insert(
            company,
            [
                {
                    "id": system.new_id(),
                    "environment_id": 1,
                    "key": "X1",
                    "name": "X1",
                    "base_currency": "EUR",
                    "created_at": datetime(2026, 11, 2, 8, 0, tzinfo=UTC),
                }
            ],
        )
        work.flush()
        end_other_connections(database_url)
        with contextlib.suppress(sa.exc.OperationalError):
            count(work, is_prepared=is_prepared)
        count(work, is_prepared=not is_prepared)
        work.commit()

    assert count_tasks(system, marc).body["open"] == 0
    with system.database.read() as reading:
        assert "X1" not in {each.key for each in reading.rows(sa.select(company.c.key))}


def count(work, *, is_prepared):
    statement = sa.select(sa.func.count()).select_from(company)
    return work.prepared_rows(Prepared(statement), {}) if is_prepared else work.rows(statement)
