"""Timers of a diagram: from ISO 8601 text or the value of a FEEL expression to the instants at which they are due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any, Literal

from app.domain.deadlines import CalendarDuration, Repeat, add_duration, parse_duration, parse_instant, parse_repeat, to_instant
from app.domain.errors import ExpressionFailed
from app.engine.codec import read_instant, write_instant
from app.engine.formulas import Formula, compile_formula, strip_text
from app.engine.tokens import Token
from app.feel.values import DateTime, DaysTimeDuration, YearsMonthsDuration

TimerKind = Literal["timeDate", "timeDuration", "timeCycle"]
DEADLINES_KEPT = 1_024
TimerValue = datetime | date | CalendarDuration | Repeat


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """A timer as drawn: `literal` when its text is ISO 8601, else `formula`."""

    element: str
    kind: TimerKind
    text: str
    literal: TimerValue | None
    formula: Formula | None

    @property
    def repeats(self) -> bool:
        """Whether it is due more than once, where it does not interrupt."""
        return self.kind == "timeCycle"

    def arm(self, token: Token) -> dict[str, Any]:
        """Return the schedule of the timer for a token that begins to wait now.

        Raises:
            ExpressionFailed: the expression gives nothing that a timer can be made of, or a time beyond the calendar.
        """
        run = token.workflow.run
        value = self.value_for(token)
        try:
            return _schedule(value, run.now, run.ports.zone)
        except OverflowError as error:
            raise ExpressionFailed(element=self.element, reason=f"the timer is due beyond the calendar: {error}") from error

    def value_for(self, token: Token) -> TimerValue:
        """Return the point or length of time, or the cycle, that the timer has for a token.

        Raises:
            ExpressionFailed: the expression gives nothing that a timer can be made of.
        """
        if self.formula is None:
            assert self.literal is not None, "a timer has a literal or a formula"
            return self.literal
        raw, warnings = token.workflow.run.evaluate_with_warnings(token, self.formula)
        return self._read(raw, warnings)

    def _read(self, raw: Any, warnings: tuple[str, ...]) -> TimerValue:
        assert self.formula is not None, "only an expression has a value to read"
        try:
            value = read_timer_value(raw)
        except (ValueError, OverflowError) as error:
            raise ExpressionFailed(element=self.element, reason=str(error), expression=self.formula.expression.text) from error
        if value is None or isinstance(value, Repeat) != self.repeats:
            expected = "a repeating interval such as R3/PT1H" if self.repeats else "a date, a date and time, or a duration"
            raise self.formula.refuse(raw, expected, warnings)
        return value


def read_timer(text: str | None, *, kind: TimerKind, element: str) -> Timer:
    """Return the timer that `text` writes: ISO 8601 text as it is, else a FEEL expression.

    Raises:
        ValueError: ISO 8601 text of another kind, such as a duration where a repeating interval is needed.
        FeelSyntaxError: neither.
    """
    stripped = strip_text(text)
    return _make_timer(stripped, _read_literal(stripped), kind=kind, element=element)


@lru_cache(maxsize=DEADLINES_KEPT)
def read_deadline(text: str, *, element: str) -> Timer:
    """Return a timer for a property such as `due`: an ISO 8601 duration, date, or date and time, or a FEEL expression that gives one.

    Raises:
        ValueError: a repeating interval.
        FeelSyntaxError: no such text and no expression.
    """
    stripped = strip_text(text)
    literal = _read_literal(stripped)
    return _make_timer(stripped, literal, kind="timeDuration" if isinstance(literal, CalendarDuration) else "timeDate", element=element)


def _make_timer(text: str, literal: TimerValue | None, *, kind: TimerKind, element: str) -> Timer:
    if literal is None:
        return Timer(element=element, kind=kind, text=text, literal=None, formula=compile_formula(text, element=element))
    fits = {"timeDate": (date, datetime), "timeDuration": (CalendarDuration,), "timeCycle": (Repeat,)}[kind]
    if type(literal) not in fits:
        example = {"timeDate": "2026-07-01T09:00:00Z", "timeDuration": "P3D", "timeCycle": "R3/PT1H"}[kind]
        raise ValueError(f'Expected a {kind} such as "{example}", but got "{text}".')
    return Timer(element=element, kind=kind, text=text, literal=literal, formula=None)


def _read_literal(stripped: str) -> TimerValue | None:
    """Return the value of ISO 8601 text, None for what must be an expression."""
    unsigned = stripped.removeprefix("-")
    if stripped.startswith(("R/", "R-")) or (stripped[:1] == "R" and stripped[1:2].isdigit()):
        return parse_repeat(stripped)
    if unsigned[:1] == "P" and (unsigned[1:2].isdigit() or unsigned[1:2] == "T"):
        return parse_duration(stripped)
    if stripped[:4].isdigit() and stripped[4:5] == "-" and stripped[7:8] == "-":
        return parse_instant(stripped)
    return None


def read_timer_value(raw: Any) -> TimerValue | None:
    """Return a FEEL value as a point or length of time, None when it is neither; whole days of a duration are calendar days."""
    match raw:
        case str():
            text = raw.strip()
            return parse_repeat(text) if text[:1] == "R" else parse_duration(text) if "P" in text[:2] else parse_instant(text)
        case DateTime():
            return raw.to_datetime()
        case datetime() | date():
            return raw
        case DaysTimeDuration():
            return _from_elapsed(raw.to_timedelta())
        case YearsMonthsDuration():
            return CalendarDuration(months=raw.months)
        case timedelta():
            return _from_elapsed(raw)
    return None


def _from_elapsed(elapsed: timedelta) -> CalendarDuration:
    sign = -1 if elapsed < timedelta(0) else 1
    size = abs(elapsed)
    return CalendarDuration(days=sign * size.days, exact=sign * (size - timedelta(days=size.days)))


def _schedule(value: TimerValue, now: datetime, zone: tzinfo) -> dict[str, Any]:
    if isinstance(value, CalendarDuration):
        return {"due": write_instant(add_duration(now, value, zone))}
    if not isinstance(value, Repeat):
        return {"due": write_instant(to_instant(value, zone))}
    anchor = add_duration(now, value.step, zone) if value.start is None else to_instant(value.start, zone)
    step = value.step
    repeat = {"months": step.months, "days": step.days, "microseconds": step.exact // timedelta(microseconds=1)}
    return {"due": write_instant(anchor), "anchor": write_instant(anchor), "count": 0, "times": value.times, "step": repeat}


def is_spent(schedule: Mapping[str, Any]) -> bool:
    """Whether no occurrence is left (R0)."""
    times = schedule.get("times")
    return times is not None and schedule.get("count", 0) >= times


def next_occurrence(schedule: Mapping[str, Any], zone: tzinfo) -> dict[str, Any] | None:
    """Return the schedule after one more occurrence, None when that was the last; steps count from the start, so they do not drift."""
    if "step" not in schedule:
        return None
    later = {**schedule, "count": schedule["count"] + 1}
    if is_spent(later):
        return None
    step = CalendarDuration(
        months=schedule["step"]["months"], days=schedule["step"]["days"], exact=timedelta(microseconds=schedule["step"]["microseconds"])
    )
    try:
        later["due"] = write_instant(add_duration(read_instant(schedule["anchor"]), step.times(later["count"]), zone))
    except OverflowError:
        return None
    return later


def timer_key(at: int) -> str:
    """Return the name under which a token keeps the schedule of its trigger number `at`."""
    return f"timer{at}" if at else "timer"


def due_timers(token: Token, count: int) -> list[tuple[datetime, int]]:
    """Return when the timers of a waiting token are due, with the numbers of their triggers, of which there are `count`."""
    found = []
    for at in range(count):
        schedule = token.internal_data.get(timer_key(at))
        if schedule is not None and not is_spent(schedule):
            found.append((read_instant(schedule["due"]), at))
    return sorted(found)
