"""How far a migration is."""

from app.domain.errors import NotFound
from app.domain.people import ADMINISTRATOR, WORKFLOW_ADMINISTRATOR
from app.operations.answer import Answer, Caller
from app.operations.cursors import read_cursor, read_id, write_cursor
from app.operations.instances.migrate_instances import migration_view
from app.operations.system import System
from app.operations.visibility import require_role
from app.persistence import migrating


def read_migration(system: System, caller: Caller, key: str, migration_id: str, *, limit: int = 50, cursor: str | None = None) -> Answer:
    """Return a migration with its counts and one page of what became of its instances.

    Raises:
        NotPermitted: the caller is no administrator.
        NotFound: there is no such migration.
    """
    require_role(caller, WORKFLOW_ADMINISTRATOR, ADMINISTRATOR, verb="migrate process instances")
    position = read_cursor(cursor, read_id)
    with system.database.read() as reading:
        if migrating.find_migration(reading, environment_id=caller.environment_id, key=key, migration_id=migration_id) is None:
            raise NotFound(what="migration", id=migration_id)
        body = migration_view(reading, migration_id, after=position[0] if position else None, limit=limit + 1)
    more = len(body["items"]) > limit
    body["items"] = body["items"][:limit]
    return Answer(body=body | {"next_cursor": write_cursor(body["items"][-1]["process_instance_id"]) if more else None})
