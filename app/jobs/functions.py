"""What a worker runs: a few lines each, taking ids, safe to run twice."""

import time
from collections.abc import Callable, Sequence
from contextvars import ContextVar

import structlog
from rq.timeouts import BaseTimeoutException

from app.domain.errors import Unavailable
from app.operations.schedules.deliver_outbox import deliver_outbox
from app.operations.schedules.fire_start import fire_start
from app.operations.schedules.fire_timer import fire_timer
from app.operations.system import System

SECONDS_MAX = 20.0  # well within a lease, so that nobody else begins with what this job has still before it

current_system: ContextVar[System] = ContextVar("current_system")
"""The system of the worker that runs the job; jobs carry ids only."""

log = structlog.get_logger()


def fire_timers(ids: Sequence[str]) -> int:
    """Fire due timers and return how many fired."""
    return _run_each(fire_timer, ids)


def fire_starts(ids: Sequence[str]) -> int:
    """Start the instances that timer start events are due for and return how many started."""
    return _run_each(fire_start, ids)


def deliver_rows(ids: Sequence[str]) -> int:
    """Send mails, pass events on, take the next parts of batches; return how many rows are done."""
    return _run_each(deliver_outbox, ids)


def _run_each(operation: Callable[[System, str], bool], ids: Sequence[str]) -> int:
    """Run the operation for each id and return how many did something.

    One that fails is logged and takes none of the others with it; what is not reached in SECONDS_MAX comes back when its lease ends.
    """
    system, stop_at, done = current_system.get(), time.monotonic() + SECONDS_MAX, 0
    for each in ids:
        if time.monotonic() > stop_at:
            break
        try:
            done += operation(system, each)
        except (BaseTimeoutException, Unavailable):
            raise
        except Exception:
            log.exception("due_work_failed", operation=operation.__name__, id=each)
    return done
