"""Idempotency keys past their time to live."""

from app.operations.idempotency import TIME_TO_LIVE
from app.operations.system import System
from app.persistence import request_keys


def forget_old_keys(system: System) -> int:
    """Delete idempotency keys older than 24 hours and return their number."""
    with system.database.write() as work:
        number = request_keys.forget_old_keys(work, before=system.clock() - TIME_TO_LIVE)
        work.commit()
    return number
