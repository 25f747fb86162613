"""How much working time is left until a task is due."""

from datetime import UTC, datetime, timedelta

from app.domain.business_calendar import BusinessCalendar, business_time_between
from app.operations.answer import Answer, Caller
from app.operations.calendars.in_force import calendars_of
from app.operations.system import System
from app.operations.tasks.viewing import find_task_in_sight
from app.operations.turn import read_environment
from app.operations.wording import instant
from app.persistence import documents

DAYS_COUNTED_MAX = 366


def read_due(system: System, caller: Caller, task_id: str) -> Answer:
    """Return the working time until a task is due, by the business calendar of its document's company.

    `working_minutes` are negative after the due date; `working_days` are the days with working hours after today, up to the day it is due.
    Both are None for a task without a due date and for one that is due too far from now to be counted.

    Raises:
        NotFound: there is no such task, or the caller may not see it.
    Source: ESC-06.
    """
    now = system.clock()
    with system.database.read() as reading:
        found = find_task_in_sight(system, reading, caller, task_id)
        environment = read_environment(reading, found.task.environment_id)
        document = documents.find_document(reading, environment.id, found.task.document_id) if found.task.document_id else None
        calendars = calendars_of(system, reading, environment, now=now)
    calendar = calendars.of_company(document.company if document else None)
    due_at = found.task.due_at
    is_counted = due_at is not None and abs(due_at - now) <= timedelta(days=DAYS_COUNTED_MAX)
    return Answer(
        body={
            "task_id": task_id,
            "due_at": instant(due_at),
            "working_minutes": round(business_time_between(now, due_at, calendar) / timedelta(minutes=1)) if is_counted else None,
            "working_days": _count_days(now, due_at, calendar) if is_counted else None,
            "time_zone": str(calendar.zone),
        }
    )


def _count_days(now: datetime, due_at: datetime, calendar: BusinessCalendar) -> int:
    """Return how many days with working hours there are after today, up to the day of `due_at`."""
    today, last = (each.astimezone(UTC).astimezone(calendar.zone).date() for each in (now, due_at))
    return sum(bool(calendar.spans_on(today + timedelta(days=number))) for number in range(1, (last - today).days + 1))
