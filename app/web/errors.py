"""Refusals as pages: what happened, why, and where to go next."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, make_response, render_template, request
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from app.domain.access_errors import LinkExpired, LinkOwnerInactive, LinkUnknown, LinkUsed, LinkWithdrawn, PinRefused, TooManyAttempts
from app.domain.errors import (
    Conflict,
    CountersignError,
    InvalidRequest,
    ModelError,
    NotFound,
    NotPermitted,
    NotSignedIn,
    RuleError,
    StaleRevision,
    TooLarge,
    Unavailable,
)
from app.web.context import render_part, wants_partial

_STATUSES: tuple[tuple[type[CountersignError], int], ...] = (
    (NotSignedIn, 401),
    (PinRefused, 401),
    (TooManyAttempts, 429),
    (LinkUsed, 410),
    (LinkExpired, 410),
    (LinkWithdrawn, 410),
    (LinkOwnerInactive, 410),
    (LinkUnknown, 404),
    (NotFound, 404),
    (NotPermitted, 403),
    (StaleRevision, 409),
    (Conflict, 409),
    (TooLarge, 413),
    (InvalidRequest, 422),
    (RuleError, 422),
    (ModelError, 422),
    (Unavailable, 503),
)
_TITLES = {
    401: ("This was not signed.", "Nothing was changed."),
    400: ("This page was open too long.", "Nothing was sent. Go back, load the page again and repeat it."),
    403: ("You may not do this.", "Your roles do not include it. Nothing was changed."),
    404: ("There is nothing here.", "The address is wrong, or it belongs to something that you may not see."),
    405: ("This address takes no such request.", "Nothing was changed."),
    409: ("Somebody was faster.", "The state changed after the page was shown. Load it again."),
    410: ("This link works no more.", "Nothing was changed. Ask for a new one."),
    413: ("That is too large.", "Nothing was stored."),
    422: ("That cannot be accepted.", "Nothing was changed."),
    429: ("Too many attempts.", "Nothing was changed. Wait a moment."),
    500: ("Something broke on our side.", "Nothing was signed. It is in the log under the number below."),
    503: ("Not available for a moment.", "Nothing was changed. Try again."),
}


def status_of(error: CountersignError) -> int:
    """Return the HTTP status that a page gives for the error."""
    return next((status for kind, status in _STATUSES if isinstance(error, kind)), 500)


def error_page(status: int, detail: str = "") -> Response:
    """Return the page for a status, inside the shell when somebody is signed in; htmx gets a note for the top of the page that is there."""
    title, usual = _TITLES.get(status, _TITLES[500])
    if wants_partial():
        response = make_response(render_template("errors/_note.html", title=title, detail=detail or usual), status)
        response.headers["HX-Retarget"] = "#main"
        response.headers["HX-Reswap"] = "afterbegin show:top"
        return response
    signed_in = bool(current_user and current_user.is_authenticated) and status < 500
    reference = str(request.environ.get("countersign.request_id", "")) if status >= 500 else ""
    html = render_part("errors/error.html", status=status, title=title, detail=detail or usual, signed_in=signed_in, reference=reference)
    return make_response(html, status)


def is_page(path: str) -> bool:
    """Return whether the address belongs to the pages; the API and the probes answer in their own form."""
    return not path.startswith(("/api/", "/health/", "/metrics", "/static/"))


def install_error_pages(app: Flask) -> None:
    """Answer unknown addresses and crashes of pages with a page; other audiences keep their own answers.

    Handlers of the application that stand already, such as the API's, are asked for addresses that are no pages.
    """
    spec = app.error_handler_spec[None]
    earlier: dict[type[Exception], Any] = {**spec.get(None, {}), **spec.get(404, {}), **spec.get(405, {})}

    def answer(error: HTTPException) -> Any:
        if is_page(request.path):
            return error_page(error.code or 500)
        handler = next((earlier[kind] for kind in type(error).__mro__ if kind in earlier), None)
        return app.ensure_sync(handler)(error) if handler else error

    app.register_error_handler(404, answer)
    app.register_error_handler(405, answer)


def refusal_page(error: CountersignError) -> Response:
    """Return the page for a refusal of an operation."""
    return error_page(status_of(error), error.detail)


def csrf_page(_error: CSRFError) -> Response:
    """Return the page for a form whose token is missing or too old."""
    return error_page(400)
