"""The inbox."""

from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any

from app.domain.errors import InvalidRequest
from app.domain.people import Directory
from app.operations.answer import Answer, Caller, page
from app.operations.cursors import read_cursor, read_id, read_instant, read_word, write_cursor
from app.operations.system import Environment, System
from app.operations.tasks.view import INBOX_STATUSES, one_share_a_slot, pips, task_item
from app.operations.turn import directory_of, last_seen, see
from app.operations.visibility import acting_ids
from app.persistence.inbox import InboxFilter, InboxRow, read_inbox


def list_tasks(
    system: System,
    caller: Caller,
    *,
    status: str = "open",
    organisation: str | None = None,
    received_from: date | None = None,
    received_to: date | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Answer:
    """Return one page of the caller's tasks: open ones by due date, soonest first; completed and escalated ones newest first.

    Both days are inclusive in the environment's time zone. Tasks of people whose active backup the caller is stand among them.

    Raises:
        InvalidRequest: no such status, or not a cursor of this list.
    Source: TSK-02, TSK-08, TSK-09.
    """
    if status not in INBOX_STATUSES:
        raise InvalidRequest(f"There is no inbox {status}.", errors={"status": [f"Expected one of {', '.join(INBOX_STATUSES)}."]})
    position = read_cursor(cursor, read_instant, read_id, partial(read_word, status))
    with system.database.read() as reading:
        environment = last_seen(system, reading, caller)
        while True:
            directory = directory_of(system, reading, environment)
            query = InboxFilter(
                environment_id=environment.id,
                user_ids=acting_ids(directory, caller),
                statuses=INBOX_STATUSES[status],
                organisation=organisation,
                received_from=_day_start(received_from, environment),
                received_before=_day_start(received_to, environment, days=1),
                after=(position[0], position[1]) if position else None,
                newest_first=status != "open",
                limit=limit + 1,
            )
            found = read_inbox(reading, query)
            seen = see(system, caller, found.environment)
            if seen.authority_version == environment.authority_version:
                break
            environment = seen
    shown = found.rows[:limit]
    last = shown[-1].task if len(found.rows) > limit else None
    items = [_item(each, query, directory, caller) for each in shown]
    return Answer(body=page(items, next_cursor=write_cursor(last.sort_at.isoformat(), last.assignment_id, status) if last else None))


def _item(row: InboxRow, query: InboxFilter, directory: Directory, caller: Caller) -> dict[str, Any]:
    mine = [each for each in row.assignments if each.user_id in query.user_ids and each.status in query.statuses]
    if query.statuses == INBOX_STATUSES["open"]:
        mine = one_share_a_slot(mine, caller)
    item = task_item(row.task, assignments=row.assignments, mine=mine, directory=directory)
    item["route"] = pips(row.route_steps, row.step_statuses)
    return item


def _day_start(day: date | None, environment: Environment, *, days: int = 0) -> datetime | None:
    """Return the first moment of the day, `days` later; None for no day, and beyond the ends of the calendar, where no day bounds anything."""
    if day is None:
        return None
    try:
        return datetime.combine(day + timedelta(days=days), time.min, tzinfo=environment.zone).astimezone(UTC)
    except OverflowError:
        return None
