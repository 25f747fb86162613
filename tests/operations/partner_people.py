"""Short verbs for the tests of partnerships: the accountants of ACC, their people, and the partnership with them."""

from typing import Any

from app.operations.partners.accept_partnership import accept_partnership
from app.operations.partners.invite_partner import invite_partner
from app.operations.partners.list_partnerships import list_partnerships
from app.operations.partners.revoke_partnership import revoke_partnership
from app.persistence.tables.people import environment, user, user_role

ACC = 2


def partnership(office: Any, *, who: str = "adm") -> dict[str, Any]:
    """Return the newest partnership as the environment of `who` sees it."""
    items: list[dict[str, Any]] = list_partnerships(office.system, office.caller(who)).body["items"]
    return items[0]


def end_partnership(office: Any, *, who: str = "adm") -> dict[str, Any]:
    """End the newest partnership."""
    return revoke_partnership(office.system, office.caller(who), partnership(office, who=who)["id"]).body


def begin_partnership(office: Any) -> dict[str, Any]:
    """Invite ACC and let kim accept."""
    invited = invite_partner(office.system, office.caller("adm"), partner="ACC").body
    return accept_partnership(office.system, office.caller("kim"), invited["id"]).body


def hire(office: Any, username: str, *, environment_id: int = ACC, roles: tuple[str, ...] = (), **more: Any) -> None:
    """Add a person to an environment, by default to ACC."""
    with office.system.database.write() as work:
        row = {
            "id": office.system.new_id(),
            "environment_id": environment_id,
            "username": username,
            "full_name": username.capitalize(),
            "email": f"{username}@example.com",
            "kind": "full",
            "active": True,
            "backup_active": False,
            "notify_new_task": False,
            "failed_logins": 0,
            "created_at": office.system.clock(),
            "security_level": 100,
            "access_level": "cost_centers",
            "login_type": "username",
            "revision": 1,
            "session_epoch": 0,
            "failed_pins": 0,
        }
        work.insert(user, [row | more])
        work.insert(user_role, [{"user_id": row["id"], "role": role, "environment_id": environment_id} for role in roles])
        work.commit()


def found(office: Any, key: str, *, environment_id: int) -> None:
    """Add an environment without people."""
    with office.system.database.write() as work:
        row = {"id": environment_id, "key": key, "name": key.capitalize(), "time_zone": "Europe/Amsterdam", "base_currency": "EUR"}
        versions = {"authority_version": 1, "matrix_version": 1, "definitions_version": 0}
        work.insert(environment, [row | versions | {"created_at": office.system.clock()}])
        work.commit()
