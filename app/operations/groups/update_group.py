"""Another name or other members of a group."""

from collections.abc import Sequence
from typing import Any

from app.domain.people import Directory
from app.operations.answer import Answer, Caller, JsonObject, RequestKey
from app.operations.groups.keeping import change_group, find_members
from app.operations.system import System
from app.persistence import groups
from app.persistence.database import UnitOfWork


def update_group(
    system: System,
    caller: Caller,
    group_id: str,
    *,
    name: str | None = None,
    members: Sequence[str] | None = None,
    revision: int | None = None,
    request: RequestKey | None = None,
) -> Answer:
    """Give a group another name, or other members; tasks that are open keep the people they were assigned to.

    Raises:
        NotPermitted: the caller is no administrator of the workflow.
        NotFound: there is no such group.
        InvalidRequest: a member does not exist.
        StaleRevision: the group changed since.
    Source: MUL-01.
    """

    def apply(work: UnitOfWork, directory: Directory, row: Any | None) -> tuple[str, str, JsonObject]:
        assert row is not None, "a group that is changed was found"
        before = [person.username for person in directory.members_of(row.key) or ()]
        user_ids = None if members is None else find_members(directory, members)
        groups.update_group(work, group_id, name=name or row.name, revision=row.revision + 1)
        after = before
        if user_ids is not None:
            groups.put_members(work, caller.environment_id, group_id, user_ids)
            after = sorted(directory.get(user_id).username for user_id in user_ids)
        facts = {
            "group": row.key,
            "name": name or row.name,
            "added": [each for each in after if each not in before],
            "removed": [each for each in before if each not in after],
        }
        return group_id, f"{caller.full_name} changed the group {name or row.name} ({row.key}).", facts

    return change_group(system, caller, group_id, verb="update", revision=revision, request=request, apply=apply)
