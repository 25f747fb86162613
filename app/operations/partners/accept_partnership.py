"""The invited side accepts: the two environments are partners."""

from datetime import datetime
from typing import Any

from app.domain.errors import NotPermitted, PartnershipClosed
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.partners.changing import change_partnership
from app.operations.system import System
from app.persistence import partners
from app.persistence.database import UnitOfWork


def accept_partnership(system: System, caller: Caller, partnership_id: str, *, request: RequestKey | None = None) -> Answer:
    """Accept an invitation. From now on tasks can be delegated between the two; nobody sees anything else of the other.

    Raises:
        NotPermitted: the caller is no administrator, or his own environment has invited.
        NotFound: his environment has no such partnership.
        PartnershipClosed: it is active already, or has ended.
    Source: PAR-01, PAR-02.
    """

    def apply(work: UnitOfWork, row: Any, now: datetime) -> str:
        if row.partner_id != caller.environment_id:
            raise NotPermitted(f"Your own environment has invited {row.partner_key}; an administrator there accepts.", verb="accept it")
        if row.status != partners.INVITED:
            raise PartnershipClosed(verb="accept", environment=row.environment_key, partner=row.partner_key, state=row.status)
        partners.update_partnership(work, row.id, status=partners.ACTIVE, accepted_by=caller.user_id, accepted_at=now)
        partners.set_guests_active(work, row.environment_id, row.partner_id, active=True)
        return "partnership_accepted"

    return change_partnership(system, caller, partnership_id, verb="accept", request=request, apply=apply)
