"""Identifiers that sort by birth, also within a millisecond."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from struct import iter_unpack
from threading import Lock
from weakref import ref

TICKS_PER_MILLISECOND = 4096
DRAWN_AT_ONCE = 64
_RANDOM_BITS = int("3fffffffffffffff" * DRAWN_AT_ONCE, 16)
_VARIANT = int("8000000000000000" * DRAWN_AT_ONCE, 16)
_THIRTEEN_DIGITS = 1 << 48
_FRACTIONS = [f"{fraction:03x}-" for fraction in range(TICKS_PER_MILLISECOND)]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def write_millisecond(milliseconds: int) -> str:
    """Return what identifiers of this millisecond begin with: its twelve digits, and the version."""
    digits = hex(milliseconds + _THIRTEEN_DIGITS)
    return f"{digits[3:11]}-{digits[11:]}-7"


def write_randomness(bits: int) -> list[str]:
    """Return the second halves of DRAWN_AT_ONCE identifiers: of each 64 bits the last 62, behind the variant."""
    halves = (bits & _RANDOM_BITS | _VARIANT).to_bytes(8 * DRAWN_AT_ONCE)
    return [half.hex("-", 6) for (half,) in iter_unpack("8s", halves)]


def nanoseconds_of(moment: datetime) -> int:
    """Return an instant as `time.time_ns` tells it."""
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1000


class IdSource:
    """Makes identifiers of one process, each greater than the one before; safe for threads.

    An identifier is a UUID version 7 (RFC 9562, method 3): twelve digits of milliseconds and three of their fraction, then random bits. A
    turn takes some twenty in a millisecond or two, and `uuid.UUID` takes many times as long: the millisecond is written once, and random
    bits are drawn for many at once, since asking the system for them takes as long as all the rest. A process that is forked draws its own.
    """

    def __init__(self, nanoseconds: Callable[[], int], random_bits: Callable[[int], int]) -> None:
        self._nanoseconds = nanoseconds
        self._random_bits = random_bits
        self._drawn: list[str] = []
        self._last = 0
        self._millisecond = -1
        self._begin = ""
        self._lock = Lock()
        os.register_at_fork(after_in_child=partial(_begin_anew, ref(self)))

    def __call__(self) -> str:
        """Return a fresh identifier: of this instant, or one tick after the last when no time has passed."""
        ticks = self._nanoseconds() * TICKS_PER_MILLISECOND // 1_000_000
        with self._lock:
            if ticks <= self._last:
                ticks = self._last + 1
            self._last = ticks
            if ticks >> 12 != self._millisecond:
                self._begin = write_millisecond(ticks >> 12)
                self._millisecond = ticks >> 12
            if not self._drawn:
                self._drawn += write_randomness(self._random_bits(64 * DRAWN_AT_ONCE))
            return f"{self._begin}{_FRACTIONS[ticks & 4095]}{self._drawn.pop()}"

    def begin_anew(self) -> None:
        """Draw other random bits than the process that this one was forked from, one of whose threads may have held the lock."""
        self._drawn.clear()
        self._lock = Lock()


def _begin_anew(source: "ref[IdSource]") -> None:
    forked = source()
    if forked is not None:
        forked.begin_anew()
