"""Due dates: ISO 8601 durations added to an instant, calendar steps in the time zone of the environment."""

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_DURATION = re.compile(
    r"P(?=.)(?:(?P<years>\d{1,4})Y)?(?:(?P<months>\d{1,5})M)?(?:(?P<weeks>\d{1,5})W)?(?:(?P<days>\d{1,6})D)?"
    r"(?:T(?=.)(?:(?P<hours>\d{1,7})H)?(?:(?P<minutes>\d{1,8})M)?(?:(?P<seconds>\d{1,9})S)?)?\Z"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarDuration:
    """Calendar steps (months, days) and an exact time: P3D is three days by the calendar, PT72H exactly 72 hours."""

    months: int = 0
    days: int = 0
    exact: timedelta = timedelta()


def parse_duration(text: str) -> CalendarDuration:
    """Return the duration that ISO 8601 `text` writes.

    Raises:
        ValueError: not a duration such as P3D, PT48H or P1M.
    """
    match = _DURATION.match(text.strip())
    if match is None:
        raise ValueError(f"Expected an ISO 8601 duration such as P3D or PT48H, but got {text!r}.")
    part = {name: int(value or 0) for name, value in match.groupdict().items()}
    return CalendarDuration(
        months=part["years"] * 12 + part["months"],
        days=part["weeks"] * 7 + part["days"],
        exact=timedelta(hours=part["hours"], minutes=part["minutes"], seconds=part["seconds"]),
    )


def add_duration(start: datetime, duration: CalendarDuration, zone: ZoneInfo) -> datetime:
    """Return the aware UTC instant `duration` after `start`.

    1. Calendar steps move the local date and keep the local time: a day may last 23 or 25 hours.
    2. A local time that a clock change skips moves forward by the gap; one that comes twice is the first.
    3. The exact part is added in UTC.

    Source: ESC-06.
    """
    if duration.months or duration.days:
        local = start.astimezone(zone)
        moved = _add_months(local.replace(tzinfo=None), duration.months) + timedelta(days=duration.days)
        start = moved.replace(tzinfo=zone, fold=0).astimezone(UTC)
    return start.astimezone(UTC) + duration.exact


def _add_months(local: datetime, months: int) -> datetime:
    if not months:
        return local
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    return local.replace(year=year, month=month + 1, day=min(local.day, calendar.monthrange(year, month + 1)[1]))
