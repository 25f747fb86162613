"""Durations: calendar steps in local time, hours as they pass."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.deadlines import (
    CalendarDuration,
    add_duration,
    add_elapsed,
    add_months,
    parse_duration,
    parse_instant,
    parse_repeat,
    to_instant,
    write_duration,
)

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def local(text):
    """Return a local time of Amsterdam in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM).astimezone(UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("P3D", CalendarDuration(days=3)),
        ("P2W", CalendarDuration(days=14)),
        ("P1Y2M", CalendarDuration(months=14)),
        ("PT4H30M", CalendarDuration(exact=timedelta(hours=4, minutes=30))),
        ("P1DT0.5S", CalendarDuration(days=1, exact=timedelta(milliseconds=500))),
        (" PT1,5S ", CalendarDuration(exact=timedelta(milliseconds=1500))),
        ("-P1M", CalendarDuration(months=-1)),
        ("-PT1H", CalendarDuration(exact=timedelta(hours=-1))),
    ],
)
def test_durations_are_read(text, expected):
    assert parse_duration(text) == expected


@pytest.mark.parametrize("text", ["P3D", "P1Y2M", "PT4H30M", "P1DT0.5S", "PT0S"])
def test_durations_are_written_so_that_they_are_read_again(text):
    assert parse_duration(write_duration(parse_duration(text))) == parse_duration(text)


@pytest.mark.parametrize("text", ["", "P", "PT", "3D", "P3", "P1.5D", "PD", "P1H", "PT1D", "P-1D", "P1D ago", "P9999999D", "P٣D\n\0"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError, match="Expected an ISO 8601 duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("start", "text", "expected"),
    [
        ("2026-10-24T10:00", "P1D", "2026-10-25T10:00"),
        ("2026-03-28T10:00", "P1D", "2026-03-29T10:00"),
        ("2026-01-31T09:00", "P1M", "2026-02-28T09:00"),
        ("2024-02-29T09:00", "P1Y", "2025-02-28T09:00"),
        ("2026-03-31T09:00", "-P1M", "2026-02-28T09:00"),
        ("2026-03-28T02:30", "P1D", "2026-03-29T03:30"),
    ],
)
def test_days_and_months_are_steps_of_the_local_calendar(start, text, expected):
    """ESC-06: a day is 25 hours long when the clock goes back; a time that the clock skips moves on."""
    assert add_duration(local(start), parse_duration(text), AMSTERDAM) == local(expected)


@pytest.mark.parametrize(("start", "text"), [("2026-10-24T02:30", "P1D"), ("2026-09-25T02:30", "P1M"), ("2026-10-26T02:30", "-P1D")])
def test_of_a_local_time_that_comes_twice_the_first_is_meant(start, text):
    """ESC-06."""
    assert add_duration(local(start), parse_duration(text), AMSTERDAM) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_month_from_the_second_of_two_equal_local_times_is_a_month_from_the_first():
    """ESC-06."""
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)

    assert add_duration(second, parse_duration("P1M"), AMSTERDAM) == local("2026-11-25T02:30")


def test_hours_pass_as_they_are_over_a_change_of_the_clock():
    """ESC-06."""
    start = local("2026-10-24T10:00")

    assert add_duration(start, parse_duration("PT24H"), AMSTERDAM) - start == timedelta(hours=24)
    assert add_duration(start, parse_duration("P1D"), AMSTERDAM) - start == timedelta(hours=25)


@pytest.mark.parametrize("text", ["P9999Y", "-P9999Y", "P999999D"])
def test_beyond_the_calendar_is_an_overflow(text):
    start = datetime(9000, 1, 1, tzinfo=UTC) if not text.startswith("-") else datetime(2026, 1, 1, tzinfo=UTC)

    with pytest.raises(OverflowError):
        add_duration(start, parse_duration(text), AMSTERDAM)


def test_months_repeated_step_from_the_start():
    start = datetime(2026, 1, 31, 9, 0)  # noqa: DTZ001 - a local time

    assert [add_months(start, number).day for number in range(4)] == [31, 28, 31, 30]
    assert parse_duration("P1M").times(3) == CalendarDuration(months=3)


@pytest.mark.parametrize(
    ("text", "times", "start"),
    [
        ("R3/PT1H", 3, None),
        ("R/P1D", None, None),
        ("R-1/P1D", None, None),
        ("R2/2026-11-02T09:00:00Z/P1D", 2, datetime(2026, 11, 2, 9, tzinfo=UTC)),
    ],
)
def test_repeats_are_read(text, times, start):
    found = parse_repeat(text)

    assert (found.times, found.start) == (times, start)


@pytest.mark.parametrize("text", ["P1D", "R3/", "R3/PT0S", "R3/-P1D", "R3/P1D/2026-11-02", "R1000000000/P1D", "R3/P1D/P1D"])
def test_what_repeats_nothing_or_backwards_is_refused(text):
    with pytest.raises(ValueError, match="Expected"):
        parse_repeat(text)


def test_a_moment_without_offset_is_local_and_a_date_its_first_moment():
    assert to_instant(parse_instant("2026-07-01"), AMSTERDAM) == datetime(2026, 6, 30, 22, tzinfo=UTC)
    assert to_instant(parse_instant("2026-07-01T09:00:00"), AMSTERDAM) == datetime(2026, 7, 1, 7, tzinfo=UTC)
    assert to_instant(parse_instant("2026-07-01T09:00:00+05:00"), AMSTERDAM) == datetime(2026, 7, 1, 4, tzinfo=UTC)
    assert parse_instant("2026-07-01") == date(2026, 7, 1)


@pytest.mark.parametrize("text", ["", "today", "2026-02-30", "2026-07-01T25:00", "20260701", "2026-07-01T09", "2026-7-1"])
def test_what_is_no_moment_is_refused(text):
    with pytest.raises(ValueError, match=r"Expected|range|hour|day"):
        parse_instant(text)


def test_what_lies_beyond_the_calendar_stays():
    never = datetime(9999, 12, 31, tzinfo=UTC)

    assert [add_elapsed(never, timedelta(hours=hours)) for hours in (1, 48)] == [never, never]
    assert add_elapsed(never - timedelta(hours=1), timedelta(hours=1)) == never
    assert add_elapsed(never, timedelta(days=-2)) == datetime(9999, 12, 29, tzinfo=UTC)


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1)), st.integers(0, 400), st.integers(0, 10_000))  # noqa: DTZ001
def test_a_positive_duration_never_leads_back(start, days, minutes):
    instant = start.replace(tzinfo=UTC)
    duration = CalendarDuration(days=days, exact=timedelta(minutes=minutes))

    assert add_duration(instant, duration, AMSTERDAM) >= instant
    assert duration.is_positive is bool(days or minutes)
