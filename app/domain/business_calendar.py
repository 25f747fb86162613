"""Business time: working hours by weekday in a time zone, without holidays; adding to it, measuring it, finding its next moment."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from app.domain.deadlines import CalendarDuration, add_duration

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SPANS_MAX = 8  # a day
DAYS_MAX = 366 * 10  # that one calculation walks over
MINUTES_A_DAY = 24 * 60
_SPAN = re.compile(r"(\d{2}):(\d{2})\s*-\s*(\d{2}):(\d{2})\Z")
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Working time within a day of the local clock, in minutes from midnight; it ends before `ends`, which may be 1440."""

    starts: int
    ends: int

    def __str__(self) -> str:
        return f"{self.starts // 60:02}:{self.starts % 60:02}-{self.ends // 60:02}:{self.ends % 60:02}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessCalendar:
    """Working hours of Monday to Sunday, days off, and days with hours of their own, which win over both.

    Raises:
        ValueError: no working time in the week; spans that overlap, end before they start or are too many.
    """

    zone: tzinfo
    week: tuple[tuple[Span, ...], ...]
    holidays: frozenset[date] = frozenset()
    exceptions: Mapping[date, tuple[Span, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.week) != len(WEEKDAYS):
            raise ValueError("Expected the hours of seven weekdays.")
        for spans in (*self.week, *self.exceptions.values()):
            _check_spans(spans)
        if not any(self.week):
            raise ValueError("Expected working hours on one weekday at least: in a week without any nothing would ever be due.")

    def spans_on(self, day: date) -> tuple[Span, ...]:
        """Return the working hours of a local date as the calendar writes them."""
        own = self.exceptions.get(day)
        if own is not None:
            return own
        return () if day in self.holidays else self.week[day.weekday()]

    def hours_on(self, day: date) -> list[tuple[datetime, datetime]]:
        """Return the working hours of a local date as instants, earliest first; those that the clock skips are not there."""
        found = ((_instant_of(day, span.starts, self.zone), _instant_of(day, span.ends, self.zone)) for span in self.spans_on(day))
        return [(starts, ends) for starts, ends in found if starts < ends]


def parse_spans(texts: Sequence[str]) -> tuple[Span, ...]:
    """Return the working hours of a day that texts such as "09:00-12:30" write.

    Raises:
        ValueError: a text writes no span, or they overlap.
    """
    spans = []
    for text in texts:
        match = _SPAN.match(text.strip())
        numbers = [int(each) for each in match.groups()] if match else []
        if not numbers or numbers[1] > 59 or numbers[3] > 59:
            raise ValueError(f'Expected hours such as "09:00-17:00", but got "{text}".')
        spans.append(Span(starts=numbers[0] * 60 + numbers[1], ends=numbers[2] * 60 + numbers[3]))
    _check_spans(spans)
    return tuple(spans)


def add_business_time(instant: datetime, duration: timedelta, calendar: BusinessCalendar) -> datetime:
    """Return the instant in UTC after `duration` of working time; of none the next working instant.

    Time that ends with the working day ends there, not on the next morning.

    Raises:
        ValueError: the duration is negative.
        OverflowError: it ends more than DAYS_MAX days later.
    """
    if duration < timedelta(0):
        raise ValueError("Expected a duration that moves forward: working time is not counted backwards.")
    left = duration
    for starts, ends in _hours_from(instant, calendar):
        if starts + left <= ends:
            return starts + left
        left -= ends - starts
    raise OverflowError(f"no working time within {DAYS_MAX} days")


def next_working_instant(instant: datetime, calendar: BusinessCalendar) -> datetime:
    """Return the first working instant that is not before `instant`, in UTC; the end of a working day is none any more."""
    return add_business_time(instant, timedelta(0), calendar)


def add_working_days(instant: datetime, days: int, calendar: BusinessCalendar) -> datetime:
    """Return the instant in UTC `days` working days later, at the same time of the local clock.

    1. What begins outside of working hours begins with the next ones.
    2. Where the time falls into a break, its end counts; after the last hours of a short day, their end.

    Raises:
        ValueError: the number is negative.
        OverflowError: it ends more than DAYS_MAX days later.
    """
    if days < 0:
        raise ValueError("Expected a duration that moves forward: working days are not counted backwards.")
    began = next_working_instant(instant, calendar)
    if not days:
        return began
    local = began.astimezone(calendar.zone)
    left = days
    for day in _days_from(local.date() + timedelta(days=1)):
        hours = calendar.hours_on(day)
        left -= bool(hours)
        if not left:
            wanted = _instant_at(datetime.combine(day, local.time()), calendar.zone)
            return next((max(starts, wanted) for starts, ends in hours if wanted < ends), hours[-1][1])
    raise OverflowError(f"fewer than {days} working days within {DAYS_MAX} days")


def add_business_duration(instant: datetime, duration: CalendarDuration, calendar: BusinessCalendar) -> datetime:
    """Return the instant in UTC after months of the calendar, then working days, then working time.

    Raises:
        ValueError: the duration is negative.
        OverflowError: it ends beyond what is counted.
    """
    if duration.months:
        instant = add_duration(instant, CalendarDuration(months=duration.months), calendar.zone)
    return add_business_time(add_working_days(instant, duration.days, calendar), duration.exact, calendar)


def subtract_business_duration(instant: datetime, duration: CalendarDuration, calendar: BusinessCalendar) -> datetime:
    """Return the latest instant in UTC from which so much working time, then so many working days, then months, lead up to `instant`.

    Raises:
        OverflowError: it began before what is counted.
    """
    began = _subtract_time(instant, duration.exact, calendar)
    if duration.days:
        local = began.astimezone(calendar.zone)
        left = duration.days
        for day in _days_from(local.date() - timedelta(days=1), step=-1):
            hours = calendar.hours_on(day)
            left -= bool(hours)
            if not left:
                wanted = _instant_at(datetime.combine(day, local.time()), calendar.zone)
                began = next((min(ends, wanted) for starts, ends in reversed(hours) if starts <= wanted), hours[0][0])
                break
        else:
            raise OverflowError(f"fewer than {duration.days} working days within {DAYS_MAX} days")
    return add_duration(began, CalendarDuration(months=-duration.months), calendar.zone) if duration.months else began


def _subtract_time(instant: datetime, duration: timedelta, calendar: BusinessCalendar) -> datetime:
    instant, left = instant.astimezone(UTC), duration
    for day in _days_from(instant.astimezone(calendar.zone).date() + timedelta(days=1), step=-1):
        for starts, ends in reversed(calendar.hours_on(day)):
            if starts >= instant:
                continue
            if min(ends, instant) - left >= starts:
                return min(ends, instant) - left
            left -= min(ends, instant) - starts
    raise OverflowError(f"no working time within {DAYS_MAX} days")


def business_time_between(earlier: datetime, later: datetime, calendar: BusinessCalendar) -> timedelta:
    """Return the working time between two instants, negative when they are the other way round.

    Raises:
        OverflowError: they are more than DAYS_MAX days apart.
    """
    if later < earlier:
        return -business_time_between(later, earlier, calendar)
    passed = timedelta(0)
    for starts, ends in _hours_from(earlier, calendar):
        if starts >= later:
            return passed
        passed += min(ends, later) - starts
        if ends >= later:
            return passed
    if later - earlier > timedelta(days=DAYS_MAX):
        raise OverflowError(f"the instants are more than {DAYS_MAX} days apart")
    return passed


def _hours_from(instant: datetime, calendar: BusinessCalendar) -> Iterator[tuple[datetime, datetime]]:
    """Give the working hours from `instant` on, the first of them cut at it."""
    instant = instant.astimezone(UTC)
    for day in _days_from(instant.astimezone(calendar.zone).date()):
        for starts, ends in calendar.hours_on(day):
            if ends > instant:
                yield max(starts, instant), ends


def _days_from(day: date, *, step: int = 1) -> Iterator[date]:
    for number in range(DAYS_MAX + 2):
        yield day + timedelta(days=number * step)


def _instant_of(day: date, minute: int, zone: tzinfo) -> datetime:
    return _instant_at(datetime.combine(day, time(0)) + timedelta(minutes=minute), zone)


def _instant_at(local: datetime, zone: tzinfo) -> datetime:
    """Return the instant of a local time: of one that comes twice the first, of one that is skipped the moment of the switch.

    So later local times are never earlier instants, and neighbouring hours stay neighbours.
    """
    first = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) == local:
        return first
    before, after = local.replace(tzinfo=zone, fold=1).astimezone(UTC), first
    old = before.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)


def _check_spans(spans: Sequence[Span]) -> None:
    if len(spans) > SPANS_MAX:
        raise ValueError(f"Expected at most {SPANS_MAX} spans of working hours a day, but there are {len(spans)}.")
    free_from = 0
    for span in spans:
        if not 0 <= span.starts < span.ends <= MINUTES_A_DAY:
            raise ValueError(f'Expected hours that end after they start, on the same day, but got "{span}"; a night ends at 24:00.')
        if span.starts < free_from:
            raise ValueError(f'Expected hours in their order without overlap, but "{span}" begins before the ones before it end.')
        free_from = span.ends
