"""The groups of an environment."""

from app.operations.answer import Answer, Caller, page
from app.operations.cursors import read_cursor, read_key, write_cursor
from app.operations.groups.keeping import READERS, group_view
from app.operations.system import System
from app.operations.turn import directory_of, read_environment
from app.operations.visibility import require_role
from app.persistence import groups


def list_groups(system: System, caller: Caller, *, limit: int = 50, cursor: str | None = None) -> Answer:
    """Return one page of groups with their members, by key.

    Raises:
        NotPermitted: the caller administers nothing.
    Source: MUL-01.
    """
    require_role(caller, *READERS, verb="read groups")
    after = read_cursor(cursor, read_key)
    with system.database.read() as reading:
        directory = directory_of(system, reading, read_environment(reading, caller.environment_id))
        rows = groups.list_groups(reading, caller.environment_id, after=after[0] if after else None, limit=limit + 1)
    shown = rows[:limit]
    return Answer(
        body=page([group_view(row, directory) for row in shown], next_cursor=write_cursor(shown[-1].key) if len(rows) > limit else None)
    )
