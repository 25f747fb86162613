"""Taking a PIN back, so that its owner sets a new one."""

from typing import Any

from app.domain.audit import AuditEntry
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.mailing import write_letter
from app.operations.people.keeping_users import keep_user
from app.operations.system import System
from app.persistence import access, people
from app.persistence.database import UnitOfWork


def reset_pin(system: System, caller: Caller, user_id: str, *, request: RequestKey | None = None) -> Answer:
    """Take a user's PIN back and end his sessions: after the next sign-in he is asked for a new one.

    Raises:
        NotPermitted: the caller keeps no users.
        NotFound: there is no such user in his environment.
    Source: USR-38.
    """

    def apply(work: UnitOfWork, row: Any) -> AuditEntry | None:
        people.update_user(work, row.id, pin_hash=None, failed_pins=0)
        access.end_sessions(work, row.id)
        write_letter(
            system,
            work,
            environment_id=row.environment_id,
            person=row,
            template="pin_reset",
            facts={},
            path="/security",
            key=f"pin_reset:{row.id}:{system.new_id()}",
        )
        text = f"{caller.full_name} reset the PIN of {row.full_name}."
        return AuditEntry(at=system.clock(), kind="pin_reset", text=text, actor=caller.username, facts={"user": row.username})

    return keep_user(system, caller, user_id, apply, verb="reset PINs", request=request)
