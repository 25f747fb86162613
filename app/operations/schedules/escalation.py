"""A task that nobody has done in time goes to somebody else."""

from collections.abc import Iterable, Iterator
from typing import Any

from app.domain.deadlines import CalendarDuration
from app.domain.errors import EscalationExhausted, MandateNotInForce, SeparationOfDuty
from app.domain.people import ADMINISTRATOR, WORKFLOW_ADMINISTRATOR, Person
from app.domain.voting import parse_mode
from app.engine import Failure
from app.operations import mailing
from app.operations.schedules.clocks import begin_again, escalate_later, read_period, wait_of
from app.operations.settlement import ESCALATION_INCIDENT, raise_incident
from app.operations.tasks.acting import check_mandate
from app.operations.tasks.considered import find_alternatives
from app.operations.tasks.duty import check_duty, find_counted
from app.operations.tasks.pausing import shares_at_rest
from app.operations.tasks.recounting import recount
from app.operations.tasks.shares import add_share, facts_of, move_shares
from app.operations.tasks.tally import find_doubled, mode_of
from app.operations.turn import Turn
from app.operations.wording import join_names
from app.persistence import instances

CAUSE = "escalation"
Target = tuple[Person, str]
"""Who gets a share, and the id of the person on whose authority he acts."""


def escalate(turn: Turn, task: Any, row: Any) -> None:
    """Hand every open share of the task to the next who may act, and begin his time.

    1. The targets that `escalate_to` names are tried in order (user names, `manager`, `backup`, `role:NAME`, `matrix`: the next candidate
       whom the approval matrix considered), then the manager, then the administrators of the workflow. Whoever plays another step of the
       transaction, has a share of the slot, or did not act in time before, is passed over. Late shares that go to one person become one,
       but where the mode counts people each goes to another.
    2. Who had it may not act any more; with `escalate_mode` share he may still, and whoever acts first gives the one vote of both.
    3. Whoever waits for an answer is not late; the escalation comes again for him.
    4. Nobody left, or escalated as often as it may be: an incident asks an administrator.

    Source: ESC-02, ESC-03, ESC-04.
    """
    resting = shares_at_rest(turn, task)
    late = [each for each in _find_voters(turn, task) if each.id not in resting]
    left, step = read_period(row.period)
    if resting and (step is None or not late):
        escalate_later(turn, task, row)
    if not late:
        return
    wait = wait_of(turn, task)
    is_shared = wait is not None and wait.properties.get("escalate_mode") == "share"
    found = _find_targets(turn, task, late, is_shared=is_shared) if step is None or left > 0 else []
    if not found:
        _give_up(turn, task, late)
        return
    cause = _timeout(step)
    fresh: list[dict[str, Any]] = []
    for share, (person, principal_id) in found:
        why = f"{turn.person(share.user_id).full_name} did not act in time ({cause})."
        fresh += (
            _share(turn, task, share, person, principal_id=principal_id, why=why)
            if is_shared
            else move_shares(
                turn, task, [share], to=person, cause=CAUSE, why=why, status="escalated", reason=cause, principal_id=principal_id
            )
        )
    _tell(turn, task, [share for share, _ in found], fresh, cause=cause, is_shared=is_shared)
    if recount(turn, task) is None:
        begin_again(turn, task, row)


def _find_voters(turn: Turn, task: Any) -> list[Any]:
    """Return the open shares; of several that give one vote the first."""
    doubled = find_doubled(turn, task)
    return [each for each in turn.assignments if each.task_id == task.id and each.status == "open" and each.id not in doubled]


def _share(turn: Turn, task: Any, share: Any, person: Person, *, principal_id: str, why: str) -> list[dict[str, Any]]:
    row = add_share(turn, task, share.slot, person, cause=CAUSE, why=f"{why} {share.why}", principal_id=principal_id, previous_id=share.id)
    return [] if row is None else [row]


def _give_up(turn: Turn, task: Any, late: list[Any]) -> None:
    """Ask an administrator, once: nobody is left who could take the task over."""
    key = f"{ESCALATION_INCIDENT}{task.id}"
    if any(each.element_instance == key for each in instances.open_incidents(turn.work, turn.instance.id)):
        return
    names = join_names(list(dict.fromkeys(turn.person(each.user_id).full_name for each in late)))
    error = EscalationExhausted(task=task.name, late=names)
    raise_incident(turn, Failure(element_instance=key, element=task.element, error=error))


def _tell(turn: Turn, task: Any, late: list[Any], fresh: list[dict[str, Any]], *, cause: str, is_shared: bool) -> None:
    before = join_names(list(dict.fromkeys(turn.person(each.user_id).full_name for each in late)))
    after = join_names(list(dict.fromkeys(turn.person(row["user_id"]).full_name for row in fresh)))
    turn.tell(
        "task_escalated",
        f"{task.name} escalated from {before} to {after}: nobody acted in time.",
        actor="system",
        element=task.element,
        facts={
            "task": task.id,
            "from": [turn.person(each.user_id).username for each in late],
            "to": [turn.person(row["user_id"]).username for row in fresh],
            "cause": cause,
            "shared": is_shared,
        },
    )
    for row in fresh:
        key = f"escalation:{row['id']}"
        mailing.write_mail(turn, template="escalation", user_id=row["user_id"], task=facts_of(task), why=row["why"], key=key)


def _find_targets(turn: Turn, task: Any, late: list[Any], *, is_shared: bool) -> list[tuple[Any, Target]]:
    found: list[tuple[Any, Target]] = []
    for share in late:
        is_counted = parse_mode(mode_of(task, share.slot)).kind == "count"
        given = {person.id for each, (person, _) in found if is_counted and each.slot == share.slot}
        target = _find_target(turn, task, share, given=given, is_shared=is_shared)
        if target is not None:
            found.append((share, target))
    return found


def _find_target(turn: Turn, task: Any, share: Any, *, given: set[str], is_shared: bool) -> Target | None:
    """Return who gets a share; where it stays, whoever counts by it already would not be one more."""
    tried = {
        each.user_id for each in turn.assignments if each.task_id == task.id and each.slot == share.slot and each.status == "escalated"
    }
    taken = given | tried | find_counted(turn, task, {share.slot}, beside=() if is_shared else {share.id}) | {share.user_id}
    for person, principal_id in _targets(turn, task, share):
        if not person.may_stand_in or person.id in taken:
            continue
        wanted = share._replace(principal_id=principal_id)
        try:
            check_duty(turn, task, wanted, actor=person)
            if principal_id == person.id:
                check_mandate(turn, task, wanted)
        except (SeparationOfDuty, MandateNotInForce):
            continue
        return person, principal_id
    return None


def _targets(turn: Turn, task: Any, share: Any) -> Iterator[Target]:
    """Give who may be asked, in order. In an approval step all but those of the matrix act on the authority of who was late."""
    late = turn.person(share.user_id)
    for name in (*_names(turn, task), "manager", f"role:{WORKFLOW_ADMINISTRATOR}", f"role:{ADMINISTRATOR}"):
        if name == "matrix":
            yield from ((person, person.id) for person in find_alternatives(turn, task, share))
        else:
            yield from ((person, share.principal_id if task.step else person.id) for person in _people(turn, late, name))


def _names(turn: Turn, task: Any) -> list[str]:
    if not task.escalate_to:
        return []
    value = turn.execution.evaluate(task.escalate_to, task.element_instance)
    values: Iterable[Any] = value if isinstance(value, list) else [value]
    return [each for each in values if isinstance(each, str)] or [task.escalate_to.strip()]


def _people(turn: Turn, late: Person, name: str) -> Iterable[Person]:
    """Return whom a target names, if he acts; whoever has left stands for his successor. Source: USR-39."""
    if name.startswith("role:"):
        return turn.directory.with_role(name.removeprefix("role:"))
    if name in ("manager", "backup"):
        user_id = late.manager_id if name == "manager" else late.backup_id
        person = turn.person(user_id) if user_id else None
    else:
        person = turn.directory.find(name)
    acting = turn.directory.acting_for(person) if person is not None else None
    return [acting] if acting is not None and acting.acts else []


def _timeout(step: CalendarDuration | None) -> str:
    """Return the cause in few words: timeout 48h."""
    if step is None:
        return "overdue"
    minutes = int(step.exact.total_seconds()) // 60
    parts = ((step.months, "mo"), (step.days, "d"), (minutes // 60, "h"), (minutes % 60, "min"))
    return "timeout " + (" ".join(f"{number}{unit}" for number, unit in parts if number) or f"{step.exact.total_seconds():g}s")
