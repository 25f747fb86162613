"""An environment asks another to become its partner."""

from app.domain.errors import InvalidRequest, PartnershipInPlace
from app.domain.people import ADMINISTRATOR
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.idempotency import Remember, answer_once
from app.operations.partners.changing import tell_both
from app.operations.partners.view import partnership_view
from app.operations.system import System
from app.operations.turn import check_current, read_environment
from app.operations.visibility import require_role
from app.persistence import partners, people


def invite_partner(system: System, caller: Caller, *, partner: str, request: RequestKey | None = None) -> Answer:
    """Invite the environment with this key; it is a partner once an administrator there accepts.

    Args:
        system: the clock and the database.
        caller: an administrator.
        partner: the key of the other environment, such as ACC.
        request: the key of a request that may be sent again.

    Raises:
        NotPermitted: the caller is no administrator.
        InvalidRequest: there is no such environment, or it is the caller's own.
        PartnershipInPlace: the two are partners, or one has invited the other.
    Source: PAR-01, HND-05.
    """
    require_role(caller, ADMINISTRATOR, verb="invite a partner")

    def run(remember: Remember) -> Answer:
        with system.database.write() as work:
            own = read_environment(work, caller.environment_id)
            check_current(caller, own)
            other = partners.find_environment(work, partner)
            if other is None or other.id == own.id:
                expected = "Expected the key of another environment."
                raise InvalidRequest(f"There is no other environment {partner}.", errors={"partner": [expected]})
            people.lock_environment(work, own.id, other.id)
            now, partnership_id = system.clock(), system.new_id()
            is_new = partners.insert_partnership(
                work,
                id=partnership_id,
                environment_id=own.id,
                partner_id=other.id,
                status=partners.INVITED,
                live_key=partners.live_key(own.id, other.id),
                invited_by=caller.user_id,
                created_at=now,
            )
            if not is_new:
                there = partners.find_live(work, own.id, other.id)
                raise PartnershipInPlace(environment=own.key, partner=other.key, state=there.status if there else "in place")
            row = partners.find_partnership(work, own.id, partnership_id)
            tell_both(system, work, caller, row, kind="partnership_invited", now=now)
            answer = Answer(body=partnership_view(row, environment_id=own.id), status=201)
            remember(work, answer)
            work.commit()
            return answer

    return answer_once(system, caller, request, run)
