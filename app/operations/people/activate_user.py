"""Somebody comes back."""

from app.domain.audit import AuditEntry
from app.domain.errors import StaleRevision
from app.domain.leaving_errors import UserActive
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.environment_story import tell_environment
from app.operations.idempotency import Remember, answer_once
from app.operations.people.keeping import find_kept
from app.operations.people.read_user import user_body
from app.operations.people.send_activation import send_activation
from app.operations.system import System
from app.operations.turn import check_current, read_environment
from app.persistence import people


def activate_user(
    system: System, caller: Caller, user_id: str, *, revision: int | None = None, request: RequestKey | None = None
) -> Answer:
    """Activate a user who has left, and mail him how to sign in again.

    He has the roles that he had. His mandates stay expired, since his successor keeps the copies; the checks of the matrix say so.

    Raises:
        NotPermitted, UserProtected: the caller may not.
        NotFound: there is no such user in his environment.
        UserActive: he is active already.
        StaleRevision: the user was changed since the caller saw him.
    Source: USR-35, USR-42.
    """

    def run(remember: Remember) -> Answer:
        with system.database.write() as work:
            people.lock_environment(work, caller.environment_id)
            check_current(caller, read_environment(work, caller.environment_id))
            row, _ = find_kept(work, caller, user_id, verb="activate this user")
            if revision is not None and revision != row.revision:
                raise StaleRevision(what=f"user {row.username}", expected=revision, actual=row.revision)
            if row.active:
                raise UserActive(user=row.full_name)
            people.update_user(work, row.id, active=True, successor_id=None, revision=row.revision + 1)
            people.raise_authority_version(work, caller.environment_id)
            is_written = send_activation(system, work, row)
            body = user_body(work, caller.environment_id, row.id)
            answer = Answer(body=body, revision=body["revision"])
            entry = AuditEntry(
                at=system.clock(),
                kind="user_activated",
                text=f"{caller.full_name} activated {row.full_name}.",
                actor=caller.username,
                facts={"user": row.username, "mail": is_written},
            )
            tell_environment(system, work, caller.environment_id, entry)
            remember(work, answer)
            work.commit()
            return answer

    return answer_once(system, caller, request, run)
