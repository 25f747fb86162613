"""Dates, times and durations from their texts, after XML Schema part 2 and clause 10.3.4.1."""

import re
from decimal import Decimal
from typing import Final

from app.feel import civil
from app.feel.numbers import read_number
from app.feel.values import (
    MIDNIGHT,
    OFFSET_SECONDS_MAX,
    DateTime,
    DaysTimeDuration,
    FeelDate,
    Time,
    YearsMonthsDuration,
    date_of_day_number,
    day_number,
    make_date,
)
from app.feel.zones import find_zone

_DATE: Final = r"(?P<year>-?(?:[1-9][0-9]{4,8}|[0-9]{4}))-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
_CLOCK: Final = r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2}(?:\.[0-9]{1,30})?)"
_OFFSET: Final = r"(?:(?P<utc>[Zz])|(?P<sign>[+-])(?P<oh>[0-9]{2}):(?P<om>[0-9]{2})(?::(?P<os>[0-9]{2}))?)"
_ZONE: Final = r"(?:" + _OFFSET + r"|@(?P<zone>[A-Za-z0-9_+\-/]{1,64}))?"
_DATE_ONLY: Final = re.compile(_DATE + _OFFSET + "?")
_TIME_ONLY: Final = re.compile(_CLOCK + _ZONE)
_DATE_TIME: Final = re.compile(_DATE + "T" + _CLOCK + _ZONE)
_DAY_TIME: Final = re.compile(
    r"(?P<sign>-)?P(?=[0-9T])(?:(?P<d>[0-9]{1,18})D)?(?:T(?=[0-9])(?:(?P<h>[0-9]{1,18})H)?(?:(?P<m>[0-9]{1,18})M)?"
    r"(?:(?P<s>[0-9]{1,18}(?:\.[0-9]{1,30})?)S)?)?"
)
_YEAR_MONTH: Final = re.compile(r"(?P<sign>-)?P(?=[0-9])(?:(?P<y>[0-9]{1,12})Y)?(?:(?P<m>[0-9]{1,12})M)?")
_MONTHS_MAX: Final = (civil.YEAR_MAX + 1) * 24


def parse_date(text: str) -> FeelDate | None:
    """Return the date that `text` writes, or None."""
    match = _DATE_ONLY.fullmatch(text)
    return _date(match) if match and _offset_fits(match) else None


def parse_time(text: str) -> Time | None:
    """Return the time that `text` writes, or None."""
    match = _TIME_ONLY.fullmatch(text)
    clock = _clock(match) if match else None
    return clock[0] if clock else None


def parse_date_time(text: str) -> DateTime | None:
    """Return the date and time that `text` writes, or None; a date alone is its local midnight."""
    match = _DATE_TIME.fullmatch(text)
    if match is None:
        match = _DATE_ONLY.fullmatch(text)
        day = _date(match) if match and _offset_fits(match) else None
        if day is None or match is None:
            return None
        offset = _offset(match)
        return DateTime(date=day, time=MIDNIGHT if offset is None else Time(hour=0, minute=0, offset=offset))
    day, clock = _date(match), _clock(match)
    if day is None or clock is None:
        return None
    time, next_day = clock
    if next_day:
        day = date_of_day_number(day_number(day) + 1)
    return None if day is None else DateTime(date=day, time=time)


def parse_duration(text: str) -> DaysTimeDuration | YearsMonthsDuration | None:
    """Return the duration that `text` writes, or None; years and months do not mix with days and time."""
    match = _DAY_TIME.fullmatch(text)
    if match and not text.endswith(("P", "T")):
        whole = int(match["d"] or 0) * 86_400 + int(match["h"] or 0) * 3_600 + int(match["m"] or 0) * 60
        second, _, fraction = (match["s"] or "0").partition(".")
        sign = match["sign"] or ""
        seconds = read_number(f"{sign}{whole + int(second)}" + (f".{fraction}" if fraction else ""))
        return None if seconds is None else DaysTimeDuration(seconds=seconds)
    match = _YEAR_MONTH.fullmatch(text)
    if match and not text.endswith("P"):
        months = int(match["y"] or 0) * 12 + int(match["m"] or 0)
        return YearsMonthsDuration(months=-months if match["sign"] else months) if months <= _MONTHS_MAX else None
    return None


def parse_temporal(text: str) -> FeelDate | Time | DateTime | DaysTimeDuration | YearsMonthsDuration | None:
    """Return what an at-literal such as @"2026-01-31" stands for, or None."""
    if "P" in text[:2]:
        return parse_duration(text)
    if "T" in text.partition("@")[0]:
        return parse_date_time(text)
    return parse_time(text) if text[2:3] == ":" else parse_date(text)


def _date(match: re.Match[str]) -> FeelDate | None:
    if match["year"] == "-0000":
        return None
    return make_date(int(match["year"]), int(match["month"]), int(match["day"]))


def _clock(match: re.Match[str]) -> tuple[Time, bool] | None:
    """Return the time, and whether it is the 24:00:00 that begins the next day."""
    hour, minute, second = int(match["hour"]), int(match["minute"]), Decimal(match["second"])
    next_day = hour == 24 and minute == 0 and second == 0
    if next_day:
        hour = 0
    zone = match["zone"]
    if hour > 23 or minute > 59 or second >= 60 or not _offset_fits(match) or (zone is not None and find_zone(zone) is None):
        return None
    return Time(hour=hour, minute=minute, second=second, offset=_offset(match), zone=zone), next_day


def _offset(match: re.Match[str]) -> int | None:
    if match["utc"]:
        return 0
    if match["sign"] is None:
        return None
    seconds = int(match["oh"]) * 3600 + int(match["om"]) * 60 + int(match["os"] or 0)
    return -seconds if match["sign"] == "-" else seconds


def _offset_fits(match: re.Match[str]) -> bool:
    if match["sign"] is None:
        return True
    offset = _offset(match)
    return int(match["om"]) < 60 and int(match["os"] or 0) < 60 and offset is not None and abs(offset) <= OFFSET_SECONDS_MAX
