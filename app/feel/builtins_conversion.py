"""Conversion functions and not (tables 72 and 73)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from app.feel.arithmetic import months_between
from app.feel.env import Env
from app.feel.functions import Builtin
from app.feel.limits import CHARACTERS_PER_STEP
from app.feel.numbers import read_number, whole
from app.feel.temporal_text import parse_date, parse_date_time, parse_duration, parse_time
from app.feel.values import (
    OFFSET_SECONDS_MAX,
    DateTime,
    DaysTimeDuration,
    FeelDate,
    Range,
    Time,
    YearsMonthsDuration,
    make_date,
)
from app.feel.writer import write_value
from app.feel.zones import find_zone


def _date_from_text(env: Env, text: str) -> FeelDate | None:
    env.charge_text(len(text))
    day = parse_date(text)
    if day is None:
        env.warn(f"{text!r} is no date.")
    return day


def _date_from_moment(_env: Env, moment: DateTime) -> FeelDate:
    return moment.date


def _date_from_date(_env: Env, day: FeelDate) -> FeelDate:
    return day


def _date_from_parts(env: Env, year: Decimal, month: Decimal, day: Decimal) -> FeelDate | None:
    parts = [whole(year), whole(month), whole(day)]
    result = None if None in parts else make_date(*(part or 0 for part in parts))
    if result is None:
        env.warn(f"There is no date {year}-{month}-{day}.")
    return result


def _moment_from_text(env: Env, text: str) -> DateTime | None:
    env.charge_text(len(text))
    moment = parse_date_time(text)
    if moment is None:
        env.warn(f"{text!r} is no date and time.")
    return moment


def _moment_from_date(_env: Env, moment: DateTime) -> DateTime:
    return moment


def _moment_from_both(_env: Env, date: Any, time: Time) -> DateTime:
    return DateTime(date=date.date if isinstance(date, DateTime) else date, time=time)


def _moment_from_parts(  # noqa: PLR0917 - the arguments are those of the standard's function
    env: Env,
    year: Decimal,
    month: Decimal,
    day: Decimal,
    hour: Decimal,
    minute: Decimal,
    second: Decimal,
    place: DaysTimeDuration | str | None = None,
) -> DateTime | None:
    date = _date_from_parts(env, year, month, day)
    time = _time_of(hour, minute, second, place)
    if date is None or time is None:
        env.warn("There is no such date and time.")
        return None
    return DateTime(date=date, time=time)


def _time_from_text(env: Env, text: str) -> Time | None:
    env.charge_text(len(text))
    time = parse_time(text)
    if time is None:
        env.warn(f"{text!r} is no time.")
    return time


def _time_from_moment(_env: Env, moment: DateTime) -> Time:
    return moment.time


def _time_from_time(_env: Env, time: Time) -> Time:
    return time


def _time_from_parts(env: Env, hour: Decimal, minute: Decimal, second: Decimal, offset: DaysTimeDuration | None = None) -> Time | None:
    time = _time_of(hour, minute, second, offset)
    if time is None:
        env.warn("There is no such time.")
    return time


def _time_of(hour: Decimal, minute: Decimal, second: Decimal, place: DaysTimeDuration | str | None) -> Time | None:
    """Return the time of these parts; `place` is an offset or the name of a zone."""
    hours, minutes = whole(hour), whole(minute)
    if hours is None or minutes is None or not (0 <= hours < 24 and 0 <= minutes < 60 and 0 <= second < 60):
        return None
    if isinstance(place, str):
        return None if find_zone(place) is None else Time(hour=hours, minute=minutes, second=second, zone=place)
    offset = None if place is None else whole(place.seconds)
    if place is not None and (offset is None or abs(offset) > OFFSET_SECONDS_MAX):
        return None
    return Time(hour=hours, minute=minutes, second=second, offset=offset)


def _number(env: Env, text: str, grouping: str | None = None, point: str | None = None) -> Decimal | None:
    if grouping not in (None, " ", ",", ".") or point not in (None, ",", ".") or (point is not None and grouping == point):
        env.warn("The separators of number() are space, comma or point, and differ.")
        return None
    env.charge_text(len(text))
    plain = text if grouping is None else text.replace(grouping, "")
    if point == ",":
        plain = plain.replace(",", ".")
    number = read_number(plain) if _is_number(plain) else None
    if number is None:
        env.warn(f"{text!r} is no number.")
    return number


def _is_number(text: str) -> bool:
    """Return whether `text` is written as grammar rule 35 says."""
    mantissa, mark, exponent = text.replace("E", "e").partition("e")
    whole_part, point, fraction = mantissa.removeprefix("-").partition(".")
    if mark and not _are_digits(exponent.removeprefix("-") if exponent.startswith("-") else exponent.removeprefix("+")):
        return False
    if point:
        return _are_digits(fraction) and (whole_part == "" or _are_digits(whole_part))
    return _are_digits(whole_part)


def _are_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _string(env: Env, value: Any) -> str | None:
    if value is None:
        return None
    text = value if isinstance(value, str) else write_value(value)
    env.charge_text(len(text))
    return text


def _duration(env: Env, text: str) -> DaysTimeDuration | YearsMonthsDuration | None:
    env.charge_text(len(text))
    duration = parse_duration(text)
    if duration is None:
        env.warn(f"{text!r} is no duration.")
    return duration


def _duration_from_duration(_env: Env, duration: Any) -> Any:
    return duration


def _years_and_months(_env: Env, start: DateTime, end: DateTime) -> YearsMonthsDuration:
    return YearsMonthsDuration(months=months_between(start, end))


def _range(env: Env, text: str) -> Range | None:
    from app.feel.range_text import parse_range

    env.charge_text(len(text) * CHARACTERS_PER_STEP)
    bounds = parse_range(env, text)
    if bounds is None:
        env.warn(f"{text!r} is no range.")
    return bounds


def _not(_env: Env, value: bool | None) -> bool | None:  # noqa: FBT001 - the arguments of builtins have no names here
    return None if value is None else not value


_PARTS: Final = "year: number, month: number, day: number, hour: number, minute: number, second: number"
BUILTINS: Final = (
    Builtin(
        "date",
        ("from: string", _date_from_text),
        ("from: date", _date_from_date),
        ("from: date and time", _date_from_moment),
        ("year: number, month: number, day: number", _date_from_parts),
    ),
    Builtin(
        "date and time",
        ("from: string", _moment_from_text),
        ("from: date and time", _moment_from_date),
        ("date: date|date and time, time: time", _moment_from_both),
        (_PARTS, _moment_from_parts),
        (f"{_PARTS}, offset: days and time duration", _moment_from_parts),
        (f"{_PARTS}, timezone: string", _moment_from_parts),
    ),
    Builtin(
        "time",
        ("from: string", _time_from_text),
        ("from: time", _time_from_time),
        ("from: date and time", _time_from_moment),
        ("hour: number, minute: number, second: number, offset?: days and time duration", _time_from_parts),
    ),
    Builtin("number", ("from: string, grouping separator?: string, decimal separator?: string", _number)),
    Builtin("string", ("from: any", _string)),
    Builtin(
        "duration",
        ("from: string", _duration),
        ("from: days and time duration|years and months duration", _duration_from_duration),
    ),
    Builtin("years and months duration", ("from: date and time, to: date and time", _years_and_months)),
    Builtin("range", ("from: string", _range)),
    Builtin("not", ("negand: boolean?", _not)),
)
