"""Signing in with a password."""

from typing import Any

from app.domain.access import FAILURES_MAX, PASSWORD_LENGTH_MAX, signs_in_with
from app.domain.access_errors import TooManyAttempts
from app.domain.audit import AuditEntry
from app.domain.errors import NotSignedIn
from app.operations.answer import Caller
from app.operations.environment_story import tell_environment
from app.operations.mailing import link_of, write_letter
from app.operations.people.attempts import SIGN_INS, count_attempt, network_of, seconds_left, take_attempt_back
from app.operations.people.callers import caller_of
from app.operations.people.links import LIFETIMES, PASSWORD_PATH, RESET
from app.operations.system import System
from app.operations.wording import instant
from app.persistence import access
from app.persistence.database import Reading

REFUSED = "User name and password do not match, or the account is locked. After three failed attempts ask for a new password."
HERE = "this process"
LOGIN_LENGTH_MAX = 254


def sign_in(system: System, login: str, password: str, *, address: str | None = None) -> Caller:
    """Return the user whose name, or e-mail address, and password these are.

    1. Count the attempt, for its address and as a failure of the account, before it is looked at: of many at the same time no more than
       FAILURES_MAX get that far.
    2. Compare one password, whether there is such an account or not.
    3. A success takes both counts back; the third failure locks the account and writes one mail.

    Args:
        system: the clock and the database.
        login: user name or e-mail address, as the account's login type allows.
        password: as it was typed.
        address: where the request came from; None within this process.

    Raises:
        NotSignedIn: one text for an unknown name, a wrong password, a locked and an inactive account; all take the same time.
        TooManyAttempts: too many attempts from this address failed.
    Source: USR-18, USR-21.
    """
    network = HERE if address is None else network_of(address)
    with system.database.write() as work:
        is_within = count_attempt(system, work, SIGN_INS, network) or address is None
        row = find_account(work, login)
        number = access.count_failed_login(work, row.id if row else access.NOBODY, most=FAILURES_MAX) if is_within else None
        work.commit()
    if not is_within:
        raise TooManyAttempts(retry_after=seconds_left(system, SIGN_INS))
    is_looked_at = row is not None and row.active and row.locked_at is None and number is not None and number <= FAILURES_MAX
    matches = system.passwords.verify(row.password_hash if row else None, password[: PASSWORD_LENGTH_MAX + 1])
    if row is not None and is_looked_at and matches:
        return _let_in(system, row, network)
    if row is not None and row.locked_at is None and (number is None or number >= FAILURES_MAX):
        _lock(system, row)
    raise NotSignedIn(REFUSED)


def find_account(reading: Reading, login: str) -> Any:
    """Return the row of the account that this name or e-mail address signs in to; None where there is none, or more than one.

    Who has it as his user name comes before who has it as his e-mail address.
    """
    name = login if "\0" not in login and len(login) <= LOGIN_LENGTH_MAX else ""
    rows = [row for row in access.find_logins(reading, name) if row.password_hash]
    by_name = [row for row in rows if row.username == login and signs_in_with(row.login_type, "username")]
    by_address = [row for row in rows if row.username != login and signs_in_with(row.login_type, "email")]
    if by_name:
        return by_name[0]
    return by_address[0] if len(by_address) == 1 else None


def _let_in(system: System, row: Any, network: str) -> Caller:
    with system.database.write() as work:
        is_open = access.forget_failed_logins(work, row.id)
        take_attempt_back(system, work, SIGN_INS, network)
        caller = caller_of(work, row.id)
        work.commit()
    if caller is None or not is_open:
        raise NotSignedIn(REFUSED)
    return caller


def _lock(system: System, row: Any) -> None:
    """Lock the account, once, and send its owner the way to a new password."""
    now = system.clock()
    with system.database.write() as work:
        if not access.lock_user(work, row.id, at=now, failures=FAILURES_MAX):
            return
        if row.active:
            write_letter(
                system,
                work,
                environment_id=row.environment_id,
                person=row,
                template="locked_out",
                facts={},
                path=PASSWORD_PATH,
                key=f"locked_out:{row.id}:{instant(now)}",
                link=link_of(RESET, lifetime=LIFETIMES[RESET]),
            )
        text = f"The account of {row.full_name} was locked after {FAILURES_MAX} failed attempts to sign in."
        entry = AuditEntry(at=now, kind="user_locked_out", text=text, facts={"user": row.username})
        tell_environment(system, work, row.environment_id, entry)
        work.commit()
