"""One version of the matrix."""

from app.domain.errors import NotFound
from app.operations.answer import Answer, Caller
from app.operations.cursors import read_cursor, read_id, read_key, write_cursor
from app.operations.matrix.content import content_of_version
from app.operations.matrix.drafts.views import change_views, version_view
from app.operations.matrix.editing.reading import READERS
from app.operations.system import System
from app.operations.turn import directory_of, read_environment
from app.operations.visibility import require_role
from app.persistence import matrix_drafts
from app.persistence.matrix_content import Change


def read_version(system: System, caller: Caller, version: int, *, limit: int = 50, cursor: str | None = None) -> Answer:
    """Return a version with one page of what it changed, each object as a difference field by field.

    Raises:
        NotPermitted: the caller may not read the approval matrix.
        NotFound: there is no such version.
    """
    require_role(caller, *READERS, verb="read versions of the approval matrix")
    position = read_cursor(cursor, read_key, read_id)
    with system.database.read() as reading:
        environment = read_environment(reading, caller.environment_id)
        directory = directory_of(system, reading, environment)
        row = matrix_drafts.find_version(reading, environment.id, version)
        if row is None:
            raise NotFound(what="version of the approval matrix", id=str(version))
        found: list[Change] = []
        if row.draft_id is not None:
            after = (position[0], position[1]) if position else None
            found = matrix_drafts.read_changes(reading, row.draft_id, after=after, limit=limit + 1)
        shown = found[:limit]
        counts = matrix_drafts.count_changes(reading, [row.draft_id])[row.draft_id] if row.draft_id else {}
        changes = change_views(shown, content_of_version(reading, environment.id, version), directory)
    more = write_cursor(shown[-1].entity, shown[-1].entity_id) if len(found) > limit else None
    return Answer(body=version_view(row, counts, directory) | {"changes": changes, "next_cursor": more})
