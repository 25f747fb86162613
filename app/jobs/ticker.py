"""The ticker: claims what is due in the database and rings the worker's bell. Any number may run."""

import threading

import structlog
from redis.exceptions import RedisError
from rq.registry import StartedJobRegistry

from app.domain.errors import Unavailable
from app.jobs.queue import connect, enqueue, open_mail_queue, open_queue
from app.operations.schedules.claim_due import claim_due
from app.operations.schedules.forget_old_keys import forget_old_keys
from app.operations.schedules.forget_old_messages import forget_old_messages
from app.operations.system import System

TICK_SECONDS = 1.0
PAUSE_SECONDS = 5.0
FULL_SECONDS = 0.1
JOBS_WAITING_MAX = 20
MAIL_JOBS_WAITING_MAX = 10  # a slow mail server takes one after the other, within their leases
TICKS_PER_CLEANUP = 15
TICKS_PER_SWEEP = 600

log = structlog.get_logger()


def run_ticker(system: System, redis_url: str, stop: threading.Event) -> None:
    """Hand out due work until `stop` is set; a database or queue that is away is waited for.

    While the workers have enough to do nothing is claimed: what is leased is soon begun, and no lease ends in the queue. Mails have a queue of
    their own, which nothing else waits for.
    """
    queue, mails = open_queue(connect(redis_url)), open_mail_queue(connect(redis_url))
    ticks = 0
    while not stop.is_set():
        try:
            if queue.count >= JOBS_WAITING_MAX:
                stop.wait(FULL_SECONDS)
                continue
            claimed = claim_due(system, with_mails=mails.count < MAIL_JOBS_WAITING_MAX)
            if claimed:
                enqueue(queue, [each for each in claimed if each.kind != "mail"])
                enqueue(mails, [each for each in claimed if each.kind == "mail"])
                log.info("work_handed_out", count=len(claimed))
            if ticks % TICKS_PER_CLEANUP == 0:
                for each in (queue, mails):
                    StartedJobRegistry(queue=each).cleanup()
            if ticks % TICKS_PER_SWEEP == 0:
                forget_old_keys(system)
                forget_old_messages(system)
            ticks += 1
            stop.wait(0 if claimed else TICK_SECONDS)
        except (RedisError, Unavailable) as error:
            log.warning("ticker_waits", reason=type(error).__name__)
            stop.wait(PAUSE_SECONDS)
