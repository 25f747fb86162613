"""What a user changes of himself."""

from typing import Any

from app.domain.audit import AuditEntry
from app.domain.errors import NotFound, StaleRevision
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.environment_story import tell_environment
from app.operations.idempotency import Remember, answer_once
from app.operations.people.read_profile import profile_body
from app.operations.people.user_fields import read_fields
from app.operations.system import System
from app.operations.turn import check_current, read_environment
from app.persistence import people, users


def change_profile(
    system: System, caller: Caller, *, revision: int | None = None, request: RequestKey | None = None, **given: Any
) -> Answer:
    """Change the caller's own `language`, `phone`, or which mails he gets; what is not named stays.

    Raises:
        InvalidRequest: fields that cannot be accepted; all of them at once.
        StaleRevision: somebody changed him since.
    Source: TSK-03, USR-15, USR-24.
    """

    def run(remember: Remember) -> Answer:
        with system.database.write() as work:
            people.lock_environment(work, caller.environment_id)
            check_current(caller, read_environment(work, caller.environment_id))
            row = users.find_user(work, caller.environment_id, caller.user_id)
            if row is None:
                raise NotFound(what="user", id=caller.user_id)
            if revision is not None and revision != row.revision:
                raise StaleRevision(what="your profile", expected=revision, actual=row.revision)
            columns = read_fields(work, caller.environment_id, given, row=row).columns
            if columns:
                people.update_user(work, row.id, **columns, revision=row.revision + 1)
                people.raise_authority_version(work, caller.environment_id)
            body = profile_body(work, caller)
            if columns:
                text = f"{caller.full_name} changed his profile: {', '.join(columns)}."
                facts = {"user": caller.username, "fields": [*columns]}
                entry = AuditEntry(at=system.clock(), kind="profile_changed", text=text, actor=caller.username, facts=facts)
                tell_environment(system, work, caller.environment_id, entry)
            answer = Answer(body=body, revision=body["revision"])
            remember(work, answer)
            work.commit()
            return answer

    return answer_once(system, caller, request, run)
