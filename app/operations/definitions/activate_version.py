"""A deactivated version may start instances again."""

from typing import Any

from app.operations.answer import Answer, Caller, RequestKey
from app.operations.definitions.starting import arm_starts
from app.operations.definitions.versions import change_version
from app.operations.system import System
from app.persistence import definitions
from app.persistence.database import UnitOfWork


def activate_version(system: System, caller: Caller, key: str, version: int, *, request: RequestKey | None = None) -> Answer:
    """Activate a version again; activating twice does no more than once.

    Raises:
        NotPermitted: the caller is no analyst.
        NotFound: there is no such version.
    """

    def change(work: UnitOfWork, row: Any) -> str | None:
        if row.deactivated_at is None:
            return None
        definitions.update_process(work, row.id, deactivated_at=None)
        arm_starts(system, work, caller.environment_id, key)
        return "activated"

    return change_version(system, caller, key, version, verb="activate", request=request, change=change)
