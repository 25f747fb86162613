"""The clocks of a task: when it is due, and the reminders and escalations that its diagram declares.

A task has one due date. The reminder before it, the one after it and an escalation when it is overdue hang on it; a reminder that nobody
has picked the task up, and an escalation after a time, begin with the task. Every clock is a timer row, whose `period` says how often it
still comes again and after what time: R3/P0M1DT0S.
"""

from collections.abc import Iterator
from datetime import MAXYEAR, MINYEAR, date, datetime, timedelta
from typing import Any, Final, NamedTuple

from app.domain.business_calendar import (
    BusinessCalendar,
    add_business_duration,
    add_business_time,
    business_time_between,
    subtract_business_duration,
)
from app.domain.deadlines import CalendarDuration, add_duration, add_elapsed, parse_duration, parse_repeat, to_instant, write_duration
from app.domain.errors import ExpressionFailed
from app.engine import UserTaskWait
from app.operations.calendars.in_force import calendars_of
from app.operations.tasks import pausing
from app.operations.turn import Turn
from app.persistence import instances

REMINDER: Final = "reminder"
DUE_SOON: Final = "due_soon"
OVERDUE: Final = "overdue"
ESCALATION: Final = "escalation"
REMINDERS_MAX: Final = 30  # after the first, of one task
ESCALATIONS_MAX: Final = 5  # of one task, before an administrator is asked
ASKING_TIME: Final = timedelta(days=1)  # until an escalation looks again at who waits for an answer

_EDGES: Final = (MINYEAR, MAXYEAR)

Deadline = datetime | date | CalendarDuration


class Clock(NamedTuple):
    """A reminder or escalation to come."""

    kind: str
    due_at: datetime
    period: str | None = None


def find_due(turn: Turn, wait: UserTaskWait) -> datetime | None:
    """Return when a task that is opened now is due; None when the diagram does not say.

    Raises:
        CountersignError: the property gives no length or point of time, or one beyond the calendar.
    """
    value = _read(turn, wait, "due")
    return None if value is None else add_deadline(turn, wait, turn.now, value)


def open_clocks(turn: Turn, wait: UserTaskWait, *, task_id: str, due_at: datetime | None) -> list[dict[str, Any]]:
    """Return the timer rows of a task that is opened now.

    Raises:
        CountersignError: a property gives no length or point of time, or one beyond the calendar.
    Source: ESC-01, ESC-02.
    """
    clocks = [*_reminder(turn, wait), *_escalation(turn, wait), *_clocks_of_due(turn, wait, due_at)]
    return [
        clock_row(turn, task_id=task_id, element=wait.element, kind=each.kind, due_at=each.due_at, number=1, period=each.period)
        for each in clocks
    ]


def restart_reminder(turn: Turn, task: Any) -> None:
    """Start the reminder that nobody has picked the task up again, from now, unless one still waits for others. Source: ESC-01."""
    task, wait = pausing.wake_clocks(turn, task), wait_of(turn, task)
    if wait is None or any(row.task_id == task.id and row.kind == REMINDER for row in turn.timers):
        return
    for clock in _reminder(turn, wait):
        add_clock(turn, task, clock)


def move_due(turn: Turn, task: Any, due_at: datetime) -> None:
    """Change the due date of an open task, its place in every inbox, and the clocks that hang on it. The caller tells and settles.

    1. The reminders before and after the due date, and an escalation when it is overdue, are set by the new one.
    2. An escalation after a time keeps its distance to the due date, but does not come before the new one where it came after now;
       without an earlier due date it does not come before it either.
    3. A reminder that nobody has picked the task up stays: it counts from when it was assigned.
    """
    task = pausing.wake_clocks(turn, task)  # what remains when they stop again is what remains by the new date
    before = task.due_at
    pausing.set_due_at(turn, task, due_at)
    wait = wait_of(turn, task)
    if wait is None:
        return
    hanging = {DUE_SOON, OVERDUE} | ({ESCALATION} if wait.properties.get("on_overdue") == "escalate" else set())
    _cancel(turn, [row for row in turn.timers if row.task_id == task.id and row.kind in hanging])
    for clock in _clocks_of_due(turn, wait, due_at):
        add_clock(turn, task, clock)
    for row in [row for row in turn.timers if row.task_id == task.id and row.kind == ESCALATION and ESCALATION not in hanging]:
        moved = row.due_at if before is None else _keep_distance(turn, wait, row.due_at, before=before, after=due_at)
        _move(turn, row, max(moved, min(row.due_at, due_at) if before is not None else due_at))


def repeat_clock(turn: Turn, task: Any, row: Any) -> None:
    """Set the clock that follows one that has fired; what was missed meanwhile is not made up for, and it ends after its last time."""
    left, step = read_period(row.period)
    wait = wait_of(turn, task)
    if wait is None or step is None:
        return
    due_at = row.due_at
    while left > 0:
        left -= 1
        due_at = add_deadline(turn, wait, due_at, step)
        if due_at > turn.now:
            _insert(turn, task, Clock(kind=row.kind, due_at=due_at, period=_period(left, step)), number=_number(row) + 1)
            return


def begin_again(turn: Turn, task: Any, row: Any) -> None:
    """Give whoever has the task after an escalation his full time: until the next one, and until he is reminded."""
    _cancel(turn, [each for each in turn.timers if each.task_id == task.id and each.kind == REMINDER])
    restart_reminder(turn, task)
    left, step = read_period(row.period)
    wait = wait_of(turn, task)
    if wait is not None and step is not None and left > 0:
        due_at = add_deadline(turn, wait, turn.now, step)
        _insert(turn, task, Clock(kind=ESCALATION, due_at=due_at, period=_period(left - 1, step)), number=_number(row) + 1)


def escalate_later(turn: Turn, task: Any, row: Any) -> None:
    """Set an escalation again, for those who wait for an answer as it comes."""
    _insert(turn, task, Clock(kind=ESCALATION, due_at=turn.now + ASKING_TIME, period=row.period), number=_number(row) + 1)


def holds_back_escalation(turn: Turn, task: Any, due_at: datetime) -> bool:
    """Whether a first due date of a task would move an escalation of it to a later time."""
    paused = instances.paused_timers(turn.work, task.id) if task.paused_at is not None else []
    clocks = [*(row for row in turn.timers if row.task_id == task.id), *paused]
    return task.due_at is None and any(row.kind == ESCALATION and row.due_at < due_at for row in clocks)


def read_period(text: str | None) -> tuple[int, CalendarDuration | None]:
    """Return how often a clock still comes again, and after what time; the time is None for one that was set for a date."""
    if text is None:
        return 0, None
    repeat = parse_repeat(text)
    return repeat.times or 0, repeat.step


def add_clock(turn: Turn, task: Any, clock: Clock) -> None:
    """Set one more clock of an open task; while the task is on hold it stands still with the others when the turn settles."""
    task = pausing.wake_clocks(turn, task)
    _insert(turn, task, clock, number=1 + instances.count_timers(turn.work, task_id=task.id, kind=clock.kind))


def clock_row(
    turn: Turn, *, task_id: str, element: str, kind: str, due_at: datetime, number: int, period: str | None = None
) -> dict[str, Any]:
    """Return the timer row of a task's clock; its key makes each fire once."""
    key = f"{task_id}:{kind}:{number}"
    return timer_row(turn, key=key, kind=kind, element=element, due_at=due_at, task_id=task_id, period=period)


def timer_row(
    turn: Turn, *, key: str, kind: str, element: str, due_at: datetime, task_id: str | None = None, period: str | None = None
) -> dict[str, Any]:
    """Return the row of a waiting timer."""
    return {
        "id": turn.system.new_id(),
        "environment_id": turn.environment.id,
        "instance_id": turn.instance.id,
        "task_id": task_id,
        "kind": kind,
        "element": element,
        "key": key,
        "due_at": due_at,
        "period": period,
        "status": "waiting",
        "attempts": 0,
        "created_at": turn.now,
    }


def wait_of(turn: Turn, task: Any) -> UserTaskWait | None:
    """Return what the engine waits for with a task, the properties of the diagram with it; None for a task of people alone."""
    return next((each for each in turn.execution.user_tasks() if each.element_instance == task.element_instance), None)


def add_deadline(turn: Turn, wait: UserTaskWait, begins: datetime, value: Deadline) -> datetime:
    """Return the instant that a point of time is, or that a length of time after `begins` ends, by the calendar that the task counts in.

    Raises:
        ExpressionFailed: it lies beyond the calendar, or business time would be counted backwards.
    Source: ESC-01, ESC-06.
    """
    try:
        if not isinstance(value, CalendarDuration):
            due_at = to_instant(value, turn.environment.zone)
        elif _is_business(wait):
            due_at = add_business_duration(begins, value, calendar_of(turn))
        else:
            due_at = add_duration(begins, value, turn.environment.zone)
        if due_at.year in _EDGES:
            due_at.astimezone(turn.environment.zone)  # which every page and mail says
    except (OverflowError, ValueError) as error:
        raise ExpressionFailed(element=wait.element, reason=f"a deadline cannot be counted: {error}") from error
    return due_at


def calendar_of(turn: Turn) -> BusinessCalendar:
    """Return the business calendar of the document's company."""
    company = None if turn.document is None else turn.document.company
    return calendars_of(turn.system, turn.work, turn.environment, now=turn.now).of_company(company)


def _reminder(turn: Turn, wait: UserTaskWait) -> Iterator[Clock]:
    """Give the reminder of a task that nobody picks up from now on."""
    value = _read(turn, wait, "remind_after")
    if value is not None:
        yield Clock(kind=REMINDER, due_at=add_deadline(turn, wait, turn.now, value), period=_reminder_period(wait))


def _escalation(turn: Turn, wait: UserTaskWait) -> Iterator[Clock]:
    """Give the escalation of a task that nobody decides from now on; after a length of time it comes again, with the next person."""
    value = _read(turn, wait, "escalate_after")
    if value is not None:
        period = _period(ESCALATIONS_MAX, value) if isinstance(value, CalendarDuration) and value.is_positive else None
        yield Clock(kind=ESCALATION, due_at=add_deadline(turn, wait, turn.now, value), period=period)


def _clocks_of_due(turn: Turn, wait: UserTaskWait, due_at: datetime | None) -> Iterator[Clock]:
    """Give the clocks that hang on the due date; a reminder before it that is over already is left out."""
    if due_at is None:
        return
    before = wait.properties.get("remind_before_due")
    if before:
        soon_at = _subtract(turn, wait, due_at, before)
        if soon_at > turn.now:
            yield Clock(kind=DUE_SOON, due_at=soon_at)
    match wait.properties.get("on_overdue"):
        case "remind":
            yield Clock(kind=OVERDUE, due_at=due_at, period=_reminder_period(wait))
        case "escalate":
            yield Clock(kind=ESCALATION, due_at=due_at)


def _subtract(turn: Turn, wait: UserTaskWait, due_at: datetime, text: str) -> datetime:
    try:
        duration = parse_duration(text)
        if _is_business(wait):
            return subtract_business_duration(due_at, duration, calendar_of(turn))
        return add_duration(due_at, duration.times(-1), turn.environment.zone)
    except (OverflowError, ValueError) as error:
        raise ExpressionFailed(element=wait.element, reason=f"remind_before_due cannot be counted: {error}") from error


def _keep_distance(turn: Turn, wait: UserTaskWait, instant: datetime, *, before: datetime, after: datetime) -> datetime:
    """Return an instant that stands as far from one due date as `instant` does from another, in working time where the task counts in it."""
    if not _is_business(wait):
        return add_elapsed(instant, after - before)
    calendar = calendar_of(turn)
    try:
        distance = business_time_between(before, instant, calendar)
        if distance < timedelta(0):
            return subtract_business_duration(after, CalendarDuration(exact=-distance), calendar)
        return add_business_time(after, distance, calendar)
    except OverflowError:
        return add_elapsed(instant, after - before)


def _is_business(wait: UserTaskWait) -> bool:
    return wait.properties.get("calendar") == "business"


def _read(turn: Turn, wait: UserTaskWait, name: str) -> Deadline | None:
    """Return what a property says: an ISO 8601 duration from now, or FEEL for a duration or an instant."""
    text = wait.properties.get(name)
    return turn.execution.read_deadline(text, wait.element_instance) if text else None


def _reminder_period(wait: UserTaskWait) -> str | None:
    """Return how often a reminder comes again: `remind_every` is an interval, or a repeating one that says how often."""
    text = (wait.properties.get("remind_every") or "").strip()
    if not text:
        return None
    try:
        repeat = parse_repeat(text if text.startswith("R") else f"R{REMINDERS_MAX}/{text}")
    except ValueError as error:
        raise ExpressionFailed(element=wait.element, reason=f"remind_every cannot be counted: {error}") from error
    return _period(REMINDERS_MAX if repeat.times is None else min(repeat.times, REMINDERS_MAX), repeat.step)


def _period(left: int, step: CalendarDuration) -> str:
    return f"R{left}/{write_duration(step)}"


def _number(row: Any) -> int:
    """Return which of the task's clocks of its kind a timer is."""
    return int(row.key.rpartition(":")[2])


def _insert(turn: Turn, task: Any, clock: Clock, *, number: int) -> None:
    row = clock_row(turn, task_id=task.id, element=task.element, kind=clock.kind, due_at=clock.due_at, number=number, period=clock.period)
    instances.insert_timers(turn.work, [row])
    turn.timers.append(instances.timer_of(row))


def _move(turn: Turn, row: Any, due_at: datetime) -> None:
    instances.update_timer(turn.work, row.id, due_at=due_at, lease_until=None)
    turn.timers[:] = [each._replace(due_at=due_at) if each.id == row.id else each for each in turn.timers]


def _cancel(turn: Turn, rows: list[Any]) -> None:
    ended = {row.id for row in rows}
    turn.timers[:] = [row for row in turn.timers if row.id not in ended]
    for row in rows:
        instances.update_timer(turn.work, row.id, status="cancelled", fired_at=turn.now, lease_until=None)
