"""Either side ends a partnership, or takes back or declines an invitation."""

from datetime import datetime
from typing import Any

from app.domain.errors import PartnershipClosed
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.partners.calling_back import call_back_from_partner
from app.operations.partners.changing import change_partnership
from app.operations.system import System
from app.persistence import partners
from app.persistence.database import UnitOfWork


def revoke_partnership(system: System, caller: Caller, partnership_id: str, *, request: RequestKey | None = None) -> Answer:
    """End a partnership: guests see nothing any more, at once, and what was delegated to them goes back to who delegated it.

    History stays: what they did keeps their names.

    Raises:
        NotPermitted: the caller is no administrator.
        NotFound: his environment has no such partnership.
        PartnershipClosed: it has ended already.
    Source: HND-05, PAR-10.
    """

    def apply(work: UnitOfWork, row: Any, now: datetime) -> str:
        if row.status == partners.REVOKED:
            raise PartnershipClosed(verb="end", environment=row.environment_key, partner=row.partner_key, state=row.status)
        partners.update_partnership(work, row.id, status=partners.REVOKED, live_key=None, revoked_by=caller.user_id, revoked_at=now)
        partners.set_guests_active(work, row.environment_id, row.partner_id, active=False)
        sides = ((row.environment_id, row.partner_id, row.partner_key), (row.partner_id, row.environment_id, row.environment_key))
        for host_id, home_id, home_key in sides:
            why = f"The partnership with {home_key} has ended."
            call_back_from_partner(
                system, work, host_id=host_id, home_id=home_id, home_key=home_key, partnership_id=row.id, why=why, now=now
            )
        return "partnership_revoked"

    return change_partnership(system, caller, partnership_id, verb="end", request=request, apply=apply)
