"""Offsets of IANA time zones, for any year."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from functools import lru_cache
from typing import Final

from app.feel import civil
from app.feel.numbers import DECIMAL128
from app.feel.values import SECONDS_PER_DAY, DateTime, FeelDate, Time, date_of_day_number, day_number

_ZONE_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_+\-]*(?:/[A-Za-z0-9_+\-]+){0,3}")
_REFERENCE: Final = dt.datetime(2000, 1, 1)  # noqa: DTZ001 - a wall clock, whose offset is the question


@lru_cache(maxsize=256)
def find_zone(name: str) -> dt.tzinfo | None:
    """Return the zone of that IANA name, or None when there is none."""
    if len(name) > 64 or not _ZONE_NAME.fullmatch(name):
        return None
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def time_offset(time: Time) -> int | None:
    """Return the offset of a time from UTC; a zone counts with its offset of 1 January 2000, since a time has no date."""
    if time.zone is None:
        return time.offset
    return _offset(time.zone, _REFERENCE)


def offset_of(moment: DateTime) -> int | None:
    """Return the offset from UTC in seconds; None for a local date and time."""
    time = moment.time
    if time.zone is None:
        return time.offset
    return _offset(time.zone, _stand_in(moment.date, time.hour, time.minute, int(time.second)))


def wall_seconds(moment: DateTime) -> Decimal:
    """Return the seconds since 1970 on its own clock."""
    return DECIMAL128.add(moment.time.seconds, day_number(moment.date) * SECONDS_PER_DAY)


def instant_seconds(moment: DateTime) -> Decimal:
    """Return the seconds since 1970 in UTC; a local date and time counts as UTC."""
    return DECIMAL128.subtract(wall_seconds(moment), offset_of(moment) or 0)


def at_wall(seconds: Decimal, like: Time) -> DateTime | None:
    """Return the date and time whose own clock shows `seconds` since 1970, with the zone of `like`."""
    days = int(seconds // SECONDS_PER_DAY) if seconds >= 0 else -int(-seconds // SECONDS_PER_DAY)
    rest = DECIMAL128.subtract(seconds, days * SECONDS_PER_DAY)
    if rest < 0:
        days, rest = days - 1, DECIMAL128.add(rest, SECONDS_PER_DAY)
    day = date_of_day_number(days)
    if day is None:
        return None
    return DateTime(date=day, time=Time.from_seconds(rest, offset=like.offset, zone=like.zone))


def at_instant(seconds: Decimal, like: Time) -> DateTime | None:
    """Return the date and time at `seconds` since 1970 in UTC, on the clock of the zone of `like`.

    The second pass through an hour that a zone has twice is told by its offset, which the name of the zone would not tell.
    """
    utc = at_wall(seconds, Time(hour=0, minute=0, offset=0))
    if utc is None:
        return None
    offset = like.offset or 0
    zone = find_zone(like.zone) if like.zone is not None else None
    if zone is not None:
        clock = utc.time
        stand_in = _stand_in(utc.date, clock.hour, clock.minute, int(clock.second))
        delta = stand_in.replace(tzinfo=dt.UTC).astimezone(zone).utcoffset()
        offset = int(delta.total_seconds()) if delta is not None else 0
    moment = at_wall(DECIMAL128.add(seconds, offset), like)
    if zone is not None and moment is not None and offset_of(moment) != offset:
        return at_wall(DECIMAL128.add(seconds, offset), Time(hour=0, minute=0, offset=offset))
    return moment


def _stand_in(day: FeelDate, hour: int, minute: int, second: int) -> dt.datetime:
    """Return the moment in a year that Python's zones can answer for; the calendar repeats every 400 years."""
    year = day.year if 1 < day.year < 9999 else 2000 + day.year % 400
    last = civil.days_in_month(year, day.month)
    return dt.datetime(year, day.month, min(day.day, last), hour, minute, second)  # noqa: DTZ001 - as above


def _offset(name: str, moment: dt.datetime) -> int | None:
    zone = find_zone(name)
    delta = zone.utcoffset(moment) if zone is not None else None
    return None if delta is None else int(delta.total_seconds())
