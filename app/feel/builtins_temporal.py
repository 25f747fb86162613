"""Functions on dates, `is`, and the clock (tables 77, 79 and 82)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from app.feel import civil
from app.feel.env import Env
from app.feel.functions import Builtin
from app.feel.operators import equals
from app.feel.types import kind_of
from app.feel.values import DateTime, FeelDate, day_number


def _is(env: Env, first: Any, second: Any) -> bool:
    """Return whether both are the same element: times with another form of the same moment are not."""
    if kind_of(first) != kind_of(second):
        return False
    if kind_of(first) in ("time", "date and time"):
        return bool(first == second)
    return equals(first, second, env) is True


def _day(value: Any) -> FeelDate:
    day: FeelDate = value.date if isinstance(value, DateTime) else value
    return day


def _day_of_year(_env: Env, value: Any) -> Decimal:
    day = _day(value)
    return Decimal(civil.day_of_year(day.year, day.month, day.day))


def _day_of_week(_env: Env, value: Any) -> str:
    return civil.DAY_NAMES[civil.weekday(day_number(_day(value))) - 1]


def _month_of_year(_env: Env, value: Any) -> str:
    return civil.MONTH_NAMES[_day(value).month - 1]


def _week_of_year(_env: Env, value: Any) -> Decimal:
    day = _day(value)
    return Decimal(civil.week_of_year(day.year, day.month, day.day))


def _now(env: Env) -> DateTime | None:
    root = env.root or env
    if root.now is None:
        env.warn("This evaluation has no clock.")
        return None
    return DateTime.from_datetime(root.now if root.zone is None else root.now.astimezone(root.zone))


def _today(env: Env) -> FeelDate | None:
    now = _now(env)
    return None if now is None else now.date


_DATE: Final = "date: date|date and time"
BUILTINS: Final = (
    Builtin("is", ("value1: any, value2: any", _is)),
    Builtin("day of year", (_DATE, _day_of_year)),
    Builtin("day of week", (_DATE, _day_of_week)),
    Builtin("month of year", (_DATE, _month_of_year)),
    Builtin("week of year", (_DATE, _week_of_year)),
    Builtin("now", ("", _now), pure=False),
    Builtin("today", ("", _today), pure=False),
)
