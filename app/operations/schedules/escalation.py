"""A task that nobody has done in time goes to somebody else."""

from collections.abc import Iterable, Iterator
from typing import Any

from app.domain.errors import SeparationOfDuty
from app.domain.people import ADMINISTRATOR, WORKFLOW_ADMINISTRATOR, Person
from app.domain.voting import parse_mode
from app.operations import mailing
from app.operations.tasks.duty import check_duty, find_counted
from app.operations.tasks.pausing import shares_waiting
from app.operations.tasks.shares import facts_of, move_shares, recount
from app.operations.turn import Turn
from app.operations.wording import join_names


def escalate(turn: Turn, task: Any) -> None:
    """Move every open share of the task to the next who may act; who had it may not act any more.

    The targets that `escalate_to` names are tried in order (user names, `manager`, `backup`, `role:NAME`), then the manager, then the
    administrators of the workflow; whoever plays another step of the transaction, or has a share of the slot, is passed over. Late shares
    that go to one person become one, but where the mode counts people each goes to another.
    Source: ESC-02, ESC-03, ESC-04.
    """
    asking = shares_waiting(turn, task)  # who waits for an answer is not late
    late = [each for each in turn.assignments if each.task_id == task.id and each.status == "open" and each.id not in asking]
    is_counted = parse_mode(task.mode).kind == "count"
    rows: list[tuple[Any, Person]] = []
    for assignment in late:
        given = {target.id for each, target in rows if is_counted and each.slot == assignment.slot}
        target = _find_target(turn, task, assignment, given=given)
        if target is not None:
            rows.append((assignment, target))
    if not rows:
        turn.tell(
            "escalation_failed", f"Nobody could take over {task.name}.", actor="system", element=task.element, facts={"task": task.id}
        )
        return
    fresh: list[dict[str, Any]] = []
    for assignment, target in rows:
        fresh += move_shares(
            turn,
            task,
            [assignment],
            to=target,
            cause="escalation",
            why=f"{turn.person(assignment.user_id).full_name} did not act in time.",
            status="escalated",
            principal_id=None if task.step else target.id,
        )
    _tell(turn, task, [assignment for assignment, _ in rows], fresh, facts_of(task))
    recount(turn, task)


def _tell(turn: Turn, task: Any, late: list[Any], fresh: list[dict[str, Any]], facts: dict[str, Any]) -> None:
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
        },
    )
    for row in fresh:
        mailing.write_mail(turn, template="escalation", user_id=row["user_id"], task=facts, why=row["why"], key=f"escalation:{row['id']}")


def _find_target(turn: Turn, task: Any, assignment: Any, *, given: set[str]) -> Person | None:
    taken = given | find_counted(turn, task, {assignment.slot}, beside={assignment.id}) | {assignment.user_id}
    for person in _targets(turn, task, assignment):
        if not person.active or person.kind != "full" or person.id in taken:
            continue
        try:
            check_duty(turn, task, assignment, actor=person)
        except SeparationOfDuty:
            continue
        return person
    return None


def _targets(turn: Turn, task: Any, assignment: Any) -> Iterator[Person]:
    late = turn.person(assignment.user_id)
    for name in _names(turn, task):
        yield from _people(turn, late, name)
    yield from _people(turn, late, "manager")
    yield from _people(turn, late, f"role:{WORKFLOW_ADMINISTRATOR}")
    yield from _people(turn, late, f"role:{ADMINISTRATOR}")


def _names(turn: Turn, task: Any) -> list[str]:
    if not task.escalate_to:
        return []
    value = turn.execution.evaluate(task.escalate_to, task.element_instance)
    values: Iterable[Any] = value if isinstance(value, list) else [value]
    return [each for each in values if isinstance(each, str)] or [task.escalate_to.strip()]


def _people(turn: Turn, late: Person, name: str) -> Iterable[Person]:
    if name == "manager":
        return [turn.person(late.manager_id)] if late.manager_id else []
    if name == "backup":
        return [turn.person(late.backup_id)] if late.backup_id else []
    if name.startswith("role:"):
        return turn.directory.with_role(name.removeprefix("role:"))
    person = turn.directory.find(name)
    return [person] if person else []
