"""Pages of getting in: a new password by mail, and one's own password, PIN and sessions.

These pages call their operations themselves: there is nothing to show without the real ones.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, make_response, redirect, request, session, url_for
from flask_login import logout_user
from werkzeug.wrappers import Response as BaseResponse

from app.domain.access_errors import LinkUnknown, PinRefused, TooManyAttempts
from app.domain.errors import CountersignError, InvalidRequest, NotSignedIn
from app.operations.people.request_password_reset import ACCEPTED, request_password_reset
from app.operations.people.sessions import sign_out_everywhere
from app.operations.people.set_password import change_password, read_password_link, set_password
from app.operations.people.set_pin import set_pin
from app.web.context import caller, pages, render_part
from app.web.errors import status_of
from app.web.session import local_path

_LENGTH_MAX = 1000


def add_access_routes(blueprint: Blueprint) -> None:
    """Add the pages for passwords, PIN and sessions."""
    blueprint.add_url_rule("/password-reset", "ask_password", ask_password, methods=["GET", "POST"])
    blueprint.add_url_rule("/password/<secret>", "new_password", new_password, methods=["GET", "POST"])
    blueprint.add_url_rule("/security", "security", show_security)
    blueprint.add_url_rule("/security/password", "change_password", change_own_password, methods=["POST"])
    blueprint.add_url_rule("/security/pin", "set_pin", set_own_pin, methods=["POST"])
    blueprint.add_url_rule("/security/sign-out-everywhere", "sign_out_everywhere", sign_out_all, methods=["POST"])


def ask_password() -> BaseResponse:
    """Show the form that asks for a mail with a link, and take it; the answer never says whether there is such an account."""
    said, error, status = "", "", 200
    if request.method == "POST":
        try:
            request_password_reset(pages().system, request.form.get("login", "").strip()[:_LENGTH_MAX], address=_address())
            said = ACCEPTED
        except TooManyAttempts as refusal:
            error, status = refusal.detail, status_of(refusal)
    return make_response(render_part("session/ask_password.html", said=said, error=error), status)


def new_password(secret: str) -> BaseResponse:
    """Show whose password the link of a mail sets, and set it; opening the link sets nothing.

    A second field guards against a slip of the hand.
    """
    link, error, status = {}, "", 200
    try:
        if request.method == "POST":
            password = _typed_twice("password")
            set_password(pages().system, secret, password, address=_address())
            flash("Your new password is set. Sign in with it.", "yes")
            return redirect(url_for("web.login"), 303)
        link = read_password_link(pages().system, secret, address=_address()).body
    except InvalidRequest as refusal:
        error, status = refusal.detail, status_of(refusal)
        link = read_password_link(pages().system, secret, address=_address()).body
    except (LinkUnknown, TooManyAttempts) as refusal:
        return make_response(render_part("session/ask_password.html", said="", error=refusal.detail), status_of(refusal))
    return make_response(render_part("session/new_password.html", link=link, error=error), status)


def show_security(**errors: str) -> str:
    """Show the own password, PIN and sessions."""
    return render_part("session/security.html", area="security", next=local_path(request.values.get("next", "/")), errors=errors)


def change_own_password() -> BaseResponse:
    """Change the own password; every session ends, this one too."""

    def change() -> None:
        change_password(pages().system, caller(), old=_field("old"), new=_typed_twice("new"), address=_address())

    return _answer("password", change, said="Your password was changed, and every session has ended. Sign in again.", leaves=True)


def set_own_pin() -> BaseResponse:
    """Set the own PIN, and go back to where it was asked for."""

    def change() -> None:
        set_pin(pages().system, caller(), new=_typed_twice("new"), old=_field("old") or None)

    return _answer("pin", change, said="Your PIN is set.")


def sign_out_all() -> BaseResponse:
    """End every session, on every device."""

    def change() -> None:
        sign_out_everywhere(pages().system, caller())

    return _answer("sessions", change, said="You are signed out on every device.", leaves=True)


def _answer(part: str, change: Callable[[], None], *, said: str, leaves: bool = False) -> BaseResponse:
    """Return the page after a change that was made, or the form again with what is wrong."""
    try:
        change()
    except (InvalidRequest, NotSignedIn, PinRefused, TooManyAttempts) as refusal:
        return make_response(show_security(**{part: refusal.detail}), _status(refusal))
    if leaves:
        session.clear()
        logout_user()
    flash(said, "yes")
    return redirect(url_for("web.login") if leaves else local_path(request.form.get("next", "/")), 303)


def _status(refusal: CountersignError) -> int:
    return 422 if isinstance(refusal, NotSignedIn | PinRefused) else status_of(refusal)  # he is signed in: it is his form that is wrong


def _field(name: str) -> str:
    return request.form.get(name, "")[:_LENGTH_MAX]


def _typed_twice(name: str) -> str:
    """Return a secret that was typed twice.

    Raises:
        InvalidRequest: the second one is another.
    """
    if _field(name) != _field(f"{name}_again"):
        raise InvalidRequest("The two are not the same. Type it twice.", errors={name: ["Type it twice."]})
    return _field(name)


def _address() -> str:
    return request.remote_addr or ""
