"""The partnerships of an environment."""

from app.domain.people import ADMINISTRATOR
from app.operations.answer import Answer, Caller, page
from app.operations.cursors import read_cursor, read_id, write_cursor
from app.operations.partners.view import partnership_view
from app.operations.system import System
from app.operations.visibility import require_role
from app.persistence import partners


def list_partnerships(system: System, caller: Caller, *, status: str | None = None, limit: int = 50, cursor: str | None = None) -> Answer:
    """Return one page of the environment's partnerships, newest first: those that it asked for and those that it was asked for.

    Raises:
        NotPermitted: the caller is no administrator.
    Source: PAR-01.
    """
    require_role(caller, ADMINISTRATOR, verb="see partnerships")
    position = read_cursor(cursor, read_id)
    with system.database.read() as reading:
        rows = partners.list_partnerships(
            reading, caller.environment_id, status=status, before=position[0] if position else None, limit=limit + 1
        )
    shown = rows[:limit]
    items = [partnership_view(row, environment_id=caller.environment_id) for row in shown]
    return Answer(body=page(items, next_cursor=write_cursor(shown[-1].id) if len(rows) > limit else None))
