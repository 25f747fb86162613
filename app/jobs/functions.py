"""What a worker runs: a few lines each, taking ids, safe to run twice."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar

import structlog

from app.domain.errors import Unavailable
from app.operations.schedules.deliver_outbox import deliver_outbox
from app.operations.schedules.fire_start import fire_start
from app.operations.schedules.fire_timer import fire_timer
from app.operations.schedules.write_digest import write_digest
from app.operations.system import System

SECONDS_MAX = 20.0  # well within a lease, so that nobody else begins with what this job has still before it
MAIL_SECONDS_MAX = 5.0  # a timer may be waiting
THREADS = 4

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
    """Pass events on, take the next parts of batches; return how many rows are done."""
    return _run_each(deliver_outbox, ids)


def send_mails(ids: Sequence[str]) -> int:
    """Hand mails to the mail server and return how many it took; a slow one keeps the worker from nothing else for long."""
    return _run_each(deliver_outbox, ids, seconds_max=MAIL_SECONDS_MAX)


def write_digests(ids: Sequence[str]) -> int:
    """Write the one mail of the day to those who want it, and return how many were written."""
    return _run_each(write_digest, ids)


def _run_each(operation: Callable[[System, str], bool], ids: Sequence[str], *, seconds_max: float | None = None) -> int:
    """Run the operation for each id, some at once, since most of their time is spent waiting for the disk; return how many did something.

    One that fails is logged and takes none of the others with it; what is not reached in time, SECONDS_MAX unless given, comes back when its lease ends.
    """
    system, stop_at = current_system.get(), time.monotonic() + (SECONDS_MAX if seconds_max is None else seconds_max)

    def run(each: str) -> bool:
        if time.monotonic() > stop_at:
            return False
        try:
            return operation(system, each)
        except Unavailable:
            raise
        except Exception:
            log.exception("due_work_failed", operation=operation.__name__, id=each)
            return False

    with ThreadPoolExecutor(min(THREADS, len(ids))) as pool:
        return sum(pool.map(run, ids))
