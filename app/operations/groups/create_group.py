"""A new group."""

from collections.abc import Sequence
from typing import Any

from app.domain.errors import GroupKeyInUse
from app.domain.people import Directory
from app.operations.answer import Answer, Caller, JsonObject, RequestKey
from app.operations.groups.keeping import change_group, find_members
from app.operations.system import System
from app.persistence import groups
from app.persistence.database import UnitOfWork


def create_group(
    system: System, caller: Caller, *, key: str, name: str, members: Sequence[str] = (), request: RequestKey | None = None
) -> Answer:
    """Make a group of users, whom a diagram asks together by the group's key.

    Raises:
        NotPermitted: the caller is no administrator of the workflow.
        GroupKeyInUse: there is a group with this key.
        InvalidRequest: a member does not exist.
    Source: MUL-01.
    """

    def apply(work: UnitOfWork, directory: Directory, _: Any | None) -> tuple[str, str, JsonObject]:
        if groups.find_group_by_key(work, caller.environment_id, key) is not None:
            raise GroupKeyInUse(key=key)
        user_ids = find_members(directory, members)
        group_id = system.new_id()
        groups.insert_group(
            work, id=group_id, environment_id=caller.environment_id, key=key, name=name, revision=1, created_at=system.clock()
        )
        work.flush()
        groups.put_members(work, caller.environment_id, group_id, user_ids)
        names = [directory.get(user_id).username for user_id in user_ids]
        return group_id, f"{caller.full_name} made the group {name} ({key}).", {"group": key, "name": name, "members": names}

    return change_group(system, caller, None, verb="create", revision=None, request=request, apply=apply, status=201)
