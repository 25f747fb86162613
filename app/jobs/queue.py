"""The queue: a doorbell, never the truth. A job that is lost is handed out again when its lease ends."""

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.serializers import JSONSerializer

from app.operations.schedules.claim_due import DueWork

QUEUE_NAME = "countersign"
JOB_TIMEOUT_SECONDS = 120
RESULT_SECONDS = 60
FAILURE_SECONDS = 3600
SOCKET_TIMEOUT_SECONDS = 5

FUNCTIONS = {
    "timer": "app.jobs.functions.fire_timer",
    "start": "app.jobs.functions.fire_start",
    "outbox": "app.jobs.functions.deliver_outbox",
}


def connect(redis_url: str) -> Redis:
    """Return a connection that gives up soon when the server is away."""
    return Redis.from_url(redis_url, socket_connect_timeout=SOCKET_TIMEOUT_SECONDS)


def open_queue(connection: Redis) -> Queue:
    """Return the one queue of Countersign; jobs are JSON, so that whoever can write to the server cannot run code here."""
    return Queue(QUEUE_NAME, connection=connection, serializer=JSONSerializer)


def enqueue(queue: Queue, work: DueWork) -> None:
    """Enqueue one piece of due work under an id of its own, so that it stands in the queue once."""
    queue.enqueue_call(
        FUNCTIONS[work.kind],
        args=(work.id,),
        job_id=f"{work.kind}-{work.id}",
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
