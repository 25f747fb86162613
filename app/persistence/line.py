"""Standing in line: so many at a time go in, and everybody who waits has a rank."""

from collections import deque
from threading import Lock
from time import monotonic

OVERDUE_SECONDS = 1.0


class Visit:
    """The turn of one thread; `called` is locked while it waits."""

    __slots__ = ("called", "came_at", "entered_at")

    def __init__(self) -> None:
        self.called = Lock()
        self.came_at = self.entered_at = monotonic()


class Line:
    """Lets at most `width` threads in at a time: of those who wait the first of the lowest rank.

    Nobody is held up for long. Who has waited for OVERDUE_SECONDS has no rank any more: of those, whoever came first goes first. And when all
    who are inside take longer than the patience, the one who has been there longest is not counted any more: the next goes in for him.
    """

    def __init__(self, *, width: int, ranks: int, patience_seconds: float) -> None:
        self.width = width
        self._patience_seconds = patience_seconds
        self._lock = Lock()
        self._inside: dict[Visit, None] = {}
        self._lines: tuple[deque[Visit], ...] = tuple(deque() for _ in range(ranks))

    def enter(self, rank: int) -> Visit:
        """Return one's turn when it has come."""
        visit = Visit()
        with self._lock:
            if len(self._inside) < self.width and not any(self._lines):
                self._inside[visit] = None
                return visit
            visit.called.acquire()
            self._lines[rank].append(visit)
        while not visit.called.acquire(timeout=self._patience_seconds):
            self._replace_the_slow()
        return visit

    def leave(self, visit: Visit) -> None:
        """Call those who may go in now."""
        with self._lock:
            if visit in self._inside:
                del self._inside[visit]
                self._call()

    def _replace_the_slow(self) -> None:
        """Let the next in for who has been inside for longer than the patience, if anybody has."""
        with self._lock:
            longest = next(iter(self._inside), None)
            if longest is not None and longest.entered_at + self._patience_seconds <= monotonic():
                del self._inside[longest]
            self._call()

    def _call(self) -> None:
        now = monotonic()
        while len(self._inside) < self.width and (line := self._line_of_the_next(now)):
            visit = line.popleft()
            visit.entered_at = now
            self._inside[visit] = None
            visit.called.release()

    def _line_of_the_next(self, now: float) -> deque[Visit] | None:
        waiting = [line for line in self._lines if line]
        overdue = [line for line in waiting if line[0].came_at + OVERDUE_SECONDS <= now]
        return min(overdue, key=lambda line: line[0].came_at) if overdue else next(iter(waiting), None)
