"""Signing in with a password."""

from app.domain.errors import NotSignedIn
from app.operations.answer import Caller
from app.operations.people.callers import caller_of
from app.operations.system import System
from app.persistence import people

FAILURES_MAX = 3
REFUSED = "User name and password do not match, or the account is locked. After three failed attempts ask for a new password."


def sign_in(system: System, username: str, password: str) -> Caller:
    """Return the user whose name and password these are.

    Raises:
        NotSignedIn: one text for an unknown name, a wrong password, a locked and an inactive account; all take the same time.
    Source: USR-21.
    """
    with system.database.read() as reading:
        rows = [row for row in people.find_users(reading, username=username) if row.password_hash]
    row = rows[0] if rows else None
    matches = system.passwords.verify(row.password_hash if row else None, password)
    if row is None:
        raise NotSignedIn(REFUSED)
    if not matches or row.failed_logins >= FAILURES_MAX or not row.active:
        with system.database.write() as work:
            if not matches:
                people.count_failed_login(work, row.id)
            work.commit()
        raise NotSignedIn(REFUSED)
    with system.database.write() as work:
        if row.failed_logins:
            people.update_user(work, row.id, failed_logins=0)
        caller = caller_of(work, row.id)
        work.commit()
    if caller is None:
        raise NotSignedIn(REFUSED)
    return caller
