"""The documents that the caller may see."""

from app.operations.answer import Answer, Caller, page
from app.operations.cursors import read_cursor, read_id, write_cursor
from app.operations.documents.view import document_summary
from app.operations.matrix.snapshots import resolution_day
from app.operations.system import System
from app.operations.turn import directory_of, read_environment
from app.operations.visibility import sees_everything, sight_of
from app.persistence import documents


def list_documents(system: System, caller: Caller, *, status: str | None = None, limit: int = 50, cursor: str | None = None) -> Answer:
    """Return one page of documents, newest first."""
    position = read_cursor(cursor, read_id)
    with system.database.read() as reading:
        environment = read_environment(reading, caller.environment_id)
        directory, today = directory_of(system, reading, environment), resolution_day(environment, system.clock())
        rows = documents.list_documents(
            reading,
            environment_id=caller.environment_id,
            sight=None if sees_everything(caller) else sight_of(reading, directory, caller, today=today),
            status=status,
            before=position[0] if position else None,
            limit=limit + 1,
        )
    shown = rows[:limit]
    return Answer(
        body=page([document_summary(row) for row in shown], next_cursor=write_cursor(shown[-1].id) if len(rows) > limit else None)
    )
