"""What stands in the database in the end, read past the application."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app.domain.audit import AuditEntry, Chain
from app.persistence.tables.documents import document
from app.persistence.tables.instances import process_instance, timer
from app.persistence.tables.journal import audit_event, environment_chain, idempotency_key, outbox
from app.persistence.tables.people import environment, user
from tests.acceptance.tree import LOOK_SECONDS, await_value

LOOKS_PER_LEASE = round(2.0 / LOOK_SECONDS)


def rows(database: sa.Engine, statement: sa.Select[Any]) -> Sequence[sa.Row[Any]]:
    """Return the rows of a statement."""
    with database.connect() as connection:
        return connection.execute(statement).all()


def let_leases_run_out(database: sa.Engine) -> None:
    """Do what a minute does: end the leases of work and of requests that have no answer yet, whether their process lives or not."""
    past = datetime.now(UTC) - timedelta(seconds=1)
    with database.begin() as connection:
        connection.execute(sa.update(idempotency_key).where(idempotency_key.c.status.is_(None)).values(lease_until=past))
        for table in (timer, outbox):
            connection.execute(sa.update(table).where(table.c.status == "waiting", table.c.lease_until > past).values(lease_until=past))


def tell_of_new_tasks(database: sa.Engine) -> None:
    """Have everybody told of new tasks by mail."""
    with database.begin() as connection:
        connection.execute(sa.update(user).values(notify_new_task=True))
        connection.execute(sa.update(environment).values(authority_version=environment.c.authority_version + 1))


def await_fired(database: sa.Engine, instance_ids: Sequence[str], *, at_every_look: Callable[[], object] = lambda: None) -> None:
    """Return once no timer of the instances waits any more."""
    waiting = sa.select(timer.c.id).where(timer.c.instance_id.in_(instance_ids), timer.c.status == "waiting").limit(1)
    _await_none(database, waiting, "all timers to fire", at_every_look=at_every_look)


def await_outbox_empty(database: sa.Engine) -> None:
    """Return once every mail has left."""
    _await_none(database, sa.select(outbox.c.id).where(outbox.c.status != "done").limit(1), "the mails to leave")


def _await_none(database: sa.Engine, waiting: sa.Select[Any], what: str, *, at_every_look: Callable[[], object] = lambda: None) -> None:
    """Return once the statement finds nothing; every two seconds the leases of jobs that were lost run out."""
    looks = 0

    def look() -> bool:
        nonlocal looks
        looks += 1
        at_every_look()
        if looks % LOOKS_PER_LEASE == 0:
            let_leases_run_out(database)
        return not rows(database, waiting)

    await_value(look, what)


def events(database: sa.Engine, kind: str) -> dict[str, list[sa.Row[Any]]]:
    """Return the audit events of a kind by instance."""
    found = defaultdict(list)
    for row in rows(database, sa.select(audit_event).where(audit_event.c.kind == kind)):
        found[row.instance_id].append(row)
    return found


def check_chains(database: sa.Engine) -> int:
    """Recompute every hash chain from its rows and compare it with the row that owns it; return the number of chains."""
    chains: dict[str, Chain] = {}
    for row in rows(database, sa.select(audit_event).order_by(audit_event.c.chain, audit_event.c.seq)):
        chain = chains.setdefault(row.chain, Chain(row.chain))
        names = ("at", "kind", "text", "actor", "on_behalf_of", "element", "facts")
        chain.append(AuditEntry(**{name: getattr(row, name) for name in names}))
        assert (chain.seq, chain.head) == (row.seq, row.hash), f"{row.chain} breaks at {row.seq}: {row.kind}"
    owners = [
        row
        for table in (document, process_instance)
        for row in rows(database, sa.select(table.c.id, table.c.audit_seq, table.c.audit_hash))
    ]
    owners += rows(
        database, sa.select(environment_chain.c.chain.label("id"), environment_chain.c.audit_seq, environment_chain.c.audit_hash)
    )
    assert {row.id: (row.audit_seq, row.audit_hash) for row in owners} == {chain.id: (chain.seq, chain.head) for chain in chains.values()}
    return len(chains)
