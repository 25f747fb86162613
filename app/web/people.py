"""Users as the pages show them: rows of the search, faces, badges, and the words of their fields."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.environment_settings import SECURITY_LEVELS
from app.domain.errors import NotPermitted
from app.operations.people.list_companies import list_companies
from app.operations.people.list_users import list_colleagues
from app.web.formatting import Badge, words
from app.web.forms import perform

COLLEAGUES_MAX = 200
KINDS = (("full", "Full user"), ("portal", "Portal user"), ("none", "No licence"))
ACTIVE = (("active", "Active"), ("inactive", "Inactive"))
LEVELS = tuple((str(level), f"{level} {name}") for level, name in SECURITY_LEVELS.items())
ACCESS = (
    ("cost_centers", "Documents of the cost centers below"),
    ("companies", "Documents of the companies below"),
    ("unlimited", "Documents of all companies"),
)
LANGUAGES = (("en", "English"), ("nl", "Nederlands"))
GENDERS = (("", "Not stated"), ("female", "Female"), ("male", "Male"), ("other", "Other"), ("unknown", "Unknown"))
LOGIN_TYPES = (("username", "User name"), ("email", "E-mail address"))
COLUMNS = (
    ("email", "E-mail"),
    ("phone", "Phone"),
    ("roles", "Roles"),
    ("company", "Company"),
    ("cost_center", "Cost center"),
    ("function", "Function"),
    ("kind", "Type"),
    ("security_level", "Security level"),
    ("active", "Active"),
)
COLUMNS_DEFAULT = ("email", "roles", "cost_center", "function", "active")


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """One user in the list."""

    id: str
    username: str
    full_name: str
    face: str | None
    cells: Sequence[str]


def face_url(avatar: object) -> str | None:
    """Return where the pages find a picture whose address in the API is known; None where there is none."""
    path = str(avatar or "")
    return path.replace("/users/", "/avatars/", 1).replace("/avatar?", "?", 1) if path.startswith("/users/") else None


def show_row(item: Mapping[str, Any], *, columns: Collection[str]) -> PersonRow:
    """Return a user of a search, with the texts of the chosen columns in their order."""
    return PersonRow(
        id=str(item["id"]),
        username=str(item["username"]),
        full_name=str(item["full_name"]),
        face=face_url(item.get("avatar")),
        cells=[_cell(name, item.get(name)) for name, _ in COLUMNS if name in columns],
    )


def _cell(name: str, value: Any) -> str:
    if name == "roles":
        return ", ".join(words(role) for role in value)
    if name == "active":
        return "Active" if value else "Inactive"
    if name == "kind":
        return dict(KINDS).get(str(value), str(value))
    if name == "security_level":
        return dict(LEVELS).get(str(value), str(value))
    return str(value or "")


def badges_of(user: Mapping[str, Any]) -> list[Badge]:
    """Return what is worth seeing of a user at once."""
    found = [Badge(text=dict(KINDS).get(user["kind"], user["kind"]), icon="user")]
    if user["active"]:
        found.append(Badge(text="Active", icon="circle-check", tone="yes"))
    else:
        found.append(Badge(text="Not active", icon="pause"))
    if user.get("locked_out"):
        found.append(Badge(text="Locked out after failed attempts", icon="lock", tone="no"))
    return found


def languages_for(stored: object) -> list[tuple[str, str]]:
    """Return the languages to choose from, the stored one among them."""
    known = dict(LANGUAGES)
    return [("", "Company's language"), *LANGUAGES, *([(str(stored), str(stored))] if stored and stored not in known else [])]


def company_options() -> list[tuple[str, str]]:
    """Return the companies to choose from, none first."""
    return [("", "None"), *((item["key"], f"{item['key']} {item['name']}") for item in perform(list_companies)["items"])]


def colleagues(*, besides: str = "") -> list[tuple[str, str]]:
    """Return user names and names of those who can be asked to act; none where there are too many for a list, or the caller may not ask."""
    try:
        body = perform(list_colleagues, limit=COLLEAGUES_MAX)
    except NotPermitted:
        return []
    if body["next_cursor"]:
        return []
    return [(item["username"], item["full_name"]) for item in body["items"] if item["username"] != besides]
