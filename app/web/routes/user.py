"""One user: all his fields, his roles, and what is done to his sign-in."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from app.operations.people.activate_user import activate_user
from app.operations.people.change_user import change_user
from app.operations.people.give_role import give_role
from app.operations.people.list_roles import list_roles
from app.operations.people.read_user import read_user
from app.operations.people.reset_pin import reset_pin
from app.operations.people.take_role import take_role
from app.operations.people.unlock_user import unlock_user
from app.web.context import new_key, render_part, request_key
from app.web.formatting import words
from app.web.forms import NOTHING_SENT, Sent, answer_form, perform, seen_revision, typed_key
from app.web.people import badges_of, colleagues, company_options, face_url, languages_for
from app.web.user_form import ACCESS_NAMES, FIELD_CHOICES, cost_center_lines, read_kind, read_user_fields

_ANSWERS = {"yes": True, "no": False}


def add_user_routes(blueprint: Blueprint) -> None:
    """Add the page of a user."""
    blueprint.add_url_rule("/people/<user_id>", "user", show_user)
    blueprint.add_url_rule("/people/<user_id>", "change_user", change_fields, methods=["POST"])
    blueprint.add_url_rule("/people/<user_id>/roles", "give_role", give_one, methods=["POST"])
    blueprint.add_url_rule("/people/<user_id>/roles/take", "take_role", take_one, methods=["POST"])
    for verb in ("activate", "unlock", "reset-pin"):
        blueprint.add_url_rule(f"/people/<user_id>/{verb}", f"{verb.replace('-', '_')}_user", _act(verb), methods=["POST"])


def show_user(user_id: str, sent: Sent = NOTHING_SENT) -> str:
    """Show a user with all his fields and roles."""
    user = perform(read_user, user_id)
    roles = perform(list_roles)["items"]
    options = company_options()
    return render_part(
        "people/user.html",
        area="people",
        tab="user",
        owner_id=user_id,
        user=user,
        face=face_url(user["avatar"]),
        badges=badges_of(user),
        held=[role for role in roles if role["role"] in user["roles"]],
        others=[role for role in roles if role["role"] not in user["roles"] and role["can_give"]],
        company_options=options,
        companies_named=options[1:],
        choices=FIELD_CHOICES,
        languages=languages_for(user["language"]),
        cost_centers=cost_center_lines(user["access"]),
        colleagues=colleagues(besides=user["username"]),
        sent=sent,
        key=new_key,
    )


def change_fields(user_id: str) -> BaseResponse:
    """Store the fields of a user; Save & close goes back to the list."""

    def change() -> str:
        body = perform(
            change_user,
            user_id,
            kind=read_kind(),
            expire_mandates="expire_mandates" in request.form,
            **read_user_fields(),
            revision=seen_revision(),
            request=request_key(),
        )
        for message in body["messages"]:
            flash(message, "warn")
        ended = f" {body['expired_count']} mandates expired with it." if body["expired_count"] else ""
        return f"{body['full_name']} is saved.{ended}"

    target = url_for("web.people") if "close" in request.form else url_for("web.user", user_id=user_id)
    return _answer(user_id, "user", change, target=target)


def give_one(user_id: str) -> BaseResponse:
    """Give a role; where running transactions have open tasks of it, ask first what becomes of them."""

    def change() -> str:
        role = typed_key("role", fault="Choose a role.")
        body = perform(give_role, user_id, role=role, apply_to_running=_answered(), request=request_key())
        more = f" Open tasks of {body['transactions']} running transactions become his too." if body["applied"] else ""
        return f"{body['full_name']} has the role {words(role)} now.{more}"

    return _answer(user_id, "give", change)


def take_one(user_id: str) -> BaseResponse:
    """Take a role away; where he has open tasks by it, ask first what becomes of them."""

    def change() -> str:
        role = typed_key("role", fault="Choose a role.")
        body = perform(take_role, user_id, role=role, apply_to_running=_answered(), request=request_key())
        more = f" His tasks of it in {body['transactions']} running transactions leave his inbox." if body["applied"] else ""
        return f"{body['full_name']} has the role {words(role)} no more.{more}"

    return _answer(user_id, "take", change)


def _answered() -> bool | None:
    """Return what was answered to the question about running transactions; None where it was not asked yet."""
    return _ANSWERS.get(request.form.get("apply_to_running", ""))


def _act(verb: str) -> Callable[[str], BaseResponse]:
    def act(user_id: str) -> BaseResponse:
        def change() -> str:
            if verb == "activate":
                body = perform(activate_user, user_id, revision=seen_revision(), request=request_key())
                mail = (
                    f" A mail to {body['email']} says how he sets his password."
                    if body["email"]
                    else " He has no e-mail address for a mail."
                )
                return f"{body['full_name']} is active.{mail}"
            if verb == "unlock":
                return f"{perform(unlock_user, user_id, request=request_key())['full_name']} can sign in again."
            body = perform(reset_pin, user_id, request=request_key())
            return f"The PIN of {body['full_name']} is reset. He signs in again and is asked for a new one."

        return _answer(user_id, "act", change)

    act.__doc__ = f"{verb.capitalize()} a user."
    return act


def _answer(user_id: str, part: str, change: Callable[[], str], *, target: str = "") -> BaseResponse:
    def show(sent: Sent) -> str:
        return show_user(user_id, sent)

    return answer_form(part, change, target=target or url_for("web.user", user_id=user_id), show=show, names=ACCESS_NAMES)
