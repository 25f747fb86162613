"""One role less for a user."""

from app.domain.audit import AuditEntry
from app.domain.errors import NotFound
from app.domain.people import ADMINISTRATOR
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.environment_story import tell_environment
from app.operations.idempotency import Remember, answer_once
from app.operations.people.give_role import check_role, roles_answer
from app.operations.people.keeping import check_administrator_remains, check_may_give, find_kept
from app.operations.people.role_effects import change_instances, check_answered, instances_to_take
from app.operations.system import System
from app.operations.turn import check_current, read_environment
from app.persistence import people, users


def take_role(
    system: System,
    caller: Caller,
    user_id: str,
    *,
    role: str,
    apply_to_running: bool | None = None,
    request: RequestKey | None = None,
) -> Answer:
    """Take a role from a user; with `apply_to_running` the open tasks that he has by it alone leave his inbox, else they stay.

    Raises:
        NotPermitted, UserProtected, GrantRefused: the caller may not.
        NotFound: there is no such user in his environment, or he does not hold the role.
        InvalidRequest: there is no such role.
        LastAdministrator: nobody else is an administrator.
        RoleHasTransactions: he has open tasks by this role, and nobody has said what becomes of them.
    Source: USR-29, USR-31.
    """

    def run(remember: Remember) -> Answer:
        with system.database.write() as work:
            people.lock_environment(work, caller.environment_id)
            check_current(caller, read_environment(work, caller.environment_id))
            row, roles = find_kept(work, caller, user_id, verb="take a role from this user")
            check_role(role)
            check_may_give(caller, [role], to_id=row.id)
            if role not in roles:
                raise NotFound(f"{row.full_name} does not hold the role {role}.", what="role", id=role)
            if role == ADMINISTRATOR:
                check_administrator_remains(work, row, roles)
            left = sorted({*roles} - {role})
            instances = instances_to_take(work, row.environment_id, role, user_id=row.id, username=row.username, other_roles=left)
            check_answered(instances, role=role, apply_to_running=apply_to_running)
            users.remove_role(work, row.id, role)
            now = system.clock()
            if apply_to_running:
                change_instances(system, work, caller, instances, user_id=row.id, role=role, given=False, now=now)
            people.update_user(work, row.id, revision=row.revision + 1)
            people.raise_authority_version(work, row.environment_id)
            count = len(instances) if apply_to_running else 0
            entry = AuditEntry(
                at=now,
                kind="role_taken",
                text=f"{caller.full_name} took the role {role} from {row.full_name}; running transactions changed: {count}.",
                actor=caller.username,
                facts={"user": row.username, "role": role, "transactions": len(instances), "applied": bool(apply_to_running)},
            )
            tell_environment(system, work, row.environment_id, entry)
            answer = roles_answer(row, left, count=len(instances), applied=bool(apply_to_running), changed=True)
            remember(work, answer)
            work.commit()
            return answer

    return answer_once(system, caller, request, run)
