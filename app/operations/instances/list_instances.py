"""The process instances that the caller may see."""

from app.operations.answer import Answer, Caller, page
from app.operations.cursors import read_cursor, read_id, write_cursor
from app.operations.instances.view import document_reference, instance_view
from app.operations.matrix.snapshots import resolution_day
from app.operations.system import System
from app.operations.turn import directory_of, read_environment
from app.operations.visibility import sees_everything, sight_of
from app.persistence import documents, instances


def list_instances(
    system: System,
    caller: Caller,
    *,
    definition: str | None = None,
    status: str | None = None,
    business_key: str | None = None,
    document_id: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Answer:
    """Return one page of instances, newest first."""
    position = read_cursor(cursor, read_id)
    given = {"definition_key": definition, "status": status, "business_key": business_key, "document_id": document_id}
    with system.database.read() as reading:
        environment = read_environment(reading, caller.environment_id)
        directory, today = directory_of(system, reading, environment), resolution_day(environment, system.clock())
        rows = instances.list_instances(
            reading,
            environment_id=caller.environment_id,
            filters={name: value for name, value in given.items() if value is not None},
            sight=None if sees_everything(caller) else sight_of(reading, directory, caller, today=today),
            before=position[0] if position else None,
            limit=limit + 1,
        )
        shown = rows[:limit]
        about = documents.find_documents(reading, caller.environment_id, [row.document_id for row in shown if row.document_id])
    by_id = {row.id: row for row in about}
    items = [instance_view(row, directory) | {"document": document_reference(by_id.get(row.document_id))} for row in shown]
    return Answer(body=page(items, next_cursor=write_cursor(shown[-1].id) if len(rows) > limit else None))
