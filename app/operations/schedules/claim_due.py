"""What is due: timers, start events, outbox rows and mails of the day, leased so that no two tickers hand out the same work."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from app.operations.system import System
from app.persistence import digests, instances, journal, messages
from app.persistence.due import read_due

LEASE = timedelta(seconds=60)
BATCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class DueWork:
    """One piece of work for a worker: a timer to fire, a row of the outbox, a mail of it, a start event whose timer is due, a mail of the day."""

    kind: Literal["timer", "outbox", "mail", "start", "digest"]
    id: str


def claim_due(system: System, *, with_mails: bool = True) -> list[DueWork]:
    """Lease what is due and return it, mails if wanted; a lease that runs out is handed out again, so a lost job costs one lease.

    When nothing is due, which is most of the time, nothing is locked or written: one statement looks. While many timers are due the outbox
    gets a tenth of the turns: a mail can wait, and it does get there.
    """
    now = system.clock()
    with system.database.read() as reading:
        due = read_due(reading, now=now)
    if not due.anything:
        return []
    with system.database.write() as work:
        timers = instances.claim_timers(work, now=now, lease_until=now + LEASE, limit=BATCH) if due.timers else []
        share = BATCH if len(timers) < BATCH else BATCH // 10
        rows = journal.claim_outbox(work, now=now, lease_until=now + LEASE, limit=share, mails=False) if due.outbox else []
        mails = journal.claim_outbox(work, now=now, lease_until=now + LEASE, limit=share, mails=True) if due.outbox and with_mails else []
        starts = messages.claim_starts(work, now=now, lease_until=now + LEASE, limit=BATCH) if due.starts else []
        lists = digests.claim_digests(work, now=now, lease_until=now + LEASE, limit=BATCH) if due.digests else []
        work.commit()
    return [
        *(DueWork(kind="timer", id=each) for each in timers),
        *(DueWork(kind="start", id=each) for each in starts),
        *(DueWork(kind="outbox", id=each) for each in rows),
        *(DueWork(kind="digest", id=each) for each in lists),
        *(DueWork(kind="mail", id=each) for each in mails),
    ]
