"""What the verbs on groups have in common: who may, whom a group may hold, and how it is shown."""

from collections.abc import Callable, Sequence
from typing import Any

from app.domain.audit import AuditEntry
from app.domain.errors import InvalidRequest, NotFound, StaleRevision
from app.domain.people import ADMINISTRATOR, APPLICATION_MANAGER, WORKFLOW_ADMINISTRATOR, Directory
from app.operations.answer import Answer, Caller, JsonObject, RequestKey
from app.operations.environment_story import tell_environment
from app.operations.idempotency import Remember, answer_once
from app.operations.instances.view import person_view
from app.operations.matrix.snapshots import still_matters
from app.operations.system import System
from app.operations.turn import check_current, directory_of, read_environment
from app.operations.visibility import require_role
from app.persistence import groups, people
from app.persistence.database import UnitOfWork

KEEPERS = (WORKFLOW_ADMINISTRATOR, ADMINISTRATOR)
READERS = (*KEEPERS, APPLICATION_MANAGER)
MEMBERS_MAX = 500


def group_view(row: Any, directory: Directory) -> JsonObject:
    """Return a group with its members, by user name."""
    members = directory.members_of(row.key) or ()
    return {
        "id": row.id,
        "key": row.key,
        "name": row.name,
        "members": [person_view(directory, person.id) for person in members],
        "revision": row.revision,
    }


def find_members(directory: Directory, usernames: Sequence[str]) -> list[str]:
    """Return the ids of the people that these user names name, each once.

    Raises:
        InvalidRequest: there is no such user, or there are more than MEMBERS_MAX.
    """
    found = {username: directory.find(username) for username in usernames}
    unknown = [username for username, person in found.items() if person is None]
    if unknown:
        raise InvalidRequest(
            f"There is no user {unknown[0]}.", errors={"members": [f"There is no user {username}." for username in unknown[:10]]}
        )
    if len(found) > MEMBERS_MAX:
        raise InvalidRequest("The group is too large.", errors={"members": [f"Expected at most {MEMBERS_MAX} members."]})
    return sorted({person.id for person in found.values() if person is not None})


def change_group(
    system: System,
    caller: Caller,
    group_id: str | None,
    *,
    verb: str,
    revision: int | None,
    request: RequestKey | None,
    apply: Callable[[UnitOfWork, Directory, Any | None], tuple[str, str, JsonObject]],
    status: int = 200,
) -> Answer:
    """Run one verb that changes a group, tell it, and return the group as it is then.

    `apply` returns the group's id, the sentence and the facts of the audit entry. New members get no task that runs. Source: MUL-01.

    Raises:
        NotPermitted: the caller keeps no groups.
        NotFound: there is no such group in his environment.
        StaleRevision: it changed since.
    """
    require_role(caller, *KEEPERS, verb=f"{verb} groups")

    def run(remember: Remember) -> Answer:
        with system.database.write() as work:
            people.lock_environment(work, caller.environment_id)
            environment = read_environment(work, caller.environment_id)
            check_current(caller, environment)
            row = None if group_id is None else groups.find_group(work, environment.id, group_id)
            if group_id is not None and row is None:
                raise NotFound(what="group", id=group_id)
            if row is not None and revision is not None and revision != row.revision:
                raise StaleRevision(what=f"group {row.key}", expected=revision, actual=row.revision)
            changed_id, text, facts = apply(work, directory_of(system, work, environment), row)
            people.raise_authority_version(work, environment.id)
            entry = AuditEntry(at=system.clock(), kind=f"group_{verb}d", text=text, actor=caller.username, facts=facts)
            tell_environment(system, work, environment.id, entry)
            after = groups.find_group(work, environment.id, changed_id)
            shown = after or row
            assert shown is not None, "a group that is not there any more was found before"
            now_there = people.read_directory(work, environment.id, since=still_matters(system.clock()))
            body = group_view(shown, now_there)
            answer = Answer(body=body, status=status, revision=shown.revision)
            remember(work, answer)
            work.commit()
            return answer

    return answer_once(system, caller, request, run)
