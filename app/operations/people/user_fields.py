"""What somebody writes into a user's fields, checked and cleaned, as columns and links."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.domain.environment_settings import SECURITY_LEVELS
from app.domain.errors import EmailInUse, InvalidRequest
from app.domain.users import (
    ACCESS_LEVELS,
    FULL_NAME_LENGTH_MAX,
    GENDERS,
    NAME_PARTS,
    clean_email,
    clean_lines,
    clean_text,
    fold,
    folded_of,
    full_name_of,
    login_type_of,
    login_types_of,
)
from app.operations.answer import JsonObject
from app.persistence import access, people, users
from app.persistence.database import Reading
from app.persistence.visibility import NONE

LINKS_MAX = 1000
Links = set[tuple[str, str]]

_TEXTS: Mapping[str, int] = {
    "first_name": 100,
    "middle_name": 100,
    "last_name": 100,
    "full_name": FULL_NAME_LENGTH_MAX,
    "title": 50,
    "initials": 20,
    "phone": 40,
    "external_code": 64,
    "function": 120,
    "function_description": 1000,
    "internal_note": 4000,
}
_LINES = frozenset({"function_description", "internal_note"})
_PHONE = re.compile(r"[+(]?[0-9][0-9 ()./-]*(?: ?(?:x|ext\.?) ?[0-9]{1,6})?\Z")
_LANGUAGE = re.compile(r"[a-z]{2}(-[A-Z]{2})?\Z")


@dataclass(slots=True, kw_only=True)
class Fields:
    """What of a user changes: columns with their new value, and his links, None where they stay."""

    columns: dict[str, Any] = field(default_factory=dict)
    links: Links | None = None


def read_fields(reading: Reading, environment_id: int, given: Mapping[str, Any], *, row: Any | None = None) -> Fields:
    """Return what `given` changes of a user's row, of a new one without `row`.

    1. Clean each field by itself.
    2. Look up what it names: company, cost center, organisation, manager.
    3. Make the full name of its parts where it is not given, and what searches look at.

    Raises:
        InvalidRequest: fields that cannot be accepted; all of them at once.
        EmailInUse: somebody else signs in with the same address.
    Source: USR-15..19, USR-22..24, USR-28.
    """
    errors: dict[str, list[str]] = {}
    cleaned = _cleaned(given, errors)
    before = {name: getattr(row, name, None) for name in (*_COLUMNS, "id", "username")}
    after = before | cleaned
    _look_up(reading, environment_id, cleaned, after, errors)
    links = _links(reading, environment_id, given["access"], errors) if "access" in given else None
    if "full_name" not in cleaned and any(name in cleaned for name in NAME_PARTS) and after["last_name"]:
        cleaned["full_name"] = after["full_name"] = full_name_of(after)
    if not after["full_name"]:
        errors["last_name"] = ["A user needs a last name or a full name."]
    if errors:
        raise InvalidRequest(" ".join(f"{name}: {texts[0]}" for name, texts in list(errors.items())[:3]), errors=errors)
    _check_address(reading, environment_id, after)
    columns = {name: value for name, value in cleaned.items() if name != "username" and (row is None or value != before[name])}
    if row is None or columns.keys() & {"full_name", "email"}:
        columns["folded"] = folded_of(str(after["full_name"]), after["username"] or given.get("username", ""), after["email"])
    return Fields(columns=columns, links=links)


def messages_of(values: Mapping[str, Any]) -> list[str]:
    """Return what is allowed and yet hardly meant in a user as he is shown: told when he is saved, no error. Source: USR-18."""
    words = values["login_type"]
    found = []
    if not words:
        found.append("No login type is chosen, so this user can sign in through the company's directory alone.")
    if "email" in words and not values["email"]:
        found.append("This user can sign in with the e-mail address, but has none.")
    return found


def _cleaned(given: Mapping[str, Any], errors: dict[str, list[str]]) -> dict[str, Any]:
    """Return the columns that `given` names, each cleaned by itself."""
    found: dict[str, Any] = {}
    for name, value in given.items():
        clean = _CLEANERS.get(name)
        if clean is None:
            continue
        try:
            found[name] = clean(value) if value not in (None, "") else None
        except ValueError as error:
            errors[name] = [str(error)]
    return found


def _look_up(reading: Reading, environment_id: int, cleaned: dict[str, Any], after: dict[str, Any], errors: dict[str, list[str]]) -> None:
    """Check what the changed fields name; the manager's name becomes his id."""
    if cleaned.get("company") and cleaned["company"] not in {row.key for row in users.list_companies(reading, environment_id)}:
        errors["company"] = [f"There is no company {cleaned['company']}."]
    if after["cost_center"] and {"company", "cost_center"} & cleaned.keys():
        known = users.known_cost_centers(reading, environment_id, [after["cost_center"]])
        if not after["company"]:
            errors["cost_center"] = ["A cost center belongs to a company; give the company too."]
        elif not known & {(NONE, after["cost_center"]), (after["company"], after["cost_center"])}:
            errors["cost_center"] = [f"There is no cost center {after['cost_center']} of {after['company']}."]
    if cleaned.get("organisation") and not users.has_organisation(reading, environment_id, cleaned["organisation"]):
        errors["organisation"] = [f"There is no organisation {cleaned['organisation']}."]
    if "manager" in cleaned:
        _look_up_manager(reading, environment_id, cleaned, own_id=after["id"], errors=errors)


def _look_up_manager(
    reading: Reading, environment_id: int, cleaned: dict[str, Any], *, own_id: str | None, errors: dict[str, list[str]]
) -> None:
    name = cleaned.pop("manager")
    found = people.find_users(reading, username=name, environment=environment_id) if name else []
    if name and not found:
        errors["manager"] = [f"There is no user {name}."]
    elif found and found[0].id == own_id:
        errors["manager"] = ["Nobody is his own manager."]
    cleaned["manager_id"] = found[0].id if found else None


def _links(reading: Reading, environment_id: int, given: JsonObject, errors: dict[str, list[str]]) -> Links:
    """Return the links to companies and cost centers, "" standing for none."""
    centers = [(each.get("company") or NONE, each["cost_center"]) for each in given["cost_centers"]]
    companies = {row.key for row in users.list_companies(reading, environment_id)}
    known = users.known_cost_centers(reading, environment_id, [center for _, center in centers])
    for place, key in enumerate(given["companies"]):
        if key not in companies:
            errors[f"access.companies.{place}"] = [f"There is no company {key}."]
    for place, (key, center) in enumerate(centers):
        if key and key not in companies:
            errors[f"access.cost_centers.{place}.company"] = [f"There is no company {key}."]
        elif not any(each == center and (not key or of_company in (key, NONE)) for of_company, each in known):
            errors[f"access.cost_centers.{place}.cost_center"] = [f"There is no cost center {center}{f' of {key}' if key else ''}."]
    if len(centers) + len(given["companies"]) > LINKS_MAX:
        errors["access"] = [f"Expected at most {LINKS_MAX} companies and cost centers."]
    return {*((key, NONE) for key in given["companies"]), *centers}


def _check_address(reading: Reading, environment_id: int, after: Mapping[str, Any]) -> None:
    """Raise EmailInUse when two users of the environment would sign in with one address."""
    if not after["email"] or "email" not in login_types_of(after["login_type"] or ""):
        return
    for other in access.find_by_address(reading, after["email"]):
        if other.id != after["id"] and other.environment_id == environment_id and "email" in login_types_of(other.login_type):
            raise EmailInUse(user=other.username, email=after["email"])


def _text(name: str, length_max: int) -> Callable[[str], str | None]:
    def clean(value: str) -> str | None:
        text = clean_lines(value) if name in _LINES else clean_text(value)
        if len(text) > length_max:
            raise ValueError(f"Expected at most {length_max} characters.")
        if name == "phone" and text and not _PHONE.match(text):
            raise ValueError("Expected a phone number, such as +31 20 123 4567.")
        if name in (*NAME_PARTS, "full_name") and text and not fold(text):
            raise ValueError("Expected a name.")
        return text or None

    return clean


def _one_of(words: tuple[Any, ...]) -> Callable[[Any], Any]:
    def clean(value: Any) -> Any:
        if value not in words:
            raise ValueError(f"Expected one of: {', '.join(str(word) for word in words)}.")
        return value

    return clean


def _language(value: str) -> str:
    if not _LANGUAGE.match(value):
        raise ValueError("Expected a language, such as en or nl-BE.")
    return value


_CLEANERS: Mapping[str, Callable[[Any], Any]] = {
    **{name: _text(name, length_max) for name, length_max in _TEXTS.items()},
    "gender": _one_of(GENDERS),
    "email": clean_email,
    "company": str,
    "cost_center": str,
    "organisation": str,
    "login_type": login_type_of,
    "security_level": _one_of((*SECURITY_LEVELS,)),
    "access_level": _one_of(ACCESS_LEVELS),
    "language": _language,
    "notify_new_task": bool,
    "notify_reminders": bool,
    "notify_status": bool,
    "manager": str,
}
_COLUMNS = (*(name for name in _CLEANERS if name != "manager"), "manager_id")
