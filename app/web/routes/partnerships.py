"""Partnerships with other environments: invite, accept, end."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from app.operations.partners.accept_partnership import accept_partnership
from app.operations.partners.invite_partner import invite_partner
from app.operations.partners.list_partnerships import list_partnerships
from app.operations.partners.revoke_partnership import revoke_partnership
from app.web.context import new_key, render_part, request_key
from app.web.formatting import Badge
from app.web.forms import NOTHING_SENT, Sent, answer_form, perform, typed_key

ROWS = 50
STATES = {
    ("invited", "sent"): Badge(text="Invited, not accepted yet", icon="mail", tone="warn"),
    ("invited", "received"): Badge(text="They invite you", icon="mail", tone="you"),
    ("active", "sent"): Badge(text="Active", icon="circle-check", tone="yes"),
    ("active", "received"): Badge(text="Active", icon="circle-check", tone="yes"),
    ("revoked", "sent"): Badge(text="Ended", icon="ban"),
    ("revoked", "received"): Badge(text="Ended", icon="ban"),
}


def add_partnership_routes(blueprint: Blueprint) -> None:
    """Add the page of partnerships."""
    blueprint.add_url_rule("/partnerships", "partnerships", show_partnerships)
    blueprint.add_url_rule("/partnerships", "invite_partner", invite, methods=["POST"])
    blueprint.add_url_rule("/partnerships/<partnership_id>/accept", "accept_partnership", accept, methods=["POST"])
    blueprint.add_url_rule("/partnerships/<partnership_id>/revoke", "revoke_partnership", revoke, methods=["POST"])


def show_partnerships(sent: Sent = NOTHING_SENT) -> str:
    """Show the partnerships, and the form of an invitation."""
    body = perform(list_partnerships, limit=ROWS, cursor=request.args.get("cursor") or None)
    rows = [item | {"state": STATES[item["status"], item["direction"]]} for item in body["items"]]
    return render_part("partnerships/list.html", area="partnerships", rows=rows, next_cursor=body["next_cursor"], sent=sent, key=new_key)


def invite() -> BaseResponse:
    """Invite another environment."""

    def change() -> str:
        partner = typed_key("partner", fault="Give the key of the other environment.")
        body = perform(invite_partner, partner=partner, request=request_key())
        return f"{body['partner']['name']} is invited. An administrator there has to accept."

    return _answer("invite", change)


def accept(partnership_id: str) -> BaseResponse:
    """Accept an invitation."""

    def change() -> str:
        body = perform(accept_partnership, partnership_id, request=request_key())
        return f"{body['partner']['name']} is a partner now: tasks can be delegated between you."

    return _answer("act", change)


def revoke(partnership_id: str) -> BaseResponse:
    """End a partnership, or decline an invitation."""

    def change() -> str:
        body = perform(revoke_partnership, partnership_id, request=request_key())
        return f"The partnership with {body['partner']['name']} is ended. Delegated tasks go back to who delegated them."

    return _answer("act", change)


def _answer(part: str, change: Callable[[], str]) -> BaseResponse:
    return answer_form(part, change, target=url_for("web.partnerships"), show=show_partnerships)
