"""What somebody leaves goes to his successor: one row of the outbox finds the process instances, one more for each moves his shares in a turn."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from app.domain.errors import DatabaseBusy, MoveRefused, NobodyToAct, NothingToReset, SeparationOfDuty
from app.domain.people import Person
from app.domain.succession import put_heir, steps_in_the_way, steps_to_sign
from app.operations import mailing
from app.operations.matrix.role_players import replace_route
from app.operations.messages.waiting import outbox_row
from app.operations.reresolving import is_unchanged, redetermine
from app.operations.settlement import settle
from app.operations.system import System
from app.operations.tasks.duty import check_duty
from app.operations.tasks.recounting import recount
from app.operations.tasks.shares import facts_of, move_shares, withdraw_shares
from app.operations.turn import Turn, turn_of_instance
from app.persistence import journal, leaving
from app.persistence.database import UnitOfWork
from app.persistence.leaving import HAND_OVER, LEFT

BATCH = 200
SWEEPS = 2
SWEEP_AFTER = timedelta(minutes=1)
LONGEST_TURN = timedelta(minutes=5)
LONGEST_COMMIT = timedelta(seconds=30)
SUSPENDED_RETRY = timedelta(minutes=5)


def begin_handing_over(system: System, work: UnitOfWork, environment_id: int, *, user: Person, successor: Person, now: datetime) -> None:
    """Let everything open of a user go to his successor once this transaction is committed. Source: USR-39, USR-40."""
    payload = {
        "leave_id": system.new_id(),
        "user_id": user.id,
        "username": user.username,
        "to_id": successor.id,
        "left_at": now.isoformat(),
        "sweep": 0,
        "after": None,
    }
    _put(system, work, environment_id, LEFT, payload, key=f"{LEFT}:{payload['leave_id']}:0:", now=now)


def find_instances(system: System, row: Any) -> None:
    """Write one row for each process instance of a page that the user stands in, and one for the next page.

    What a turn that was under way when he left still gave him is found by looking again a little later.
    """
    payload, now = row.payload, system.clock()
    sweep = payload["sweep"]
    since = datetime.fromisoformat(payload["left_at"]) - LONGEST_TURN if sweep else None
    with system.database.write() as work:
        found = leaving.instances_of(
            work,
            row.environment_id,
            user_id=payload["user_id"],
            username=payload["username"],
            since=since,
            after=payload["after"],
            limit=BATCH + 1,
        )
        part = f"{payload['leave_id']}:{sweep}"
        for instance_id in found[:BATCH]:
            own = {"instance_id": instance_id} | {name: payload[name] for name in ("user_id", "to_id", "left_at")}
            _put(system, work, row.environment_id, HAND_OVER, own, key=f"{HAND_OVER}:{part}:{instance_id}", now=now)
        if len(found) > BATCH:
            following = payload | {"after": found[BATCH - 1]}
            _put(system, work, row.environment_id, LEFT, following, key=f"{LEFT}:{part}:{found[BATCH - 1]}", now=now)
        elif sweep < SWEEPS:
            following = payload | {"sweep": sweep + 1, "after": None}
            key = f"{LEFT}:{payload['leave_id']}:{sweep + 1}:"
            _put(system, work, row.environment_id, LEFT, following, key=key, now=now + SWEEP_AFTER)
        _done(system, work, row)
        work.commit()


def hand_over(system: System, row: Any) -> None:
    """Move what a user has in one process instance to his successor, in a turn, and mark the row as done with it.

    Where separation of duty keeps the successor from it, the role players are determined again; where that cannot be done, the shares are
    withdrawn, and an administrator has a task.
    """
    try:
        _take_turn(system, row, is_last_resort=False)
    except (MoveRefused, NothingToReset):
        _take_turn(system, row, is_last_resort=True)


def _take_turn(system: System, row: Any, *, is_last_resort: bool) -> None:
    with turn_of_instance(system, row.payload["instance_id"], caller=None) as turn:
        if turn.instance.status == "suspended":
            journal.update_outbox(turn.work, row.id, available_at=turn.now + SUSPENDED_RETRY, lease_until=None)
            turn.work.commit()
            return
        user, heir = turn.person(row.payload["user_id"]), turn.directory.acting_for(turn.person(row.payload["to_id"]))
        if heir is None:
            raise NobodyToAct(element=turn.definition.name, reason=f"the successors of {user.full_name} end with nobody")
        if heir.id != user.id:
            _succeed(turn, user, heir, until=_until(user, row.payload), is_last_resort=is_last_resort)
        _done(system, turn.work, row)
        turn.work.commit()


def _until(user: Person, payload: Mapping[str, Any]) -> datetime | None:
    """Return up to when what a user was given goes to his successor; None for all of it, since he has left.

    What came later to who stayed, or has come back, is his own.
    """
    return datetime.fromisoformat(payload["left_at"]) + LONGEST_COMMIT if user.active else None


def _succeed(turn: Turn, user: Person, heir: Person, *, until: datetime | None, is_last_resort: bool) -> None:
    """Put the heir in the user's place: in his open shares, in what others do on his behalf, and in the steps that are still ahead."""
    in_the_way = _steps_in_the_way(turn, user, heir)
    stuck: list[Any] = []
    changed = False
    for task in list(turn.open_tasks.values()):
        shares = _shares_of(turn, task, user, until)
        if shares and (task.step is None or not in_the_way):
            try:
                _move(turn, task, shares, user=user, heir=heir)
            except SeparationOfDuty:
                stuck.append(task)
            else:
                changed = True
        elif shares:
            stuck.append(task)
    if (stuck or in_the_way) and not is_last_resort:
        redetermine(turn, cause=f"{heir.full_name} takes over from {user.full_name}, and plays another role here")
        return
    for task in stuck:
        reason = f"{heir.full_name} may not take over from {user.full_name} here."
        withdraw_shares(turn, task, _shares_of(turn, task, user, until), reason=reason)
        recount(turn, task)
        changed = True
    if not in_the_way and _is_earlier(turn.stored_route, until):
        changed = _put_heir_in_route(turn, user, heir) or changed
    if changed:
        settle(turn)


def _steps_in_the_way(turn: Turn, user: Person, heir: Person) -> list[str]:
    played = [row.step for row in turn.roles if row.user_id == heir.id]
    decided = turn.picture.approved_steps
    return steps_in_the_way(turn.route or {}, user=user.username, heir=heir.username, played=played, decided=decided)


def _shares_of(turn: Turn, task: Any, user: Person, until: datetime | None) -> list[Any]:
    """Return the open shares that are the user's, or that others hold on his authority in an approval step."""
    return [
        each
        for each in turn.assignments
        if each.task_id == task.id
        and each.status == "open"
        and (each.user_id == user.id or (task.step is not None and each.principal_id == user.id))
        and _is_earlier(each, until)
    ]


def _is_earlier(row: Any, until: datetime | None) -> bool:
    return until is None or (row is not None and row.created_at <= until)


def _move(turn: Turn, task: Any, shares: Sequence[Any], *, user: Person, heir: Person) -> None:
    """Move the shares of one task; nothing is changed where separation of duty keeps somebody from it."""
    own = [each for each in shares if each.user_id == user.id]
    of_others = [each for each in shares if each.user_id != user.id]
    for each in of_others:
        check_duty(turn, task, each._replace(principal_id=heir.id), actor=turn.person(each.user_id))
    rows: list[dict[str, Any]] = []
    for principal_id in dict.fromkeys(each.principal_id for each in own):
        rows += move_shares(
            turn,
            task,
            [each for each in own if each.principal_id == principal_id],
            to=heir,
            cause="successor",
            why=f"You take over from {user.full_name}.",
            status="closed",
            reason=f"{heir.full_name} took over from {user.full_name}.",
            principal_id=heir.id if principal_id == user.id else principal_id,
        )
    turn.change_assignments({each.id for each in of_others}, principal_id=heir.id)
    moved = {each.slot for each in shares}
    slots = [put_heir(slot, user=user, heir=heir) if number in moved else slot for number, slot in enumerate(task.slots)]
    turn.change_task(task.id, slots=slots)
    turn.tell(
        "task_handed_over",
        f"{task.name}: {heir.full_name} takes over from {user.full_name}.",
        actor="system",
        element=task.element,
        facts={"task": task.id, "from": user.username, "to": heir.username},
    )
    mailing.announce_assignments(turn, facts_of(task), rows)
    recount(turn, next(each for each in turn.picture.tasks if each.id == task.id))


def _put_heir_in_route(turn: Turn, user: Person, heir: Person) -> bool:
    """Store the route with the heir in the slots that the user has not signed yet; return whether it names him there."""
    route = turn.route
    ahead = steps_to_sign(route or {}, user=user.username, decided=turn.picture.approved_steps)
    if route is None or not ahead:
        return False
    voted = {
        (task.step, each.slot)
        for task in turn.open_tasks.values()
        for each in turn.assignments
        if each.task_id == task.id and each.status in ("approved", "rejected") and each.principal_id == user.id
    }
    steps = {
        name: {
            **step,
            "slots": [
                put_heir(slot, user=user, heir=heir) if name in ahead and (name, number) not in voted else slot
                for number, slot in enumerate(step["slots"])
            ],
        }
        for name, step in route.items()
    }
    if steps == route:
        return False
    earlier = turn.stored_route
    turn.route = steps
    mark = None if earlier is None or earlier.changed_by_version is None or is_unchanged(turn) else earlier.changed_by_version
    replace_route(turn, steps, changed_by_version=mark, text=f"{heir.full_name} stands in the route instead of {user.full_name}.")
    return True


def _put(system: System, work: UnitOfWork, environment_id: int, kind: str, payload: dict[str, Any], *, key: str, now: datetime) -> None:
    journal.insert_outbox(work, [outbox_row(system.new_id(), environment_id, kind, payload, key=key, now=now)])


def _done(system: System, work: UnitOfWork, row: Any) -> None:
    """Mark the row as done, or roll everything back when another worker was faster."""
    if not journal.finish_outbox(work, row.id, now=system.clock()):
        raise DatabaseBusy(retry_after=1)
