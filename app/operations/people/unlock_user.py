"""Unlocking an account that failed attempts locked."""

from typing import Any

from app.domain.audit import AuditEntry
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.people.keeping_users import keep_user
from app.operations.system import System
from app.persistence import people
from app.persistence.database import UnitOfWork


def unlock_user(system: System, caller: Caller, user_id: str, *, request: RequestKey | None = None) -> Answer:
    """Let a user sign in with his password again; nothing happens to one who is not locked out.

    Raises:
        NotPermitted: the caller keeps no users.
        NotFound: there is no such user in his environment.
    Source: USR-21.
    """

    def apply(work: UnitOfWork, row: Any) -> AuditEntry | None:
        if row.locked_at is None:
            return None
        people.update_user(work, row.id, failed_logins=0, locked_at=None)
        text = f"{caller.full_name} unlocked the account of {row.full_name}."
        return AuditEntry(at=system.clock(), kind="user_unlocked", text=text, actor=caller.username, facts={"user": row.username})

    return keep_user(system, caller, user_id, apply, verb="unlock users", request=request)
