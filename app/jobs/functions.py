"""What a worker runs: a few lines each, taking ids, safe to run twice."""

from contextvars import ContextVar

from app.operations.schedules import deliver_outbox as delivering
from app.operations.schedules import fire_start as starting
from app.operations.schedules import fire_timer as firing
from app.operations.system import System

current_system: ContextVar[System] = ContextVar("current_system")
"""The system of the worker that runs the job; jobs carry ids only."""


def fire_timer(timer_id: str) -> bool:
    """Fire a due timer."""
    return firing.fire_timer(current_system.get(), timer_id)


def fire_start(start_id: str) -> bool:
    """Start the instance that a timer start event is due for."""
    return starting.fire_start(current_system.get(), start_id)


def deliver_outbox(outbox_id: str) -> bool:
    """Send a mail, pass an event on, or take the next part of a batch."""
    return delivering.deliver_outbox(current_system.get(), outbox_id)
