"""Whether anything is due: the one statement of an idle system, asked every second."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.persistence.database import Reading
from app.persistence.prepared import Prepared, word
from app.persistence.tables.instances import timer
from app.persistence.tables.journal import outbox
from app.persistence.tables.messages import start_event
from app.persistence.tables.schedules import digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What is due and not leased."""

    timers: bool
    starts: bool
    outbox: bool
    digests: bool

    @property
    def anything(self) -> bool:
        """Whether there is something to do at all."""
        return self.timers or self.starts or self.outbox or self.digests


def read_due(reading: Reading, *, now: datetime) -> Due:
    """Return what is due; nothing is locked or changed, and it costs the same however much is waiting for later."""
    (row,) = reading.prepared_rows(_STATEMENT, {"now": now})
    return Due(timers=bool(row.timers), starts=bool(row.starts), outbox=bool(row.outbox), digests=bool(row.digests))


_NOW = sa.bindparam("now", type_=timer.c.due_at.type)


def _any(table: sa.Table, at: str, *conditions: sa.ColumnElement[bool]) -> sa.ScalarSelect[Any]:
    free = sa.or_(table.c.lease_until.is_(None), table.c.lease_until < _NOW)
    return (
        sa.select(sa.func.count())
        .select_from(sa.select(table.c.id).where(*conditions, table.c[at] <= _NOW, free).order_by(at).limit(1).subquery())
        .scalar_subquery()
    )


_STATEMENT = Prepared(
    sa.select(
        _any(timer, "due_at", timer.c.status == word("waiting")).label("timers"),
        _any(start_event, "due_at").label("starts"),
        _any(outbox, "available_at", outbox.c.status == word("waiting")).label("outbox"),
        _any(digest, "due_at").label("digests"),
    )
)
