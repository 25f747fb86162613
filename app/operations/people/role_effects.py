"""What another role of a user means for running transactions: which open tasks it concerns, and the turns that change them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from app.domain.errors import RoleHasTransactions, SeparationOfDuty
from app.domain.people import ADMINISTRATOR, Person
from app.operations import mailing
from app.operations.answer import Caller
from app.operations.messages.waiting import outbox_row
from app.operations.settlement import settle
from app.operations.system import System
from app.operations.tasks.recounting import recount
from app.operations.tasks.shares import add_share, facts_of, withdraw_shares
from app.operations.turn import Turn, turn_of_instance
from app.persistence import journal, role_tasks
from app.persistence.database import Reading, UnitOfWork

APPLY_ROLE = "apply_role"
SUSPENDED_RETRY = timedelta(minutes=5)


def instances_to_give(reading: Reading, environment_id: int, role: str, *, user_id: str) -> list[str]:
    """Return the instances with open tasks of a role that the user has no part in yet."""
    rows = role_tasks.tasks_without(reading, environment_id, role, user_id=user_id)
    return list(dict.fromkeys(row.instance_id for row in rows))


def instances_to_take(
    reading: Reading, environment_id: int, role: str, *, user_id: str, username: str, other_roles: Collection[str]
) -> list[str]:
    """Return the instances with open tasks that the user has by this role alone: not by name, and by no other role of his."""
    rows = role_tasks.tasks_held(reading, environment_id, role, user_id=user_id)
    return list(
        dict.fromkeys(
            row.instance_id for row in rows if any(_rests_on(slot, role, username=username, others=other_roles) for slot in row.slots)
        )
    )


def check_answered(instances: Collection[str], *, role: str, apply_to_running: bool | None) -> None:
    """Raise RoleHasTransactions when running transactions are concerned and nobody has said what becomes of them. Source: USR-30, USR-31."""
    if instances and apply_to_running is None:
        raise RoleHasTransactions(count=len(instances), role=role)


def change_instances(
    system: System, work: UnitOfWork, caller: Caller, instances: Sequence[str], *, user_id: str, role: str, given: bool, now: datetime
) -> None:
    """Have the worker change these instances, each in a turn of its own."""
    change_id = system.new_id()
    payload = {"user_id": user_id, "role": role, "given": given, "by": caller.username}
    journal.insert_outbox(
        work,
        [
            outbox_row(
                system.new_id(),
                caller.environment_id,
                APPLY_ROLE,
                payload | {"instance_id": each},
                key=f"{APPLY_ROLE}:{change_id}:{each}",
                now=now,
            )
            for each in instances
        ],
    )


def apply_role(system: System, row: Any) -> None:
    """Do what an outbox row asks for in its instance: give the user shares of the open tasks of the role, or take them away.

    What is true by now counts: who has the role no more gets no share, who has it again keeps his. A suspended instance is changed later.
    Source: USR-30, USR-31.
    """
    payload: Mapping[str, Any] = row.payload
    with turn_of_instance(system, payload["instance_id"], caller=None) as turn:
        if turn.instance.status == "suspended":
            journal.update_outbox(turn.work, row.id, available_at=turn.now + SUSPENDED_RETRY, lease_until=None)
            turn.work.commit()
            return
        person = turn.person(payload["user_id"])
        holds = payload["role"] in person.roles
        change = _give if payload["given"] else _take
        if holds == payload["given"] and (person.active or not payload["given"]):
            changed = [task for task in turn.open_tasks.values() if change(turn, task, person, role=payload["role"], by=payload["by"])]
            for task in changed:
                recount(turn, task)
            if changed:
                settle(turn)
        journal.finish_outbox(turn.work, row.id, now=turn.now)
        turn.work.commit()


def _give(turn: Turn, task: Any, person: Person, *, role: str, by: str) -> bool:
    """Give a person a share of each slot of an open task that was given to the holders of a role; return whether he got one."""
    rows = []
    for number, slot in enumerate(task.slots):
        if role in slot.get("roles", ()):
            try:
                added = add_share(turn, task, number, person, cause="role", why=f"You hold the role {role}.")
            except SeparationOfDuty:
                continue  # he plays another step of this transaction: others of the role act
            rows += [added] if added else []
    if not rows:
        return False
    turn.tell(
        "task_assigned",
        f"{task.name} is with {person.full_name} too, who holds the role {role} now.",
        actor=by,
        element=task.element,
        facts={"task": task.id, "role": role, "assignees": [person.username]},
    )
    mailing.announce_assignments(turn, facts_of(task), rows)
    return True


def _take(turn: Turn, task: Any, person: Person, *, role: str, by: str) -> bool:
    """Take away the shares of an open task that a person has by a role alone; return whether he had one.

    A task that nobody could do any more is an incident, which an administrator sees; one about an incident goes to an administrator.
    """
    shares = [
        each
        for each in turn.assignments
        if each.task_id == task.id
        and each.status == "open"
        and each.user_id == each.principal_id == person.id
        and _rests_on(task.slots[each.slot], role, username=person.username, others=person.roles)
    ]
    if not shares:
        return False
    if task.kind == "incident":
        _hand_to_administrators(turn, task, besides=person)
    withdraw_shares(turn, task, shares, reason=f"{person.full_name} does not hold the role {role} any more.")
    turn.tell(
        "task_withdrawn",
        f"{task.name} is not with {person.full_name} any more, who does not hold the role {role} now.",
        actor=by,
        element=task.element,
        facts={"task": task.id, "role": role, "assignees": [person.username]},
    )
    return True


def _hand_to_administrators(turn: Turn, task: Any, *, besides: Person) -> None:
    """Give the task of an incident to the administrators where nobody else has it."""
    if any(each.task_id == task.id and each.status == "open" and each.user_id != besides.id for each in turn.assignments):
        return
    people = [person for person in turn.directory.with_role(ADMINISTRATOR) if person.id != besides.id]
    why = "Nobody else who keeps this is left."
    rows = [row for person in people if (row := add_share(turn, task, 0, person, cause="incident", why=why))]
    mailing.announce_assignments(turn, facts_of(task), rows)


def _rests_on(slot: Mapping[str, Any], role: str, *, username: str, others: Collection[str]) -> bool:
    """Return whether a person who holds the roles `others` has a slot by this role alone."""
    roles = slot.get("roles", ())
    return role in roles and username not in slot.get("named", ()) and not any(each in others for each in roles if each != role)
