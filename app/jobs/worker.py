"""The worker: runs jobs of the queues for one system."""

import contextlib
import os
import signal
import time
from types import FrameType

import structlog
from redis.client import Pipeline
from redis.exceptions import RedisError
from rq import SimpleWorker
from rq.exceptions import StopRequested
from rq.serializers import JSONSerializer
from rq.worker import WorkerStatus

from app.jobs.functions import current_system
from app.jobs.queue import connect, open_mail_queue, open_queue
from app.operations.system import System

WORKER_TTL_SECONDS = 60
MAINTENANCE_SECONDS = 30
PAUSE_SECONDS = 2.0
NICENESS = 5

log = structlog.get_logger()


def run_worker(system: System, redis_url: str) -> None:
    """Run jobs until the process is told to stop; the job at hand is finished first. A server that is away is waited for.

    One process, no fork a job: jobs are short and idempotent, the database holds the truth, and a fork costs more than a job. Whoever
    waits for a page goes first: the worker steps back where the processors are busy.
    """
    current_system.set(system)
    os.nice(NICENESS)
    with contextlib.suppress(StopRequested):  # told to stop while it waited, or while it said goodbye to a server that is away
        while _work_once(_new_worker(redis_url)):
            time.sleep(PAUSE_SECONDS)


class StoppableWorker(SimpleWorker):
    """A worker that stops when it is told to, whether the server is there or not: RQ 3.0 asks the server first (tests/jobs/test_worker.py)."""

    is_told = False

    def request_stop(self, signum: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the signature of a signal handler
        """Stop at once, or after the job at hand; a second signal does not wait for it."""
        self.is_told = True
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.request_force_stop)
        self._stop_requested = True
        if self.get_state() != WorkerStatus.BUSY:
            raise StopRequested

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """Say that the worker is there, unless it was told to stop: what a signal raises is lost where it comes while a log line is written."""
        if self.is_told and self.get_state() != WorkerStatus.BUSY:
            raise StopRequested
        super().heartbeat(timeout, pipeline)


def _work_once(worker: StoppableWorker) -> bool:
    """Run jobs and return whether to try again: the server went away, and nobody told the worker to stop."""
    try:
        worker.work(with_scheduler=False, logging_level="WARNING")
    except RedisError as error:
        log.warning("worker_waits", reason=type(error).__name__)
        return not worker.is_told
    return False


def _new_worker(redis_url: str) -> StoppableWorker:
    connection = connect(redis_url)
    return StoppableWorker(
        [open_queue(connection), open_mail_queue(connection)],  # in this order: mails when there is nothing else
        connection=connection,
        serializer=JSONSerializer,
        worker_ttl=WORKER_TTL_SECONDS,
        maintenance_interval=MAINTENANCE_SECONDS,
    )
