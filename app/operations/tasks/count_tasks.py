"""How many tasks wait."""

from app.operations.answer import Answer, Caller
from app.operations.system import System
from app.operations.tasks.view import INBOX_STATUSES
from app.operations.turn import directory_of, read_environment
from app.operations.visibility import acting_ids
from app.persistence import tasks


def count_tasks(system: System, caller: Caller) -> Answer:
    """Return how many tasks the caller can act on now, has completed, and lost by escalation. Source: TSK-04."""
    with system.database.read() as reading:
        directory = directory_of(system, reading, read_environment(reading, caller.environment_id))
        numbers = tasks.count_inbox(reading, acting_ids(directory, caller), INBOX_STATUSES)
    return Answer(body=dict(numbers))
