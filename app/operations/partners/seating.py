"""A person of a partner environment takes his seat where his task is: a guest, who is nobody there but who holds or held shares."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.domain.errors import PartnershipEnded
from app.domain.people import Directory
from app.operations.answer import Caller
from app.operations.system import System
from app.operations.turn import directory_of, read_environment
from app.persistence import partners, visibility
from app.persistence.database import Reading
from app.persistence.inbox import Guest, InboxRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """An environment where the caller is a guest, and its people."""

    key: str
    directory: Directory


def seat(reading: Reading, caller: Caller, *, task_id: str | None = None, document_id: str | None = None) -> Caller:
    """Return the caller as who he is where the task or document is: himself in his own environment, a guest in a partner's.

    A guest has no roles and no links: he sees the transactions in which he holds or held a share, while the partnership is active, and
    nothing else. Who never was a guest costs no statement.

    Raises:
        PartnershipEnded: he held a share in it, but the partnership is over; anybody else is not told that it exists.
    Source: HND-05, PAR-02, PAR-10, PAR-20.
    """
    if caller.guest_in is None:
        return caller
    place = partners.find_place(reading, user_id=caller.user_id, task_id=task_id, document_id=document_id)
    if place is None:
        return caller
    if place.is_let_in:
        return as_guest(caller, place.environment_id, home_key=place.home_key)
    if _held_a_share(reading, caller, place):
        raise PartnershipEnded(partner=place.environment_name)
    return caller


def _held_a_share(reading: Reading, caller: Caller, place: Any) -> bool:
    own = visibility.Sight(user_ids=[caller.user_id], user_id=caller.user_id, kinds=(), reach="cost_centers", sees_undocumented=False)
    if place.instance_id is not None:
        return visibility.is_instance_seen(reading, own, place.instance_id)
    return visibility.is_document_seen(reading, own, place.document_id)


def seat_at_task(system: System, caller: Caller, task_id: str) -> Caller:
    """Return the caller as who he is where the task is, before a turn. The turn looks again, under its lock, whether he is let in."""
    if caller.guest_in is None:
        return caller
    with system.database.read() as reading:
        return seat(reading, caller, task_id=task_id)


def as_guest(caller: Caller, host_id: int, *, home_key: str) -> Caller:
    """Return the caller as a guest of another environment, named with his own."""
    return replace(
        caller,
        username=f"{caller.username}@{home_key}",
        full_name=f"{caller.full_name} ({home_key})",
        environment_id=host_id,
        home_id=caller.environment_id,
        roles=frozenset(),
        security_level=0,
        kinds_seen=frozenset(),
        access_level="cost_centers",
        guest_in=None,
        authority_version=None,
    )


def find_guest(caller: Caller, user_ids: Sequence[str]) -> Guest | None:
    """Return in which other environments the caller's inbox looks; None where there is none to keep apart.

    Whoever acts for somebody does not act for him as a guest: only the guest himself sees what a partner delegated to him.
    """
    if caller.guest_in is None and all(user_id == caller.user_id for user_id in user_ids):
        return None
    return Guest(user_id=caller.user_id, environment_ids=sorted(caller.guest_in or ()))


def hosts_of(system: System, reading: Reading, caller: Caller, rows: Sequence[InboxRow]) -> dict[int, Host]:
    """Return the other environments that rows of an inbox belong to, with their people."""
    found = {row.assignments[0].environment_id for row in rows} - {caller.environment_id}
    if not found:  # as with nearly every page
        return {}
    environments = [read_environment(reading, environment_id) for environment_id in sorted(found)]
    return {each.id: Host(key=each.key, directory=directory_of(system, reading, each)) for each in environments}
