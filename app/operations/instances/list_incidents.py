"""What is stuck."""

from app.domain.people import ADMINISTRATOR, APPLICATION_MANAGER, MATRIX_ADMINISTRATOR, WORKFLOW_ADMINISTRATOR
from app.operations.answer import Answer, Caller, page
from app.operations.cursors import read_cursor, read_id, write_cursor
from app.operations.instances.view import incident_view
from app.operations.system import System
from app.operations.visibility import require_role
from app.persistence import instances


def list_incidents(system: System, caller: Caller, *, status: str | None = None, limit: int = 50, cursor: str | None = None) -> Answer:
    """Return one page of incidents, newest first.

    Raises:
        NotPermitted: the caller is no administrator.
    """
    require_role(caller, ADMINISTRATOR, WORKFLOW_ADMINISTRATOR, MATRIX_ADMINISTRATOR, APPLICATION_MANAGER, verb="see incidents")
    position = read_cursor(cursor, read_id)
    with system.database.read() as reading:
        rows = instances.list_incidents(
            reading, environment_id=caller.environment_id, status=status, before=position[0] if position else None, limit=limit + 1
        )
    shown = rows[:limit]
    next_cursor = write_cursor(shown[-1].id) if len(rows) > limit else None
    return Answer(body=page([incident_view(row) for row in shown], next_cursor=next_cursor))
