"""Routes of who keeps the partnerships of an environment."""

from typing import Any

from app.domain.errors import InvalidRequest, NotFound, NotPermitted, PartnershipClosed, PartnershipInPlace
from app.http.audience import Audience, Call
from app.http.schemas.partners import InvitePartner, Partnership, PartnershipFilter, Partnerships
from app.operations.answer import Answer
from app.operations.partners.accept_partnership import accept_partnership
from app.operations.partners.invite_partner import invite_partner
from app.operations.partners.list_partnerships import list_partnerships
from app.operations.partners.revoke_partnership import revoke_partnership

partners = Audience("partners", description="Administrators who keep partnerships with other environments.")


@partners.route("/partnerships")
@partners.signed_in()
@partners.refuses(NotPermitted)
@partners.query(PartnershipFilter)
@partners.answers(Partnerships)
def get_partnerships(call: Call, query: dict[str, Any]) -> Answer:
    """List the partnerships of the caller's environment."""
    return list_partnerships(call.system, call.caller, **query)


@partners.route("/partnerships", methods=("POST",))
@partners.signed_in()
@partners.idempotent
@partners.refuses(InvalidRequest, NotPermitted, PartnershipInPlace)
@partners.body(InvitePartner)
@partners.answers(Partnership, 201)
def post_partnership(call: Call, body: dict[str, Any]) -> Answer:
    """Invite another environment to be a partner; an administrator there accepts."""
    return invite_partner(call.system, call.caller, **body, request=call.request)


@partners.route("/partnerships/<id:partnership_id>/accept", methods=("POST",))
@partners.signed_in()
@partners.idempotent
@partners.refuses(NotFound, NotPermitted, PartnershipClosed)
@partners.answers(Partnership)
def post_partnership_accept(call: Call, partnership_id: str) -> Answer:
    """Accept an invitation: from now on tasks can be delegated between the two environments."""
    return accept_partnership(call.system, call.caller, partnership_id, request=call.request)


@partners.route("/partnerships/<id:partnership_id>/revoke", methods=("POST",))
@partners.signed_in()
@partners.idempotent
@partners.refuses(NotFound, NotPermitted, PartnershipClosed)
@partners.answers(Partnership)
def post_partnership_revoke(call: Call, partnership_id: str) -> Answer:
    """End a partnership, or decline an invitation: tasks that were delegated go back to who delegated them."""
    return revoke_partnership(call.system, call.caller, partnership_id, request=call.request)
