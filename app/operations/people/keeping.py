"""Who may keep whom: nobody gives more than he has, and there is always an administrator."""

from collections.abc import Collection
from typing import Any

from app.domain.errors import GrantRefused, LastAdministrator, NotFound, UserProtected
from app.domain.people import ADMINISTRATOR
from app.domain.roles import KEEPERS, may_give
from app.operations.answer import Caller
from app.operations.visibility import require_role
from app.persistence import users
from app.persistence.database import Reading


def find_kept(reading: Reading, caller: Caller, user_id: str, *, verb: str) -> tuple[Any, list[str]]:
    """Return the row and the roles of a user whom the caller keeps.

    Raises:
        NotPermitted: the caller does not keep users.
        NotFound: there is no such user in his environment.
        UserProtected: the user has a role that the caller could not give, and could so get hold of with his account.
    """
    require_role(caller, *KEEPERS, verb=verb)
    row = users.find_user(reading, caller.environment_id, user_id)
    if row is None:
        raise NotFound(what="user", id=user_id)
    roles = users.roles_of(reading, [row.id]).get(row.id, [])
    above = [role for role in roles if not may_give(caller.roles, role, to_himself=False)]
    if above and row.id != caller.user_id:
        raise UserProtected(user=row.full_name, role=above[0], verb=verb)
    return row, roles


def check_may_give(caller: Caller, roles: Collection[str], *, to_id: str | None) -> None:
    """Raise GrantRefused unless the caller may give, or take, these roles; `to_id` is None for a new user."""
    for role in sorted(roles):
        if not may_give(caller.roles, role, to_himself=to_id == caller.user_id):
            reason = "nobody but an administrator changes his own roles" if to_id == caller.user_id else "an administrator has to do it"
            raise GrantRefused(what=f"the role {role}", reason=reason)


def check_may_clear(caller: Caller, changes: Collection[str], *, level: int | None, to_id: str | None) -> None:
    """Check a change of what somebody may see: who is no administrator changes nothing of his own, and gives no level above his own.

    Raises:
        GrantRefused: it is more than the caller may give.
    Source: USR-23, USR-28.
    """
    if caller.has_role(ADMINISTRATOR):
        return
    if to_id == caller.user_id and set(changes) & {"security_level", "access_level", "access", "kind"}:
        raise GrantRefused(what="yourself another kind, security level or access", reason="another administrator has to do it")
    if level is not None and level > caller.security_level:
        raise GrantRefused(what=f"security level {level}", reason=f"your own is {caller.security_level}")


def check_administrator_remains(reading: Reading, row: Any, roles: Collection[str]) -> None:
    """Check that an administrator is left when this user is none, or is not active, any more.

    Raises:
        LastAdministrator: he is the only one.
    """
    is_one = ADMINISTRATOR in roles and row.active
    if is_one and users.count_others_with_role(reading, row.environment_id, ADMINISTRATOR, besides=row.id) == 0:
        raise LastAdministrator(user=row.full_name)
