"""A timer fires."""

from datetime import timedelta
from typing import Any

from app.domain.errors import CountersignError, TimerFailed, Unavailable
from app.engine import Failure
from app.operations.reresolving import recheck_route
from app.operations.schedules.clocks import ESCALATION
from app.operations.schedules.escalation import escalate
from app.operations.schedules.reminding import remind
from app.operations.settlement import TIMER_INCIDENT, end_timers, raise_incident, settle
from app.operations.system import System
from app.operations.tasks.pausing import RELEASE, end_hold
from app.operations.turn import Turn, turn_of_timer
from app.persistence import instances, leaving
from app.persistence.routes import ROUTE_TIMER

ATTEMPTS_MAX = 5
BACK_OFF = timedelta(seconds=30)
SUSPENDED_RETRY = timedelta(minutes=5)
HANDING_OVER_RETRY = timedelta(seconds=10)
_ENDED = frozenset({"completed", "cancelled"})


def fire_timer(system: System, timer_id: str) -> bool:
    """Fire a due timer in a turn and return whether it fired; quietly nothing when it was fired or cancelled before.

    A failure changes nothing but the timer itself: it is pushed forward with back-off, and becomes an incident after 5 attempts. A database
    that is busy is no failure of the timer: it is handed out again when its lease ends.
    Source: ESC-01, ESC-02, ESC-08.
    """
    try:
        return _fire(system, timer_id)
    except Unavailable:
        raise
    except Exception as error:  # whatever goes wrong, the timer must not be lost
        _push_forward(system, timer_id, error)
        raise


def _fire(system: System, timer_id: str) -> bool:
    with turn_of_timer(system, timer_id) as turn:
        if turn is None:
            return False
        row = next((each for each in turn.timers if each.id == timer_id), None)
        if row is None or row.due_at > turn.now:
            return False
        if turn.instance.status == "suspended":
            instances.postpone_timer(turn.work, row.id, due_at=turn.now + SUSPENDED_RETRY, attempts=row.attempts, status="waiting")
            turn.work.commit()
            return False
        if row.kind == ROUTE_TIMER and leaving.is_handed_over(turn.work, turn.environment.id, turn.instance.id, now=turn.now):
            instances.postpone_timer(turn.work, row.id, due_at=turn.now + HANDING_OVER_RETRY, attempts=row.attempts, status="waiting")
            turn.work.commit()
            return False
        end_timers(turn, [row], status="fired")
        is_over = turn.instance.status in _ENDED and row.task_id is None  # a task of people alone may outlive its instance
        if not is_over and not (row.kind == ROUTE_TIMER and recheck_route(turn)):
            _apply(turn, row)
            settle(turn)
        turn.work.commit()
        return True


def _apply(turn: Turn, row: Any) -> None:
    if row.kind == "bpmn":
        turn.tell("timer_fired", f"The timer {_name(turn, row.element)} fired.", actor="system", element=row.element)
        turn.execution.fire_timers()
        return
    if row.kind == ROUTE_TIMER:
        return
    task = next((each for each in turn.open_tasks.values() if each.id == row.task_id), None)
    if task is None:
        return
    if task.paused_at is not None and row.kind != RELEASE:  # it had failed, and was retried while the others stand still
        instances.update_timer(turn.work, row.id, status=instances.PAUSED, fired_at=None)
    elif row.kind == RELEASE:
        end_hold(turn, task, text=f"{task.name} is not on hold any more: its time is over.")
    elif row.kind == ESCALATION:
        escalate(turn, task, row)
    else:
        remind(turn, task, row)


def _push_forward(system: System, timer_id: str, error: Exception) -> None:
    with turn_of_timer(system, timer_id) as turn:
        row = None if turn is None else next((each for each in turn.timers if each.id == timer_id), None)
        if turn is None or row is None:
            return
        attempts = row.attempts + 1
        given_up = attempts >= ATTEMPTS_MAX
        instances.postpone_timer(
            turn.work, row.id, due_at=turn.now + BACK_OFF * 2**attempts, attempts=attempts, status="failed" if given_up else "waiting"
        )
        if given_up:
            reason = error.detail if isinstance(error, CountersignError) else type(error).__name__
            failed = TimerFailed(element=row.element, attempts=attempts, reason=reason)
            raise_incident(turn, Failure(element_instance=f"{TIMER_INCIDENT}{row.id}", element=row.element, error=failed))
            settle(turn)
        turn.work.commit()


def _name(turn: Turn, element: str) -> str:
    found = turn.definition.elements.get(element)
    return found.name if found and found.name else element
