"""Who acts for somebody who is away: absences and the backup, of one's own and, for who keeps the users, of others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from app.domain.errors import InvalidRequest
from app.domain.money import check_currency, parse_amount
from app.operations.absences.change_absence import change_absence
from app.operations.absences.change_backup import change_backup, read_backup
from app.operations.absences.create_absence import create_absence
from app.operations.absences.end_absence import end_absence
from app.operations.absences.list_absences import list_absences
from app.operations.definitions.list_definitions import list_definitions
from app.operations.people.read_profile import read_profile
from app.operations.people.read_user import read_user
from app.web.absence import CURRENCIES, show_absence
from app.web.context import calendar, new_key, render_part, request_key, wants_partial
from app.web.forms import NOTHING_SENT, Sent, answer_form, perform, seen_revision, ticked, typed
from app.web.people import colleagues

ROWS = 50
DEFINITIONS_MAX = 200


def add_absence_routes(blueprint: Blueprint) -> None:
    """Add absences and the backup."""
    for path in ("/profile", "/people/<user_id>"):
        blueprint.add_url_rule(f"{path}/absences", "absences", show_absences)
        blueprint.add_url_rule(f"{path}/absences", "create_absence", enter_absence, methods=["POST"])
        blueprint.add_url_rule(f"{path}/absences/<absence_id>", "change_absence", change_one, methods=["POST"])
        blueprint.add_url_rule(f"{path}/absences/<absence_id>/end", "end_absence", end_one, methods=["POST"])
        blueprint.add_url_rule(f"{path}/backup", "change_backup", change_own_backup, methods=["POST"])


def show_absences(user_id: str | None = None, sent: Sent = NOTHING_SENT) -> str:
    """Show the absences of somebody, the backup, and the form for another absence or for the one that `change` names."""
    cursor = request.args.get("cursor") or None
    user = perform(read_user, user_id) if user_id else perform(read_profile)
    body = perform(list_absences, user_id=user_id, limit=ROWS, cursor=cursor)
    wanted = request.args.get("change", "")
    values = {
        "area": "people" if user_id else "profile",
        "tab": "absences",
        "owner_id": user_id,
        "user": user,
        "rows": [show_absence(item, calendar=calendar()) for item in body["items"]],
        "next_cursor": body["next_cursor"],
        "first": cursor is None,
    }
    if wants_partial() and cursor:
        return render_part("absences/_rows.html", key=new_key, **values)
    return render_part(
        "absences/absences.html",
        changed=next((item for item in body["items"] if item["id"] == wanted), None),
        backup=perform(read_backup, user_id=user_id),
        colleagues=colleagues(besides=user["username"]),
        processes=[(item["key"], item["name"] or item["key"]) for item in perform(list_definitions, limit=DEFINITIONS_MAX)["items"]],
        currencies=CURRENCIES,
        sent=sent,
        key=new_key,
        **values,
    )


def enter_absence(user_id: str | None = None) -> BaseResponse:
    """Enter days on which a colleague acts."""

    def change() -> str:
        body = perform(create_absence, **_typed_absence(), user_id=user_id, request=request_key())
        return f"{body['stand_in']['full_name']} stands in {_days(body)}."

    return _answer(user_id, "absence", change)


def change_one(absence_id: str, user_id: str | None = None) -> BaseResponse:
    """Change an absence."""

    def change() -> str:
        changes = _typed_absence()
        body = perform(change_absence, absence_id, changes=changes, user_id=user_id, revision=seen_revision(), request=request_key())
        return f"Saved: {body['stand_in']['full_name']} stands in {_days(body)}."

    return _answer(user_id, "absence", change)


def end_one(absence_id: str, user_id: str | None = None) -> BaseResponse:
    """End an absence at once."""

    def change() -> str:
        body = perform(end_absence, absence_id, user_id=user_id, revision=seen_revision(), request=request_key())
        return f"The absence is ended; {body['stand_in']['full_name']} stands in no more."

    return _answer(user_id, "end", change)


def change_own_backup(user_id: str | None = None) -> BaseResponse:
    """Name the backup and switch him on or off; without one nobody is switched on."""

    def change() -> str:
        name = typed("backup").lower() or None
        changes = {"backup": name, "active": name is not None and "active" in request.form}
        body = perform(change_backup, changes=changes, user_id=user_id, request=request_key())
        if body["backup"] is None:
            return "There is no backup any more."
        return f"{body['backup']['full_name']} is the backup, and {'acts now' if body['active'] else 'is switched off'}."

    return _answer(user_id, "backup", change)


def _answer(user_id: str | None, part: str, change: Callable[[], str]) -> BaseResponse:
    def show(sent: Sent) -> str:
        return show_absences(user_id, sent)

    return answer_form(part, change, target=url_for("web.absences", user_id=user_id), show=show, names={"amount_max": "amount"})


def _days(body: Mapping[str, Any]) -> str:
    return f"from {calendar().day(body['starts_on'])} to {calendar().day(body['ends_on'])}"


def _typed_absence() -> dict[str, Any]:
    """Return the absence that was typed.

    Raises:
        InvalidRequest: names every field that cannot be read.
    """
    errors: dict[str, list[str]] = {}
    found: dict[str, Any] = {
        "stand_in": typed("stand_in").lower(),
        "processes": ticked("processes"),
        "note": typed("note", length_max=1000) or None,
    }
    if not found["stand_in"]:
        errors["stand_in"] = ["Choose who stands in."]
    for name in ("starts_on", "ends_on"):
        try:
            found[name] = date.fromisoformat(typed(name))
        except ValueError:
            errors[name] = ["Give a day, such as 2026-12-24."]
    found["amount_max"] = None
    amount = typed("amount").replace(",", "").replace(" ", "")
    if amount:
        try:
            found["amount_max"] = {"amount": str(parse_amount(amount)), "currency": check_currency(typed("currency").upper())}
        except ValueError:
            errors["amount_max"] = ["Give an amount such as 1,250.00 and a currency such as EUR."]
    if errors:
        raise InvalidRequest(" ".join(text for (text,) in errors.values()), errors=errors)
    return found
