"""Whoever has a task hears that it still waits, that it is due soon, or that it is overdue."""

from collections.abc import Mapping
from typing import Any

from app.operations import mailing
from app.operations.schedules.clocks import DUE_SOON, OVERDUE, REMINDER, repeat_clock
from app.operations.tasks.claiming import find_unattended
from app.operations.tasks.pausing import shares_at_rest
from app.operations.tasks.shares import facts_of
from app.operations.turn import Turn
from app.persistence import tasks

_TOLD: Mapping[str, str] = {
    REMINDER: "Reminder to {name}: {task}.",
    DUE_SOON: "Reminder to {name}: {task} is due soon.",
    OVERDUE: "Reminder to {name}: {task} is overdue.",
}


def remind(turn: Turn, task: Any, row: Any) -> None:
    """Remind everybody concerned, one mail a person, and set the next reminder where there is one.

    That a task was not picked up concerns those who have not claimed it; its due date everybody whose share is open.
    Source: ESC-01, ESC-08.
    """
    late = find_unattended(turn, task) if row.kind == REMINDER else _find_open(turn, task)
    for each in late:  # their revision stays, since nothing they decide on has changed
        tasks.update_assignment(turn.work, each.id, {"reminded_at": turn.now})
    facts = facts_of(task)
    for user_id in dict.fromkeys(each.user_id for each in late):
        why = next(each.why for each in late if each.user_id == user_id)
        mailing.write_mail(turn, template=row.kind, user_id=user_id, task=facts, why=why, key=f"reminder:{row.id}:{user_id}")
        text = _TOLD[row.kind].format(name=turn.person(user_id).full_name, task=task.name)
        turn.tell("task_reminded", text, actor="system", element=task.element, facts={"task": task.id})
    repeat_clock(turn, task, row)


def _find_open(turn: Turn, task: Any) -> list[Any]:
    """Return the open shares of those who do not wait for an answer themselves."""
    resting = shares_at_rest(turn, task)
    return [each for each in turn.assignments if each.task_id == task.id and each.status == "open" and each.id not in resting]
