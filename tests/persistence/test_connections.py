"""Connections stay open between units of work, and nothing of one is left for the next."""

import threading
from contextlib import ExitStack

import pytest
import sqlalchemy as sa

from app.persistence.database import CONNECTIONS_MAX, POOL_SIZE, Database, engine_options, listen_sqlite
from app.persistence.prepared import Prepared
from app.persistence.tables.people import company

RENAME = sa.update(company).values(name="Renamed")
NAMES = Prepared(sa.select(company.c.name))


def connection_of(reading):
    return id(reading._driver.connection)


def test_a_connection_serves_one_after_the_other(system):
    with system.database.write() as work:
        first = connection_of(work)
        work.commit()
    with system.database.read() as reading:
        second = connection_of(reading)

    assert first == second


@pytest.mark.parametrize("is_prepared", [True, False])
def test_what_was_left_open_is_rolled_back(system, is_prepared):
    with system.database.write() as work:
        work.prepared_rows(Prepared(RENAME), {}) if is_prepared else work.execute(RENAME)

    with system.database.write() as work:
        assert "Renamed" not in {row.name for row in work.prepared_rows(NAMES, {})}


def test_each_has_a_connection_of_its_own(system):
    with system.database.write() as work, system.database.read() as reading:
        assert connection_of(work) != connection_of(reading)


def test_no_more_wait_than_the_pool_has_and_all_are_closed(system):
    with ExitStack() as many:
        taken = [many.enter_context(system.database.read()) for _ in range(POOL_SIZE + 4)]
        assert len({connection_of(each) for each in taken}) == POOL_SIZE + 4
    assert system.database.engine.pool.checkedout() == POOL_SIZE

    system.database.close()

    assert system.database.engine.pool.checkedout() == 0


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_is_its_one_connection(url):
    engine = sa.create_engine(url, **engine_options(url))
    listen_sqlite(engine)
    company.metadata.create_all(engine, [company.metadata.tables["environment"], company])
    database = Database(engine)
    for _ in range(2):
        with database.write() as work:
            assert work.prepared_rows(NAMES, {}) == []
            work.commit()

    with database.read() as reading:
        assert reading.prepared_rows(NAMES, {}) == []
    database.close()


def test_whoever_finds_all_taken_gets_the_first_that_is_given_back(system):
    found = []

    def read():
        with system.database.read() as reading:
            found.append(connection_of(reading))

    with ExitStack() as many:
        for _ in range(CONNECTIONS_MAX):
            many.enter_context(system.database.read())
        assert system.database.engine.pool.checkedout() == CONNECTIONS_MAX
        late = threading.Thread(target=read)
        late.start()
    late.join(10)

    assert len(found) == 1
