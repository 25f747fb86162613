"""What a worker runs: a few lines each, taking ids, safe to run twice."""

from contextvars import ContextVar

from app.operations.schedules import deliver_mail as delivering
from app.operations.schedules import fire_timer as firing
from app.operations.system import System

current_system: ContextVar[System] = ContextVar("current_system")
"""The system of the worker that runs the job; jobs carry ids only."""


def fire_timer(timer_id: str) -> bool:
    """Fire a due timer."""
    return firing.fire_timer(current_system.get(), timer_id)


def deliver_mail(outbox_id: str) -> bool:
    """Send the mail of an outbox row."""
    return delivering.deliver_mail(current_system.get(), outbox_id)
