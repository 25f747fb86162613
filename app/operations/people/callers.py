"""Turning a user's row into a caller."""

import json
from typing import Any

from app.domain.access import needs_pin
from app.domain.environment_settings import PIN_ROLES, SHOW_PHONE_NUMBER, kinds_within, values_in_force
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
    settings = values_in_force(dict(json.loads(row.settings)))
    return Caller(
        user_id=row.id,
        username=row.username,
        full_name=row.full_name,
        environment_id=row.environment_id,
        roles=roles,
        security_level=row.security_level,
        kinds_seen=kinds_within(row.security_level, settings),
        shows_phones=bool(settings[SHOW_PHONE_NUMBER]),
        access_level=row.access_level,
        pin_required=needs_pin(str(settings[PIN_ROLES]), roles),
        pin_set=row.pin_hash is not None,
        session_epoch=row.session_epoch,
        guest_in=guest_in(row),
    )


def guest_in(row: Any) -> frozenset[int] | None:
    """Return the environments of active partners in which the user of `read_caller` is a guest, None where he never was one."""
    known = json.loads(row.guest_in)
    return frozenset(environment_id for environment_id, is_let_in in known if is_let_in) if known else None


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
