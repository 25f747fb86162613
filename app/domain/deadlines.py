"""ISO 8601 durations and repeating intervals on a calendar: days, weeks, months and years are steps of local dates, hours are exact."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal

_DURATION = re.compile(
    r"(?P<sign>-?)P(?=[\dT])(?:(?P<years>\d{1,4})Y)?(?:(?P<months>\d{1,5})M)?(?:(?P<weeks>\d{1,5})W)?(?:(?P<days>\d{1,6})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,8})H)?(?:(?P<minutes>\d{1,8})M)?(?:(?P<seconds>\d{1,10}(?:[.,]\d{1,9})?)S)?)?\Z"
)
_DATE_TIME = re.compile(r"\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?(?:@[\w/+-]+)?)?\Z")
_REPEAT = re.compile(r"R(?P<times>-1|\d{0,6})/(?P<rest>[^/]+(?:/[^/]+)?)\Z")

LATEST = datetime(9999, 12, 31, tzinfo=UTC)
"""What has a local time in every zone; a day later is beyond the calendar in some."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarDuration:
    """A signed duration: `months` and `days` are steps of the local calendar, `exact` is elapsed time."""

    months: int = 0
    days: int = 0
    exact: timedelta = timedelta(0)

    def times(self, count: int) -> CalendarDuration:
        """Return the duration repeated `count` times, as one step from its start (so that 31 January steps to the ends of months)."""
        return CalendarDuration(months=self.months * count, days=self.days * count, exact=self.exact * count)

    @property
    def is_positive(self) -> bool:
        """Whether the duration moves forward in time."""
        return not self.months < 0 and not self.days < 0 and self.exact >= timedelta(0) and bool(self.months or self.days or self.exact)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """An ISO 8601 repeating interval. `times` None repeats for ever; `start` None begins one step after it is armed."""

    times: int | None
    start: datetime | date | None
    step: CalendarDuration


def parse_duration(text: str) -> CalendarDuration:
    """Return the ISO 8601 duration that `text` writes; ValueError when it is none."""
    match = _DURATION.match(text.strip())
    if match is None:
        raise ValueError(f'Expected an ISO 8601 duration such as "P3D" or "PT4H", but got "{text}".')
    minus, *whole, seconds = match.groups()
    sign = -1 if minus else 1
    years, months, weeks, days, hours, minutes = [int(digits or 0) for digits in whole]
    microseconds = int(Decimal(seconds.replace(",", ".")) * 1_000_000) if seconds else 0
    exact = timedelta(hours=hours, minutes=minutes, microseconds=microseconds)
    return CalendarDuration(months=sign * (years * 12 + months), days=sign * (weeks * 7 + days), exact=sign * exact)


def write_duration(duration: CalendarDuration) -> str:
    """Return the ISO 8601 text of a duration that does not go backwards."""
    seconds, microseconds = duration.exact.days * 86_400 + duration.exact.seconds, duration.exact.microseconds
    time_part = f"T{seconds}.{microseconds:06}S" if microseconds else f"T{seconds}S"
    return f"P{duration.months}M{duration.days}D{time_part}"


def parse_instant(text: str) -> datetime | date:
    """Return the ISO 8601 date, or date and time, that `text` writes; without an offset it is local. ValueError when it is none."""
    text = text.strip()
    if not _DATE_TIME.match(text):
        raise ValueError(f'Expected an ISO 8601 date and time such as "2026-07-01T09:00:00+02:00", but got "{text}".')
    text = text.partition("@")[0]
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def parse_repeat(text: str) -> Repeat:
    """Return the ISO 8601 repeating interval that `text` writes, such as R3/PT1H; ValueError when it is none."""
    match = _REPEAT.match(text.strip())
    if match is None:
        raise ValueError(f'Expected an ISO 8601 repeating interval such as "R3/PT1H", but got "{text}".')
    times = None if match["times"] in ("", "-1") else int(match["times"])
    first, _, second = match["rest"].partition("/")
    start: datetime | date | None = None
    if second and first.lstrip("-").startswith("P"):
        raise ValueError(f'Expected a start and a duration in "{text}": an interval that is given by its end cannot be repeated from now.')
    if second:
        start = parse_instant(first)
    step = parse_duration(second or first)
    if not step.is_positive:
        raise ValueError(f'Expected a positive interval in "{text}".')
    return Repeat(times=times, start=start, step=step)


def to_instant(value: datetime | date, zone: tzinfo) -> datetime:
    """Return the instant in UTC; a value without an offset is local time in `zone`, a date is its first moment there."""
    if not isinstance(value, datetime):
        value = datetime.combine(value, time(0))
    if value.utcoffset() is None:
        value = value.replace(tzinfo=zone)
    return value.astimezone(UTC)


def add_duration(instant: datetime, duration: CalendarDuration, zone: tzinfo) -> datetime:
    """Return the instant in UTC after `duration`: first the calendar steps in `zone`, then the exact time.

    1. Months keep the day of the month, or take the last day of a shorter month; then days.
    2. A local time that the clock skips moves forward by the gap; of a local time that comes twice the first is meant.
    3. Hours, minutes and seconds are elapsed time.

    Raises:
        OverflowError: outside of the years 1 to 9999.
    """
    if duration.months or duration.days:
        local = instant.astimezone(zone)
        # Python adds to the time on the wall; the sum is the first where that comes twice.
        instant = (add_months(local, duration.months) if duration.months else local) + timedelta(days=duration.days)
    return instant.astimezone(UTC) + duration.exact


def add_elapsed(instant: datetime, elapsed: timedelta) -> datetime:
    """Return the instant so much later; one that would lie beyond LATEST stays, such as 9999-12-31 for "never"."""
    return instant + elapsed if elapsed <= LATEST - instant else instant


def add_months(local: datetime, months: int) -> datetime:
    """Return the local time `months` later, on the last day of the month where the day does not exist."""
    index = local.year * 12 + local.month - 1 + months
    year, month = index // 12, index % 12 + 1
    if not 1 <= year <= 9999:
        raise OverflowError("date value out of range")
    return local.replace(year=year, month=month, day=min(local.day, monthrange(year, month)[1]))
