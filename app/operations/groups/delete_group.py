"""A group that nobody needs any more."""

from typing import Any

from app.domain.people import Directory
from app.operations.answer import Answer, Caller, JsonObject, RequestKey
from app.operations.groups.keeping import change_group
from app.operations.system import System
from app.persistence import groups
from app.persistence.database import UnitOfWork


def delete_group(
    system: System, caller: Caller, group_id: str, *, revision: int | None = None, request: RequestKey | None = None
) -> Answer:
    """Delete a group; open tasks keep their people. A diagram that names it asks the holders of a role of that name, or is an incident.

    Raises:
        NotPermitted: the caller is no administrator of the workflow.
        NotFound: there is no such group.
        StaleRevision: it changed since.
    Source: MUL-01.
    """

    def apply(work: UnitOfWork, directory: Directory, row: Any | None) -> tuple[str, str, JsonObject]:
        assert row is not None, "a group that is deleted was found"
        names = [person.username for person in directory.members_of(row.key) or ()]
        groups.delete_group(work, group_id)
        return group_id, f"{caller.full_name} deleted the group {row.name} ({row.key}).", {"group": row.key, "members": names}

    return change_group(system, caller, group_id, verb="delete", revision=revision, request=request, apply=apply)
