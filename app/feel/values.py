"""FEEL's own values, where Python has none that fits.

Numbers are `decimal.Decimal`, texts `str`, truth `bool`, nothing `None`, lists `list`, contexts any `Mapping`, dates `datetime.date`
(`FarDate` outside the years 1..9999). Python's `==` on these classes is FEEL's `is`; FEEL's `=` is in operators.py.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Final

from app.feel import civil
from app.feel.numbers import DECIMAL128, ZERO
from app.feel.record import Record

SECONDS_PER_DAY: Final = 86_400
OFFSET_SECONDS_MAX: Final = 14 * 3_600


class FarDate(Record):
    """A date whose year Python's date cannot hold."""

    year: int
    month: int
    day: int

    def __str__(self) -> str:
        sign = "-" if self.year < 0 else ""
        return f"{sign}{abs(self.year):04d}-{self.month:02d}-{self.day:02d}"


FeelDate = dt.date | FarDate


def make_date(year: int, month: int, day: int) -> FeelDate | None:
    """Return the date, or None when there is no such day or its year is beyond 999,999,999."""
    if not 1 <= month <= 12 or abs(year) > civil.YEAR_MAX or not 1 <= day <= civil.days_in_month(year, month):
        return None
    if 1 <= year <= 9999:
        return dt.date(year, month, day)
    return FarDate(year=year, month=month, day=day)


def day_number(day: FeelDate) -> int:
    """Return the days since 1970-01-01."""
    return civil.day_number(day.year, day.month, day.day)


def date_of_day_number(number: int) -> FeelDate | None:
    """Return the date that many days after 1970-01-01, or None beyond the years FEEL knows."""
    return make_date(*civil.from_day_number(number))


class Time(Record):
    """A time of day: local, with an offset from UTC in seconds, or with an IANA time zone. `second` may have a fraction."""

    hour: int
    minute: int
    second: Decimal = ZERO
    offset: int | None = None
    zone: str | None = None

    @property
    def seconds(self) -> Decimal:
        """Seconds since midnight on its own clock."""
        return DECIMAL128.add(self.second, self.hour * 3600 + self.minute * 60)

    @property
    def zoned(self) -> bool:
        """True when its relation to UTC is known."""
        return self.offset is not None or self.zone is not None

    def __str__(self) -> str:
        second, _, fraction = format(self.second, "f").partition(".")
        fraction = fraction.rstrip("0")
        text = f"{self.hour:02d}:{self.minute:02d}:{second:0>2}" + (f".{fraction}" if fraction else "")
        if self.zone is not None:
            return f"{text}@{self.zone}"
        return text if self.offset is None else text + write_offset(self.offset)

    @classmethod
    def from_seconds(cls, seconds: Decimal, *, offset: int | None = None, zone: str | None = None) -> Time:
        """Return the time that many seconds after midnight; `seconds` is in 0..86400, the end excluded."""
        total = int(seconds)
        second = DECIMAL128.subtract(seconds, total - total % 60)
        return cls(hour=total // 3600, minute=total // 60 % 60, second=second, offset=offset, zone=zone)

    @classmethod
    def from_time(cls, value: dt.time) -> Time:
        """Return a Python time as a FEEL time."""
        delta = value.utcoffset()
        offset = None if delta is None else int(delta.total_seconds())
        return cls(hour=value.hour, minute=value.minute, second=_second(value.second, value.microsecond), offset=offset)


MIDNIGHT: Final = Time(hour=0, minute=0)
MIDNIGHT_UTC: Final = Time(hour=0, minute=0, offset=0)


class DateTime(Record):
    """A date and time: local, with an offset, or with an IANA time zone."""

    date: FeelDate
    time: Time

    def __str__(self) -> str:
        return f"{self.date}T{self.time}"

    @classmethod
    def from_datetime(cls, value: dt.datetime) -> DateTime:
        """Return a Python datetime as a FEEL date and time.

        A ZoneInfo keeps its name, other zones become an offset; so does the second pass through an hour that a zone has twice, which
        the name alone would not tell.
        """
        zone = getattr(value.tzinfo, "key", None)
        delta = value.utcoffset()
        if zone is not None and value.fold and value.replace(fold=0).utcoffset() != delta:
            zone = None
        offset = int(delta.total_seconds()) if delta is not None and zone is None else None
        second = _second(value.second, value.microsecond)
        time = Time(hour=value.hour, minute=value.minute, second=second, offset=offset, zone=zone)
        return cls(date=dt.date(value.year, value.month, value.day), time=time)

    def to_datetime(self, zone: dt.tzinfo | None = None) -> dt.datetime:
        """Return it as a Python datetime, cut to microseconds.

        Args:
            zone: used for a local date and time; without it the answer is naive.

        Raises:
            OverflowError: the year is outside 1..9999.
        """
        if isinstance(self.date, FarDate):
            raise OverflowError(f"Python has no date {self.date}.")
        if self.time.zone is not None:
            from zoneinfo import ZoneInfo

            zone = ZoneInfo(self.time.zone)
        elif self.time.offset is not None:
            zone = dt.timezone(dt.timedelta(seconds=self.time.offset))
        second = int(self.time.second)
        microsecond = int(DECIMAL128.multiply(DECIMAL128.subtract(self.time.second, second), 1_000_000))
        clock = dt.time(self.time.hour, self.time.minute, second, microsecond, tzinfo=zone)
        return dt.datetime.combine(self.date, clock)


class DaysTimeDuration(Record):
    """A days and time duration, in seconds."""

    seconds: Decimal

    def __str__(self) -> str:
        days, hours, minutes, seconds = self.parts()
        sign = "-" if self.seconds < 0 else ""
        digits = format(abs(seconds), "f")
        if "." in digits:
            digits = digits.rstrip("0").rstrip(".")
        clock = (f"{abs(hours)}H" if hours else "") + (f"{abs(minutes)}M" if minutes else "") + (f"{digits}S" if seconds else "")
        if not days and not clock:
            return "PT0S"
        return f"{sign}P" + (f"{abs(days)}D" if days else "") + (f"T{clock}" if clock else "")

    def parts(self) -> tuple[int, int, int, Decimal]:
        """Return days, hours, minutes and seconds; all carry the sign of the duration."""
        total = int(abs(self.seconds))
        fraction = DECIMAL128.subtract(abs(self.seconds), total)
        sign = -1 if self.seconds < 0 else 1
        second = DECIMAL128.multiply(DECIMAL128.add(fraction, total % 60), sign)
        return sign * (total // SECONDS_PER_DAY), sign * (total // 3600 % 24), sign * (total // 60 % 60), second

    @classmethod
    def from_timedelta(cls, value: dt.timedelta) -> DaysTimeDuration:
        """Return a Python timedelta as a FEEL duration."""
        whole = value.days * SECONDS_PER_DAY + value.seconds
        return cls(seconds=DECIMAL128.add(Decimal(whole), DECIMAL128.divide(Decimal(value.microseconds), 1_000_000)))

    def to_timedelta(self) -> dt.timedelta:
        """Return it as a Python timedelta, cut to microseconds; OverflowError beyond about 2.7 million years."""
        whole = int(self.seconds)
        microseconds = int(DECIMAL128.multiply(DECIMAL128.subtract(self.seconds, whole), 1_000_000))
        return dt.timedelta(seconds=whole, microseconds=microseconds)


class YearsMonthsDuration(Record):
    """A years and months duration, in months."""

    months: int

    def __str__(self) -> str:
        years, months = divmod(abs(self.months), 12)
        if not years and not months:
            return "P0M"
        return ("-" if self.months < 0 else "") + "P" + (f"{years}Y" if years else "") + (f"{months}M" if months else "")


class Range(Record):
    """A range; an end that is None is not bounded, and not included."""

    start: Any
    end: Any
    start_included: bool
    end_included: bool


class Parameter(Record):
    """A parameter of a function; `type` is a `FeelType`, None accepts everything."""

    name: str
    type: Any = None


class Function(Record):
    """A function that FEEL can call.

    Args:
        parameters: in order; arguments are converted to their types before `invoke` is called.
        invoke: called with the running evaluation (pass it to `Expression.value_within`) and the arguments.
        name: for messages.
        result: a `FeelType`, or None when it is not declared.
    """

    parameters: tuple[Parameter, ...]
    invoke: Callable[[Any, Sequence[Any]], Any]
    name: str = "function"
    result: Any = None

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)


def write_offset(seconds: int) -> str:
    """Return an offset as Z or +hh:mm, with seconds only when there are some."""
    if seconds == 0:
        return "Z"
    hours, rest = divmod(abs(seconds), 3600)
    text = f"{'-' if seconds < 0 else '+'}{hours:02d}:{rest // 60:02d}"
    return text + (f":{rest % 60:02d}" if rest % 60 else "")


def _second(second: int, microsecond: int) -> Decimal:
    return Decimal(second) if not microsecond else Decimal(f"{second}.{microsecond:06d}")
