"""Who of a process works with the database next.

Threads share one interpreter. When many work with the database at once, whoever has its answer waits for the interpreter behind those that
reckon, for up to five milliseconds each time, and keeps his locks and his connection meanwhile; and the server changes between as many
processes, each of which has to find its own memory again. One after the other is quicker for all, as long as nobody waits for anything but
the processor.
"""

from enum import IntEnum
from statistics import median
from threading import Lock, local
from typing import NamedTuple

from app.persistence.line import Line, Visit

PATIENCE_SECONDS = 0.05
COMMITS_A_LOOK = 64
WIDTHS = ((0.8, 1), (1.5, 2))
"""Up to how long the quickest commit of a look may take, in times of what half of its threads reckoned, for so many to be inside."""
WIDTH_MAX = 4


class Rank(IntEnum):
    """Who goes before whom: a reading, which is short; a unit of work for whose end somebody sits and waits; and any other."""

    READING = 0
    AWAITED = 1
    UNHURRIED = 2


class Commit(NamedTuple):
    """How long the database took to write and commit a unit of work, and how long its thread reckoned for it, on the processor."""

    seconds: float
    reckoned_seconds: float


class Turnstile:
    """Lets one thread in at a time, by rank.

    Who begins what others wait to see ended makes them wait for longer: while documents come in, inboxes stay as quick as they are, and no
    longer than what is worked on.

    Where even the quickest of the last commits took long, it waited for a disk or a network: then more are let in, and work while one waits.
    What long is depends on the processor, so it is measured by what threads reckon for such a commit.
    """

    def __init__(self, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._line = Line(width=1, ranks=len(Rank), patience_seconds=patience_seconds)
        self._thread = _Thread()
        self._lock = Lock()
        self._commits: list[Commit] = []

    def enter(self, rank: Rank) -> Visit | None:
        """Return one's turn when it has come; None for a thread that is inside already. The same thread leaves."""
        if self._thread.is_inside:
            return None
        visit = self._line.enter(rank)
        self._thread.is_inside = True
        return visit

    def leave(self, visit: Visit | None, *, commit: Commit | None = None) -> None:
        """Call the next one; `commit` is that of this unit of work, if it had one that tells anything."""
        if commit is not None:
            self._look_at(commit)
        if visit is not None:
            self._thread.is_inside = False
            self._line.leave(visit)

    def _look_at(self, commit: Commit) -> None:
        with self._lock:
            self._commits.append(commit)
            if len(self._commits) < COMMITS_A_LOOK:
                return
            looked_at, self._commits = self._commits, []
        ratio = min(each.seconds for each in looked_at) / median(each.reckoned_seconds for each in looked_at)
        self._line.width = next((width for ratio_max, width in WIDTHS if ratio <= ratio_max), WIDTH_MAX)


class _Thread(local):
    """What the turnstile knows of each thread."""

    is_inside = False
