"""Relations between points and ranges (table 78). An end without a bound is beyond every point."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from app.feel.env import Env
from app.feel.functions import Builtin
from app.feel.operators import compare, in_range
from app.feel.values import Range


class _NoOrder(Exception):
    """Two values that cannot be compared."""


def _order(left: Any, right: Any) -> int:
    order = compare(left, right)
    if order is None:
        raise _NoOrder
    return order


def _starts(left: Range, right: Range) -> int:
    """Return the order of where two ranges start, inclusion aside."""
    if left.start is None or right.start is None:
        return (left.start is not None) - (right.start is not None)
    return _order(left.start, right.start)


def _ends(left: Range, right: Range) -> int:
    if left.end is None or right.end is None:
        return (right.end is not None) - (left.end is not None)
    return _order(left.end, right.end)


def _end_to_start(left: Range, right: Range) -> int:
    """Return the order of the end of `left` and the start of `right`."""
    return 1 if left.end is None or right.start is None else _order(left.end, right.start)


def _before_points(left: Any, right: Any) -> bool:
    return _order(left, right) < 0


def _before_point_range(point: Any, bounds: Range) -> bool:
    if bounds.start is None:
        return False
    order = _order(point, bounds.start)
    return order < 0 or (order == 0 and not bounds.start_included)


def _before_range_point(bounds: Range, point: Any) -> bool:
    if bounds.end is None:
        return False
    order = _order(bounds.end, point)
    return order < 0 or (order == 0 and not bounds.end_included)


def _before_ranges(left: Range, right: Range) -> bool:
    order = _end_to_start(left, right)
    return order < 0 or (order == 0 and not (left.end_included and right.start_included))


def _meets(left: Range, right: Range) -> bool:
    return left.end_included and right.start_included and _end_to_start(left, right) == 0


def _overlaps(left: Range, right: Range) -> bool:
    return not _before_ranges(left, right) and not _before_ranges(right, left)


def _overlaps_before(left: Range, right: Range) -> bool:
    starts = _starts(left, right)
    starts_first = starts < 0 or (starts == 0 and left.start_included and not right.start_included)
    touch = _end_to_start(left, right)
    reaches = touch > 0 or (touch == 0 and left.end_included and right.start_included)
    ends = _ends(left, right)
    return starts_first and reaches and (ends < 0 or (ends == 0 and (not left.end_included or right.end_included)))


def _finishes_point(point: Any, bounds: Range) -> bool:
    return bounds.end_included and _order(bounds.end, point) == 0


def _finishes_ranges(left: Range, right: Range) -> bool:
    starts = _starts(left, right)
    within = starts > 0 or (starts == 0 and (not left.start_included or right.start_included))
    return left.end_included == right.end_included and _ends(left, right) == 0 and within


def _starts_point(point: Any, bounds: Range) -> bool:
    return bounds.start_included and _order(bounds.start, point) == 0


def _starts_ranges(left: Range, right: Range) -> bool:
    ends = _ends(left, right)
    within = ends < 0 or (ends == 0 and (not left.end_included or right.end_included))
    return left.start_included == right.start_included and _starts(left, right) == 0 and within


def _includes_point(bounds: Range, point: Any) -> bool:
    answer = in_range(point, bounds)
    if answer is None:
        raise _NoOrder
    return answer


def _includes_ranges(outer: Range, inner: Range) -> bool:
    starts, ends = _starts(outer, inner), _ends(outer, inner)
    from_start = starts < 0 or (starts == 0 and (outer.start_included or not inner.start_included))
    return from_start and (ends > 0 or (ends == 0 and (outer.end_included or not inner.end_included)))


def _coincide_points(left: Any, right: Any) -> bool:
    return _order(left, right) == 0


def _coincide_ranges(left: Range, right: Range) -> bool:
    same_flags = (left.start_included, left.end_included) == (right.start_included, right.end_included)
    return same_flags and _starts(left, right) == 0 and _ends(left, right) == 0


Relation = Callable[[Any, Any], bool]
_POINT: Final = "number|string|date|time|date and time|days and time duration|years and months duration"


def _converse(relation: Relation) -> Relation:
    return lambda left, right: relation(right, left)


def _define(
    name: str,
    *,
    points: Relation | None = None,
    point_range: Relation | None = None,
    range_point: Relation | None = None,
    ranges: Relation | None = None,
) -> Builtin:
    """Return the builtin for the signatures that have a relation."""
    both_points = f"point1: {_POINT}, point2: {_POINT}"
    written = [
        ("range1: range, range2: range", ranges),
        (f"point: {_POINT}, range: range", point_range),
        (f"range: range, point: {_POINT}", range_point),
        (both_points, points),
    ]
    return Builtin(name, *((text, _checked(name, relation)) for text, relation in written if relation is not None))


def _checked(name: str, relation: Relation) -> Callable[..., Any]:
    def related(env: Env, left: Any, right: Any) -> bool | None:
        try:
            return relation(left, right)
        except _NoOrder:
            env.warn(f"{name}: the arguments cannot be compared.")
            return None

    return related


BUILTINS: Final = (
    _define("before", points=_before_points, point_range=_before_point_range, range_point=_before_range_point, ranges=_before_ranges),
    _define(
        "after",
        points=_converse(_before_points),
        point_range=_converse(_before_range_point),
        range_point=_converse(_before_point_range),
        ranges=_converse(_before_ranges),
    ),
    _define("meets", ranges=_meets),
    _define("met by", ranges=_converse(_meets)),
    _define("overlaps", ranges=_overlaps),
    _define("overlaps before", ranges=_overlaps_before),
    _define("overlaps after", ranges=_converse(_overlaps_before)),
    _define("finishes", point_range=_finishes_point, ranges=_finishes_ranges),
    _define("finished by", range_point=_converse(_finishes_point), ranges=_converse(_finishes_ranges)),
    _define("includes", range_point=_includes_point, ranges=_includes_ranges),
    _define("during", point_range=_converse(_includes_point), ranges=_converse(_includes_ranges)),
    _define("starts", point_range=_starts_point, ranges=_starts_ranges),
    _define("started by", range_point=_converse(_starts_point), ranges=_converse(_starts_ranges)),
    _define("coincides", points=_coincide_points, ranges=_coincide_ranges),
)
