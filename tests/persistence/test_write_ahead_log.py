"""The write-ahead log of SQLite is copied into the file now and then, and written from its beginning again, however many read and write."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.persistence.drivers import COMMITS_A_LOG
from app.persistence.prepared import Prepared
from app.persistence.tables.people import company
from app.persistence.write_queue import WriteQueue
from tests.conftest import SERVER_URL

pytestmark = pytest.mark.skipif(bool(SERVER_URL), reason="PostgreSQL keeps its own log")

NAMES = Prepared(sa.select(company.c.id, company.c.name))


@pytest.fixture
def other(system):
    """Give a connection of somebody else to the same file."""
    with closing(sqlite3.connect(system.database.engine.url.database, isolation_level=None, timeout=0)) as connection:
        yield connection


def write_often(system, number):
    """Change the name of a company in as many units of work; return the size of the log after them."""
    for each in range(number):
        with system.database.write() as work:
            work.update(company, work.prepared_rows(NAMES, {})[0].id, {"name": f"Name {each}"})
            work.commit()
    return Path(f"{system.database.engine.url.database}-wal").stat().st_size


def test_the_log_does_not_grow_with_what_is_written(system):
    after_few = write_often(system, 2 * COMMITS_A_LOG)

    assert write_often(system, 6 * COMMITS_A_LOG) <= after_few


def test_the_log_begins_anew_though_somebody_always_reads(system):
    after_few = write_often(system, 2 * COMMITS_A_LOG)
    with system.database.read() as reading:
        for _ in range(6):
            reading.prepared_rows(NAMES, {})
            after_many = write_often(system, COMMITS_A_LOG)

    assert after_many <= after_few


def test_who_reads_what_is_old_holds_nobody_up(system, other):
    other.execute("BEGIN")
    (before,) = other.execute("SELECT min(name) FROM company").fetchone()

    write_often(system, 3 * COMMITS_A_LOG)

    assert other.execute("SELECT min(name) FROM company").fetchone() == (before,)
    other.execute("COMMIT")
    afterwards = write_often(system, COMMITS_A_LOG)
    assert write_often(system, 4 * COMMITS_A_LOG) == afterwards


def test_what_is_rolled_back_does_not_put_it_off(system):
    after_few = write_often(system, 2 * COMMITS_A_LOG)
    for _ in range(4 * COMMITS_A_LOG):
        with system.database.write() as work:
            work.execute(sa.update(company).values(name="Nothing of this"))
        after_many = write_often(system, 1)

    assert after_many <= after_few


def test_nobody_stands_in_line_who_sees_what_is_old(system, other, monkeypatch):
    """Else whoever is alone, and wants to begin the log anew, would wait for somebody who waits for him."""
    stood, is_held_up = WriteQueue.turn, []

    def turn(queue):
        (busy, *_) = other.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()
        is_held_up.append(bool(busy))
        return stood(queue)

    def look_then_write():
        with system.database.write() as work:
            seen = work.prepared_rows(NAMES, {})
            write_often(system, 1)
            work.update(company, seen[-1].id, {"name": "Another name"})
            work.commit()

    write_often(system, 1)
    monkeypatch.setattr(WriteQueue, "turn", turn)
    system.database.attempt(look_then_write, looks_first=True)

    assert is_held_up == [True, False], "by him while he looks; by nobody when it is his turn"


def test_a_log_that_cannot_begin_anew_undoes_no_commit(system, monkeypatch):
    monkeypatch.setattr("app.persistence.drivers.READERS_MILLISECONDS_MAX", "no number; SELECT")

    write_often(system, COMMITS_A_LOG)

    with system.database.read() as reading:
        assert f"Name {COMMITS_A_LOG - 1}" in {row.name for row in reading.prepared_rows(NAMES, {})}
