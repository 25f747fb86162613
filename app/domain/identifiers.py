"""Identifiers that sort by birth, also within a millisecond."""

import os
from collections.abc import Callable
from datetime import datetime
from functools import partial
from struct import calcsize, unpack
from threading import Lock
from weakref import ref

TICKS_PER_SECOND = 4_096_000
RANDOM_BITS = 62
_RANDOM_MASK = (1 << RANDOM_BITS) - 1
_VARIANT = 0x2 << RANDOM_BITS
_DRAWN = "64Q"  # numbers of 64 bits


def uuid7(ticks: int, randomness: int) -> str:
    """Return a UUID version 7 (RFC 9562, method 3): twelve digits of milliseconds and three of their fraction, then 62 random bits.

    It is written digit by digit: `uuid.UUID` takes six times as long, and an instance has some fifty.
    """
    time, rest = f"{ticks:015x}", f"{_VARIANT | randomness & _RANDOM_MASK:016x}"
    return f"{time[:8]}-{time[8:12]}-7{time[12:]}-{rest[:4]}-{rest[4:]}"


class IdSource:
    """Makes identifiers of one process, each greater than the one before; safe for threads.

    Random bits are drawn for many identifiers at once, since asking the system for them takes as long as all the rest. A process that is
    forked draws its own.
    """

    def __init__(self, clock: Callable[[], datetime], random_bits: Callable[[int], int]) -> None:
        self._clock = clock
        self._random_bits = random_bits
        self._drawn: list[int] = []
        self._last = 0
        self._lock = Lock()
        os.register_at_fork(after_in_child=partial(_begin_anew, ref(self)))

    def __call__(self) -> str:
        """Return a fresh identifier: of this instant, or one tick after the last when the clock has not moved."""
        ticks = int(self._clock().timestamp() * TICKS_PER_SECOND)
        with self._lock:
            if ticks <= self._last:
                ticks = self._last + 1
            self._last = ticks
            if not self._drawn:
                self._drawn += unpack(_DRAWN, self._random_bits(8 * calcsize(_DRAWN)).to_bytes(calcsize(_DRAWN)))
            randomness = self._drawn.pop()
        return uuid7(ticks, randomness)

    def begin_anew(self) -> None:
        """Draw other random bits than the process that this one was forked from, one of whose threads may have held the lock."""
        self._drawn.clear()
        self._lock = Lock()


def _begin_anew(source: "ref[IdSource]") -> None:
    forked = source()
    if forked is not None:
        forked.begin_anew()
