"""One user with all his fields."""

from collections.abc import Mapping
from typing import Any

from app.domain.errors import NotFound
from app.domain.roles import KEEPERS
from app.operations.answer import Answer, Caller, JsonObject
from app.operations.people.view import LINKS, user_view
from app.operations.system import System
from app.operations.visibility import require_role
from app.persistence import users
from app.persistence.database import Reading


def read_user(system: System, caller: Caller, user_id: str) -> Answer:
    """Return a user with roles and access.

    Raises:
        NotPermitted: the caller does not keep users.
        NotFound: there is no such user in his environment.
    Source: USR-15..28.
    """
    require_role(caller, *KEEPERS, verb="read users")
    with system.database.read() as reading:
        body = user_body(reading, caller.environment_id, user_id)
    return Answer(body=body, revision=body["revision"])


def user_body(reading: Reading, environment_id: int, user_id: str) -> JsonObject:
    """Return the user as he is stored now; NotFound where there is none."""
    row = users.find_user(reading, environment_id, user_id)
    if row is None:
        raise NotFound(what="user", id=user_id)
    roles = users.roles_of(reading, [user_id]).get(user_id, [])
    return user_view(row, names_in(reading, row), roles=roles, links=users.read_access(reading, user_id))


def names_in(reading: Reading, row: Any) -> Mapping[str, str]:
    """Return the user names of those whom a user's row names; read here, since the directory is of what is committed."""
    return users.usernames_of(reading, [user_id for link in LINKS if (user_id := getattr(row, f"{link}_id"))])
