"""Identifiers that sort by birth, also within a millisecond."""

from collections.abc import Callable
from datetime import datetime
from threading import Lock

TICKS_PER_MILLISECOND = 4096
RANDOM_BITS = 62


def uuid7(ticks: int, randomness: int) -> str:
    """Return a UUID version 7 (RFC 9562, method 3): milliseconds and their fraction from `ticks`, then 62 random bits."""
    milliseconds, fraction = divmod(ticks, TICKS_PER_MILLISECOND)
    return write_uuid(milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0x2 << 62 | randomness & (1 << RANDOM_BITS) - 1)


def write_uuid(number: int) -> str:
    """Return the canonical text of a UUID; `uuid.UUID` takes four times as long, and an instance has some fifty."""
    digits = f"{number:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


class IdSource:
    """Makes identifiers of one process, each greater than the one before; safe for threads."""

    def __init__(self, clock: Callable[[], datetime], random_bits: Callable[[int], int]) -> None:
        self._clock = clock
        self._random_bits = random_bits
        self._last = 0
        self._lock = Lock()

    def __call__(self) -> str:
        """Return a fresh identifier: of this instant, or one tick after the last when the clock has not moved."""
        now = int(self._clock().timestamp() * 1000 * TICKS_PER_MILLISECOND)
        with self._lock:
            self._last = max(now, self._last + 1)
            ticks = self._last
        return uuid7(ticks, self._random_bits(RANDOM_BITS))
