"""Users: the search with its columns, and a new user."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, make_response, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from app.domain.errors import InvalidRequest
from app.operations.people.create_user import create_user
from app.operations.people.list_companies import list_companies
from app.operations.people.list_roles import list_roles
from app.operations.people.list_users import ACTIVE_DEFAULT, KINDS_DEFAULT, list_users
from app.web.context import new_key, render_part, request_key, wants_partial
from app.web.errors import status_of
from app.web.formatting import words
from app.web.forms import NOTHING_SENT, Sent, answer_form, clean_typed, perform, sent_form, ticked, typed_key
from app.web.people import ACTIVE, COLUMNS, COLUMNS_DEFAULT, KINDS, company_options, show_row
from app.web.user_form import ACCESS_NAMES, FIELD_CHOICES, read_kind, read_user_fields

ROWS = 50
TEXTS = ("name", "username", "email", "role", "company", "cost_center", "function")
SORTS = ("name", "-name", "username", "-username")
_YEAR_SECONDS = 365 * 24 * 3600
_COOKIE = "people_columns"


def add_people_routes(blueprint: Blueprint) -> None:
    """Add the pages of who keeps the users."""
    blueprint.add_url_rule("/people", "people", show_people)
    blueprint.add_url_rule("/people/new", "new_user", show_new_user)
    blueprint.add_url_rule("/people/new", "create_user", create_one, methods=["POST"])


def show_people() -> BaseResponse:
    """Show the users that a search finds; full and portal users who are active, unless the address says otherwise."""
    wanted = _wanted()
    cursor = request.args.get("cursor") or None
    sent, status = NOTHING_SENT, 200
    try:
        body = perform(list_users, **wanted, limit=ROWS, cursor=cursor)
    except InvalidRequest as error:
        sent, status = sent_form("search", error), status_of(error)
        body = {"items": [], "next_cursor": None, "defaults": {"company": None}}
    columns = _columns()
    values = {
        "area": "people",
        "rows": [show_row(item, columns=columns) for item in body["items"]],
        "headings": [label for name, label in COLUMNS if name in columns],
        "search": wanted,
        "filters": {name: value for name, value in request.args.items(multi=False) if name != "cursor"},
        "more": url_for("web.people", **_address(wanted), cursor=body["next_cursor"]) if body["next_cursor"] else None,
        "first": cursor is None,
    }
    if wants_partial() and cursor:
        return make_response(render_part("people/_rows.html", **values))
    page = render_part(
        "people/list.html",
        sent=sent,
        columns=columns,
        all_columns=COLUMNS,
        kinds=KINDS,
        active=ACTIVE,
        address=_address(wanted),
        is_default=not _address(wanted),
        only_company=body["defaults"]["company"],
        companies=perform(list_companies)["items"],
        roles=perform(list_roles)["items"],
        **values,
    )
    response = make_response(page, status)
    _keep_columns(response, columns)
    return response


def _wanted() -> dict[str, Any]:
    """Return what the address asks for; what it does not know is left out."""
    found: dict[str, Any] = {name: text for name in TEXTS if (text := clean_typed(request.args.get(name, ""))[:200])}
    kinds = [kind for kind, _ in KINDS if kind in request.args.getlist("kind")]
    active = [value for value, _ in ACTIVE if value in request.args.getlist("active")]
    sort = request.args.get("sort", "")
    return found | {"kind": kinds or [*KINDS_DEFAULT], "active": active or [*ACTIVE_DEFAULT], "sort": sort if sort in SORTS else SORTS[0]}


def _address(wanted: dict[str, Any]) -> dict[str, Any]:
    """Return what of a search has to stand in its address."""
    defaults = {"kind": [*KINDS_DEFAULT], "active": [*ACTIVE_DEFAULT], "sort": SORTS[0]}
    return {name: value for name, value in wanted.items() if value != defaults.get(name)}


def _columns() -> list[str]:
    """Return the columns that the address names, else those that this browser chose before."""
    named = request.args.getlist("column") or request.cookies.get(_COOKIE, "").split(",")
    return [name for name, _ in COLUMNS if name in named] or [*COLUMNS_DEFAULT]


def _keep_columns(response: Response, columns: list[str]) -> None:
    if request.args.getlist("column"):
        response.set_cookie(_COOKIE, ",".join(columns), max_age=_YEAR_SECONDS, samesite="Lax", secure=request.is_secure, httponly=True)


def show_new_user(sent: Sent = NOTHING_SENT) -> str:
    """Show the form of a new user."""
    roles = perform(list_roles)["items"]
    return render_part(
        "people/new.html",
        area="people",
        user={},
        company_options=company_options(),
        role_options=[(role["role"], words(role["role"])) for role in roles if role["can_give"]],
        choices=FIELD_CHOICES,
        sent=sent,
        key=new_key,
    )


def create_one() -> BaseResponse:
    """Store a new user, and go on to his page."""
    made: dict[str, Any] = {}

    def change() -> str:
        username = typed_key("username", fault="A user needs a user name.")
        made.update(
            perform(create_user, username=username, kind=read_kind(), roles=ticked("roles"), **read_user_fields(), request=request_key())
        )
        for message in made["messages"]:
            flash(message, "warn")
        return f"{made['full_name']} is created. Activate him to send him a mail with which he sets his password."

    def target() -> str:
        return url_for("web.people") if "close" in request.form else url_for("web.user", user_id=made["id"])

    return answer_form("user", change, target=target, show=show_new_user, names=ACCESS_NAMES)
