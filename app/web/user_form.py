"""The fields of a user in a form: which there are, and how they are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request

from app.domain.errors import InvalidRequest
from app.domain.users import ACCESS_LEVELS
from app.domain.users import KINDS as KIND_WORDS
from app.web.forms import ticked, typed
from app.web.people import ACCESS, GENDERS, KINDS, LEVELS, LOGIN_TYPES

LINES_MAX = 1000
TEXTS: Sequence[str] = (
    "first_name",
    "middle_name",
    "last_name",
    "title",
    "initials",
    "gender",
    "email",
    "phone",
    "company",
    "cost_center",
    "organisation",
    "external_code",
    "function",
    "function_description",
    "internal_note",
    "language",
    "manager",
)
NOTICES = ("notify_new_task", "notify_reminders", "notify_status")
ACCESS_NAMES: Mapping[str, str] = {
    "access.companies": "access_companies",
    "access.cost_centers": "access_cost_centers",
    "access": "access_level",
}
FIELD_CHOICES = {"kinds": KINDS, "levels": LEVELS, "access": ACCESS, "genders": GENDERS, "login_types": LOGIN_TYPES}


def read_user_fields() -> dict[str, Any]:
    """Return the fields of the sent form as the operations take them; empty texts are None.

    Raises:
        InvalidRequest: a choice that the form does not offer.
    """
    found: dict[str, Any] = {name: typed(name) or None for name in TEXTS if name in request.form}
    if found.get("manager"):
        found["manager"] = found["manager"].lower()
    if full_name := typed("full_name"):
        found["full_name"] = full_name
    if "security_level" in request.form:
        found["security_level"] = _read_level()
    if "access_level" in request.form:
        found["access_level"] = _read_choice("access_level", ACCESS_LEVELS)
        found["access"] = {"companies": ticked("access_companies"), "cost_centers": _read_cost_centers()}
    if "choices" in request.form:  # boxes that are not ticked are not sent: this says that they were there
        found["login_type"] = ticked("login_type")
        found |= {name: name in request.form for name in NOTICES if f"{name}_shown" in request.form}
    return found


def read_kind() -> str:
    """Return the kind of user that was chosen."""
    return _read_choice("kind", KIND_WORDS)


def _read_choice(name: str, words: Sequence[str]) -> str:
    value = typed(name)
    if value not in words:
        raise InvalidRequest("Choose one of the list.", errors={name: ["Choose one of the list."]})
    return value


def _read_level() -> int:
    return int(_read_choice("security_level", [level for level, _ in LEVELS]))


def _read_cost_centers() -> list[dict[str, str | None]]:
    """Return the cost centers, one a line: "NL01 SALES" of one company, "SALES" of all."""
    lines = [line.split(maxsplit=1) for line in typed("access_cost_centers", length_max=100_000).splitlines() if line.strip()]
    if len(lines) > LINES_MAX:
        raise InvalidRequest("Too many cost centers.", errors={"access_cost_centers": [f"Give at most {LINES_MAX} lines."]})
    return [
        {"company": None, "cost_center": words[0]} if len(words) == 1 else {"company": words[0], "cost_center": words[1].strip()}
        for words in lines
    ]


def cost_center_lines(access: Mapping[str, Any]) -> str:
    """Return the cost centers of a user as lines of the form."""
    return "\n".join(
        f"{each['company']} {each['cost_center']}" if each["company"] else each["cost_center"] for each in access["cost_centers"]
    )
