"""Identifiers that sort by birth."""

import uuid
from datetime import datetime


def uuid7(now: datetime, randomness: bytes) -> str:
    """Return a UUID version 7 (RFC 9562): 48 bits of milliseconds, then 74 of the 80 random bits given."""
    milliseconds = int(now.timestamp() * 1000)
    number = milliseconds << 80 | int.from_bytes(randomness[:10], "big")
    number = number & ~(0xF << 76) | 0x7 << 76
    number = number & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=number))
