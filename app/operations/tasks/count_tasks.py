"""How many tasks wait."""

from app.operations.answer import Answer, Caller, JsonObject
from app.operations.system import System
from app.operations.tasks.inbox_query import TaskFilters, build_query
from app.operations.tasks.list_filters import count_filters, filter_counts
from app.operations.tasks.view import INBOX_STATUSES
from app.operations.turn import directory_of, last_seen, see
from app.persistence.inbox import count_inbox


def count_tasks(system: System, caller: Caller, *, filters: bool = False) -> Answer:
    """Return how many tasks the caller can act on now, has completed, and lost by escalation: each at most 1,000.

    With `filters`, what each of his saved filters finds is counted too. Source: TSK-04.
    """
    with system.database.read() as reading:
        environment = last_seen(system, reading, caller)
        while True:
            directory = directory_of(system, reading, environment)
            query = build_query(system, reading, caller, environment, directory, filters=TaskFilters())
            numbers, row = count_inbox(reading, query, INBOX_STATUSES)
            seen = see(system, caller, row)
            if seen.authority_version == environment.authority_version:
                break
            environment = seen
        body: JsonObject = dict(numbers)
        if filters:
            body["filters"] = filter_counts(count_filters(system, reading, caller))
    return Answer(body=body)
