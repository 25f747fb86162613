"""Put a task on hold: its clocks stand still."""

from datetime import datetime, timedelta
from typing import Any

from app.domain.errors import Conflict, InvalidRequest
from app.domain.teamwork_errors import TaskOnHold
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.schedules.clocks import clock_row
from app.operations.system import System
from app.operations.tasks.decision import check_length
from app.operations.tasks.pausing import QUESTION, RELEASE, hold_of
from app.operations.tasks.steering import steer_task
from app.operations.turn import Turn
from app.operations.wording import clock_time
from app.persistence import instances

HOLD_MAX = timedelta(days=366)


def hold_task(
    system: System,
    caller: Caller,
    task_id: str,
    *,
    until: datetime | None = None,
    reason: str | None = None,
    revision: int | None = None,
    request: RequestKey | None = None,
) -> Answer:
    """Put an open task on hold, at most until an instant: nobody is reminded and nothing escalates until it is released.

    It can be decided all the same, which ends the hold. One hold is for everybody who has a share of the task.

    Raises:
        InvalidRequest: `until` has passed or is more than a year ahead; the reason is too long.
        TaskOnHold: it is on hold already.
        Conflict: it is an incident or a question.
        TaskAlreadyDecided, NotARolePlayer, NotFound, SeparationOfDuty, StaleRevision.
    Source: ESC-07.
    """
    check_length(reason, field="reason")
    _check_until(until, now=system.clock())

    def apply(turn: Turn, task: Any) -> None:
        if task.kind in ("incident", QUESTION):
            raise Conflict(f"A task of kind {task.kind} cannot be put on hold: nothing reminds of it or escalates.", what=f"task {task_id}")
        if task.hold is not None:
            held_at, zone = datetime.fromisoformat(task.hold["at"]), turn.environment.zone
            raise TaskOnHold(task=task_id, at=clock_time(held_at, zone, now=turn.now), who=turn.person(task.hold["by"]).full_name)
        turn.change_task(task.id, hold=hold_of(turn, until=until, reason=reason))
        if until is not None:
            number = 1 + instances.count_timers(turn.work, task_id=task.id, kind=RELEASE)
            row = clock_row(turn, task_id=task.id, element=task.element, kind=RELEASE, due_at=until, number=number)
            instances.insert_timers(turn.work, [row])
            turn.timers.append(instances.timer_of(row))
        _tell(turn, caller, task, until=until, reason=reason)

    return steer_task(system, caller, task_id, verb="hold", revision=revision, request=request, apply=apply)


def _check_until(until: datetime | None, *, now: datetime) -> None:
    if until is not None and not now < until <= now + HOLD_MAX:
        raise InvalidRequest(
            "A hold ends in the future, within a year.",
            errors={"until": [f"Expected an instant after now and at most {HOLD_MAX.days} days ahead."]},
        )


def _tell(turn: Turn, caller: Caller, task: Any, *, until: datetime | None, reason: str | None) -> None:
    until_text = f" until {clock_time(until, turn.environment.zone, now=turn.now)}" if until else ""
    turn.tell(
        "task_held",
        f"{caller.full_name} put {task.name} on hold{until_text}" + (f": {reason}" if reason else "."),
        element=task.element,
        facts={"task": task.id, "until": None if until is None else until.isoformat(), "reason": reason},
    )
