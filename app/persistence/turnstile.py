"""Who of a process works with the database next.

Threads share one interpreter. When many work with the database at once, whoever has its answer waits for the interpreter behind those that
reckon, for up to five milliseconds each time, and keeps his locks and his connection meanwhile; and the server changes between as many
processes, each of which has to find its own memory again. One after the other is quicker for all, as long as nobody waits for anything but
the processor.
"""

from enum import IntEnum
from threading import local

from app.persistence.line import Line, Visit

PATIENCE_SECONDS = 0.05
COMMITS_A_LOOK = 64
WIDTHS = ((0.6, 1), (1.2, 2))
"""Up to how long the quickest commit of a look may take, in times of what its thread reckoned, for so many to be inside."""
WIDTH_MAX = 4


class Rank(IntEnum):
    """Who goes before whom: a reading, which is short; a unit of work for whose end somebody sits and waits; and any other."""

    READING = 0
    AWAITED = 1
    UNHURRIED = 2


class Turnstile:
    """Lets one thread in at a time, by rank.

    Who begins what others wait to see ended makes them wait for longer: when documents come in by the hundred, inboxes stay as quick as
    they are, and no longer than what is worked on.

    A processor that is slow or busy makes a thread reckon for longer, and its commits too. Where even the quickest of the last commits took
    long for what its thread had to reckon, it waited for a disk or a network: then more are let in, and work while one waits.
    """

    def __init__(self, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._line = Line(width=1, ranks=len(Rank), patience_seconds=patience_seconds)
        self._thread = _Thread()
        self._commits = 0
        self._quickest = 0.0

    def enter(self, rank: Rank) -> Visit | None:
        """Return one's turn when it has come; None for a thread that is inside already."""
        if self._thread.is_inside:
            return None
        visit = self._line.enter(rank)
        self._thread.is_inside = True
        return visit

    def leave(self, visit: Visit | None, *, commit_ratio: float | None = None) -> None:
        """Call the next one; `commit_ratio` is how long the commit of this unit of work took, in times of what its thread reckoned."""
        if commit_ratio is not None:
            self._look_at(commit_ratio)
        if visit is not None:
            self._thread.is_inside = False
            self._line.leave(visit)

    def _look_at(self, commit_ratio: float) -> None:
        self._quickest = min(self._quickest, commit_ratio) if self._commits else commit_ratio
        self._commits += 1
        if self._commits >= COMMITS_A_LOOK:
            self._line.width = next((width for ratio_max, width in WIDTHS if self._quickest <= ratio_max), WIDTH_MAX)
            self._commits = 0


class _Thread(local):
    """What the turnstile knows of each thread."""

    is_inside = False
