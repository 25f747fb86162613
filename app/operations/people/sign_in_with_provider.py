"""Signing in with what an OpenID provider says about somebody."""

from typing import Any

from app.domain.audit import AuditEntry
from app.domain.errors import DatabaseBusy, NotSignedIn
from app.operations.answer import Caller
from app.operations.environment_story import tell_environment
from app.operations.people.callers import caller_of
from app.operations.system import System
from app.persistence import access, people
from app.persistence.database import Reading, UnitOfWork
from app.persistence.drivers import Overtaken

UNKNOWN = "Nobody here is known by this company account, or the user is not active. Ask an administrator."
RUNS_MAX = 3
CLAIM_LENGTH_MAX = 255


def sign_in_with_provider(system: System, *, issuer: str, subject: str, username: str | None, email: str | None) -> Caller:
    """Return the active user whom a provider vouches for; nobody is made by signing in.

    1. The subject is linked to a user: it is he, whatever the other claims say now.
    2. Else the user name, else the verified e-mail address, names exactly one active user who is linked to no other subject of this provider:
       the subject is linked to him. An address that is given to somebody else later opens no account of its former owner; who keeps
       users ends the link by correcting the address (`change_user`).

    Args:
        system: the clock and the database.
        issuer: the provider, as it is configured.
        subject: its lasting id of the person.
        username: the claim that the installation trusts as a user name; None where it trusts none.
        email: the e-mail address; None where the provider has not verified it.

    Raises:
        NotSignedIn: nobody is known by this account; one text for an unknown and an inactive user.
    Source: USR-18.
    """
    if not 1 <= len(subject) <= CLAIM_LENGTH_MAX or "\0" in subject:
        raise NotSignedIn(UNKNOWN)
    for _ in range(RUNS_MAX):
        try:
            with system.database.write() as work:
                row = _find(system, work, issuer=issuer, subject=subject, username=username, email=email)
                caller = caller_of(work, row.id) if row is not None else None
                if caller is None:
                    raise NotSignedIn(UNKNOWN)
                work.commit()
                return caller
        except Overtaken:  # the first sign-in of the same person in another window
            continue
    raise DatabaseBusy(retry_after=1)


def _find(system: System, work: UnitOfWork, *, issuer: str, subject: str, username: str | None, email: str | None) -> Any:
    linked = access.find_identity(work, issuer=issuer, subject=subject)
    if linked is not None:
        return access.find_user(work, linked.user_id)
    row = _match(work, username=username, email=email)
    if row is None or access.has_identity(work, row.id, issuer=issuer):
        return None
    now = system.clock()
    access.insert_identity(work, issuer=issuer, subject=subject, environment_id=row.environment_id, user_id=row.id, created_at=now)
    text = f"{row.full_name} signed in with a company account for the first time; it is linked to him now."
    facts = {"user": row.username, "issuer": issuer, "by": "user name" if username == row.username else "e-mail address"}
    entry = AuditEntry(at=now, kind="identity_linked", text=text, actor=row.username, facts=facts)
    tell_environment(system, work, row.environment_id, entry)
    return row


def _match(reading: Reading, *, username: str | None, email: str | None) -> Any:
    """Return the one active user whom a trusted claim names, None where it names nobody or several."""
    for claim, find in ((username, _by_username), (email, _by_address)):
        if not claim or len(claim) > CLAIM_LENGTH_MAX or "\0" in claim:
            continue
        active = [row for row in find(reading, claim) if row.active]
        if active:
            return active[0] if len(active) == 1 else None
    return None


def _by_username(reading: Reading, username: str) -> Any:
    return people.find_users(reading, username=username)


def _by_address(reading: Reading, address: str) -> Any:
    return access.find_by_address(reading, address)
