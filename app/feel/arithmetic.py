"""Arithmetic on numbers, texts, dates, times and durations (tables 56 to 60 and 62)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from app.feel import civil
from app.feel.env import Env
from app.feel.numbers import DECIMAL128, ONE
from app.feel.types import kind_of
from app.feel.values import (
    MIDNIGHT_UTC,
    SECONDS_PER_DAY,
    DateTime,
    DaysTimeDuration,
    FarDate,
    FeelDate,
    Time,
    YearsMonthsDuration,
    date_of_day_number,
    day_number,
    make_date,
)
from app.feel.zones import at_instant, at_wall, instant_seconds, time_offset, wall_seconds

_MONTHS_MAX: Final = (civil.YEAR_MAX + 1) * 24
_POWER_MAX: Final = 999_999_999
_SECONDS_MAX: Final = Decimal(10) ** 24  # beyond every duration that can be written
_SECONDS_PLACES_MAX: Final = 60
_SYMBOLS: Final = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide", "**": "raise"}


def calculate(env: Env, operator: str, left: Any, right: Any) -> Any:
    """Return `left operator right` for operands of any kind; null and a warning where the standard gives null."""
    operation = OPERATIONS.get((operator, left.__class__, right.__class__))
    if operation is None:
        env.warn(f"Cannot {_SYMBOLS[operator]}: {kind_of(left)} {operator} {kind_of(right)} has no meaning.")
        return None
    try:
        result = operation(left, right)
    except ArithmeticError:
        result = None
    if result is None:
        env.warn(f"The result of {kind_of(left)} {operator} {kind_of(right)} is undefined or out of range.")
    elif result.__class__ is str:
        env.charge_text(len(result))
    return result


def negate(env: Env, value: Any) -> Any:
    """Return `-value`."""
    if value.__class__ is Decimal:
        return DECIMAL128.minus(value)
    if value.__class__ in (YearsMonthsDuration, DaysTimeDuration):
        return _minus(value)
    env.warn(f"There is no negative of a {kind_of(value)}.")
    return None


def add_months(day: FeelDate, months: int) -> FeelDate | None:
    """Return the date some months later; a day that the month does not have becomes its last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not -civil.YEAR_MAX <= year <= civil.YEAR_MAX:
        return None
    return make_date(year, month + 1, min(day.day, civil.days_in_month(year, month + 1)))


def months_between(start: DateTime, end: DateTime) -> int:
    """Return the whole months from `start` to `end`, negative when `end` is earlier."""
    months = (end.date.year - start.date.year) * 12 + end.date.month - start.date.month
    first: tuple[int, Decimal] = (start.date.day, start.time.seconds)
    last: tuple[int, Decimal] = (end.date.day, end.time.seconds)
    if months > 0 and last < first:
        return months - 1
    return months + 1 if months < 0 and last > first else months


def _power(base: Decimal, exponent: Decimal) -> Decimal | None:
    if not -_POWER_MAX <= exponent <= _POWER_MAX or (not base and exponent < 0):
        return None
    return ONE if not exponent else DECIMAL128.power(base, exponent)


def _durations(months: Decimal | int) -> YearsMonthsDuration | None:
    return YearsMonthsDuration(months=int(months)) if -_MONTHS_MAX <= months <= _MONTHS_MAX else None


def _seconds(seconds: Decimal) -> DaysTimeDuration | None:
    """Return a duration, or None for one that no text could write in a sensible length."""
    if abs(seconds) > _SECONDS_MAX or int(seconds.as_tuple().exponent) < -_SECONDS_PLACES_MAX:
        return None
    return DaysTimeDuration(seconds=seconds)


def _date_plus_months(day: FeelDate, duration: YearsMonthsDuration) -> FeelDate | None:
    return add_months(day, duration.months)


def _date_plus_seconds(day: FeelDate, duration: DaysTimeDuration) -> FeelDate | None:
    whole = int(duration.seconds)
    days = whole // SECONDS_PER_DAY
    if duration.seconds < whole and whole % SECONDS_PER_DAY == 0:
        days -= 1
    return date_of_day_number(day_number(day) + days)


def _moment_plus_months(moment: DateTime, duration: YearsMonthsDuration) -> DateTime | None:
    day = add_months(moment.date, duration.months)
    return None if day is None else DateTime(date=day, time=moment.time)


def _moment_plus_seconds(moment: DateTime, duration: DaysTimeDuration) -> DateTime | None:
    if moment.time.zone is None:
        return at_wall(DECIMAL128.add(wall_seconds(moment), duration.seconds), moment.time)
    return at_instant(DECIMAL128.add(instant_seconds(moment), duration.seconds), moment.time)


def _time_plus_seconds(time: Time, duration: DaysTimeDuration) -> Time:
    whole = int(duration.seconds)
    total = DECIMAL128.add(time.seconds, whole % SECONDS_PER_DAY)
    total = DECIMAL128.add(total, DECIMAL128.subtract(duration.seconds, whole))
    if total < 0:
        total = DECIMAL128.add(total, SECONDS_PER_DAY)
    elif total >= SECONDS_PER_DAY:
        total = DECIMAL128.subtract(total, SECONDS_PER_DAY)
    return Time.from_seconds(total, offset=time.offset, zone=time.zone)


def _moment_minus_moment(left: Any, right: Any) -> DaysTimeDuration | None:
    first, second = _as_moment(left), _as_moment(right)
    if first.time.zoned != second.time.zoned:
        return None
    return _seconds(DECIMAL128.subtract(instant_seconds(first), instant_seconds(second)))


def _as_moment(value: Any) -> DateTime:
    return value if isinstance(value, DateTime) else DateTime(date=value, time=MIDNIGHT_UTC)


def _time_minus_time(left: Time, right: Time) -> DaysTimeDuration | None:
    if left.zoned != right.zoned:
        return None
    shift = (time_offset(left) or 0) - (time_offset(right) or 0)
    return _seconds(DECIMAL128.subtract(DECIMAL128.subtract(left.seconds, right.seconds), shift))


def _minus(duration: Any) -> Any:
    if isinstance(duration, YearsMonthsDuration):
        return YearsMonthsDuration(months=-duration.months)
    return _seconds(DECIMAL128.minus(duration.seconds))


def _scaled_months(duration: YearsMonthsDuration, factor: Decimal) -> YearsMonthsDuration | None:
    return _durations(DECIMAL128.multiply(Decimal(duration.months), factor))


def _divided_months(duration: YearsMonthsDuration, divisor: Decimal) -> YearsMonthsDuration | None:
    return _durations(DECIMAL128.divide(Decimal(duration.months), divisor))


Operation = Callable[[Any, Any], Any]
_Y, _D, _N = YearsMonthsDuration, DaysTimeDuration, Decimal


def _table() -> Mapping[tuple[str, type, type], Operation]:
    table: dict[tuple[str, type, type], Operation] = {
        ("+", _N, _N): DECIMAL128.add,
        ("-", _N, _N): DECIMAL128.subtract,
        ("*", _N, _N): DECIMAL128.multiply,
        ("/", _N, _N): DECIMAL128.divide,
        ("**", _N, _N): _power,
        ("+", str, str): lambda left, right: left + right,
        ("+", _Y, _Y): lambda left, right: _durations(left.months + right.months),
        ("-", _Y, _Y): lambda left, right: _durations(left.months - right.months),
        ("+", _D, _D): lambda left, right: _seconds(DECIMAL128.add(left.seconds, right.seconds)),
        ("-", _D, _D): lambda left, right: _seconds(DECIMAL128.subtract(left.seconds, right.seconds)),
        ("*", _Y, _N): _scaled_months,
        ("/", _Y, _N): _divided_months,
        ("/", _Y, _Y): lambda left, right: DECIMAL128.divide(Decimal(left.months), Decimal(right.months)),
        ("*", _D, _N): lambda left, right: _seconds(DECIMAL128.multiply(left.seconds, right)),
        ("/", _D, _N): lambda left, right: _seconds(DECIMAL128.divide(left.seconds, right)),
        ("/", _D, _D): lambda left, right: DECIMAL128.divide(left.seconds, right.seconds),
        ("-", Time, Time): _time_minus_time,
        ("+", Time, _D): _time_plus_seconds,
        ("+", DateTime, _Y): _moment_plus_months,
        ("+", DateTime, _D): _moment_plus_seconds,
    }
    for kind in (dt.date, FarDate):
        table["+", kind, _Y] = _date_plus_months
        table["+", kind, _D] = _date_plus_seconds
    moments: tuple[type, ...] = (dt.date, FarDate, DateTime)
    table.update({("-", first, second): _moment_minus_moment for first in moments for second in moments})
    for (operator, left, right), operation in list(table.items()):
        if right in (_Y, _D) and left not in (_Y, _D) and operator == "+":
            table["+", right, left] = _swapped(operation)
            table["-", left, right] = _with_minus(operation)
        if right is _N and left in (_Y, _D) and operator == "*":
            table["*", right, left] = _swapped(operation)
    return table


def _swapped(operation: Operation) -> Operation:
    return lambda left, right: operation(right, left)


def _with_minus(operation: Operation) -> Operation:
    return lambda left, right: operation(left, _minus(right))


OPERATIONS: Final = _table()
