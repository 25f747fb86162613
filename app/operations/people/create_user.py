"""A new user."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from app.domain.audit import AuditEntry
from app.domain.environment_settings import NOTIFY_NEW_TASK_DEFAULT, NOTIFY_REMINDERS_DEFAULT, NOTIFY_STATUS_DEFAULT
from app.domain.errors import InvalidRequest, UsernameInUse
from app.domain.roles import KEEPERS
from app.domain.users import clean_username
from app.operations.answer import Answer, Caller, JsonObject, RequestKey
from app.operations.environment_settings import settings_of
from app.operations.environment_story import tell_environment
from app.operations.idempotency import Remember, answer_once
from app.operations.people.keeping import check_may_clear, check_may_give
from app.operations.people.read_user import user_body
from app.operations.people.user_fields import Fields, messages_of, read_fields
from app.operations.system import System
from app.operations.turn import check_current, read_environment
from app.operations.visibility import require_role
from app.persistence import people, users
from app.persistence.database import UnitOfWork

LEVEL_DEFAULT = 0
_DEFAULTS = {
    "notify_new_task": NOTIFY_NEW_TASK_DEFAULT,
    "notify_reminders": NOTIFY_REMINDERS_DEFAULT,
    "notify_status": NOTIFY_STATUS_DEFAULT,
}


def create_user(
    system: System,
    caller: Caller,
    *,
    username: str,
    kind: str = "full",
    roles: Collection[str] = (),
    request: RequestKey | None = None,
    **given: Any,
) -> Answer:
    """Store a user who is not active yet: activating him sends him what he signs in with.

    Args:
        system: the clock and the database.
        caller: who keeps users.
        username: stored in small letters; it never changes.
        kind: full, portal or none.
        roles: what he may do from the beginning.
        request: the key of a request that may be sent again.
        given: other fields, see `user_fields`.

    Raises:
        NotPermitted: the caller does not keep users.
        GrantRefused: a role or a security level that he may not give.
        UsernameInUse, EmailInUse: somebody else has it.
        InvalidRequest: fields that cannot be accepted; all of them at once.
    Source: USR-13, USR-15..24.
    """
    require_role(caller, *KEEPERS, verb="create users")
    check_may_give(caller, roles, to_id=None)
    check_may_clear(caller, given, level=given.get("security_level"), to_id=None)
    name = _checked_username(username)

    def run(remember: Remember) -> Answer:
        with system.database.write() as work:
            people.lock_environment(work, caller.environment_id)
            environment = read_environment(work, caller.environment_id)
            check_current(caller, environment)
            fields = read_fields(work, environment.id, {**given, "username": name})
            if users.username_is_taken(work, environment.id, name):
                raise UsernameInUse(username=name)
            user_id = system.new_id()
            settings = settings_of(system, work, environment)
            defaults = {column: settings[key] for column, key in _DEFAULTS.items()}
            _store(system, work, caller, user_id, {"username": name, "kind": kind} | defaults | fields.columns)
            _link(work, caller, user_id, fields, roles)
            people.raise_authority_version(work, environment.id)
            body = user_body(work, environment.id, user_id)
            entry = _told(caller, body, roles=sorted(roles), at=system.clock())
            tell_environment(system, work, environment.id, entry)
            answer = Answer(body=body | {"messages": messages_of(body)}, status=201, revision=1)
            remember(work, answer)
            work.commit()
            return answer

    return answer_once(system, caller, request, run)


def _told(caller: Caller, body: JsonObject, *, roles: list[str], at: datetime) -> AuditEntry:
    return AuditEntry(
        at=at,
        kind="user_created",
        text=f"{caller.full_name} created the user {body['full_name']} ({body['username']}).",
        actor=caller.username,
        facts={
            "user": body["username"],
            "kind": body["kind"],
            "roles": roles,
            "security_level": body["security_level"],
            "access": body["access"],
        },
    )


def _checked_username(text: str) -> str:
    try:
        return clean_username(text)
    except ValueError as error:
        raise InvalidRequest(f"username: {error}", errors={"username": [str(error)]}) from error


def _store(system: System, work: UnitOfWork, caller: Caller, user_id: str, values: dict[str, Any]) -> None:
    row = {
        "id": user_id,
        "environment_id": caller.environment_id,
        "active": False,
        "backup_active": False,
        "failed_logins": 0,
        "login_type": "username",
        "security_level": LEVEL_DEFAULT,
        "access_level": "cost_centers",
        "revision": 1,
        "created_at": system.clock(),
    }
    users.insert_user(work, **(row | values))


def _link(work: UnitOfWork, caller: Caller, user_id: str, fields: Fields, roles: Collection[str]) -> None:
    work.flush()
    users.add_roles(work, caller.environment_id, user_id, sorted(set(roles)))
    if fields.links:
        users.put_access(work, caller.environment_id, user_id, fields.links)
