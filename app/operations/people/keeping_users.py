"""What those who keep the users do to the sign-in of one: unlock, reset the PIN, sign out."""

from collections.abc import Callable
from typing import Any

from app.domain.audit import AuditEntry
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.environment_story import tell_environment
from app.operations.idempotency import Remember, answer_once
from app.operations.people.keeping import find_kept
from app.operations.system import System
from app.operations.turn import check_current, read_environment
from app.persistence.database import UnitOfWork


def keep_user(
    system: System,
    caller: Caller,
    user_id: str,
    apply: Callable[[UnitOfWork, Any], AuditEntry | None],
    *,
    verb: str,
    request: RequestKey | None,
) -> Answer:
    """Apply a change to the sign-in of a user of the caller's environment and return how it stands then.

    Args:
        system: the clock and the database.
        caller: who keeps the users.
        user_id: whose sign-in it is.
        apply: changes it, and returns what to tell the audit chain; None where there was nothing to change.
        verb: what the caller wants to do, for the refusal.
        request: the key of a request that may be sent again.

    Raises:
        NotPermitted: the caller keeps no users.
        NotFound: there is no such user in his environment.
    """

    def run(remember: Remember) -> Answer:
        with system.database.write() as work:
            check_current(caller, read_environment(work, caller.environment_id))
            row, _ = find_kept(work, caller, user_id, verb=verb)
            entry = apply(work, row)
            row, _ = find_kept(work, caller, user_id, verb=verb)
            answer = Answer(body=sign_in_view(row))
            remember(work, answer)
            if entry is not None:
                tell_environment(system, work, caller.environment_id, entry)
            work.commit()
            return answer

    return answer_once(system, caller, request, run)


def sign_in_view(row: Any) -> dict[str, Any]:
    """Return how the sign-in of a user stands."""
    return {
        "id": row.id,
        "username": row.username,
        "full_name": row.full_name,
        "locked_out": row.locked_at is not None,
        "password_set": row.password_hash is not None,
        "pin_set": row.pin_hash is not None,
    }
