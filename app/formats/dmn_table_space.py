"""The space of a decision table's inputs: each axis cut where a cell begins or ends, and the rows that cover each place of it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from app.feel.lexer import quote
from app.feel.values import DateTime, DaysTimeDuration, Time, YearsMonthsDuration
from app.feel.writer import write_value
from app.feel.zones import instant_seconds, wall_seconds
from app.formats.dmn_cells import EVERYTHING, Cell, Piece, Region, read_region
from app.formats.dmn_index import Axis
from app.formats.dmn_table import DecisionTable, Input

_DAY_SECONDS: Final = 86_400
_COUNTED: Final = re.compile(r"(?:count|string length)\s*\(.*\)", re.DOTALL)
_COUNTS: Final = Region("number", (Piece(Decimal(0), None, with_high=False),))
_BOOLEAN: Final = Region("boolean", (Piece(False, False), Piece(True, True)))  # noqa: FBT003 - values, not flags


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One axis: an input expression with all its cells.

    Attributes:
        label: how messages call it.
        kind: of its values, "" when nothing tells it.
        points: the values at which it is cut, in order.
        live: the places that have a value that is allowed; `with_null` adds the one of null.
        sure: for each place the rows that cover it for certain, as bits; `likely` adds those whose cell is not plain to see.
        spans: for each row the places that its cell covers, None for one that is not plain to see.
    """

    label: str
    kind: str
    points: Sequence[Any]
    live: Sequence[int]
    with_null: Sequence[int]
    sure: Sequence[int]
    likely: Sequence[int]
    spans: Sequence[Sequence[tuple[int, int]] | None]

    def show(self, place: int) -> str:
        """Return an example of a value at a place, as FEEL writes it."""
        if place == self.with_null[-1]:
            return "null"
        if not self.points:
            return "any value"
        return _sample(self.kind, self.points, place)

    @property
    def is_decided(self) -> bool:
        """Whether every cell is plain to see."""
        return all(span is not None for span in self.spans)


def read_columns(table: DecisionTable) -> list[Column]:
    """Return the axes of a table; columns with the same expression are one axis, on which a row must satisfy all its cells."""
    by_text: dict[str, list[int]] = {}
    for position, column in enumerate(table.inputs):
        by_text.setdefault(column.text, []).append(position)
    return [_read_column(table, positions) for positions in by_text.values()]


def _read_column(table: DecisionTable, positions: Sequence[int]) -> Column:
    first = table.inputs[positions[0]]
    cells = [[_region_of(rule.cells[position]) for position in positions] for rule in table.rules]
    domain = _read_domain([table.inputs[position] for position in positions])
    regions = [region for row in cells for region in row if region is not None]
    kinds = {region.kind for region in (*regions, *domain) if region.kind}
    kind = kinds.pop() if len(kinds) == 1 else ""
    kind, key = _key_of(kind, [*regions, *domain])
    if kind == "number" and _COUNTED.fullmatch(first.text):
        kind = "count"
    if key is None or kinds:
        # Cells of several kinds have no common axis: only dashes are certain.
        cells = [[region if region is not None and region.is_everything else None for region in row] for row in cells]
        regions, domain, kind, key = [], [], "", _itself
    axis = Axis.of([*regions, *domain, *([_BOOLEAN] if kind == "boolean" else [])], key)
    null_place = axis.size
    rows = [_cover(axis, row, key) for row in cells]
    allowed = _intersect([axis.spans(region, key) for region in domain]) if domain else [(0, axis.size - 1)]
    live = [place for first_place, last in allowed for place in range(first_place, last + 1) if _has_value(kind, axis.points, place)]
    dead = set(range(axis.size)).difference(live)
    sure = axis.masks([[] if row is None else row for row in rows], extra=1)
    sure = [0 if place in dead else mask for place, mask in enumerate(sure)]
    likely = sure
    if None in rows:
        likely = [0 if place in dead else mask for place, mask in enumerate(axis.masks(rows, extra=1))]
    return Column(
        label=first.label,
        kind=kind,
        points=axis.points,
        live=live,
        with_null=[*live, null_place],
        sure=sure,
        likely=likely,
        spans=rows,
    )


def _cover(axis: Axis, regions: Sequence[Region | None], key: Callable[[Any], Any]) -> list[tuple[int, int]] | None:
    """Return the places that all cells of a row cover; the place after the last is that of null."""
    plain = [region for region in regions if region is not None]
    if len(plain) < len(regions):
        return None
    spans = _intersect([axis.spans(region, key) for region in plain])
    return [*spans, (axis.size, axis.size)] if all(region.accepts_null for region in plain) else spans


def _region_of(cell: Cell | None) -> Region | None:
    return None if cell is None else cell.region


def _read_domain(columns: Sequence[Input]) -> list[Region]:
    """Return the values that the columns allow, by their input values and by their type."""
    found: list[Region] = []
    for column in columns:
        if column.allowed is not None and column.allowed.region is not None:
            found.append(column.allowed.region)
        for tests in column.kind.tests:
            region = read_region(tests.tree)
            if region is not None:
                found.append(region)
        if column.kind.feel.kind == "boolean":
            found.append(_BOOLEAN)
        if _COUNTED.fullmatch(column.text):
            found.append(_COUNTS)
    return [region for region in found if region is not EVERYTHING]


def _intersect(rows: Sequence[Sequence[tuple[int, int]]]) -> list[tuple[int, int]]:
    """Return the places that are in every list of spans."""
    result = list(rows[0])
    for other in rows[1:]:
        result = [(max(a, c), min(b, d)) for a, b in result for c, d in other if max(a, c) <= min(b, d)]
    return result


def _itself(value: Any) -> Any:
    return value


def _key_of(kind: str, regions: Sequence[Region]) -> tuple[str, Callable[[Any], Any] | None]:
    """Return the kind ("instant" for moments of a zone) and what makes its values sort as FEEL does; None when they have no common order."""
    if kind not in ("time", "date and time"):
        return kind, _KEYS.get(kind)
    ends = [end for region in regions for piece in region.pieces for end in (piece.low, piece.high) if end is not None]
    zoned = {(end if isinstance(end, Time) else end.time).zoned for end in ends}
    if len(zoned) > 1 or (kind == "time" and True in zoned):
        return kind, None
    if kind == "time":
        return kind, lambda value: value.seconds
    return ("instant", instant_seconds) if True in zoned else (kind, wall_seconds)


_KEYS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "": _itself,
    "number": _itself,
    "string": _itself,
    "boolean": _itself,
    "date": lambda value: dt.date(value.year, value.month, value.day).toordinal() if 1 <= value.year <= 9999 else value.year * 366,
    "days and time duration": lambda value: value.seconds,
    "years and months duration": lambda value: value.months,
}


def _has_value(kind: str, points: Sequence[Any], place: int) -> bool:
    """Return whether there is any value at a place: between two days that follow each other there is none."""
    if place % 2 or not points:
        return True
    position = place // 2
    if kind == "boolean":
        return False
    if kind in ("date", "years and months duration"):
        return position in (0, len(points)) or points[position] - points[position - 1] > 1
    if kind == "count":
        return position == len(points) or (position > 0 and (points[position - 1] // 1) + 1 < points[position])
    if kind == "string":
        return position != 0 or points[0] != ""
    if kind == "time":
        return not (position == 0 and points[0] == 0)
    return True


def _sample(kind: str, points: Sequence[Any], place: int) -> str:
    position = place // 2
    if place % 2:
        return _write(kind, points[position])
    below = points[position - 1] if position else None
    above = points[position] if position < len(points) else None
    if kind == "string":
        return _sample_text(points, below)
    return _write(kind, _between(kind, below, above))


def _sample_text(points: Sequence[str], below: str | None) -> str:
    """Return a text between two others; where there is room, one that says what it is."""
    if below is None:
        return quote("") if "" not in points else quote("another text")
    return quote(f"{below}{' (another text)' if below == points[-1] else ' '}")


def _between(kind: str, below: Any, above: Any) -> Any:
    """Return a plain value between two numbers, either of which may be absent."""
    step = Decimal(1) if kind in ("number", "count") else 1
    if below is None:
        before = above - step
        return max(before, Decimal(0)) if kind == "time" else before
    if above is None:
        return below + step
    if kind in ("date", "years and months duration"):
        return below + 1
    whole = (Decimal(below) // 1) + 1
    return whole if below < whole < above else (below + above) / 2


def _write(kind: str, key: Any) -> str:
    """Return a value, given by its key, as FEEL writes it."""
    if kind == "date":
        return f'@"{dt.date.fromordinal(key)}"' if 1 <= key <= dt.date.max.toordinal() else "a date far away"
    if kind in ("date and time", "instant"):
        moment = dt.datetime(1970, 1, 1) + dt.timedelta(seconds=int(key)) if abs(key) < 10**11 else None  # noqa: DTZ001 - a clock without zone
        suffix = "Z" if kind == "instant" else ""
        return "a date far away" if moment is None else f'@"{DateTime.from_datetime(moment)}{suffix}"'
    if kind == "time":
        return f'@"{Time.from_seconds(min(Decimal(key), Decimal(_DAY_SECONDS - 1)))}"'
    if kind == "days and time duration":
        return f'@"{DaysTimeDuration(seconds=Decimal(key))}"'
    if kind == "years and months duration":
        return f'@"{YearsMonthsDuration(months=key)}"'
    return write_value(key)
