"""The history of the matrix."""

from app.operations.answer import Answer, Caller, page
from app.operations.cursors import read_cursor, write_cursor
from app.operations.matrix.drafts.views import version_view
from app.operations.matrix.editing.reading import READERS
from app.operations.system import System
from app.operations.turn import directory_of, read_environment
from app.operations.visibility import require_role
from app.persistence import matrix_drafts


def list_versions(system: System, caller: Caller, *, limit: int = 50, cursor: str | None = None) -> Answer:
    """Return one page of the versions of the matrix, the newest first: who drafted, who activated, when, and how much.

    Raises:
        NotPermitted: the caller may not read the approval matrix.
    """
    require_role(caller, *READERS, verb="read versions of the approval matrix")
    position = read_cursor(cursor, int)
    with system.database.read() as reading:
        directory = directory_of(system, reading, read_environment(reading, caller.environment_id))
        before = position[0] if position else None
        rows = matrix_drafts.list_versions(reading, caller.environment_id, before=before, limit=limit + 1)
        shown = rows[:limit]
        counts = matrix_drafts.count_changes(reading, [row.draft_id for row in shown if row.draft_id])
    items = [version_view(row, counts.get(row.draft_id, {}), directory) for row in shown]
    return Answer(body=page(items, next_cursor=write_cursor(str(shown[-1].version)) if len(rows) > limit else None))
