"""A version starts nothing any more."""

from typing import Any

from app.operations.answer import Answer, Caller, RequestKey
from app.operations.definitions.starting import arm_starts
from app.operations.definitions.versions import change_version
from app.operations.system import System
from app.persistence import definitions
from app.persistence.database import UnitOfWork


def deactivate_version(system: System, caller: Caller, key: str, version: int, *, request: RequestKey | None = None) -> Answer:
    """Deactivate a version: what starts from now on takes the newest that is active; running instances keep theirs.

    Deactivating twice does no more than once.

    Raises:
        NotPermitted: the caller is no analyst.
        NotFound: there is no such version.
    """

    def change(work: UnitOfWork, row: Any) -> str | None:
        if row.deactivated_at is not None:
            return None
        definitions.update_process(work, row.id, deactivated_at=system.clock())
        arm_starts(system, work, caller.environment_id, key)
        return "deactivated"

    return change_version(system, caller, key, version, verb="deactivate", request=request, change=change)
