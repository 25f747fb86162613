"""One more role for a user."""

from typing import Any

from app.domain.audit import AuditEntry
from app.domain.errors import InvalidRequest
from app.domain.people import ROLES
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.environment_story import tell_environment
from app.operations.idempotency import Remember, answer_once
from app.operations.people.keeping import check_may_give, find_kept
from app.operations.people.role_effects import change_instances, check_answered, instances_to_give
from app.operations.system import System
from app.operations.turn import check_current, read_environment
from app.persistence import people, users


def give_role(
    system: System,
    caller: Caller,
    user_id: str,
    *,
    role: str,
    apply_to_running: bool | None = None,
    request: RequestKey | None = None,
) -> Answer:
    """Give a user a role; with `apply_to_running` the open tasks of the role become his too, else only those to come.

    Raises:
        NotPermitted, UserProtected, GrantRefused: the caller may not.
        NotFound: there is no such user in his environment.
        InvalidRequest: there is no such role.
        RoleHasTransactions: running transactions have open tasks of the role, and nobody has said what becomes of them.
    Source: USR-29, USR-30.
    """

    def run(remember: Remember) -> Answer:
        with system.database.write() as work:
            people.lock_environment(work, caller.environment_id)
            check_current(caller, read_environment(work, caller.environment_id))
            row, roles = find_kept(work, caller, user_id, verb="give this user a role")
            check_role(role)
            check_may_give(caller, [role], to_id=row.id)
            instances = [] if role in roles else instances_to_give(work, row.environment_id, role, user_id=row.id)
            check_answered(instances, role=role, apply_to_running=apply_to_running)
            if role not in roles:
                users.add_roles(work, row.environment_id, row.id, [role])
                now = system.clock()
                if apply_to_running:
                    change_instances(system, work, caller, instances, user_id=row.id, role=role, given=True, now=now)
                people.update_user(work, row.id, revision=row.revision + 1)
                people.raise_authority_version(work, row.environment_id)
                count = len(instances) if apply_to_running else 0
                entry = AuditEntry(
                    at=now,
                    kind="role_given",
                    text=f"{caller.full_name} gave {row.full_name} the role {role}; running transactions changed: {count}.",
                    actor=caller.username,
                    facts={"user": row.username, "role": role, "transactions": len(instances), "applied": bool(apply_to_running)},
                )
                tell_environment(system, work, row.environment_id, entry)
            answer = roles_answer(
                row, sorted({*roles, role}), count=len(instances), applied=bool(apply_to_running), changed=role not in roles
            )
            remember(work, answer)
            work.commit()
            return answer

    return answer_once(system, caller, request, run)


def check_role(role: str) -> None:
    """Raise InvalidRequest for a role that does not exist."""
    if role not in ROLES:
        text = f"There is no role {role}. The roles are {', '.join(sorted(ROLES))}."
        raise InvalidRequest(text, errors={"role": [text]})


def roles_answer(row: Any, roles: list[str], *, count: int, applied: bool, changed: bool) -> Answer:
    """Return the roles of a user after a change, and what it means for running transactions."""
    revision = row.revision + (1 if changed else 0)
    body = {
        "id": row.id,
        "username": row.username,
        "full_name": row.full_name,
        "roles": roles,
        "transactions": count,
        "applied": applied and count > 0,
        "revision": revision,
    }
    return Answer(body=body, revision=revision)
