"""The worker: runs jobs of the one queue for one system."""

from rq import SimpleWorker
from rq.serializers import JSONSerializer

from app.jobs.functions import current_system
from app.jobs.queue import connect, open_queue
from app.operations.system import System

WORKER_TTL_SECONDS = 60
MAINTENANCE_SECONDS = 30


def run_worker(system: System, redis_url: str) -> None:
    """Run jobs until the process is told to stop; the job at hand is finished first.

    One process, no fork a job: jobs are short and idempotent, the database holds the truth, and a fork costs more than a job.
    """
    current_system.set(system)
    connection = connect(redis_url)
    worker = SimpleWorker(
        [open_queue(connection)],
        connection=connection,
        serializer=JSONSerializer,
        default_worker_ttl=WORKER_TTL_SECONDS,
        maintenance_interval=MAINTENANCE_SECONDS,
    )
    worker.work(with_scheduler=False, logging_level="WARNING")
