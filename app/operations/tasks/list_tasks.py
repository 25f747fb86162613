"""The inbox."""

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any

from app.domain.errors import InvalidRequest
from app.domain.people import Directory
from app.operations.answer import Answer, Caller, page
from app.operations.cursors import read_cursor, read_id, read_instant, read_word, write_cursor
from app.operations.system import Environment, System
from app.operations.tasks.view import INBOX_STATUSES, one_share_a_slot, pips, task_item
from app.operations.turn import directory_of, read_environment
from app.operations.visibility import acting_ids
from app.persistence import documents, instances, tasks


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
        environment = read_environment(reading, caller.environment_id)
        directory = directory_of(system, reading, environment)
        query = tasks.InboxFilter(
            user_ids=acting_ids(directory, caller),
            statuses=INBOX_STATUSES[status],
            organisation=organisation,
            received_from=_day_start(received_from, environment),
            received_before=_day_start(received_to, environment, days=1),
            after=(position[0], position[1]) if position else None,
            newest_first=status != "open",
            limit=limit + 1,
        )
        rows = tasks.inbox(reading, query)
        shown = rows[:limit]
        about = _context(reading, shown, caller)
    items = [_item(each, query, about, directory, caller) for each in shown]
    last = shown[-1] if len(rows) > limit else None
    return Answer(body=page(items, next_cursor=write_cursor(last.sort_at.isoformat(), last.assignment_id, status) if last else None))


def _context(reading: Any, shown: Any, caller: Caller) -> dict[str, Any]:
    """Read what the rows of a page need beside themselves: all assignments, lines and routes, one statement each."""
    by_task: dict[str, list[Any]] = defaultdict(list)
    if not shown:
        return {"assignments": by_task, "documents": {}, "routes": {}, "tasks": {}}
    for each in tasks.assignments_of_tasks(reading, [row.id for row in shown]):
        by_task[each.task_id].append(each)
    instance_ids = list({row.instance_id for row in shown})
    of_instance: dict[str, list[Any]] = defaultdict(list)
    for task in tasks.tasks_of_instances(reading, instance_ids):
        of_instance[task.instance_id].append(task)
    about = documents.find_documents(reading, caller.environment_id, list({row.document_id for row in shown if row.document_id}))
    routes = {row.instance_id: row.steps for row in instances.current_routes(reading, instance_ids)}
    return {"assignments": by_task, "documents": {row.id: row for row in about}, "routes": routes, "tasks": of_instance}


def _item(row: Any, query: tasks.InboxFilter, about: dict[str, Any], directory: Directory, caller: Caller) -> dict[str, Any]:
    everyone = about["assignments"][row.id]
    mine = [each for each in everyone if each.user_id in query.user_ids and each.status in query.statuses]
    if query.statuses == INBOX_STATUSES["open"]:
        mine = one_share_a_slot(mine, caller)
    document = about["documents"].get(row.document_id)
    item = task_item(row, assignments=everyone, mine=mine, lines=document.lines if document else (), directory=directory)
    item["route"] = pips(about["routes"].get(row.instance_id), about["tasks"][row.instance_id])
    return item


def _day_start(day: date | None, environment: Environment, *, days: int = 0) -> datetime | None:
    """Return the first moment of the day, `days` later; None for no day, and beyond the ends of the calendar, where no day bounds anything."""
    if day is None:
        return None
    try:
        return datetime.combine(day + timedelta(days=days), time.min, tzinfo=environment.zone).astimezone(UTC)
    except OverflowError:
        return None
