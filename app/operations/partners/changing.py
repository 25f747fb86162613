"""What accepting and ending a partnership have in common: locked, told to both sides, and known to both at once."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from app.domain.audit import AuditEntry
from app.domain.errors import NotFound
from app.domain.people import ADMINISTRATOR
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.environment_story import tell_environment
from app.operations.idempotency import Remember, answer_once
from app.operations.partners.view import partnership_view
from app.operations.system import System
from app.operations.turn import check_current, read_environment
from app.operations.visibility import require_role
from app.persistence import partners, people
from app.persistence.database import UnitOfWork

Apply = Callable[[UnitOfWork, Any, datetime], str | None]


def change_partnership(
    system: System, caller: Caller, partnership_id: str, *, verb: str, request: RequestKey | None, apply: Apply
) -> Answer:
    """Change a partnership of the caller's environment: `apply` returns the kind of what happened, None when nothing did.

    Raises:
        NotPermitted: the caller is no administrator.
        NotFound: his environment has no such partnership.
    """
    require_role(caller, ADMINISTRATOR, verb=f"{verb} a partnership")

    def run(remember: Remember) -> Answer:
        with system.database.write() as work:
            known = partners.find_partnership(work, caller.environment_id, partnership_id)
            if known is None:
                raise NotFound(what="partnership", id=partnership_id)
            people.lock_environment(work, known.environment_id, known.partner_id)
            row = partners.lock_partnership(work, caller.environment_id, partnership_id)
            assert row is not None, "partnerships are never deleted"
            check_current(caller, read_environment(work, caller.environment_id))
            now = system.clock()
            kind = apply(work, row, now)
            if kind is not None:
                tell_both(system, work, caller, row, kind=kind, now=now)
            changed = partners.find_partnership(work, caller.environment_id, partnership_id)
            answer = Answer(body=partnership_view(changed, environment_id=caller.environment_id))
            remember(work, answer)
            work.commit()
            return answer

    return answer_once(system, caller, request, run)


def tell_both(system: System, work: UnitOfWork, caller: Caller, row: Any, *, kind: str, now: datetime) -> None:
    """Let both environments read their people anew, and tell it on the audit chains of both, always in the same order."""
    sides = ((row.environment_id, row.partner_id, row.partner_key), (row.partner_id, row.environment_id, row.environment_key))
    what = {"partnership_invited": "invited", "partnership_accepted": "accepted", "partnership_revoked": "ended"}[kind]
    people.raise_authority_version(work, row.environment_id, row.partner_id)
    for side, _, other_key in sorted(sides):
        ours = side == caller.environment_id
        actor = caller.username if ours else f"{caller.username}@{other_key}"
        name = caller.full_name if ours else f"{caller.full_name} ({other_key})"
        entry = AuditEntry(
            at=now,
            kind=kind,
            text=f"{name} {what} the partnership with {other_key}.",
            actor=actor,
            facts={"partnership": row.id, "partner": other_key},
        )
        tell_environment(system, work, side, entry)
