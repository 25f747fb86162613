"""Somebody can sign no more, or is another than he was: the routes that name him, and what he has, are looked at again."""

from app.operations.system import System
from app.persistence import routes
from app.persistence.database import UnitOfWork


def recheck_routes(system: System, work: UnitOfWork, environment_id: int, username: str) -> int:
    """Let every running instance be looked at again whose route names a person, or in which he has an open share; return how many it is.

    Call it in the transaction that deactivates him, changes his kind or his successor. The worker looks at each in a turn of its own, and
    nobody signs an approval step of it before.
    Source: MXR-07, USR-39.
    """
    now = system.clock()
    found = routes.instances_concerning(work, environment_id, username)
    ids = [system.new_id() for _ in found]
    routes.recheck_at(work, environment_id, found, due_at=now, now=now, ids=ids, cause=f"person:{username}:{now.isoformat()}")
    return len(found)
