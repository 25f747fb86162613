"""A line: so many at a time, by rank, and nobody is held up for long."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.persistence.line import OVERDUE_SECONDS, Line

WAIT_SECONDS = 60


def await_that(is_so):
    give_up_at = time.monotonic() + WAIT_SECONDS
    while not is_so():
        assert time.monotonic() < give_up_at
        time.sleep(0.001)


def waiting_in(line):
    return sum(map(len, line._lines))


class Visitor:
    """A thread that goes in, notes its name, and stays until it is let go."""

    def __init__(self, line, name, noted, *, rank=0):
        self._line, self._name, self._noted, self._rank = line, name, noted, rank
        self.is_in, self._may_go = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._visit)

    def _visit(self):
        visit = self._line.enter(self._rank)
        self._noted.append(self._name)
        self.is_in.set()
        self._may_go.wait(WAIT_SECONDS)
        self._line.leave(visit)

    def come(self):
        """Start; return when it is inside or waits."""
        before = waiting_in(self._line)
        self._thread.start()
        await_that(lambda: self.is_in.is_set() or waiting_in(self._line) > before)
        return self

    def go(self):
        assert self.is_in.wait(WAIT_SECONDS)
        self._may_go.set()
        self._thread.join(WAIT_SECONDS)


@pytest.mark.parametrize("width", [1, 3])
def test_no_more_are_inside_than_may_be(width):
    line, lock, inside, counts = Line(width=width, ranks=2, patience_seconds=WAIT_SECONDS), threading.Lock(), set(), []

    def work(rank):
        for _ in range(50):
            visit = line.enter(rank)
            with lock:
                inside.add(visit)
                counts.append(len(inside))
            time.sleep(0.0001)
            with lock:
                inside.remove(visit)
            line.leave(visit)

    with ThreadPoolExecutor(max_workers=6) as threads:
        for done in [threads.submit(work, number % 2) for number in range(6)]:
            done.result()

    assert len(counts) == 300
    assert max(counts) == width
    assert not line._inside


def test_lower_ranks_go_first_and_each_in_order():
    line, noted = Line(width=1, ranks=3, patience_seconds=WAIT_SECONDS), []
    ranks = {"inside": 0, "last": 2, "middle": 1, "another middle": 1, "first": 0}
    visitors = {name: Visitor(line, name, noted, rank=rank).come() for name, rank in ranks.items()}
    assert noted == ["inside"]

    for name in ("inside", "first", "middle", "another middle", "last"):
        visitors[name].go()

    assert noted == ["inside", "first", "middle", "another middle", "last"]


def test_who_has_waited_for_too_long_goes_first():
    line, noted = Line(width=1, ranks=2, patience_seconds=WAIT_SECONDS), []
    visitors = {name: Visitor(line, name, noted, rank=rank).come() for name, rank in (("inside", 0), ("late", 1), ("quick", 0))}
    line._lines[1][0].came_at -= OVERDUE_SECONDS

    for name in ("inside", "late", "quick"):
        visitors[name].go()

    assert noted == ["inside", "late", "quick"]


def test_of_those_who_have_waited_for_too_long_the_first_goes_first_whatever_his_rank():
    line, noted = Line(width=1, ranks=2, patience_seconds=WAIT_SECONDS), []
    visitors = {name: Visitor(line, name, noted, rank=rank).come() for name, rank in (("inside", 0), ("earlier", 1), ("later", 0))}
    for waiting in line._lines:
        waiting[0].came_at -= 2 * OVERDUE_SECONDS

    for name in ("inside", "earlier", "later"):
        visitors[name].go()

    assert noted == ["inside", "earlier", "later"]


def test_who_takes_long_is_not_waited_for():
    line, noted = Line(width=1, ranks=1, patience_seconds=0.05), []
    slow, quick = (Visitor(line, name, noted).come() for name in ("slow", "quick"))
    assert quick.is_in.wait(WAIT_SECONDS)
    line._patience_seconds = WAIT_SECONDS
    third = Visitor(line, "third", noted).come()

    slow.go()
    assert noted == ["slow", "quick"], "whoever was not waited for calls nobody"
    quick.go()
    third.go()

    assert noted == ["slow", "quick", "third"]


def test_patience_is_with_those_who_are_inside_not_with_a_long_line():
    line, noted = Line(width=1, ranks=1, patience_seconds=WAIT_SECONDS), []
    inside = line.enter(0)
    waiting = Visitor(line, "waiting", noted).come()

    line._replace_the_slow()
    assert list(line._inside) == [inside]
    inside.entered_at -= WAIT_SECONDS
    line._replace_the_slow()

    waiting.go()
    line.leave(inside)
    assert not line._inside


def test_patience_with_somebody_begins_when_he_goes_in():
    line, noted = Line(width=1, ranks=1, patience_seconds=WAIT_SECONDS), []
    first, second = (Visitor(line, name, noted).come() for name in ("first", "second"))
    line._lines[0][0].came_at -= 2 * WAIT_SECONDS
    line._lines[0][0].entered_at -= 2 * WAIT_SECONDS
    first.go()
    assert second.is_in.wait(WAIT_SECONDS)
    third = Visitor(line, "third", noted).come()

    line._replace_the_slow()

    assert noted == ["first", "second"]
    second.go()
    third.go()


def test_a_line_that_becomes_wider_lets_more_in():
    line, noted = Line(width=1, ranks=1, patience_seconds=WAIT_SECONDS), []
    first = Visitor(line, "first", noted).come()
    waiting = [Visitor(line, name, noted).come() for name in ("second", "third", "fourth")]

    line.width = 2
    fifth = Visitor(line, "fifth", noted).come()
    assert noted == ["first"], "nobody overtakes those who wait"
    first.go()

    await_that(lambda: len(noted) == 3)
    assert waiting_in(line) == 2
    for each in (*waiting, fifth):
        each.go()


def test_all_get_in_though_patience_ends_while_they_are_called():
    line, got_in = Line(width=1, ranks=2, patience_seconds=0.0002), []

    def work(rank):
        for _ in range(200):
            visit = line.enter(rank)
            time.sleep(0.0001)
            got_in.append(visit)
            line.leave(visit)

    with ThreadPoolExecutor(max_workers=8) as threads:
        for done in [threads.submit(work, number % 2) for number in range(8)]:
            done.result()

    assert len(got_in) == 1_600
    assert not line._inside
    assert not waiting_in(line)
