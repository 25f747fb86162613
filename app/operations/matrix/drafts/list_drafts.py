"""The drafts of the matrix."""

from app.operations.answer import Answer, Caller, page
from app.operations.cursors import read_cursor, read_id, write_cursor
from app.operations.matrix.drafts.views import draft_view
from app.operations.matrix.editing.reading import READERS
from app.operations.system import System
from app.operations.turn import directory_of, read_environment
from app.operations.visibility import require_role
from app.persistence import matrix_drafts


def list_drafts(system: System, caller: Caller, *, status: str | None = None, limit: int = 50, cursor: str | None = None) -> Answer:
    """Return one page of drafts, the newest first, with how much each changes.

    Raises:
        NotPermitted: the caller may not read the approval matrix.
    """
    require_role(caller, *READERS, verb="read drafts of the approval matrix")
    position = read_cursor(cursor, read_id)
    with system.database.read() as reading:
        environment = read_environment(reading, caller.environment_id)
        directory = directory_of(system, reading, environment)
        before = position[0] if position else None
        rows = matrix_drafts.list_drafts(reading, environment.id, status=status, before=before, limit=limit + 1)
        shown = rows[:limit]
        counts = matrix_drafts.count_changes(reading, [row.id for row in shown])
        four_eyes = matrix_drafts.read_four_eyes(reading, environment.id)
        items = [
            draft_view(row, counts[row.id], caller=caller, directory=directory, environment=environment, four_eyes=four_eyes)
            for row in shown
        ]
    return Answer(body=page(items, next_cursor=write_cursor(shown[-1].id) if len(rows) > limit else None))
