"""The name that was probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

_COMPARED_MAX: Final = 2_000
_LENGTH_MAX: Final = 80


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is spelled most like `name`, or None when none is near: one letter in three may differ."""
    folded = name.casefold()
    if len(folded) > _LENGTH_MAX:
        return None
    best: tuple[int, str] | None = None
    for count, candidate in enumerate(sorted(set(known))):
        if count >= _COMPARED_MAX:
            break
        shorter = min(len(folded), len(candidate))
        limit = (0 if shorter < 3 else max(1, shorter // 3)) if best is None else best[0] - 1
        distance = _distance(folded, candidate.casefold(), limit)
        if distance is not None:
            best = distance, candidate
            if distance == 0:
                break
    return None if best is None else best[1]


def _distance(left: str, right: str, limit: int) -> int | None:
    """Return how many letters to add, drop, change or swap with the next; None when more than `limit`."""
    if abs(len(left) - len(right)) > limit:
        return None
    before: list[int] = []
    row = list(range(len(right) + 1))
    for index, letter in enumerate(left, 1):
        earlier, before = before, row
        row = [index]
        for other_index, other in enumerate(right, 1):
            cost = min(before[other_index] + 1, row[-1] + 1, before[other_index - 1] + (letter != other))
            if index > 1 and other_index > 1 and letter == right[other_index - 2] and left[index - 2] == other:
                cost = min(cost, earlier[other_index - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return None
    return row[-1] if row[-1] <= limit else None


def shown(name: str) -> str:
    """Return a name in quotes, cut when it is very long."""
    return repr(name if len(name) <= _LENGTH_MAX else name[:_LENGTH_MAX] + "…")


def suggest(name: str, known: Iterable[str], *, otherwise: str) -> str:
    """Return the remedy for a name that is not known."""
    if len(name) > _LENGTH_MAX:
        return otherwise
    names = set(known)
    meant = nearest(name, names)
    if meant is not None:
        return f"Did you mean {meant!r}?"
    parts = {part: known_name for known_name in names if " " in known_name for part in known_name.split(" ")}
    part = nearest(name, parts)
    if part is not None:
        return f"Did you mean {parts[part]!r}?"
    words = name.split(" ")
    for count in range(len(words) - 1, 0, -1):
        start = " ".join(words[:count])
        if start in names:
            return f"Is an operator missing after {start!r}?"
    return otherwise
