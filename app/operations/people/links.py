"""Links that work once and end: in mails to set a password, or to decide. Only the hash of their secret is stored."""

import hashlib
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from app.domain.access_errors import LinkExpired, LinkUnknown, LinkUsed
from app.operations.system import System
from app.operations.wording import instant
from app.persistence import access
from app.persistence.database import Reading, UnitOfWork

RESET = "reset"
ACTIVATE = "activate"
PASSWORD_KINDS = (RESET, ACTIVATE)
LIFETIMES = {RESET: timedelta(hours=2), ACTIVATE: timedelta(days=7)}
DECIDE = "decide"
DECIDE_PATH = "/decide/{secret}"
PASSWORD_PATH = "/password/{secret}"  # noqa: S105 - the path of a page


def make_link(
    system: System,
    work: UnitOfWork,
    *,
    environment_id: int,
    user_id: str,
    kind: str,
    lifetime: timedelta,
    subject: str | None = None,
) -> str:
    """Store a new link and return its secret, which is shown this once."""
    secret, now = system.new_secret(), system.clock()
    access.insert_link(
        work,
        id=system.new_id(),
        environment_id=environment_id,
        user_id=user_id,
        kind=kind,
        subject=subject,
        hash=link_hash(secret),
        expires_at=now + lifetime,
        created_at=now,
    )
    return secret


def find_link(reading: Reading, secret: str, *, kinds: Collection[str], now: datetime) -> Any:
    """Return the row of a link that can be used now.

    Raises:
        LinkUnknown: there is no link of these kinds with this secret.
        LinkUsed: it was used before; says when.
        LinkExpired: its time is over; says since when.
    """
    row = access.find_link(reading, link_hash(secret))
    if row is None or row.kind not in kinds:
        raise LinkUnknown
    if row.used_at is not None:
        raise LinkUsed(at=instant(row.used_at))
    if row.expires_at <= now:
        raise LinkExpired(at=instant(row.expires_at))
    return row


def use_link(work: UnitOfWork, row: Any, *, now: datetime) -> None:
    """Use a link up, in the transaction of what it is used for.

    Raises:
        LinkUsed: another request was first.
    """
    if not access.use_link(work, row.id, at=now):
        raise LinkUsed(at=instant(now))


def link_hash(secret: str) -> str:
    """Return what is stored of a secret of 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()
