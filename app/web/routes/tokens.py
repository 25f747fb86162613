"""API tokens: what somebody's programs sign in with, of one's own and, for who keeps the users, of others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any

from flask import Blueprint, make_response, url_for
from werkzeug.wrappers import Response as BaseResponse

from app.domain.access import SCOPES
from app.domain.errors import CountersignError, InvalidRequest
from app.operations.people.create_token import DAYS_DEFAULT, DAYS_MAX, issue_token
from app.operations.people.list_tokens import list_tokens
from app.operations.people.read_profile import read_profile
from app.operations.people.read_user import read_user
from app.operations.people.revoke_token import revoke_token
from app.web.context import calendar, new_key, render_part, request_key
from app.web.errors import status_of
from app.web.forms import NOTHING_SENT, Sent, answer_form, perform, sent_form, ticked, typed


def add_token_routes(blueprint: Blueprint) -> None:
    """Add the pages of API tokens."""
    for path in ("/profile", "/people/<user_id>"):
        blueprint.add_url_rule(f"{path}/tokens", "tokens", show_tokens)
        blueprint.add_url_rule(f"{path}/tokens", "create_token", make_token, methods=["POST"])
        blueprint.add_url_rule(f"{path}/tokens/<token_id>/revoke", "revoke_token", revoke_one, methods=["POST"])


def show_tokens(user_id: str | None = None, sent: Sent = NOTHING_SENT, made: dict[str, Any] | None = None) -> str:
    """Show the tokens, and once the secret of the one that was just made."""
    tokens = perform(list_tokens, user_id=user_id)["items"]
    return render_part(
        "tokens/tokens.html",
        area="people" if user_id else "profile",
        tab="tokens",
        owner_id=user_id,
        user=perform(read_user, user_id) if user_id else perform(read_profile),
        tokens=tokens,
        scopes=SCOPES,
        days=DAYS_DEFAULT,
        days_max=DAYS_MAX,
        sent=sent,
        made=made,
        key=new_key,
    )


def make_token(user_id: str | None = None) -> BaseResponse:
    """Make a token and show its secret in the answer, this once: it is kept nowhere, so there is no page to go on to."""
    try:
        made = perform(
            issue_token,
            label=typed("label"),
            scopes=ticked("scopes"),
            expires_at=_typed_end(),
            user_id=user_id,
            request=request_key(),
        )
    except CountersignError as error:
        sent = sent_form("token", error, names={"expires_at": "expires_on"})
        return make_response(show_tokens(user_id, sent), status_of(error))
    return make_response(show_tokens(user_id, made=made), 201)


def revoke_one(token_id: str, user_id: str | None = None) -> BaseResponse:
    """Revoke a token."""

    def change() -> str:
        body = perform(revoke_token, token_id, user_id=user_id, request=request_key())
        return f"The token {body['label']} is revoked; it signs nobody in any more."

    return _answer(user_id, change)


def _answer(user_id: str | None, change: Callable[[], str]) -> BaseResponse:
    def show(sent: Sent) -> str:
        return show_tokens(user_id, sent)

    return answer_form("revoke", change, target=url_for("web.tokens", user_id=user_id), show=show)


def _typed_end() -> datetime | None:
    """Return the end of the day that was typed, None where there is none."""
    text = typed("expires_on")
    if not text:
        return None
    try:
        return datetime.combine(date.fromisoformat(text), time(23, 59), calendar().zone).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        fault = "Give a day, such as 2026-12-24."
        raise InvalidRequest(fault, errors={"expires_on": [fault]}) from error
