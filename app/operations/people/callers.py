"""Turning a user's row into a caller."""

from app.domain.errors import NotFound
from app.operations.answer import Caller
from app.operations.system import System
from app.persistence import people
from app.persistence.database import Reading


def caller_of(reading: Reading, user_id: str) -> Caller | None:
    """Return the caller for an active user, None for anybody else."""
    row, roles = people.read_caller(reading, user_id)
    if row is None or not row.active:
        return None
    return Caller(user_id=row.id, username=row.username, full_name=row.full_name, environment_id=row.environment_id, roles=roles)


def find_caller(system: System, username: str) -> Caller:
    """Return the caller for an active user by name, for the command line and the tests.

    Raises:
        NotFound: there is no active user of this name.
    """
    with system.database.read() as reading:
        for row in people.find_users(reading, username=username):
            caller = caller_of(reading, row.id)
            if caller is not None:
                return caller
    raise NotFound(what="active user", id=username)


def find_caller_with_role(system: System, *roles: str) -> Caller:
    """Return the first active user who holds one of the roles, for the command line.

    Raises:
        NotFound: nobody does.
    """
    with system.database.read() as reading:
        for user_id in people.users_with_role(reading, roles):
            caller = caller_of(reading, user_id)
            if caller is not None:
                return caller
    raise NotFound(what="active user with the role", id=" or ".join(roles))
