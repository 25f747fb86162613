"""Signing in and out, and what a browser remembers: theme and single keys."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, Flask, current_app, flash, make_response, redirect, request, session, url_for
from flask_login import LoginManager, current_user, login_user, logout_user
from werkzeug.wrappers import Response as BaseResponse

from app.domain.access_errors import TooManyAttempts
from app.domain.errors import CountersignError, InvalidRequest, NotFound, NotPermitted, NotSignedIn
from app.operations.answer import Caller
from app.web.context import THEMES, SignedIn, calendar, pages, render_part, wants_partial

OIDC = "countersign_oidc"
SESSION_HOURS = 8
REMEMBER_DAYS = 30
NEXT_LENGTH_MAX = 2000  # where to go on to after a company account waits in a cookie, and browsers keep none above 4 kB
NO_MATCH = "User name and password do not match, or the account is locked. After three failed attempts, ask for a new password."
PUBLIC = frozenset(
    {
        "web.login",
        "web.static",
        "web.save_preferences",
        "web.ask_password",
        "web.new_password",
        "web.begin_oidc",
        "web.finish_oidc",
        "web.decide_by_mail",
    }
)
_YEAR = timedelta(days=365)


def install_login(app: Flask) -> None:
    """Keep who is signed in in a signed cookie; load the caller anew on every request, so that a deactivated one is out at once."""
    app.permanent_session_lifetime = timedelta(hours=SESSION_HOURS)
    app.config.update(
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_REFRESH_EACH_REQUEST=False,  # else every file of /static would come with a cookie, and be cached with it
        REMEMBER_COOKIE_SAMESITE="Lax",
        REMEMBER_COOKIE_HTTPONLY=True,
        REMEMBER_COOKIE_DURATION=timedelta(days=REMEMBER_DAYS),
        REMEMBER_COOKIE_SECURE=bool(app.config.get("SESSION_COOKIE_SECURE")),
    )
    manager = LoginManager()
    manager.session_protection = "basic"
    manager.init_app(app)

    @manager.user_loader  # type: ignore[untyped-decorator]
    def load(session_id: str) -> SignedIn | None:
        user_id, since = session_id.partition(".")[0], _since(session_id)
        if since is None or _seconds_now() - since > timedelta(days=REMEMBER_DAYS).total_seconds():  # a thief forgets no cookie
            return None
        try:
            user = SignedIn(pages().operations.load_caller(pages().system, user_id), since=since)
        except (NotSignedIn, NotFound, NotPermitted):
            return None
        return user if user.get_id() == session_id else None  # of another epoch: the session was ended


def _since(session_id: str) -> int | None:
    """Return the second since which a session runs; None for one of a version that did not say it."""
    text = session_id.rpartition(".")[2] if session_id.count(".") == 2 else ""
    return int(text) if text.isdecimal() else None


def _seconds_now() -> int:
    return int(calendar().now.timestamp())


def require_login() -> BaseResponse | None:
    """Send visitors who are not signed in to the sign-in page, and back to where they were afterwards."""
    if request.endpoint in PUBLIC:
        return None
    if current_user.is_authenticated:
        return _ask_for_pin()
    ended = "1" if request.cookies.get("session_known") else None
    wanted = request.full_path.rstrip("?") if request.method == "GET" else (request.referrer or "/")
    target = url_for("web.login", next=local_path(wanted), ended=ended)
    if wants_partial():
        response = make_response("", 401)
        response.headers["HX-Redirect"] = target
        return response
    return redirect(target, 303)


def _ask_for_pin() -> BaseResponse | None:
    """Lead who signs with a PIN and has none to where he sets one, before he sees any other page. Source: USR-38."""
    signs = current_user.caller
    if not signs.pin_required or signs.pin_set or wants_partial() or request.method != "GET" or request.endpoint == "web.security":
        return None
    return redirect(url_for("web.security", next=local_path(request.full_path.rstrip("?"))), 303)


def local_path(wanted: str) -> str:
    """Return the path of an address on this site; anything else gives the start page."""
    origin = f"{request.scheme}://{request.host}"  # as it was asked for: a host that is no name is no reason to fail
    if wanted.startswith(f"{origin}/"):
        wanted = wanted.removeprefix(origin)
    if (
        len(wanted) > NEXT_LENGTH_MAX
        or not wanted.startswith("/")
        or wanted.startswith(("//", "/\\"))
        or any(ord(letter) < 32 for letter in wanted)
    ):
        return "/"
    return wanted


def add_session_routes(blueprint: Blueprint) -> None:
    """Add sign-in, sign-out and preferences."""
    blueprint.add_url_rule("/login", "login", login, methods=["GET", "POST"])
    blueprint.add_url_rule("/logout", "logout", logout, methods=["POST"])
    blueprint.add_url_rule("/preferences", "save_preferences", save_preferences, methods=["POST"])


def login() -> Any:
    """Show the sign-in form; with the right name and password, sign in and go on."""
    target = local_path(request.values.get("next", "/"))
    username = request.form.get("username", "").strip()
    error, status = "", 200
    if request.method == "POST":
        try:
            caller = pages().operations.sign_in(
                pages().system, username, request.form.get("password", ""), address=request.remote_addr or ""
            )
        except TooManyAttempts as refusal:
            error, status = refusal.detail, 429
        except (NotSignedIn, NotFound, NotPermitted, InvalidRequest):
            error, status = NO_MATCH, 401
        else:
            return start_session(caller, target, remember=request.form.get("remember") == "on")
    elif current_user.is_authenticated:
        return redirect(target, 303)
    return login_page(username=username, error=error, target=target, status=status)


def login_page(*, username: str = "", error: str = "", target: str = "/", status: int = 200) -> BaseResponse:
    """Return the sign-in page."""
    html = render_part(
        "session/login.html",
        username=username,
        error=error,
        next=target,
        ended=bool(request.args.get("ended")),
        hours=SESSION_HOURS,
        has_provider=current_app.extensions.get(OIDC) is not None,
    )
    return make_response(html, status)


def start_session(who: Caller, target: str, *, remember: bool = False) -> BaseResponse:
    """Begin a session for somebody who has proven who he is; nothing of what the browser sent before stays in it."""
    session.clear()
    session.permanent = True
    login_user(SignedIn(who, since=_seconds_now()), remember=remember)
    response = redirect(target, 303)
    response.set_cookie("session_known", "1", max_age=_YEAR, httponly=True, samesite="Lax", secure=request.is_secure)
    return response


def logout() -> BaseResponse:
    """End the session."""
    session.clear()
    logout_user()  # after the clearing: it leaves a note in the session that the remember-cookie is to go
    response = redirect(url_for("web.login"), 303)
    response.delete_cookie("session_known", httponly=True, samesite="Lax", secure=request.is_secure)
    return response


def save_preferences() -> BaseResponse:
    """Remember theme and single keys on this browser."""
    response: BaseResponse = make_response("", 204) if wants_partial() else redirect(local_path(request.form.get("next", "/")), 303)
    theme = request.form.get("theme", "")
    keys = request.form.get("keys", "")
    if theme in THEMES:
        response.set_cookie("theme", theme, max_age=_YEAR, samesite="Lax", secure=request.is_secure)
    if keys in ("on", "off"):
        response.set_cookie("keys", keys, max_age=_YEAR, samesite="Lax", secure=request.is_secure)
    return response


def flash_refusal(error: CountersignError) -> None:
    """Show the refusal on the next page."""
    flash(error.detail, "no")
