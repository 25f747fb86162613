"""Timers: rows with an instant, evaluated against the clock that is passed in, on the calendar of the zone that is passed in."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.domain.deadlines import CalendarDuration, add_duration, parse_duration, parse_instant, parse_repeat, to_instant
from app.domain.errors import DefinitionInvalid, ExpressionFailed, InvalidRequest
from app.engine import Execution, Ports
from tests.engine.diagrams import NOON, Play, boundary, bpmn, catch, end, parse, start, timer, user

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def waiting_for(kind, text, **settings):
    return Play(bpmn(start() + catch("C", timer(kind, text)) + end(), "S > C > E"), settings.pop("variables", {}), **settings)


@pytest.mark.parametrize(
    ("kind", "text", "due"),
    [
        ("duration", "P3D", "2026-01-04T12:00:00+00:00"),
        ("duration", "PT36H", "2026-01-03T00:00:00+00:00"),
        ("duration", "P1M", "2026-02-01T12:00:00+00:00"),
        ("duration", "P2W", "2026-01-15T12:00:00+00:00"),
        ("duration", "=P1DT1H30M0.5S", "2026-01-02T13:30:00.500000+00:00"),
        ("duration", 'duration("P2D")', "2026-01-03T12:00:00+00:00"),
        ("duration", 'duration("P1Y")', "2027-01-01T12:00:00+00:00"),
        ("duration", "remind_after", "2026-01-06T12:00:00+00:00"),
        ("date", "2026-07-01T09:00:00+02:00", "2026-07-01T07:00:00+00:00"),
        ("date", "2026-07-01T09:00:00", "2026-07-01T07:00:00+00:00"),
        ("date", "2026-07-01", "2026-06-30T22:00:00+00:00"),
        ("date", 'date("2026-01-31")', "2026-01-30T23:00:00+00:00"),
        ("date", 'date and time("2026-01-31T10:00:00Z")', "2026-01-31T10:00:00+00:00"),
        ("date", 'date and time("2026-01-31T10:00:00Z") + duration("PT1H")', "2026-01-31T11:00:00+00:00"),
        ("cycle", "R3/PT1H", "2026-01-01T13:00:00+00:00"),
        ("cycle", "R2/2026-02-01T00:00:00Z/P1D", "2026-02-01T00:00:00+00:00"),
        ("cycle", '"R" + string(2) + "/PT1H"', "2026-01-01T13:00:00+00:00"),
    ],
)
def test_text_and_expressions_give_the_instant(kind, text, due):
    play = waiting_for(kind, text, variables={"remind_after": "P5D"}, zone=AMSTERDAM)

    assert play.progress.failures == ()
    assert play.timers == [("C", datetime.fromisoformat(due))]


def test_a_timer_fires_when_it_is_due_and_not_before():
    play = waiting_for("duration", "PT1H").later(minutes=59)
    assert (play.answer, play.path) == (0, ["S"])

    play.later(minutes=1)
    assert (play.answer, play.path) == (1, ["S", "C", "E"])


def test_a_timer_keeps_its_instant_when_the_instance_is_restored_later():
    play = waiting_for("duration", "P1D").later(hours=5)

    assert play.timers == [("C", NOON + timedelta(days=1))]


@pytest.mark.parametrize("text", ["null", "3", "missing", '"tomorrow"', 'duration("P900000Y")', '"R3/PT1H"'])
def test_an_expression_that_gives_no_time_is_a_failure_that_can_be_retried(text):
    play = waiting_for("duration", text)

    assert isinstance(play.progress.failures[0].error, ExpressionFailed)
    assert play.timers == []
    if text == "missing":
        play.do("set_variables", {"missing": "P1D"}).do("retry", play.waiting_at("C")[0])
        assert play.timers == [("C", NOON + timedelta(days=1))]


@pytest.mark.parametrize(
    ("kind", "text"), [("duration", "R3/PT1H"), ("date", "P1D"), ("cycle", "PT1H"), ("cycle", "0 0 * * *"), ("duration", "1 +")]
)
def test_text_that_cannot_be_such_a_timer_is_refused_with_the_element(kind, text):
    with pytest.raises(DefinitionInvalid) as refused:
        waiting_for(kind, text)

    fault = refused.value.facts["diagnostics"][0]
    assert (fault.element, fault.code) == ("C", "timer_invalid")


def test_a_boundary_cycle_that_does_not_interrupt_fires_as_often_as_it_says():
    diagram = bpmn(
        start() + user("A") + boundary("B", "A", timer("cycle", "R3/P1D"), interrupts=False) + user("N") + end(), "S > A > E", "B > N > E"
    )
    play = Play(diagram)
    for _ in range(6):
        play.later(days=1)

    assert play.tasks == ["A", "N", "N", "N"]
    assert play.timers == []


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("P1D", "2026-03-29T07:00:00+00:00"), ("PT24H", "2026-03-29T08:00:00+00:00"), ("2026-04-01", "2026-03-31T22:00:00+00:00"),
        ("= limit", "2026-03-30T07:00:00+00:00"), ('if urgent then "PT1H" else "P1D"', "2026-03-28T09:00:00+00:00"),
    ],
)  # fmt: skip
def test_a_deadline_of_a_property_is_a_length_or_a_point_of_time(text, due):
    definition = parse(bpmn(start() + user("A") + end(), "S > A > E"))
    world = Ports(now=datetime(2026, 3, 28, 8, tzinfo=UTC), zone=AMSTERDAM)
    execution = Execution.start(definition, {"limit": "P2D", "urgent": True}, world)
    task = execution.run().entered[0].element_instance

    value = execution.read_deadline(text, task)
    found = add_duration(world.now, value, AMSTERDAM) if isinstance(value, CalendarDuration) else to_instant(value, AMSTERDAM)
    assert found == datetime.fromisoformat(due)
    for wrong in ("R3/P1D", "1 +"):
        with pytest.raises(InvalidRequest):
            execution.read_deadline(wrong, task)
    with pytest.raises(ExpressionFailed):
        execution.read_deadline("null")


def test_a_late_cycle_catches_up_one_occurrence_a_time_without_drift():
    diagram = bpmn(
        start() + user("A") + boundary("B", "A", timer("cycle", "R/P1D"), interrupts=False) + end("N") + end(), "S > A > E", "B > N"
    )
    play = Play(diagram).later(days=2, hours=7)
    assert play.answer == 1
    assert play.timers == [("B", NOON + timedelta(days=2))]

    play.later()
    assert play.timers == [("B", NOON + timedelta(days=3))]


def test_an_interrupting_timer_cancels_the_task_and_other_timers():
    body = (
        start() + user("A") + boundary("B", "A", timer("duration", "P3D")) + boundary("R", "A", timer("duration", "P4D"), interrupts=False)
    )
    play = Play(bpmn(body + end() + end("Late"), "S > A > E", "B > Late", "R > Late")).later(days=10)

    assert play.answer == 1
    assert play.path == ["S", "A cancelled", "B", "Late"]
    assert play.progress.completed


def test_timers_fire_in_the_order_in_which_they_are_due():
    body = start() + user("A") + boundary("L", "A", timer("duration", "P2D"), interrupts=False)
    body += boundary("K", "A", timer("duration", "P1D"), interrupts=False) + end() + end("X") + end("Y")
    play = Play(bpmn(body, "S > A > E", "L > X", "K > Y")).later(days=5)

    assert play.path == ["S", "K", "Y", "L", "X"]


def test_deciding_a_task_cancels_its_timers_even_when_they_are_due():
    """DESIGN decision 8: whichever commits first wins; a decision does not fire the timer that it beats (SPIFFWORKFLOW finding 16)."""
    play = Play(bpmn(start() + user("A") + boundary("B", "A", timer("duration", "P3D")) + end() + end("Late"), "S > A > E", "B > Late"))
    play.after = timedelta(days=4)
    play.complete("A")

    assert play.path == ["S", "A", "E"]
    assert play.do("fire_timers").answer == 0


@pytest.mark.parametrize(
    ("begin", "duration", "expected"),
    [
        ("2026-03-28T09:00:00+01:00", "P1D", "2026-03-29T09:00:00+02:00"),
        ("2026-03-28T09:00:00+01:00", "PT24H", "2026-03-29T10:00:00+02:00"),
        ("2026-10-24T09:00:00+02:00", "P1D", "2026-10-25T09:00:00+01:00"),
        ("2026-10-24T09:00:00+02:00", "PT24H", "2026-10-25T08:00:00+01:00"),
        ("2026-03-28T02:30:00+01:00", "P1D", "2026-03-29T03:30:00+02:00"),
        ("2026-10-24T02:30:00+02:00", "P1D", "2026-10-25T02:30:00+02:00"),
        ("2026-01-31T12:00:00+01:00", "P1M", "2026-02-28T12:00:00+01:00"),
        ("2024-02-29T12:00:00+01:00", "P1Y", "2025-02-28T12:00:00+01:00"),
        ("2026-03-28T09:00:00+01:00", "P1DT2H", "2026-03-29T11:00:00+02:00"),
        ("2026-03-30T09:00:00+02:00", "-P2D", "2026-03-28T09:00:00+01:00"),
    ],
)
def test_calendar_steps_keep_local_time_across_the_change_of_clocks_and_hours_are_exact(begin, duration, expected):
    due = add_duration(datetime.fromisoformat(begin), parse_duration(duration), AMSTERDAM)

    assert due == datetime.fromisoformat(expected)
    assert due.tzinfo is UTC


def test_repeated_month_steps_count_from_the_start():
    repeat = parse_repeat("R3/2026-01-31T12:00:00Z/P1M")
    begin = to_instant(repeat.start, UTC)

    assert [add_duration(begin, repeat.step.times(count), UTC).day for count in range(3)] == [31, 28, 31]


@pytest.mark.parametrize("text", ["", "P", "PT", "P1DT", "3D", "P1S", "PT1D", "P-1D", "P1.5D", "PT1H2", "p1d", "P1D "[:-1] + "x"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError, match="ISO 8601"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["R", "R/", "R3", "R3/P0D", "R3/-P1D", "R/P1D/2026-01-01", "Rx/P1D", "R3/P1D/P1D/P1D"])
def test_what_is_no_repeating_interval_is_refused(text):
    with pytest.raises(ValueError, match="Expected"):
        parse_repeat(text)


def test_dates_and_durations_are_read():
    assert parse_duration("P1Y2M1W3DT4H5M6,5S") == CalendarDuration(
        months=14, days=10, exact=timedelta(hours=4, minutes=5, seconds=6, microseconds=500_000)
    )
    assert parse_instant("2026-07-01T09:00Z") == datetime(2026, 7, 1, 9, tzinfo=UTC)
    with pytest.raises(ValueError, match="ISO 8601"):
        parse_instant("01-07-2026")
