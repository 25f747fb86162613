"""What is due: timers, start events and outbox rows, leased so that no two tickers hand out the same work."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from app.operations.system import System
from app.persistence import instances, journal, messages

LEASE = timedelta(seconds=60)
BATCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class DueWork:
    """One piece of work for a worker: a timer to fire, an outbox row to deliver, or a start event whose timer is due."""

    kind: Literal["timer", "outbox", "start"]
    id: str


def claim_due(system: System) -> list[DueWork]:
    """Lease due timers, start events and outbox rows and return them; a lease that runs out is handed out again, so a lost job costs one lease."""
    now = system.clock()
    with system.database.write() as work:
        timers = instances.claim_timers(work, now=now, lease_until=now + LEASE, limit=BATCH)
        rows = journal.claim_outbox(work, now=now, lease_until=now + LEASE, limit=BATCH)
        starts = messages.claim_starts(work, now=now, lease_until=now + LEASE, limit=BATCH)
        work.commit()
    return [
        *(DueWork(kind="timer", id=each) for each in timers),
        *(DueWork(kind="start", id=each) for each in starts),
        *(DueWork(kind="outbox", id=each) for each in rows),
    ]
