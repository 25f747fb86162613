"""Change the due date or the priority of a task."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from app.domain.errors import InvalidRequest, NotPermitted
from app.domain.people import ADMINISTRATOR, WORKFLOW_ADMINISTRATOR
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.schedules.clocks import holds_back_escalation, move_due
from app.operations.system import System
from app.operations.tasks.decision import check_length
from app.operations.tasks.steering import steer_task
from app.operations.turn import Turn
from app.operations.wording import clock_time, instant

DUE_MAX = timedelta(days=3660)
PRIORITY_MAX = 100


def change_task(
    system: System,
    caller: Caller,
    task_id: str,
    *,
    changes: Mapping[str, Any],
    reason: str | None = None,
    revision: int | None = None,
    request: RequestKey | None = None,
) -> Answer:
    """Change the due date or the priority of an open task; its timers move with the due date, and nobody's share becomes another revision.

    Whoever has the task may make it more urgent or name another priority; only an administrator of the workflow gives it more time, since
    a hold, which everybody sees, is how somebody else stops the clock.

    Args:
        system: what it runs on.
        caller: who asks.
        task_id: the task.
        changes: `due_at`, an instant, and `priority`, 0 to 100 with 50 for normal; what is left out stays.
        reason: why, for the timeline.
        revision: of the caller's own share, or of the instance for an administrator without one.
        request: the request's key.

    Raises:
        InvalidRequest: nothing to change, a due date that has passed or is too far away, a priority out of range.
        NotPermitted: more time, until it is due or escalates, and the caller is no administrator of the workflow.
        TaskAlreadyDecided, NotARolePlayer, NotFound, SeparationOfDuty, StaleRevision.
    """
    check_length(reason, field="reason")
    check_changes(changes, now=system.clock())

    def apply(turn: Turn, task: Any) -> None:
        due_at = changes.get("due_at", task.due_at)
        is_later = due_at is not None and task.due_at is not None and due_at > task.due_at
        is_later = is_later or (due_at is not None and holds_back_escalation(turn, task, due_at))
        if is_later and not caller.has_role(WORKFLOW_ADMINISTRATOR, ADMINISTRATOR):
            words = "Only an administrator of the workflow gives a task more time. Put it on hold, with a reason, to stop its clock."
            raise NotPermitted(words, verb="postpone the task")
        told = _tell_changes(turn, task, changes)
        if not told:
            return
        if due_at != task.due_at:
            move_due(turn, task, due_at)
        if "priority" in changes:
            turn.change_task(task.id, priority=changes["priority"])
        text = f"{caller.full_name} changed {task.name}: {', '.join(told)}" + (f": {reason}" if reason else ".")
        facts = {name: instant(value) if isinstance(value, datetime) else value for name, value in changes.items()}
        turn.tell("task_changed", text, element=task.element, facts={"task": task.id, "reason": reason, **facts})

    return steer_task(system, caller, task_id, verb="change", revision=revision, request=request, apply=apply)


def check_changes(changes: Mapping[str, Any], *, now: datetime) -> None:
    """Raise InvalidRequest, with every fault, unless a task could have this due date and this priority."""
    errors: dict[str, list[str]] = {}
    due_at = changes.get("due_at")
    if not changes:
        errors["due_at"] = ["Give a due date or a priority."]
    if "due_at" in changes and (due_at is None or not now < due_at <= now + DUE_MAX):
        errors["due_at"] = [f"Expected an instant after now and at most {DUE_MAX.days} days ahead."]
    if not 0 <= changes.get("priority", 0) <= PRIORITY_MAX:
        errors["priority"] = [f"Expected a number from 0 to {PRIORITY_MAX}; 50 is normal."]
    if errors:
        raise InvalidRequest("The task cannot be changed like this.", errors=errors)


def _tell_changes(turn: Turn, task: Any, changes: Mapping[str, Any]) -> list[str]:
    """Return in words what becomes different."""
    told = []
    if changes.get("due_at", task.due_at) != task.due_at:
        told.append(f"due {clock_time(changes['due_at'], turn.environment.zone, now=turn.now)}")
    if changes.get("priority", task.priority) != task.priority:
        told.append(f"priority {changes['priority']}")
    return told
