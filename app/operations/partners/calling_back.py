"""Shares of tasks come back from guests: their partnership has ended, or they can act no more."""

from datetime import datetime
from typing import Any

from app.domain.errors import SeparationOfDuty
from app.domain.people import Person
from app.operations import mailing
from app.operations.messages.waiting import outbox_row
from app.operations.settlement import settle
from app.operations.system import System
from app.operations.tasks.delegations import RETURN, chain_of
from app.operations.tasks.duty import check_duty
from app.operations.tasks.recounting import recount
from app.operations.tasks.shares import facts_of, move_shares, withdraw_shares
from app.operations.turn import Turn, turn_of_instance
from app.persistence import journal, partners
from app.persistence.database import UnitOfWork

CALL_BACK = "call_back"


def call_back_from_partner(
    system: System, work: UnitOfWork, *, host_id: int, home_id: int, home_key: str, partnership_id: str, why: str, now: datetime
) -> int:
    """Let every share that people of one environment hold in the other come back, each instance in a turn of its own; return how many."""
    found = partners.instances_with_guests(work, host_id=host_id, home_id=home_id)
    payload = {"partner": home_key, "user_id": None, "before": now.isoformat(), "why": why}
    rows = [
        outbox_row(
            system.new_id(), host_id, CALL_BACK, payload | {"instance_id": each}, key=f"{CALL_BACK}:{partnership_id}:{each}", now=now
        )
        for each in found
    ]
    journal.insert_outbox(work, rows)
    return len(rows)


def call_back_from_person(system: System, work: UnitOfWork, user_id: str, *, why: str, now: datetime) -> int:
    """Let every share that a person holds as a guest of partners come back; return in how many instances.

    Call it in the transaction in which he is deactivated or stops being a full user: a successor of his own environment is nobody there.
    """
    partners.lock_guest(work, user_id)
    rows = []
    for host_id, instance_id in partners.instances_of_guest(work, user_id):
        row_id = system.new_id()
        payload = {"partner": None, "user_id": user_id, "before": now.isoformat(), "why": why, "instance_id": instance_id}
        rows.append(outbox_row(row_id, host_id, CALL_BACK, payload, key=f"{CALL_BACK}:{row_id}", now=now))
    journal.insert_outbox(work, rows)
    return len(rows)


def call_back(system: System, row: Any) -> None:
    """Do it for one instance, as a row of the outbox says: what a guest held goes back to who held it before him.

    Where nobody who held it can act on it, the share is withdrawn: a task that nobody is left to decide is an incident.
    """
    payload = row.payload
    before = datetime.fromisoformat(payload["before"])
    with turn_of_instance(system, payload["instance_id"], caller=None) as turn:
        if not journal.finish_outbox(turn.work, row.id, now=turn.now):
            return
        for task in list(turn.open_tasks.values()):
            shares = [each for each in turn.assignments if each.task_id == task.id and _is_called_back(turn, each, payload, before)]
            if shares:
                for share in shares:
                    _give_back(turn, task, share, why=payload["why"])
                recount(turn, task)
        settle(turn)
        turn.work.commit()


def _is_called_back(turn: Turn, share: Any, payload: dict[str, Any], before: datetime) -> bool:
    """Return whether the share was with one of those guests when it was called back."""
    if share.status != "open" or share.created_at > before:
        return False
    holder = turn.person(share.user_id)
    return holder.partner is not None and (holder.id == payload["user_id"] or holder.partner == payload["partner"])


def _give_back(turn: Turn, task: Any, share: Any, *, why: str) -> None:
    guest = turn.person(share.user_id)
    heir = _find_heir(turn, task, share)
    if heir is None:
        withdraw_shares(turn, task, [share], reason=why)
        turn.tell("task_called_back", f"{why} {task.name} is not with {guest.full_name} any more.", **_facts(task, guest, None))
        return
    reason = f"{why} So what was delegated to {guest.full_name} is yours again."
    rows = move_shares(turn, task, [share], to=heir, cause=RETURN, why=reason, status="delegated", reason=why)
    text = f"{why} {task.name} went back from {guest.full_name} to {heir.full_name}."
    turn.tell("task_called_back", text, **_facts(task, guest, heir))
    if rows:
        key = f"delegation:{rows[0]['id']}"
        mailing.write_mail(turn, template="delegation", user_id=heir.id, task=facts_of(task), why=reason, key=key)


def _find_heir(turn: Turn, task: Any, share: Any) -> Person | None:
    """Return the nearest earlier holder, or his successor, who may act on the share; None where there is none."""
    by_id = {each.id: each for each in turn.assignments}
    for earlier in chain_of(share, by_id)[1:]:
        person = turn.directory.acting_for(turn.person(earlier.user_id))
        if person is not None and person.id != share.user_id and _may_sign(turn, task, share, person):
            return person
    return None


def _may_sign(turn: Turn, task: Any, share: Any, person: Person) -> bool:
    try:
        check_duty(turn, task, share, actor=person)
    except SeparationOfDuty:
        return False
    return True


def _facts(task: Any, guest: Person, heir: Person | None) -> dict[str, Any]:
    facts = {"task": task.id, "from": guest.username, "to": heir.username if heir else None}
    return {"actor": "system", "element": task.element, "facts": facts}
