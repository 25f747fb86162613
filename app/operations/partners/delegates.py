"""Who of a partner environment a task can be delegated to: `kim@ACC`, by the key of her environment."""

from dataclasses import dataclass
from typing import Any

from app.domain.audit import AuditEntry
from app.domain.errors import DelegationRefused, InvalidRequest, PartnershipNotActive
from app.operations.answer import Caller
from app.operations.environment_story import tell_environment
from app.operations.system import System
from app.operations.tasks.viewing import find_task_in_sight
from app.operations.turn import Turn, last_seen
from app.persistence import partners, people


@dataclass(frozen=True, slots=True, kw_only=True)
class Outsider:
    """A person of a partner environment, known as a guest."""

    user_id: str
    home_id: int
    key: str


def find_outsider(system: System, caller: Caller, task_id: str, to: str) -> Outsider | None:
    """Return the person of a partner that `to` names, let in as a guest if need be; None where it names somebody of this environment.

    None too where the task is not the caller's to delegate, which the turn says: nobody else learns who is there, or lets anybody in.

    A bare name is a colleague: of a guest in his own environment, of anybody else in this one. Nobody lands outside of his company by a
    slip of the pen. It is asked before the turn, since letting in a guest changes what both environments know of their people.

    Raises:
        PartnershipNotActive: the environments are no partners now.
        InvalidRequest: nobody there has this name, or a guest names a third environment.
        DelegationRefused: only an active full user can act on it.
        NotFound: there is no such task, or the caller may not see it.
    Source: HND-05.
    """
    name, at, key = to.rpartition("@")
    is_guest = caller.home_id is not None
    if not at and not is_guest:
        return None
    home_key = caller.username.rpartition("@")[2] if is_guest else None
    name, key = (name, key) if at else (to, str(home_key))
    with system.database.read() as reading:
        if key == last_seen(system, reading, caller).key:
            return None
        if not is_guest and people.find_users(reading, username=to, environment=caller.environment_id):
            return None
        if not find_task_in_sight(system, reading, caller, task_id).mine:
            return None
        row = partners.find_person(reading, host_id=caller.environment_id, key=key, username=name)
    if row is None or row.partnership_status != partners.ACTIVE or (is_guest and key != home_key):
        raise PartnershipNotActive(verb=f"delegate to {to}", partner=key)
    if row.user_id is None:
        if is_guest and not at:
            return None
        raise InvalidRequest(f"There is no user {name} at {key}.", errors={"to": [f"Expected the user name of somebody at {key}."]})
    if not row.active or row.kind != "full" or row.is_program:
        raise DelegationRefused(task=task_id, to=to, reason="only an active full user can act on it")
    if not row.is_guest:
        _let_in(system, caller, row, name=f"{name}@{key}")
    return Outsider(user_id=row.user_id, home_id=row.home_id, key=key)


def check_still_partners(turn: Turn, task: Any, outsider: Outsider) -> None:
    """Check under locks that partnership and guest stand until the turn is committed: whoever ends them finds what was delegated before.

    Raises:
        PartnershipNotActive: it has ended meanwhile.
        DelegationRefused: he has left meanwhile.
    """
    if not partners.hold_active(turn.work, turn.environment.id, outsider.home_id):
        raise PartnershipNotActive(verb=f"delegate to {outsider.key}", partner=outsider.key)
    if not partners.hold_guest(turn.work, host_id=turn.environment.id, user_id=outsider.user_id):
        reason = "only an active full user can act on it"
        raise DelegationRefused(task=task.id, to=turn.person(outsider.user_id).full_name, reason=reason)


def _let_in(system: System, caller: Caller, row: Any, *, name: str) -> None:
    """Make the person known as a guest here, so that both environments read their people anew."""
    host_id, now = caller.environment_id, system.clock()
    with system.database.write() as work:
        people.lock_environment(work, host_id, row.home_id)
        if not partners.hold_active(work, host_id, row.home_id):
            raise PartnershipNotActive(verb=f"delegate to {name}", partner=name.rpartition("@")[2])
        partners.admit_guest(work, host_id=host_id, home_id=row.home_id, user_id=row.user_id, now=now)
        people.raise_authority_version(work, host_id, row.home_id)
        text = f"{name} was let in as a guest, since {caller.full_name} delegates a task to {name}."
        entry = AuditEntry(at=now, kind="guest_let_in", text=text, actor=caller.username, facts={"guest": name})
        tell_environment(system, work, host_id, entry)
        work.commit()
