"""Approve or reject from a mail: the page that its link leads to. Opening it decides nothing; the button does."""

from __future__ import annotations

from typing import Literal

from flask import Blueprint, Response, make_response, request
from werkzeug.wrappers import Response as BaseResponse

from app.domain.access_errors import PinRefused
from app.domain.errors import CountersignError, InvalidRequest
from app.operations.tasks.decide_by_link import decide_by_link, read_decision_link
from app.web.context import calendar, pages, render_part
from app.web.errors import error_page, status_of
from app.web.forms import seen_revision
from app.web.task import show_task

PAGE = "web.decide_by_mail"
_VOTES: dict[str, Literal["approved", "rejected"]] = {"approve": "approved", "reject": "rejected"}
_HEADERS = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow, noarchive"}
_NOTE_LENGTH_MAX = 4000
_PIN_LENGTH_MAX = 20


def add_mail_action_routes(blueprint: Blueprint) -> None:
    """Add the page of the link in a mail. Its address is the secret, so its form needs no other, and no session."""
    blueprint.add_url_rule("/decide/<secret>", "decide_by_mail", decide_by_mail, methods=["GET", "POST"])


def decide_by_mail(secret: str) -> BaseResponse:
    """Show who signs what and how much, or sign it; what cannot be done any more says why."""
    try:
        response = _decide(secret) if request.method == "POST" else _ask(secret)
    except CountersignError as refusal:
        response = error_page(status_of(refusal), refusal.detail)
    response.headers.update(_HEADERS)
    return response


def _ask(secret: str, *, error: str = "") -> Response:
    found = read_decision_link(pages().system, secret, address=_address()).body
    view = show_task(found["task"], me=found["owner"]["username"], calendar=calendar())
    typed = {"verb": request.form.get("verb", ""), "note": request.form.get("note", "")[:_NOTE_LENGTH_MAX]}
    return make_response(render_part("mail/decide.html", owner=found["owner"], task=view, error=error, typed=typed), _status(error))


def _decide(secret: str) -> Response:
    form = request.form
    vote = _VOTES.get(form.get("verb", ""))
    if vote is None:
        return _ask(secret)
    before = read_decision_link(pages().system, secret, address=_address()).body
    view = show_task(before["task"], me=before["owner"]["username"], calendar=calendar())
    try:
        decide_by_link(
            pages().system,
            secret,
            vote=vote,
            note=form.get("note", "").strip() or None,
            revision=seen_revision(),
            pin=form.get("pin", "").strip()[:_PIN_LENGTH_MAX] or None,
            address=_address(),
        )
    except (InvalidRequest, PinRefused) as refusal:
        return _ask(secret, error=refusal.detail)
    return make_response(render_part("mail/decided.html", owner=before["owner"], task=view, vote=vote))


def _status(error: str) -> int:
    return 422 if error else 200  # with a wrong PIN too: nobody is asked to sign in, it is the form that is wrong


def _address() -> str:
    return request.remote_addr or ""
