"""Counting attempts, so that nobody can guess for ever: a few in each window of time, for all processes together."""

import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.domain.access_errors import TooManyAttempts
from app.operations.system import System
from app.persistence import access
from app.persistence.database import UnitOfWork

IPV6_NETWORK = 64
KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How many attempts of a kind one subject has in a window of time."""

    kind: str
    most: int
    window: timedelta

    def window_of(self, now: datetime) -> datetime:
        """Return when the window began that an instant falls into."""
        return datetime.fromtimestamp(now.timestamp() // self.window.total_seconds() * self.window.total_seconds(), UTC)


SIGN_INS = Limit(kind="sign_in", most=50, window=timedelta(minutes=10))
RESETS_OF_ADDRESS = Limit(kind="reset_address", most=20, window=timedelta(hours=1))
RESETS_OF_ACCOUNT = Limit(kind="reset_account", most=3, window=timedelta(hours=1))
LINKS = Limit(kind="link", most=50, window=timedelta(minutes=10))


def count_attempt(system: System, work: UnitOfWork, limit: Limit, subject: str) -> bool:
    """Count an attempt and return whether it is within the limit. The first one of a window forgets windows that are long over."""
    now = system.clock()
    number = access.count_attempt(work, _key(limit, subject), started_at=limit.window_of(now))
    if number == 1:
        access.forget_attempts(work, before=now - KEPT)
    return number <= limit.most


def take_attempt_back(system: System, work: UnitOfWork, limit: Limit, subject: str) -> None:
    """Count one attempt less: it succeeded."""
    access.take_attempt_back(work, _key(limit, subject), started_at=limit.window_of(system.clock()))


def check_address(system: System, limit: Limit, address: str | None) -> None:
    """Count an attempt from an address, in a transaction of its own; None stands for a caller of this process.

    Raises:
        TooManyAttempts: there were too many from this address; says when the next is looked at.
    """
    if address is None:
        return
    with system.database.write() as work:
        is_within = count_attempt(system, work, limit, network_of(address))
        work.commit()
    if not is_within:
        raise TooManyAttempts(retry_after=seconds_left(system, limit))


def seconds_left(system: System, limit: Limit) -> int:
    """Return for how long the window of this moment still lasts."""
    now = system.clock()
    return max(1, int((limit.window_of(now) + limit.window - now).total_seconds()))


def network_of(address: str) -> str:
    """Return whom an address is counted as: a whole network of IPv6, which one household has to itself, else the address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((parsed, IPV6_NETWORK), strict=False))
    return str(parsed)


def _key(limit: Limit, subject: str) -> str:
    """Return what is stored of a subject: nobody can read addresses and names from the table."""
    return hashlib.sha256(f"{limit.kind}:{subject}".encode()).hexdigest()
