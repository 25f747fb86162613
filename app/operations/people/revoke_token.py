"""Revoking an API token."""

from app.domain.audit import AuditEntry
from app.domain.errors import NotFound
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.environment_story import tell_environment
from app.operations.idempotency import Remember, answer_once
from app.operations.people.create_token import find_owner, token_view
from app.operations.system import System
from app.operations.turn import check_current, read_environment
from app.persistence import access, people


def revoke_token(system: System, caller: Caller, token_id: str, *, user_id: str | None = None, request: RequestKey | None = None) -> Answer:
    """Revoke a token of the caller, or of a user whom he keeps: it signs nobody in any more, at once and in every process.

    Raises:
        NotPermitted: it is somebody else's, and the caller keeps no users.
        NotFound: the user has no such token, or it was revoked before.
        UserProtected: the user has a role that the caller could not give.
    """

    def run(remember: Remember) -> Answer:
        with system.database.write() as work:
            people.lock_environment(work, caller.environment_id)
            check_current(caller, read_environment(work, caller.environment_id))
            user = find_owner(work, caller, user_id, verb="revoke the tokens of others")
            row = access.revoke_token(work, user.id, token_id, at=system.clock())
            if row is None:
                raise NotFound(what="token", id=token_id)
            people.raise_authority_version(work, caller.environment_id)
            answer = Answer(body=token_view(row))
            remember(work, answer)
            text = f"{caller.full_name} revoked the token {row.label} of {user.full_name}."
            facts = {"user": user.username, "token": row.id}
            entry = AuditEntry(at=system.clock(), kind="token_revoked", text=text, actor=caller.username, facts=facts)
            tell_environment(system, work, caller.environment_id, entry)
            work.commit()
            return answer

    return answer_once(system, caller, request, run)
