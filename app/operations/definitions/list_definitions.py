"""The process definitions of the environment."""

from app.operations.answer import Answer, Caller, page
from app.operations.cursors import read_cursor, read_key, write_cursor
from app.operations.system import System
from app.operations.wording import instant
from app.persistence import definitions


def list_definitions(system: System, caller: Caller, *, limit: int = 50, cursor: str | None = None) -> Answer:
    """Return one page of process definitions, the newest version of each, by key."""
    position = read_cursor(cursor, read_key)
    with system.database.read() as reading:
        rows = definitions.list_processes(
            reading, environment_id=caller.environment_id, after=position[0] if position else "", limit=limit + 1
        )
    shown = rows[:limit]
    items = [
        {
            "key": row.key,
            "version": row.version,
            "version_tag": row.version_tag,
            "hash": row.hash,
            "name": row.name,
            "file_name": row.file_name,
            "deployed_at": instant(row.created_at),
        }
        for row in shown
    ]
    return Answer(body=page(items, next_cursor=write_cursor(shown[-1].key) if len(rows) > limit else None))
