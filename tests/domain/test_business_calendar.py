"""Business time: working hours, holidays, both switches of the clock, and what holds for any calendar."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.business_calendar import (
    BusinessCalendar,
    Span,
    add_business_duration,
    add_business_time,
    add_working_days,
    business_time_between,
    next_working_instant,
    parse_spans,
    subtract_business_duration,
)
from app.domain.deadlines import CalendarDuration, parse_duration

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
OFFICE = parse_spans(["09:00-17:00"])
OFFICE_WEEK = (OFFICE,) * 5 + ((), ())


def calendar(**overrides):
    return BusinessCalendar(**{"zone": AMSTERDAM, "week": OFFICE_WEEK} | overrides)


def at(text, zone=AMSTERDAM):
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def told(instant, zone=AMSTERDAM):
    return instant.astimezone(zone).strftime("%a %d %b %H:%M %Z")


@pytest.mark.parametrize(
    ("begins", "hours", "expected"),
    [
        ("2026-11-02T09:00", 8, "Mon 02 Nov 17:00 CET"),
        ("2026-11-02T09:00", 9, "Tue 03 Nov 10:00 CET"),
        ("2026-11-06T16:00", 2, "Mon 09 Nov 10:00 CET"),
        ("2026-11-07T12:00", 0, "Mon 09 Nov 09:00 CET"),
        ("2026-11-02T17:00", 0, "Tue 03 Nov 09:00 CET"),
        ("2026-11-02T03:00", 1, "Mon 02 Nov 10:00 CET"),
        ("2026-11-02T09:00", 48, "Mon 09 Nov 17:00 CET"),
    ],
)
def test_hours_are_counted_while_people_work(begins, hours, expected):
    """ESC-02 with `calendar` business."""
    assert told(add_business_time(at(begins), timedelta(hours=hours), calendar())) == expected


@pytest.mark.parametrize(
    ("begins", "days", "expected"),
    [
        ("2026-11-02T10:00", 3, "Thu 05 Nov 10:00 CET"),
        ("2026-11-06T10:00", 1, "Mon 09 Nov 10:00 CET"),
        ("2026-11-07T12:00", 1, "Tue 10 Nov 09:00 CET"),
        ("2026-11-02T18:00", 1, "Wed 04 Nov 09:00 CET"),
        ("2026-11-02T10:00", 0, "Mon 02 Nov 10:00 CET"),
        ("2026-10-23T10:00", 1, "Mon 26 Oct 10:00 CET"),  # the clock goes back in between
        ("2026-03-27T10:00", 1, "Mon 30 Mar 10:00 CEST"),  # and forward
    ],
)
def test_working_days_keep_the_time_of_day(begins, days, expected):
    """ESC-01 with `calendar` business, ESC-06."""
    assert told(add_working_days(at(begins), days, calendar())) == expected


def test_holidays_and_days_with_hours_of_their_own_count_as_they_are():
    christmas = calendar(
        holidays=frozenset({date(2026, 12, 25), date(2026, 12, 26)}),
        exceptions={date(2026, 12, 24): parse_spans(["09:00-12:00"]), date(2026, 12, 26): parse_spans(["10:00-11:00"])},
    )

    assert told(add_business_time(at("2026-12-24T11:00"), timedelta(hours=1), christmas)) == "Thu 24 Dec 12:00 CET"
    assert told(add_business_time(at("2026-12-24T11:00"), timedelta(hours=2), christmas)) == "Sat 26 Dec 11:00 CET"
    assert told(add_working_days(at("2026-12-23T15:00"), 1, christmas)) == "Thu 24 Dec 12:00 CET"
    assert told(add_working_days(at("2026-12-23T15:00"), 3, christmas)) == "Mon 28 Dec 15:00 CET"


def test_a_day_that_falls_into_a_break_goes_on_after_it():
    lunch = calendar(week=(OFFICE, *(parse_spans(["09:00-12:00", "13:00-17:00"]),) * 4, (), ()))

    assert told(add_working_days(at("2026-11-02T12:30"), 1, lunch)) == "Tue 03 Nov 13:00 CET"


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-29", 7), ("2026-10-25", 9), ("2026-03-28", 8)], ids=["spring forward", "fall back", "any"]
)
def test_a_night_has_the_hours_that_pass_in_it(day, hours):
    """ESC-06: what the clock skips was never worked, what it repeats was worked twice."""
    nights = calendar(week=(parse_spans(["00:00-08:00"]),) * 7)
    begins = at(f"{day}T00:00")

    assert business_time_between(begins, at(f"{day}T12:00"), nights) == timedelta(hours=hours)
    assert told(add_business_time(begins, timedelta(hours=hours), nights)).split()[3] == "08:00"


@pytest.mark.parametrize(("span", "minutes"), [("02:15-02:45", 0), ("01:30-02:30", 30), ("02:30-03:30", 30)])
def test_hours_that_the_clock_skips_are_not_there(span, minutes):
    skipped = calendar(week=(parse_spans([span]),) * 7)

    assert business_time_between(at("2026-03-29T00:00"), at("2026-03-29T12:00"), skipped) == timedelta(minutes=minutes)


def test_a_day_that_never_was_is_no_working_day():
    """Samoa went from the 29th to the 31st of December 2011."""
    zone = ZoneInfo("Pacific/Apia")
    daily = calendar(zone=zone, week=(OFFICE,) * 7)

    assert told(add_working_days(at("2011-12-29T10:00", zone), 1, daily), zone).startswith("Sat 31 Dec 10:00")


def test_months_come_first_then_working_days_then_hours():
    assert told(add_business_duration(at("2026-10-05T10:00"), parse_duration("P1M1DT7H"), calendar())) == "Fri 06 Nov 17:00 CET"


@pytest.mark.parametrize(
    ("texts", "told_why"),
    [
        (["9-17"], "Expected hours such as"),
        (["09:60-17:00"], "Expected hours such as"),
        (["17:00-09:00"], "end after they start"),
        (["09:00-09:00"], "end after they start"),
        (["09:00-24:01"], "Expected hours such as|end after they start"),
        (["12:00-17:00", "09:00-12:30"], "in their order without overlap"),
        ([f"{hour:02}:00-{hour:02}:30" for hour in range(9)], "at most 8"),
    ],
)
def test_hours_that_make_no_sense_are_refused(texts, told_why):
    with pytest.raises(ValueError, match=told_why):
        parse_spans(texts)


@pytest.mark.parametrize(
    ("due", "before", "expected"),
    [
        ("2026-11-09T10:00", "P1D", "Fri 06 Nov 10:00 CET"),
        ("2026-11-09T10:00", "PT2H", "Fri 06 Nov 16:00 CET"),
        ("2026-11-08T12:00", "PT0S", "Fri 06 Nov 17:00 CET"),
        ("2026-11-09T10:00", "P1M1DT1H", "Tue 06 Oct 09:00 CEST"),
    ],
)
def test_what_comes_before_a_date_comes_in_working_hours(due, before, expected):
    assert told(subtract_business_duration(at(due), parse_duration(before), calendar())) == expected


def test_a_week_without_working_hours_is_refused():
    with pytest.raises(ValueError, match="on one weekday at least"):
        calendar(week=((),) * 7)
    with pytest.raises(ValueError, match="seven weekdays"):
        calendar(week=(OFFICE,))


def test_time_is_not_counted_backwards():
    with pytest.raises(ValueError, match="forward"):
        add_business_time(at("2026-11-02T09:00"), timedelta(hours=-1), calendar())
    with pytest.raises(ValueError, match="forward"):
        add_working_days(at("2026-11-02T09:00"), -1, calendar())


def test_what_never_comes_is_refused_and_not_looked_for_for_ever():
    begins = at("2026-11-02T09:00")
    closed = calendar(week=(OFFICE, *((),) * 6), exceptions={date(2026, 1, 1) + timedelta(days=n): () for n in range(5000)})

    with pytest.raises(OverflowError):
        next_working_instant(begins, closed)
    with pytest.raises(OverflowError):
        add_working_days(begins, 100_000, calendar())
    with pytest.raises(OverflowError):
        add_business_time(begins, timedelta(days=100_000), calendar())
    with pytest.raises(OverflowError):
        business_time_between(begins, begins + timedelta(days=5000), calendar())


ZONES = st.sampled_from(
    ["UTC", "Europe/Amsterdam", "America/St_Johns", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Pacific/Apia", "Australia/Lord_Howe"]
).map(ZoneInfo)
INSTANTS = st.datetimes(
    min_value=datetime.fromisoformat("2011-01-01"), max_value=datetime.fromisoformat("2030-01-01"), timezones=st.just(UTC)
)
DURATIONS = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=12))


@st.composite
def spans(draw):
    edges = sorted(draw(st.sets(st.integers(0, 96), max_size=6)))
    return tuple(Span(starts=a * 15, ends=b * 15) for a, b in zip(edges[::2], edges[1::2], strict=False))


def holds_a_sum_of_durations(week):
    """Whether two of DURATIONS end within the days that one calculation walks over: two hours a week are enough."""
    return sum(span.ends - span.starts for day in week for span in day) >= 120


@st.composite
def calendars(draw):
    week = draw(st.tuples(*[spans()] * 7).filter(holds_a_sum_of_durations))
    days = st.dates(min_value=date(2011, 1, 1), max_value=date(2030, 1, 1))
    return BusinessCalendar(
        zone=draw(ZONES),
        week=week,
        holidays=draw(st.frozensets(days, max_size=5)),
        exceptions=draw(st.dictionaries(days, spans(), max_size=3)),
    )


def is_working(instant, within):
    """Whether an instant lies in working hours, their ends included."""
    day = instant.astimezone(within.zone).date()
    around = [day + timedelta(days=step) for step in (-1, 0, 1)]
    return any(starts <= instant <= ends for each in around for starts, ends in within.hours_on(each))


@settings(max_examples=80, deadline=None)
@given(within=calendars(), begins=INSTANTS, duration=DURATIONS, more=DURATIONS)
def test_adding_is_monotonic_ends_in_working_hours_and_is_inverted_by_the_difference(within, begins, duration, more):
    """ESC-06."""
    ends = add_business_time(begins, duration, within)

    assert is_working(ends, within)
    assert ends >= begins
    assert business_time_between(begins, ends, within) == duration
    assert business_time_between(ends, begins, within) == -duration
    assert add_business_time(begins, duration + more, within) >= ends
    assert add_business_time(begins + more, duration, within) >= ends
    if duration:
        before = subtract_business_duration(ends, CalendarDuration(exact=duration), within)
        assert is_working(before, within)
        assert business_time_between(before, ends, within) == duration


@settings(max_examples=60, deadline=None)
@given(within=calendars(), begins=INSTANTS, days=st.integers(0, 30), later=DURATIONS)
def test_working_days_are_monotonic_and_end_in_working_hours(within, begins, days, later):
    ends = add_working_days(begins, days, within)

    assert is_working(ends, within)
    assert ends >= begins
    assert add_working_days(begins + later, days, within) >= ends
    assert add_working_days(begins, days + 1, within) > ends


@settings(max_examples=40, deadline=None)
@given(
    week=st.tuples(*[spans()] * 7).filter(any),
    local=st.datetimes(min_value=datetime.fromisoformat("2020-01-01"), max_value=datetime.fromisoformat("2029-01-01")),
    duration=DURATIONS,
)
def test_zones_without_switches_give_the_same_local_time_on_both_sides_of_the_date_line(week, local, duration):
    """The weekday is that of the calendar's own zone, never that of UTC."""
    found = {
        add_business_time(local.replace(tzinfo=zone), duration, BusinessCalendar(zone=zone, week=week))
        .astimezone(zone)
        .replace(tzinfo=None)
        for zone in map(ZoneInfo, ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kolkata"])
    }

    assert len(found) == 1
