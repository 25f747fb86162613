"""One draft with its changes."""

from app.domain.errors import NotFound
from app.operations.answer import Answer, Caller
from app.operations.cursors import read_cursor, read_id, read_key, write_cursor
from app.operations.matrix.content import content_of_draft
from app.operations.matrix.drafts.views import change_views, draft_view
from app.operations.matrix.editing.reading import READERS
from app.operations.system import System
from app.operations.turn import directory_of, read_environment
from app.operations.visibility import require_role
from app.persistence import matrix_drafts


def read_draft(system: System, caller: Caller, draft_id: str, *, limit: int = 50, cursor: str | None = None) -> Answer:
    """Return a draft with one page of its changes, each as a difference field by field.

    Raises:
        NotPermitted: the caller may not read the approval matrix.
        NotFound: there is no such draft.
    """
    require_role(caller, *READERS, verb="read drafts of the approval matrix")
    position = read_cursor(cursor, read_key, read_id)
    with system.database.read() as reading:
        environment = read_environment(reading, caller.environment_id)
        directory = directory_of(system, reading, environment)
        row = matrix_drafts.find_draft(reading, environment.id, draft_id)
        if row is None:
            raise NotFound(what="draft", id=draft_id)
        counts = matrix_drafts.count_changes(reading, [draft_id])[draft_id]
        four_eyes = matrix_drafts.read_four_eyes(reading, environment.id)
        after = (position[0], position[1]) if position else None
        found = matrix_drafts.read_changes(reading, draft_id, after=after, limit=limit + 1)
        shown = found[:limit]
        changes = change_views(shown, content_of_draft(reading, environment.id, draft_id), directory)
    more = write_cursor(shown[-1].entity, shown[-1].entity_id) if len(found) > limit else None
    body = draft_view(row, counts, caller=caller, directory=directory, environment=environment, four_eyes=four_eyes)
    return Answer(body=body | {"changes": changes, "next_cursor": more}, revision=row.revision)
