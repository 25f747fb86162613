"""Users in the form of the API."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.users import login_types_of
from app.operations.answer import JsonObject
from app.operations.wording import instant
from app.persistence.visibility import NONE

LINKS = ("manager", "successor", "backup")
_SHOWN = (
    "id",
    "username",
    "full_name",
    "first_name",
    "middle_name",
    "last_name",
    "title",
    "initials",
    "gender",
    "email",
    "phone",
    "kind",
    "active",
    "company",
    "cost_center",
    "organisation",
    "external_code",
    "function",
    "function_description",
    "language",
    "notify_new_task",
    "notify_reminders",
    "notify_status",
    "backup_active",
)


def user_view(row: Any, names: Mapping[str, str], *, roles: Sequence[str], links: Sequence[Any]) -> JsonObject:
    """Return a user as who keeps users sees him."""
    return own_view(row, names, roles=roles) | {
        "internal_note": row.internal_note,
        "locked_out": row.locked_at is not None,
        "access_level": row.access_level,
        "access": {
            "companies": [link.company for link in links if link.cost_center == NONE],
            "cost_centers": [
                {"company": link.company or None, "cost_center": link.cost_center} for link in links if link.cost_center != NONE
            ],
        },
    }


def own_view(row: Any, names: Mapping[str, str], *, roles: Sequence[str]) -> JsonObject:
    """Return a user as he sees himself; `names` are the user names of those whom his row names."""
    found = {name: getattr(row, name) for name in _SHOWN}
    found |= {link: names.get(getattr(row, f"{link}_id")) for link in LINKS}
    return found | {
        "login_type": login_types_of(row.login_type),
        "security_level": row.security_level,
        "roles": [*roles],
        "avatar": avatar_path(row.id, row.avatar),
        "created_at": instant(row.created_at),
        "revision": row.revision,
    }


def user_summary(row: Any, *, roles: Sequence[str]) -> JsonObject:
    """Return a user as a row of the search."""
    shown = ("id", "username", "full_name", "email", "phone", "kind", "active", "company", "cost_center", "function", "security_level")
    return {name: getattr(row, name) for name in shown} | {"roles": [*roles], "avatar": avatar_path(row.id, row.avatar)}


def colleague_view(row: Any) -> JsonObject:
    """Return a user as somebody who can be chosen."""
    return {"username": row.username, "full_name": row.full_name, "avatar": avatar_path(row.id, row.avatar)}


def avatar_path(user_id: str, avatar: str | None) -> str | None:
    """Return where the avatar is, None where there is none; another picture has another address, so that it can be kept for long."""
    return None if avatar is None else f"/users/{user_id}/avatar?v={avatar[:16]}"
