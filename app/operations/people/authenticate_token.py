"""Who holds a bearer token."""

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta

from app.domain.errors import NotSignedIn, Unavailable
from app.operations.answer import Caller
from app.operations.people.callers import caller_of
from app.operations.system import KnownToken, System
from app.persistence import access, people
from app.persistence.database import Reading

DEMO_PREFIX = "demo-"
NOTED_EVERY = timedelta(hours=1)


def authenticate_token(system: System, token: str, *, checked_inside: bool = False) -> Caller:
    """Return the active user whose token this is.

    Who was read before comes from the cache of this process, as long as the authority version of his environment is the same. Once an
    hour he is read again, and that the token is in use is stored.

    Args:
        system: the caches, the clock and the database.
        token: as it was sent.
        checked_inside: the operation compares the authority version within its own statement, so that it need not be read here.

    Raises:
        NotSignedIn: an unknown, revoked or expired token, or a user who is not active; one text for all.
    """
    digest, now = token_hash(token), system.clock()
    known = system.tokens.find(digest)
    if known is not None and _is_fresh(known, now):
        if checked_inside:
            return known.caller
        with system.database.read() as reading:
            if people.read_authority_version(reading, known.caller.environment_id) == known.caller.authority_version:
                return known.caller
    with system.database.read() as reading:
        found = _read(system, reading, token, digest=digest, now=now)
    system.tokens.put(digest, found)
    return found.caller


def token_hash(token: str) -> str:
    """Return what is stored of a token: it has 256 random bits, so one round of SHA-256 is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def _read(system: System, reading: Reading, token: str, *, digest: str, now: datetime) -> KnownToken:
    row = None
    if system.demo and token.startswith(DEMO_PREFIX):
        found = people.find_users(reading, username=token.removeprefix(DEMO_PREFIX))
        user_id, scopes = (found[0].id if found else None), None
    else:
        row = people.find_token(reading, digest)
        user_id = row.user_id if row is not None and people.token_is_in_force(row, now) else None
        scopes = frozenset(row.scopes.split()) if row is not None else None
    version = people.authority_version_of(reading, user_id) if user_id else None  # before the caller: older is safe, newer would not be
    caller = caller_of(reading, user_id) if user_id else None
    if caller is None:
        raise NotSignedIn
    if row is not None and (row.last_used_at is None or row.last_used_at <= now - NOTED_EVERY):
        _note_use(system, row.id, now)
    return KnownToken(
        caller=replace(caller, authority_version=version, scopes=scopes),
        expires_at=None if row is None else row.expires_at,
        token_id=None if row is None else row.id,
        noted_at=now,
    )


def _note_use(system: System, token_id: str, now: datetime) -> None:
    """Store that the token is in use; while the database is busy that is left to a later request."""
    try:
        with system.database.write() as work:
            access.note_token_use(work, token_id, at=now)
            work.commit()
    except Unavailable:
        return


def _is_fresh(known: KnownToken, now: datetime) -> bool:
    """Return whether what is cached of the token still holds: it has not expired, and its use need not be looked at again."""
    if known.expires_at is not None and known.expires_at <= now:
        return False
    return known.token_id is None or known.noted_at is None or known.noted_at > now - NOTED_EVERY
