"""Ending what somebody is signed in with: sessions, tokens, links."""

from app.domain.audit import AuditEntry
from app.operations.answer import Answer, Caller
from app.operations.environment_story import tell_environment
from app.operations.system import System
from app.persistence import access
from app.persistence.database import UnitOfWork


def revoke_access(system: System, work: UnitOfWork, user_id: str) -> int:
    """End every session, token and link of a user, in the transaction that deactivates him; return how many tokens there were.

    The authority version is raised by who calls this: that makes caches forget the tokens.
    Source: USR-39.
    """
    now = system.clock()
    access.end_sessions(work, user_id)
    access.end_links(work, user_id, at=now)
    return access.revoke_tokens(work, user_id, at=now)


def sign_out_everywhere(system: System, caller: Caller) -> Answer:
    """End every session of the caller, on every device; his API tokens stay."""
    with system.database.write() as work:
        access.end_sessions(work, caller.user_id)
        text = f"{caller.full_name} signed out everywhere."
        entry = AuditEntry(at=system.clock(), kind="signed_out_everywhere", text=text, actor=caller.username)
        tell_environment(system, work, caller.environment_id, entry)
        work.commit()
    return Answer(body={"username": caller.username})
