"""An index over one input column: which rows may match a value, found by search instead of one test a row."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from app.formats.dmn_cells import Piece, Region

_CLASSES: Final[Mapping[str, type]] = {"number": Decimal, "string": str, "boolean": bool, "date": dt.date}


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """The values of one kind, cut at every end of a piece: places 0, 2, 4 … are the gaps between the points, 1, 3, 5 … the points."""

    points: Sequence[Any]
    places: Mapping[Any, int]

    @classmethod
    def of(cls, regions: Sequence[Region], key: Callable[[Any], Any]) -> Axis:
        """Return the axis of these regions; `key` makes of an end what sorts as FEEL does."""
        ends = {key(end) for region in regions for piece in region.pieces for end in (piece.low, piece.high) if end is not None}
        points = sorted(ends)
        return cls(points=points, places={point: 2 * position + 1 for position, point in enumerate(points)})

    @property
    def size(self) -> int:
        """How many places there are."""
        return 2 * len(self.points) + 1

    def spans(self, region: Region, key: Callable[[Any], Any]) -> list[tuple[int, int]]:
        """Return the places that a region covers, as sorted spans that do not touch; ends are included."""
        found = sorted(span for span in (self._span(piece, key) for piece in region.pieces) if span[0] <= span[1])
        merged: list[tuple[int, int]] = []
        for first, last in found:
            if merged and first <= merged[-1][1] + 1:
                merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
            else:
                merged.append((first, last))
        return self._invert(merged) if region.negated else merged

    def _span(self, piece: Piece, key: Callable[[Any], Any]) -> tuple[int, int]:
        first = 0 if piece.low is None else self.places[key(piece.low)] + (not piece.with_low)
        last = self.size - 1 if piece.high is None else self.places[key(piece.high)] - (not piece.with_high)
        return first, last

    def _invert(self, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        inverted: list[tuple[int, int]] = []
        start = 0
        for first, last in spans:
            if start < first:
                inverted.append((start, first - 1))
            start = last + 1
        if start < self.size:
            inverted.append((start, self.size - 1))
        return inverted

    def masks(self, spans: Sequence[Sequence[tuple[int, int]] | None], *, extra: int = 0) -> list[int]:
        """Return for each place the set of rows that cover it, as bits; a row that has None for spans covers every place.

        Args:
            spans: for each row the places that it covers.
            extra: how many places the caller has after those of the axis.
        """
        changes = [0] * (self.size + extra + 1)
        always = 0
        for row, covered in enumerate(spans):
            bit = 1 << row
            if covered is None:
                always |= bit
                continue
            for first, last in covered:
                changes[first] ^= bit
                changes[last + 1] ^= bit
        masks: list[int] = []
        current = always
        for change in changes[:-1]:
            current ^= change
            masks.append(current)
        return masks


class ColumnIndex:
    """Finds the rows whose cell in one column may accept a value of the column's kind."""

    __slots__ = ("_by_value", "_masks", "_other", "_points", "kind", "unsure")

    def __init__(self, kind: type, axis: Axis, masks: Sequence[int], unsure: int) -> None:
        self.kind = kind
        self.unsure = unsure
        self._points = axis.points
        self._masks = masks
        # Texts and truth values that are only compared for equality are found by one look.
        self._by_value: dict[Any, int] | None = None
        self._other = masks[0]
        if kind in (str, bool) and all(mask == masks[0] for mask in masks[::2]):
            self._by_value = {point: masks[2 * position + 1] for position, point in enumerate(axis.points)}

    def find(self, value: Any) -> int:
        """Return the rows that may match, as bits; those in `unsure` must be tested."""
        if self._by_value is not None:
            return self._by_value.get(value, self._other)
        position = bisect_left(self._points, value)
        if position < len(self._points) and self._points[position] == value:
            return self._masks[2 * position + 1]
        return self._masks[2 * position]


def index_column(regions: Sequence[Region | None]) -> ColumnIndex | None:
    """Return the index of a column by its cells, None where it has none: no plain cells, or cells of several kinds."""
    kinds = {region.kind for region in regions if region is not None and region.kind}
    kind = _CLASSES.get(kinds.pop()) if len(kinds) == 1 else None
    ends = [end for region in regions if region is not None for piece in region.pieces for end in (piece.low, piece.high)]
    if kind is None or any(end is not None and end.__class__ is not kind for end in ends):
        return None
    axis = Axis.of([region for region in regions if region is not None], _itself)
    spans = [None if region is None else axis.spans(region, _itself) for region in regions]
    unsure = sum(1 << row for row, region in enumerate(regions) if region is None)
    return ColumnIndex(kind, axis, axis.masks(spans), unsure)


def _itself(value: Any) -> Any:
    return value
