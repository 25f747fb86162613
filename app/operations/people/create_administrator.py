"""How the first administrator of an installation gets in: made on the command line, with a link to set the password."""

import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.domain.audit import AuditEntry
from app.domain.errors import InvalidRequest, NotFound, UsernameInUse
from app.domain.people import ADMINISTRATOR
from app.domain.users import clean_email, clean_text, clean_username, folded_of
from app.operations.environment_story import tell_environment
from app.operations.people.links import LIFETIMES, PASSWORD_PATH, RESET, make_link
from app.operations.people.request_password_reset import may_have_password
from app.operations.system import System
from app.persistence import access, people, users
from app.persistence.database import UnitOfWork

ENVIRONMENT_KEY = "main"
SECURITY_LEVEL_MAX = 100
_CURRENCY = re.compile(r"[A-Z]{3}\Z")


def create_administrator(
    system: System,
    username: str,
    *,
    full_name: str,
    email: str | None = None,
    time_zone: str = "Europe/Amsterdam",
    base_currency: str = "EUR",
) -> str:
    """Store an active administrator and return the address where he sets his password; the first one brings the environment along.

    Args:
        system: the clock and the database.
        username: stored in small letters.
        full_name: as others read it.
        email: where his mails go; None for nowhere.
        time_zone: of a new environment.
        base_currency: of a new environment.

    Raises:
        UsernameInUse: somebody has this name.
        InvalidRequest: the name, the address or the time zone is none.
    """
    try:
        name, shown, address = clean_username(username), clean_text(full_name), clean_email(email) if email else None
        ZoneInfo(time_zone)
        if not _CURRENCY.match(base_currency):
            raise ValueError("Expected a currency of three capital letters, such as EUR.")
    except (ValueError, ZoneInfoNotFoundError) as error:
        raise InvalidRequest(str(error)) from error
    now, user_id = system.clock(), system.new_id()
    with system.database.write() as work:
        environment = access.first_environment(work)
        environment_id = environment.id if environment else _insert_environment(system, work, time_zone, base_currency)
        if users.username_is_taken(work, environment_id, name):
            raise UsernameInUse(username=name)
        users.insert_user(
            work,
            id=user_id,
            environment_id=environment_id,
            username=name,
            full_name=shown,
            email=address,
            kind="full",
            active=True,
            backup_active=False,
            notify_new_task=False,
            failed_logins=0,
            security_level=SECURITY_LEVEL_MAX,
            folded=folded_of(shown, name, address),
            created_at=now,
        )
        work.flush()
        users.add_roles(work, environment_id, user_id, [ADMINISTRATOR])
        people.raise_authority_version(work, environment_id)
        text = f"The administrator {shown} ({name}) was made on the command line."
        tell_environment(system, work, environment_id, AuditEntry(at=now, kind="user_created", text=text, facts={"user": name}))
        work.commit()
    return make_password_link(system, name)


def _insert_environment(system: System, work: UnitOfWork, time_zone: str, base_currency: str) -> int:
    return access.insert_environment(
        work,
        version_id=system.new_id(),
        at=system.clock(),
        key=ENVIRONMENT_KEY,
        name="Countersign",
        time_zone=time_zone,
        base_currency=base_currency,
    )


def make_password_link(system: System, username: str) -> str:
    """Return an address where an active user sets a new password, for an installation without mail; it works once.

    Raises:
        NotFound: there is no active user of this name who signs in with a password.
    """
    with system.database.write() as work:
        found = [row for row in people.find_users(work, username=username) if row.active and may_have_password(row)]
        if not found:
            raise NotFound(what="active user who signs in with a password", id=username)
        row = found[0]
        secret = make_link(system, work, environment_id=row.environment_id, user_id=row.id, kind=RESET, lifetime=LIFETIMES[RESET])
        text = f"A link to set a new password for {row.full_name} was made on the command line."
        entry = AuditEntry(at=system.clock(), kind="password_link_made", text=text, facts={"user": row.username})
        tell_environment(system, work, row.environment_id, entry)
        work.commit()
    return f"{system.public_url}{PASSWORD_PATH.format(secret=secret)}"
