"""A version that nobody uses goes away."""

from typing import Any

from app.domain.errors import DefinitionInUse
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.definitions.starting import arm_starts
from app.operations.definitions.versions import change_version
from app.operations.system import System
from app.persistence import definitions
from app.persistence.database import UnitOfWork


def delete_version(system: System, caller: Caller, key: str, version: int, *, request: RequestKey | None = None) -> Answer:
    """Delete a version that no instance has ever had or called, and return what it was; its number is not given again.

    Raises:
        NotPermitted: the caller is no analyst.
        NotFound: there is no such version (any more).
        DefinitionInUse: instances have it, running or ended, or call it; the facts count them.
    """

    def change(work: UnitOfWork, row: Any) -> str:
        counts = definitions.count_instances(work, [row.id])[row.id]
        callers = definitions.count_callers(work, row.id)
        if counts or callers:
            number = sum(counts.values())
            raise DefinitionInUse(definition=key, version=version, instances=number, callers=callers, by_status=counts)
        definitions.update_process(work, row.id, deleted_at=system.clock())
        arm_starts(system, work, caller.environment_id, key)
        return "deleted"

    return change_version(system, caller, key, version, verb="delete", request=request, change=change)
