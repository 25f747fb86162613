"""One thread of a process works with the database at a time, and nobody is held up by it for long."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from app.domain.errors import DatabaseBusy
from app.persistence.connections import Connections
from app.persistence.prepared import Prepared
from app.persistence.tables.people import company
from app.persistence.turnstile import COMMITS_A_LOOK, QUICK_SECONDS, Turnstile
from tests.conftest import SERVER_URL

WAIT_SECONDS = 60
NAMES = Prepared(sa.select(company.c.name))


@pytest.fixture
def turnstile():
    return Turnstile(patience_seconds=WAIT_SECONDS)


def waiting_in(turnstile):
    return len(turnstile._readings) + len(turnstile._units)


def await_that(is_so):
    give_up_at = time.monotonic() + WAIT_SECONDS
    while not is_so():
        assert time.monotonic() < give_up_at
        time.sleep(0.001)


class Visitor:
    """A thread that goes in, notes its name, and stays until it is let go."""

    def __init__(self, turnstile, name, noted, *, is_unit=True):
        self._turnstile, self._name, self._noted, self._is_unit = turnstile, name, noted, is_unit
        self.is_in, self._may_go = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._visit)

    def _visit(self):
        visit = self._turnstile.enter(is_unit=self._is_unit)
        self._noted.append(self._name)
        self.is_in.set()
        self._may_go.wait(WAIT_SECONDS)
        self._turnstile.leave(visit)

    def come(self):
        """Start; return when it is inside or waits."""
        before = waiting_in(self._turnstile)
        self._thread.start()
        await_that(lambda: self.is_in.is_set() or waiting_in(self._turnstile) > before)
        return self

    def go(self):
        self._may_go.set()
        self._thread.join(WAIT_SECONDS)


def test_threads_are_inside_one_after_the_other(turnstile):
    inside, most = [], []

    def work():
        for _ in range(50):
            visit = turnstile.enter(is_unit=True)
            inside.append(visit)
            most.append(len(inside))
            inside.remove(visit)
            turnstile.leave(visit)

    with ThreadPoolExecutor(max_workers=6) as threads:
        for done in [threads.submit(work) for _ in range(6)]:
            done.result()

    assert len(most) == 300
    assert max(most) == 1


def test_readings_go_first_and_each_in_order(turnstile):
    noted = []
    names = ["first", "unit", "another unit", "reading", "another reading"]
    visitors = [Visitor(turnstile, name, noted, is_unit="reading" not in name).come() for name in names]
    assert noted == ["first"]

    for name in ["first", "reading", "another reading", "unit", "another unit"]:
        visitors[names.index(name)].is_in.wait(WAIT_SECONDS)
        visitors[names.index(name)].go()

    assert noted == ["first", "reading", "another reading", "unit", "another unit"]


def test_who_is_inside_may_open_another(turnstile):
    outer = turnstile.enter(is_unit=True)
    assert turnstile.enter(is_unit=False) is None
    turnstile.leave(None)
    noted = []
    other = Visitor(turnstile, "other", noted).come()
    assert not noted

    turnstile.leave(outer)

    other.is_in.wait(WAIT_SECONDS)
    other.go()
    assert noted == ["other"]


def test_who_takes_long_is_not_waited_for():
    turnstile, noted = Turnstile(patience_seconds=0.05), []
    slow = Visitor(turnstile, "slow", noted).come()
    quick = Visitor(turnstile, "quick", noted).come()
    assert quick.is_in.wait(WAIT_SECONDS)
    turnstile._patience_seconds = WAIT_SECONDS
    third = Visitor(turnstile, "third", noted).come()

    slow.go()
    assert noted == ["slow", "quick"], "whoever was not waited for calls nobody"
    quick.go()

    assert third.is_in.wait(WAIT_SECONDS)
    third.go()


def test_all_get_in_though_patience_ends_while_they_are_called():
    turnstile, got_in = Turnstile(patience_seconds=0.0002), []

    def work():
        for _ in range(200):
            visit = turnstile.enter(is_unit=True)
            time.sleep(0.0001)
            got_in.append(visit)
            turnstile.leave(visit)

    with ThreadPoolExecutor(max_workers=8) as threads:
        for done in [threads.submit(work) for _ in range(8)]:
            done.result()

    assert len(got_in) == 1_600
    assert turnstile._inside is None
    assert not waiting_in(turnstile)


def test_who_was_not_waited_for_is_still_inside():
    turnstile, noted = Turnstile(patience_seconds=0.05), []
    slow = turnstile.enter(is_unit=True)
    quick = Visitor(turnstile, "quick", noted).come()
    quick.is_in.wait(WAIT_SECONDS)
    turnstile._patience_seconds = WAIT_SECONDS

    assert turnstile.enter(is_unit=False) is None

    turnstile.leave(slow)
    quick.go()


def commit_often(turnstile, seconds):
    for _ in range(COMMITS_A_LOOK):
        turnstile.leave(turnstile.enter(is_unit=True), commit_seconds=seconds)


def is_open(turnstile):
    visit = turnstile.enter(is_unit=False)
    turnstile.leave(visit)
    return visit is None


def test_it_stands_open_as_long_as_even_the_quickest_commit_takes_long(turnstile):
    commit_often(turnstile, 3 * QUICK_SECONDS)
    assert is_open(turnstile)

    turnstile.leave(None, commit_seconds=QUICK_SECONDS / 2)
    commit_often(turnstile, 3 * QUICK_SECONDS)
    assert not is_open(turnstile)

    commit_often(turnstile, 3 * QUICK_SECONDS)
    assert is_open(turnstile)


def test_units_of_work_and_readings_of_a_database_take_turns(system):
    names = []

    def read():
        with system.database.read() as reading:
            names.append(reading.prepared_rows(NAMES, {})[0].name)

    system.database._turnstile._patience_seconds = WAIT_SECONDS
    with ThreadPoolExecutor(max_workers=1) as threads:
        with system.database.write() as work:
            reading = threads.submit(read)
            await_that(lambda: waiting_in(system.database._turnstile))
            assert not names
            work.commit()
        reading.result(WAIT_SECONDS)

    assert len(names) == 1


@pytest.mark.skipif(not SERVER_URL, reason="a commit of SQLite does not wait for the disk")
def test_a_commit_tells_how_long_it_took(system):
    with system.database.write() as work:
        (row,) = work.prepared_rows(Prepared(sa.select(company.c.id).limit(1)), {})
        work.update(company, row.id, {"name": "Renamed"})
        work.commit()

    assert system.database._turnstile._commits == 1


def test_who_gets_no_connection_lets_the_next_one_in(system, monkeypatch):
    def refuse(*_arguments, **_options):
        raise sa.exc.OperationalError("connect", None, Exception("database is locked"))

    with monkeypatch.context() as patched:
        patched.setattr(Connections, "take", refuse)
        with pytest.raises(DatabaseBusy), system.database.read():
            pass

    assert system.database._turnstile._inside is None
