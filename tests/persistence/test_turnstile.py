"""One thread of a process works with the database at a time, as long as nobody waits for anything but the processor."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from app.domain.errors import DatabaseBusy
from app.persistence.connections import Connections
from app.persistence.prepared import Prepared
from app.persistence.tables.people import company
from app.persistence.turnstile import COMMITS_A_LOOK, Commit, Rank, Turnstile
from tests.conftest import SERVER_URL
from tests.persistence.test_line import WAIT_SECONDS, await_that, waiting_in

NAMES = Prepared(sa.select(company.c.name))


@pytest.fixture
def turnstile():
    return Turnstile(patience_seconds=WAIT_SECONDS)


@pytest.fixture
def patient(system):
    """A system in which nobody is let in for who takes long."""
    system.database._turnstile._line._patience_seconds = WAIT_SECONDS
    return system


def test_who_is_inside_may_open_another(turnstile):
    outer = turnstile.enter(Rank.AWAITED)
    assert turnstile.enter(Rank.READING) is None
    turnstile.leave(None)
    with ThreadPoolExecutor(max_workers=1) as threads:
        other = threads.submit(turnstile.enter, Rank.AWAITED)
        await_that(lambda: waiting_in(turnstile._line))
        assert not other.done()

        turnstile.leave(outer)

        assert other.result(WAIT_SECONDS) is not None
    assert turnstile._line._inside


def commit_often(turnstile, seconds, *, times=COMMITS_A_LOOK, reckoned_seconds=0.001):
    for _ in range(times):
        turnstile.leave(turnstile.enter(Rank.AWAITED), commit=Commit(seconds, reckoned_seconds))


@pytest.mark.parametrize(("seconds", "width"), [(0.0006, 1), (0.0012, 2), (0.003, 4)])
def test_more_are_let_in_where_commits_wait_for_something_else_than_the_processor(turnstile, seconds, width):
    commit_often(turnstile, seconds)
    assert turnstile._line.width == width

    commit_often(turnstile, 0.0006)
    assert turnstile._line.width == 1


def test_commits_of_a_slow_processor_are_not_taken_for_those_of_a_slow_disk(turnstile):
    commit_often(turnstile, 0.003, reckoned_seconds=0.005)

    assert turnstile._line.width == 1


def test_the_quickest_commit_of_a_look_decides(turnstile):
    commit_often(turnstile, 0.0006, times=1)
    commit_often(turnstile, 0.003, times=COMMITS_A_LOOK - 1)
    assert turnstile._line.width == 1

    commit_often(turnstile, 0.003)
    assert turnstile._line.width == 4


def test_a_few_who_reckon_for_long_decide_nothing(turnstile):
    commit_often(turnstile, 0.003, times=4, reckoned_seconds=0.1)
    commit_often(turnstile, 0.003, times=COMMITS_A_LOOK - 4)

    assert turnstile._line.width == 4


def test_threads_that_leave_at_once_lose_no_commit_and_get_no_error(turnstile):
    with ThreadPoolExecutor(max_workers=8) as threads:
        for done in [threads.submit(lambda: [turnstile.leave(None, commit=Commit(0.003, 0.001)) for _ in range(1_000)]) for _ in range(8)]:
            done.result(WAIT_SECONDS)

    assert turnstile._line.width == 4
    assert not turnstile._commits


def test_units_of_work_and_readings_of_a_database_take_turns(patient):
    names = []

    def read():
        with patient.database.read() as reading:
            names.append(reading.prepared_rows(NAMES, {})[0].name)

    with ThreadPoolExecutor(max_workers=1) as threads:
        with patient.database.write() as work:
            reading = threads.submit(read)
            await_that(lambda: waiting_in(patient.database._turnstile._line))
            assert not names
            work.commit()
        reading.result(WAIT_SECONDS)

    assert len(names) == 1


def test_readings_go_before_units_of_work_and_those_before_unhurried_ones(patient):
    noted, database = [], patient.database

    def open_and_note(name, opened):
        with opened:
            noted.append(name)

    wanted = {"unhurried": database.write(unhurried=True), "awaited": database.write(), "reading": database.read()}
    with ThreadPoolExecutor(max_workers=len(wanted)) as threads, database.read():
        for number, (name, opened) in enumerate(wanted.items(), start=1):
            threads.submit(open_and_note, name, opened)
            await_that(lambda number=number: waiting_in(database._turnstile._line) == number)

    assert noted == ["reading", "awaited", "unhurried"]


@pytest.mark.skipif(not SERVER_URL, reason="a commit of SQLite does not wait for the disk")
def test_a_commit_tells_how_long_it_took(system):
    with system.database.write() as work:
        (row,) = work.prepared_rows(Prepared(sa.select(company.c.id).limit(1)), {})
        work.update(company, row.id, {"name": "Renamed"})
        work.commit()

    (commit,) = system.database._turnstile._commits
    assert commit.seconds > 0
    assert 0 < commit.reckoned_seconds < WAIT_SECONDS


def test_who_gets_no_connection_lets_the_next_one_in(system, monkeypatch):
    def refuse(*_arguments, **_options):
        raise sa.exc.OperationalError("connect", None, Exception("database is locked"))

    with monkeypatch.context() as patched:
        patched.setattr(Connections, "take", refuse)
        with pytest.raises(DatabaseBusy), system.database.read():
            pass

    assert not system.database._turnstile._line._inside
