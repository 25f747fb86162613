"""Equality and order of values (tables 42 and 52 to 54)."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from app.feel.env import Env
from app.feel.host import read_entry
from app.feel.numbers import DECIMAL128
from app.feel.types import kind_of
from app.feel.values import DateTime, DaysTimeDuration, FarDate, Range, Time, YearsMonthsDuration
from app.feel.zones import instant_seconds, time_offset, wall_seconds

# Classes whose own == and < are FEEL's, when both operands are of the same class.
SAME_EQUALS: Final[frozenset[type]] = frozenset({Decimal, str, bool, dt.date})
SAME_ORDER: Final[frozenset[type]] = frozenset({Decimal, str, dt.date})


def equals(left: Any, right: Any, env: Env | None = None) -> bool | None:
    """Return whether two values are equal; None when they are of different kinds and neither is null.

    Args:
        left: a FEEL value.
        right: a FEEL value.
        env: pays for looking through lists and contexts; without it a budget of its own does.
    """
    if left.__class__ is right.__class__ and left.__class__ in SAME_EQUALS:
        return bool(left == right)
    if left is None or right is None:
        return left is right
    kind = kind_of(left)
    if kind != kind_of(right):
        return None
    if left is right:
        return True
    if kind in ("list", "context"):
        return _collections_equal(left, right, env or Env())
    if kind == "range":
        return _ranges_equal(left, right)
    if kind == "function":
        return bool(left == right)
    order = compare(left, right)
    return left == right if order is None else order == 0


def _collections_equal(left: Any, right: Any, env: Env) -> bool | None:
    if len(left) != len(right):
        return False
    env.charge_items(len(left))
    if isinstance(left, list):
        return _all_equal(zip(left, right, strict=True), env)
    if set(left) != set(right):
        return False
    return _all_equal(((read_entry(left, key, env), read_entry(right, key, env)) for key in left), env)


def _all_equal(pairs: Iterable[tuple[Any, Any]], env: Env | None = None) -> bool | None:
    """Return False when a pair differs, None when one cannot be compared, else True."""
    answer: bool | None = True
    for left, right in pairs:
        if env is not None and left.__class__ is str:
            env.charge_long_text(len(left))
        equal = equals(left, right, env)
        if equal is False:
            return False
        if equal is None:
            answer = None
    return answer


def _ranges_equal(left: Range, right: Range) -> bool | None:
    if (left.start_included, left.end_included) != (right.start_included, right.end_included):
        return False
    return _all_equal([(left.start, right.start), (left.end, right.end)])


def compare(left: Any, right: Any) -> int | None:
    """Return -1, 0 or 1 as `left` is before, at or after `right`; None when they have no order."""
    key = _KEYS.get(left.__class__)
    if key is None:
        return None
    if left.__class__ is not right.__class__ and kind_of(left) != kind_of(right):
        return None
    if left.__class__ is Time or left.__class__ is DateTime:
        first, second = _clock_keys(left, right)
    else:
        first, second = key(left), key(right)
    return -1 if first < second else 1 if first > second else 0


def _clock_keys(left: Any, right: Any) -> tuple[Decimal, Decimal]:
    """Return what to compare: moments of UTC when both have a zone; one without borrows the zone of the other."""
    if isinstance(left, Time):
        if left.zoned and right.zoned:
            return _utc(left), _utc(right)
        return left.seconds, right.seconds
    if left.time.zoned and right.time.zoned:
        return instant_seconds(left), instant_seconds(right)
    return wall_seconds(left), wall_seconds(right)


def _utc(time: Time) -> Decimal:
    return DECIMAL128.subtract(time.seconds, time_offset(time) or 0)


def _itself(value: Any) -> Any:
    return value


def _date_key(value: Any) -> tuple[int, int, int]:
    return value.year, value.month, value.day


_KEYS: Final[Mapping[type, Callable[[Any], Any]]] = {
    Decimal: _itself,
    str: _itself,
    dt.date: _date_key,
    FarDate: _date_key,
    Time: _itself,
    DateTime: _itself,
    DaysTimeDuration: lambda value: value.seconds,
    YearsMonthsDuration: lambda value: value.months,
}
ORDERINGS: Final[Mapping[str, Callable[[int], bool]]] = {
    "<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
    ">": lambda order: order > 0,
    ">=": lambda order: order >= 0,
}


def ordered(operator: str, left: Any, right: Any) -> bool | None:
    """Return `left operator right` for one of < <= > >=."""
    order = compare(left, right)
    return None if order is None else ORDERINGS[operator](order)


def in_range(value: Any, bounds: Range) -> bool | None:
    """Return whether `value` lies in a range; None when it cannot be compared with an end."""
    above = ordered(">=" if bounds.start_included else ">", value, bounds.start) if bounds.start is not None else True
    if above is False:
        return False
    below = ordered("<=" if bounds.end_included else "<", value, bounds.end) if bounds.end is not None else True
    if below is False:
        return False
    return True if above and below else None


def identity_key(value: Any, env: Env) -> Any:
    """Return a hashable that is the same for values that are equal; `env` pays for looking through lists and contexts."""
    kind = kind_of(value)
    if kind == "list":
        env.charge(len(value) + 1)
        return kind, tuple([identity_key(item, env) for item in value])
    if kind == "context":
        env.charge(len(value) + 1)
        return kind, frozenset([(key, identity_key(read_entry(value, key, env), env)) for key in value])
    if kind == "range":
        return kind, identity_key(value.start, env), identity_key(value.end, env), value.start_included, value.end_included
    if kind == "date":
        return kind, _date_key(value)
    if kind == "time":
        return kind, value.zoned, _utc(value)
    if kind == "date and time":
        return kind, value.time.zoned, instant_seconds(value)
    return kind, value
