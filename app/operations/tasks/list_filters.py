"""The filters that somebody keeps, and how many tasks each finds."""

from typing import Any

from app.operations.answer import Answer, Caller, JsonObject, page
from app.operations.system import System
from app.operations.tasks.inbox_query import build_query
from app.operations.tasks.saved_filters import filter_view, read_query
from app.operations.tasks.view import INBOX_STATUSES
from app.operations.turn import directory_of, read_environment
from app.persistence import saved_filters
from app.persistence.database import Reading
from app.persistence.inbox import count_inbox


def list_filters(system: System, caller: Caller) -> Answer:
    """Return the caller's filters in his order, each with the number of tasks that it finds now, at most 1,000."""
    with system.database.read() as reading:
        counted = count_filters(system, reading, caller)
    return Answer(body=page([filter_view(row, count=number) for row, number in counted]))


def count_filters(system: System, reading: Reading, caller: Caller) -> list[tuple[Any, int]]:
    """Return each filter of the caller with the number of tasks that it finds: one statement a filter, of which nobody has many."""
    rows = saved_filters.list_filters(reading, caller.user_id)
    if not rows:
        return []
    environment = read_environment(reading, caller.environment_id)
    directory = directory_of(system, reading, environment)
    counted = []
    for row in rows:
        status, filters = read_query(row.query)
        query = build_query(system, reading, caller, environment, directory, filters=filters, status=status)
        numbers, _ = count_inbox(reading, query, {"found": INBOX_STATUSES[status]})
        counted.append((row, numbers["found"]))
    return counted


def filter_counts(counted: list[tuple[Any, int]]) -> list[JsonObject]:
    """Return the numbers alone, by filter."""
    return [{"id": row.id, "name": row.name, "count": number} for row, number in counted]
