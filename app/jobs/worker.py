"""The worker: runs jobs of the one queue for one system."""

import os
import time

import structlog
from redis.exceptions import RedisError
from rq import SimpleWorker
from rq.serializers import JSONSerializer

from app.jobs.functions import current_system
from app.jobs.queue import connect, open_queue
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
    while True:
        try:
            _new_worker(redis_url).work(with_scheduler=False, logging_level="WARNING")
        except RedisError as error:
            log.warning("worker_waits", reason=type(error).__name__)
            time.sleep(PAUSE_SECONDS)
        else:
            return


def _new_worker(redis_url: str) -> SimpleWorker:
    connection = connect(redis_url)
    return SimpleWorker(
        [open_queue(connection)],
        connection=connection,
        serializer=JSONSerializer,
        worker_ttl=WORKER_TTL_SECONDS,
        maintenance_interval=MAINTENANCE_SECONDS,
    )
