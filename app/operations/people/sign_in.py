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
    is_locked = row is None or _count_attempt(system, row.id) > FAILURES_MAX
    matches = system.passwords.verify(row.password_hash if row else None, password)
    if row is None or is_locked or not matches:
        raise NotSignedIn(REFUSED)
    with system.database.write() as work:
        people.update_user(work, row.id, failed_logins=0)
        caller = caller_of(work, row.id)
        work.commit()
    if caller is None:
        raise NotSignedIn(REFUSED)
    return caller


def _count_attempt(system: System, user_id: str) -> int:
    """Count an attempt as failed before it is looked at: of many at the same time no more than FAILURES_MAX get that far."""
    with system.database.write() as work:
        number = people.count_failed_login(work, user_id)
        work.commit()
    return number
