"""A new or activated user gets the mail in which he sets his first password."""

from typing import Any

from app.operations.mailing import link_of, write_letter
from app.operations.people.links import ACTIVATE, LIFETIMES, PASSWORD_PATH
from app.operations.people.request_password_reset import may_have_password
from app.operations.system import System
from app.persistence import access
from app.persistence.database import UnitOfWork


def send_activation(system: System, work: UnitOfWork, person: Any) -> bool:
    """Write the mail to activate an account, in the transaction that made or activated it; return whether one was written.

    Nothing is written for who has no address, and for who signs in by the company's directory alone.

    Args:
        system: the clock and the ids.
        work: the transaction; the user's row is read in it.
        person: a Person, or the user's row.
    Source: USR-35.
    """
    row = access.find_user(work, person.id)
    if row is None or not row.email or not may_have_password(row):
        return False
    write_letter(
        system,
        work,
        environment_id=row.environment_id,
        person=row,
        template="activation",
        facts={"username": row.username, "days": LIFETIMES[ACTIVATE].days},
        path=PASSWORD_PATH,
        key=f"activation:{row.id}:{system.new_id()}",
        link=link_of(ACTIVATE, lifetime=LIFETIMES[ACTIVATE]),
    )
    return True
