"""Who of a process works with the database next.

Threads share one interpreter. When many work with the database at once, whoever has its answer waits for the interpreter behind those that
reckon, for up to five milliseconds each time, and keeps his locks and his connection meanwhile; and the server changes between as many
processes, each of which has to find its own memory again. One after the other is quicker for all, as long as the database is.
"""

from collections import deque
from threading import Lock, get_ident

PATIENCE_SECONDS = 0.05
QUICK_SECONDS = 0.0015
COMMITS_A_LOOK = 64


class Visit:
    """The turn of one thread; `called` is locked until it comes."""

    __slots__ = ("called", "thread")

    def __init__(self, thread: int) -> None:
        self.thread = thread
        self.called = Lock()


class Turnstile:
    """Lets one thread in at a time, for a unit of work or a reading; readings, which are short, go first.

    Two things keep it from holding anybody up. Who is inside for longer than the patience of the next is not waited for any more. And where
    even the quickest of the last commits took long, which is then the disk or the network and not the processor, it stands open, and
    others work while one waits.
    """

    def __init__(self, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._patience_seconds = patience_seconds
        self._lock = Lock()
        self._inside: Visit | None = None
        self._threads: set[int] = set()
        self._readings: deque[Visit] = deque()
        self._units: deque[Visit] = deque()
        self._is_open = False
        self._commits = 0
        self._quickest = 0.0

    def enter(self, *, is_unit: bool) -> Visit | None:
        """Return one's turn when it has come; None where there is nothing to wait for: it stands open, or one is inside already."""
        thread = get_ident()
        line = self._units if is_unit else self._readings
        with self._lock:
            if self._is_open or thread in self._threads:
                return None
            visit = Visit(thread)
            if self._inside is None:
                self._inside = visit
                self._threads.add(thread)
                return visit
            visit.called.acquire()
            line.append(visit)
        visit.called.acquire(timeout=self._patience_seconds)
        with self._lock:
            self._threads.add(thread)
            if visit in line:  # nobody has called him, not even just now
                line.remove(visit)
                self._inside = visit
        return visit

    def leave(self, visit: Visit | None, *, commit_seconds: float | None = None) -> None:
        """Call the next one; `commit_seconds` is what the commit of this unit of work has taken, if the database can tell."""
        with self._lock:
            if commit_seconds is not None:
                self._look_at(commit_seconds)
            if visit is None:
                return
            self._threads.discard(visit.thread)
            if self._inside is not visit:
                return
            line = self._readings or self._units
            self._inside = line.popleft() if line else None
            if self._inside is not None:
                self._inside.called.release()

    def _look_at(self, commit_seconds: float) -> None:
        self._quickest = min(self._quickest, commit_seconds) if self._commits else commit_seconds
        self._commits += 1
        if self._commits == COMMITS_A_LOOK:
            self._is_open = self._quickest > QUICK_SECONDS
            self._commits = 0
