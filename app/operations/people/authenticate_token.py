"""Who holds a bearer token."""

import hashlib

from app.domain.errors import NotSignedIn
from app.operations.answer import Caller
from app.operations.people.callers import caller_of
from app.operations.system import System
from app.persistence import people

DEMO_PREFIX = "demo-"


def authenticate_token(system: System, token: str) -> Caller:
    """Return the active user whose token this is.

    Raises:
        NotSignedIn: an unknown, revoked or expired token, or a user who is not active; one text for all.
    """
    with system.database.read() as reading:
        if system.demo and token.startswith(DEMO_PREFIX):
            found = people.find_users(reading, username=token.removeprefix(DEMO_PREFIX))
            user_id = found[0].id if found else None
        else:
            row = people.find_token(reading, token_hash(token))
            user_id = row.user_id if row is not None and people.token_is_in_force(row, system.clock()) else None
        caller = caller_of(reading, user_id) if user_id else None
    if caller is None:
        raise NotSignedIn
    return caller


def token_hash(token: str) -> str:
    """Return what is stored of a token: it has 256 random bits, so one round of SHA-256 is enough."""
    return hashlib.sha256(token.encode()).hexdigest()
