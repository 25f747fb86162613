"""The versions of one process definition."""

from app.domain.errors import NotFound
from app.operations.answer import Answer, Caller, page
from app.operations.cursors import read_cursor, read_key, write_cursor
from app.operations.definitions.versions import version_view
from app.operations.system import System
from app.operations.turn import directory_of, read_environment
from app.persistence import definitions


def list_versions(system: System, caller: Caller, key: str, *, limit: int = 50, cursor: str | None = None) -> Answer:
    """Return one page of the versions of a definition, newest first, each with the number of its instances by status.

    Raises:
        NotFound: no such definition is deployed.
    """
    position = read_cursor(cursor, read_key)
    before = int(position[0]) if position and position[0].isdecimal() else None
    with system.database.read() as reading:
        rows = definitions.process_versions(reading, environment_id=caller.environment_id, key=key, before=before, limit=limit + 1)
        if not rows and before is None:
            raise NotFound(what="process definition", id=key)
        shown = rows[:limit]
        counts = definitions.count_instances(reading, [row.id for row in shown])
        directory = directory_of(system, reading, read_environment(reading, caller.environment_id))
    items = [version_view(row, directory, counts[row.id]) for row in shown]
    return Answer(body=page(items, next_cursor=write_cursor(str(shown[-1].version)) if len(rows) > limit else None))
