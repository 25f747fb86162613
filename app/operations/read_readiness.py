"""Whether the system can do its work now."""

from app.domain.errors import DatabaseBusy, Unavailable
from app.operations.answer import Answer
from app.operations.system import System
from app.persistence import people

RETRY_AFTER_SECONDS = 5


def read_readiness(system: System) -> Answer:
    """Return ready, or degraded when the queue is down: it is a doorbell, approvals go on.

    Raises:
        Unavailable: the database does not answer.
    """
    try:
        with system.database.read() as reading:
            people.list_environments(reading)
    except (DatabaseBusy, people.DatabaseError) as error:
        raise Unavailable(retry_after=RETRY_AFTER_SECONDS, checks={"database": "unreachable"}) from error
    queue_is_up = system.queue_is_up()
    checks = {"database": "ok", "queue": "ok" if queue_is_up else "unreachable"}
    return Answer(body={"status": "ready" if queue_is_up else "degraded", "checks": checks})
