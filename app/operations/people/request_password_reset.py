"""Somebody has forgotten his password and asks for a link to set a new one."""

from typing import Any

from app.domain.access import signs_in_with
from app.domain.access_errors import TooManyAttempts
from app.operations.answer import Answer
from app.operations.mailing import link_of, write_letter
from app.operations.people.attempts import RESETS_OF_ACCOUNT, RESETS_OF_ADDRESS, count_attempt, network_of, seconds_left
from app.operations.people.links import LIFETIMES, PASSWORD_PATH, RESET
from app.operations.people.sign_in import LOGIN_LENGTH_MAX
from app.operations.system import System
from app.persistence import access, journal
from app.persistence.database import Reading

PASSWORD_RESET = "password_reset"  # noqa: S105 - a kind of outbox row
ACCEPTED = "If there is such an account, a mail with a link to set a new password is on its way."


def request_password_reset(system: System, login: str, *, address: str | None = None) -> Answer:
    """Take a request for a new password; the answer and the work are the same whether there is such an account or not.

    The mail is written later, from the outbox (`deliver_password_reset`). An account gets at most three an hour.

    Args:
        system: the clock and the database.
        login: user name or e-mail address.
        address: where the request came from; None within this process.

    Raises:
        TooManyAttempts: too many requests came from this address.
    Source: USR-21.
    """
    now = system.clock()
    with system.database.write() as work:
        is_within = address is None or count_attempt(system, work, RESETS_OF_ADDRESS, network_of(address))
        if is_within:
            user_id = _find_account(work, login)
            may_mail = count_attempt(system, work, RESETS_OF_ACCOUNT, user_id or login[:LOGIN_LENGTH_MAX])
            environment = access.first_environment(work)
            row = {
                "id": system.new_id(),
                "kind": PASSWORD_RESET,
                "payload": {"user_id": user_id if may_mail else None},
                "status": "waiting",
                "available_at": now,
                "attempts": 0,
                "created_at": now,
            }
            if environment is not None:
                journal.insert_outbox(work, [row | {"environment_id": environment.id, "key": f"{PASSWORD_RESET}:{row['id']}"}])
        work.commit()
    if not is_within:
        raise TooManyAttempts(retry_after=seconds_left(system, RESETS_OF_ADDRESS))
    return Answer(body={"detail": ACCEPTED}, status=202)


def deliver_password_reset(system: System, row: Any) -> None:
    """Write the mail that a request asked for, if there is an account that can be signed in to with a password."""
    with system.database.write() as work:
        if not journal.finish_outbox(work, row.id, now=system.clock()):
            return
        user = access.find_user(work, row.payload["user_id"] or access.NOBODY)
        if user is not None and user.active:
            write_letter(
                system,
                work,
                environment_id=user.environment_id,
                person=user,
                template="password_reset",
                facts={},
                path=PASSWORD_PATH,
                key=f"password_mail:{row.id}",
                link=link_of(RESET, lifetime=LIFETIMES[RESET]),
            )
        work.commit()


def _find_account(reading: Reading, login: str) -> str | None:
    """Return the one account that this is the user name or the e-mail address of, whatever it signs in with among the two."""
    name = login.strip()
    if "\0" in name or len(name) > LOGIN_LENGTH_MAX:
        name = ""
    rows = [row for row in access.find_logins(reading, name) if may_have_password(row)]
    by_name = [row for row in rows if row.username == name]
    found = by_name or rows
    return str(found[0].id) if len(found) == 1 else None


def may_have_password(row: Any) -> bool:
    """Return whether a user signs in with a password at all."""
    return signs_in_with(row.login_type, "username") or signs_in_with(row.login_type, "email")
