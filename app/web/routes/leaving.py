"""Deactivate and Transfer: choose who takes over, see what would happen, then do it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, make_response, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from app.domain.errors import CountersignError, NotFound
from app.operations.people.deactivate_user import deactivate_user
from app.operations.people.read_user import read_user
from app.operations.people.transfer_user import transfer_user
from app.web.context import new_key, render_part, request_key, wants_partial
from app.web.forms import NOTHING_SENT, Sent, answer_form, clean_typed, perform, seen_revision, typed
from app.web.people import colleagues


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """One of the two verbs: its operation, and the name of the argument that says who takes over."""

    verb: str
    operation: Callable[..., Any]
    argument: str
    title: str
    sentence: str


VERBS: Mapping[str, HandOver] = {
    "deactivate": HandOver(
        verb="deactivate",
        operation=deactivate_user,
        argument="successor",
        title="Deactivate",
        sentence="is signed out at once, everywhere, and can sign in no more. A successor takes over roles, mandates and worklist.",
    ),
    "transfer": HandOver(
        verb="transfer",
        operation=transfer_user,
        argument="to",
        title="Transfer the work of",
        sentence="stays active and keeps the roles. Somebody else gets them too, with the mandates and the worklist.",
    ),
}


def add_leaving_routes(blueprint: Blueprint) -> None:
    """Add the pages on which somebody hands over."""
    for verb in VERBS:
        blueprint.add_url_rule(f"/people/<user_id>/{verb}", f"{verb}_user", _show(verb))
        blueprint.add_url_rule(f"/people/<user_id>/{verb}", f"{verb}_user_now", _carry_out(verb), methods=["POST"])


def _show(verb: str) -> Callable[[str], BaseResponse]:
    def show(user_id: str) -> BaseResponse:
        successor = clean_typed(request.args.get("successor", ""))[:64].lower()
        if wants_partial():
            values = _values(VERBS[verb], user_id, successor, NOTHING_SENT)
            return make_response(render_part("people/_hand_over.html", **values), 200)
        return make_response(_page(VERBS[verb], user_id, successor, NOTHING_SENT))

    show.__doc__ = f"Show what {verb} would do, with the successor of the address."
    return show


def _carry_out(verb: str) -> Callable[[str], BaseResponse]:
    how = VERBS[verb]

    def carry_out(user_id: str) -> BaseResponse:
        successor = typed("successor", length_max=64).lower()

        def change() -> str:
            body = perform(
                how.operation,
                user_id,
                **{how.argument: successor},
                confirm="confirm" in request.form,
                revision=seen_revision(),
                request=request_key(),
            )
            state = "stays active" if body["active"] else "is not active any more"
            return f"{body['full_name']} {state}. {body['successor']['full_name']} takes over; the worklist follows within moments."

        def show(sent: Sent) -> str:
            return _page(how, user_id, successor, sent)

        return answer_form("hand_over", change, target=url_for("web.user", user_id=user_id), show=show)

    carry_out.__doc__ = f"{how.title} a user."
    return carry_out


def _page(how: HandOver, user_id: str, successor: str, sent: Sent) -> str:
    return render_part("people/hand_over.html", **_values(how, user_id, successor, sent))


def _values(how: HandOver, user_id: str, successor: str, sent: Sent) -> dict[str, Any]:
    """Return the page's values; the preview is the operation itself, which changes nothing in a dry run."""
    user = perform(read_user, user_id)
    preview, refusal = None, None
    if successor:
        try:
            preview = perform(how.operation, user_id, **{how.argument: successor}, dry_run=True)
        except NotFound:
            raise
        except CountersignError as error:
            refusal = error.detail
    return {
        "area": "people",
        "user": user,
        "owner_id": user_id,
        "how": how,
        "successor": successor,
        "colleagues": colleagues(besides=user["username"]),
        "preview": preview,
        "refusal": refusal,
        "sent": sent,
        "key": new_key,
    }
