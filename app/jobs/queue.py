"""The queues: a doorbell, never the truth. A job that is lost is handed out again when its lease ends."""

from collections.abc import Sequence
from itertools import groupby

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.queue import EnqueueData
from rq.serializers import JSONSerializer

from app.operations.schedules.claim_due import DueWork

QUEUE_NAME = "countersign"
MAIL_QUEUE_NAME = "countersign-mail"
JOB_TIMEOUT_SECONDS = 120
RESULT_SECONDS = 60
FAILURE_SECONDS = 3600
SOCKET_TIMEOUT_SECONDS = 5
IDS_MAX = 50  # of one job: a job costs the queue more than a timer costs the database

FUNCTIONS = {
    "timer": "app.jobs.functions.fire_timers",
    "start": "app.jobs.functions.fire_starts",
    "outbox": "app.jobs.functions.deliver_rows",
    "mail": "app.jobs.functions.send_mails",
    "digest": "app.jobs.functions.write_digests",
}


def connect(redis_url: str) -> Redis:
    """Return a connection that gives up soon when the server is away."""
    return Redis.from_url(redis_url, socket_connect_timeout=SOCKET_TIMEOUT_SECONDS)


def open_queue(connection: Redis) -> Queue:
    """Return the queue of what must not wait; jobs are JSON, so that whoever can write to the server cannot run code here."""
    return Queue(QUEUE_NAME, connection=connection, serializer=JSONSerializer)


def open_mail_queue(connection: Redis) -> Queue:
    """Return the queue of mails alone: a worker takes from it when there is nothing else, so that no timer waits behind ten thousand."""
    return Queue(MAIL_QUEUE_NAME, connection=connection, serializer=JSONSerializer)


def enqueue(queue: Queue, due: Sequence[DueWork]) -> None:
    """Enqueue due work, up to IDS_MAX of a kind in one job, which is named after the first."""
    jobs = []
    for kind, works in groupby(due, key=lambda each: each.kind):
        ids = [each.id for each in works]
        jobs += [_job(kind, ids[first : first + IDS_MAX]) for first in range(0, len(ids), IDS_MAX)]
    queue.enqueue_many(jobs)


def _job(kind: str, ids: Sequence[str]) -> EnqueueData:
    return Queue.prepare_data(
        FUNCTIONS[kind],
        args=[list(ids)],
        job_id=f"{kind}-{ids[0]}",
        timeout=JOB_TIMEOUT_SECONDS,
        result_ttl=RESULT_SECONDS,
        failure_ttl=FAILURE_SECONDS,
    )


def is_up(redis_url: str | None) -> bool:
    """Return whether the server of the queue answers."""
    if redis_url is None:
        return False
    try:
        return bool(connect(redis_url).ping())
    except RedisError:
        return False
