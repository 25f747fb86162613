"""Paths: entries of contexts and the properties of dates, times, durations and ranges (tables 64 to 67)."""

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from app.feel import civil
from app.feel.env import Env
from app.feel.host import from_host
from app.feel.types import kind_of
from app.feel.values import DateTime, DaysTimeDuration, FarDate, FeelDate, Range, Time, YearsMonthsDuration, day_number
from app.feel.zones import find_zone, offset_of, time_offset


def read_path(env: Env, value: Any, name: str) -> Any:
    """Return `value.name`; of a list, the list of its items' values; null and a warning when there is no such thing."""
    if isinstance(value, Mapping):
        try:
            return from_host(value[name], env)
        except KeyError:
            env.warn(f"The context has no entry {name!r}.")
            return None
    if value.__class__ is list:
        env.charge_items(len(value))
        return [read_path(env, item, name) for item in value]
    property_of = _PROPERTIES.get((value.__class__, name))
    if property_of is not None:
        return property_of(value)
    if value is not None:
        env.warn(f"A {kind_of(value)} has no property {name!r}.")
    return None


def _weekday(day: FeelDate) -> Decimal:
    return Decimal(civil.weekday(day_number(day)))


def _offset_duration(seconds: int | None) -> DaysTimeDuration | None:
    return None if seconds is None else DaysTimeDuration(seconds=Decimal(seconds))


def _time_offset(time: Time) -> DaysTimeDuration | None:
    """Return the offset of a time; a zone whose offset changes with the date gives none."""
    zone = find_zone(time.zone) if time.zone is not None else None
    if zone is not None:
        january, july = (zone.utcoffset(dt.datetime(2000, month, 1)) for month in (1, 7))  # noqa: DTZ001 - a wall clock
        if january != july:
            return None
    return _offset_duration(time_offset(time))


def _table() -> Mapping[tuple[type, str], Callable[[Any], Any]]:
    table: dict[tuple[type, str], Callable[[Any], Any]] = {
        (Time, "hour"): lambda value: Decimal(value.hour),
        (Time, "minute"): lambda value: Decimal(value.minute),
        (Time, "second"): lambda value: value.second,
        (Time, "timezone"): lambda value: value.zone,
        (YearsMonthsDuration, "years"): lambda value: Decimal(value.months // 12 if value.months >= 0 else -(-value.months // 12)),
        (YearsMonthsDuration, "months"): lambda value: Decimal(value.months % 12 if value.months >= 0 else -(-value.months % 12)),
        (DaysTimeDuration, "days"): lambda value: Decimal(value.parts()[0]),
        (DaysTimeDuration, "hours"): lambda value: Decimal(value.parts()[1]),
        (DaysTimeDuration, "minutes"): lambda value: Decimal(value.parts()[2]),
        (DaysTimeDuration, "seconds"): lambda value: value.parts()[3],
        (Range, "start"): lambda value: value.start,
        (Range, "end"): lambda value: value.end,
        (Range, "start included"): lambda value: value.start_included,
        (Range, "end included"): lambda value: value.end_included,
    }
    for (kind, name), read in list(table.items()):
        if kind is Time:
            table[DateTime, name] = _of_time(read)
    table[Time, "time offset"] = _time_offset
    table[DateTime, "time offset"] = lambda value: _offset_duration(offset_of(value))
    for name, read_date in _DATE_PROPERTIES.items():
        table[dt.date, name] = table[FarDate, name] = read_date
        table[DateTime, name] = _of_date(read_date)
    return table


def _of_time(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: read(value.time)


def _of_date(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: read(value.date)


_DATE_PROPERTIES: Final[Mapping[str, Callable[[Any], Any]]] = {
    "year": lambda value: Decimal(value.year),
    "month": lambda value: Decimal(value.month),
    "day": lambda value: Decimal(value.day),
    "weekday": _weekday,
}
_PROPERTIES: Final = _table()
PROPERTIES_OF: Final[Mapping[str, frozenset[str]]] = {
    kind: frozenset(name for own, name in _PROPERTIES if own is value_class)
    for kind, value_class in {
        "date": dt.date,
        "time": Time,
        "date and time": DateTime,
        "days and time duration": DaysTimeDuration,
        "years and months duration": YearsMonthsDuration,
        "range": Range,
    }.items()
}
