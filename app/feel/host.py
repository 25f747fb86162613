"""Python values of the caller as FEEL values."""

import datetime as dt
import operator
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from app.feel.env import Env
from app.feel.errors import FeelLimitExceeded, FeelValueError
from app.feel.numbers import DECIMAL128
from app.feel.values import DateTime, DaysTimeDuration, FarDate, Function, Range, Time, YearsMonthsDuration

_LONG_LIST: Final = 32
PLAIN: Final[frozenset[type]] = frozenset(
    {bool, type(None), str, dict, dt.date, FarDate, Time, DateTime, DaysTimeDuration, YearsMonthsDuration, Range, Function}
)


def from_host(value: Any, env: Env | None = None) -> Any:
    """Return `value` as FEEL sees it: int as Decimal, datetime, time and timedelta as FEEL's own, tuples as lists.

    Contexts stay as they are; their entries are converted when they are read. So does a list with nothing to convert in it.

    Args:
        value: what the caller gave.
        env: pays for looking through a list; without it a budget of its own does.

    Raises:
        FeelValueError: a float, or another object that is no FEEL value.
    """
    if value.__class__ in PLAIN:
        return value
    if value.__class__ is Decimal:
        if value.is_finite():
            return value
        raise FeelValueError(f"FEEL has no number {value}.")
    if value.__class__ is list or value.__class__ is tuple:
        return _from_list(value, Env()) if env is None else _kept_list(value, env)
    convert = _CONVERTERS.get(value.__class__)
    return convert(value) if convert is not None else _from_other(value, env)


def read_entry(context: Mapping[str, Any], key: str, env: Env | None = None) -> Any:
    """Return one entry of a context as a FEEL value; KeyError when there is none."""
    return from_host(context[key], env)


def _from_other(value: Any, env: Env | None) -> Any:
    """Convert instances of subclasses, such as the texts and enumerations of libraries."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, (Mapping, Function)):
        return value
    if isinstance(value, (list, tuple)):
        return _from_list(value, env or Env())
    for base, convert in _CONVERTERS.items():
        if isinstance(value, base):
            return convert(value)
    raise FeelValueError(f"A {type(value).__name__} is no FEEL value.")


def _kept_list(value: Any, env: Env) -> Any:
    """Return a list as FEEL sees it; a long one is looked through once in an evaluation."""
    if len(value) < _LONG_LIST:
        return _from_list(value, env)
    root = env.root or env
    if root.kept is None:
        root.kept = {}
    known = root.kept.get(id(value))
    if known is None:
        known = root.kept[id(value)] = (value, _from_list(value, env))
    return known[1]


def _from_list(value: Any, env: Env) -> list[Any]:
    env.charge_items(len(value))
    try:
        result = [item if item.__class__ in PLAIN else from_host(item, env) for item in value]
    except RecursionError:
        raise FeelLimitExceeded("depth", "nested lists") from None
    unchanged = value.__class__ is list and all(map(operator.is_, result, value))
    return value if unchanged else result


def _from_decimal(value: Decimal) -> Decimal:
    return DECIMAL128.create_decimal(value)


def _from_int(value: int) -> Decimal:
    try:
        return Decimal(value) if -(10**34) < value < 10**34 else DECIMAL128.create_decimal(value)
    except ArithmeticError:
        raise FeelValueError("An integer is beyond the numbers of FEEL.") from None


def _refuse_float(value: float) -> Any:
    raise FeelValueError(f"Expected an exact number, but got the binary floating point number {value!r}.")


_CONVERTERS: Final[dict[type, Callable[[Any], Any]]] = {
    int: _from_int,
    dt.datetime: DateTime.from_datetime,
    dt.date: lambda value: dt.date(value.year, value.month, value.day),
    dt.time: Time.from_time,
    dt.timedelta: DaysTimeDuration.from_timedelta,
    Decimal: _from_decimal,
    float: _refuse_float,
}
