"""Statements about audit events, the outbox and the mail log."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.domain.audit import CHAIN_START, Chain
from app.persistence.database import Reading, UnitOfWork
from app.persistence.prepared import Prepared, word
from app.persistence.tables.journal import audit_event, environment_chain, mail_log, outbox

MAIL = "mail"
"""The kind of the rows of the outbox that are mails."""
_FIND_OUTBOX = Prepared(sa.select(outbox).where(outbox.c.id == sa.bindparam("id", type_=outbox.c.id.type)))


def insert_audit(
    work: UnitOfWork, chains: Sequence[Chain], *, environment_id: int, document_id: str | None, instance_id: str | None
) -> None:
    """Store the new entries of the chains."""
    work.insert(
        audit_event,
        [
            {
                "chain": chain.id,
                "seq": seq,
                "environment_id": environment_id,
                "document_id": document_id,
                "instance_id": instance_id,
                "at": entry.at,
                "kind": entry.kind,
                "actor": entry.actor,
                "on_behalf_of": entry.on_behalf_of,
                "element": entry.element,
                "text": entry.text,
                "facts": dict(entry.facts),
                "hash": head,
            }
            for chain in chains
            for seq, head, entry in chain.entries
        ],
    )


def read_timeline(reading: Reading, *, environment_id: int, document_id: str, limit: int) -> Sequence[sa.Row[Any]]:
    """Return the document's events, oldest first."""
    return reading.rows(
        sa.select(audit_event)
        .where(audit_event.c.environment_id == environment_id, audit_event.c.document_id == document_id)
        .order_by(audit_event.c.at, audit_event.c.chain, audit_event.c.seq)
        .limit(limit)
    )


def read_events(reading: Reading, *, environment_id: int, document_id: str, kinds: Sequence[str], limit: int) -> Sequence[sa.Row[Any]]:
    """Return the document's events of some kinds, oldest first."""
    return reading.rows(
        sa.select(audit_event)
        .where(audit_event.c.environment_id == environment_id, audit_event.c.document_id == document_id, audit_event.c.kind.in_(kinds))
        .order_by(audit_event.c.at, audit_event.c.chain, audit_event.c.seq)
        .limit(limit)
    )


def read_story(reading: Reading, *, environment_id: int, instance_id: str, document_id: str | None) -> Sequence[sa.Row[Any]]:
    """Return the events of an instance, and those of its document outside instances, oldest first."""
    about = audit_event.c.chain == instance_id
    if document_id is not None:
        about = sa.or_(about, sa.and_(audit_event.c.document_id == document_id, audit_event.c.instance_id.is_(None)))
    return reading.rows(
        sa.select(audit_event)
        .where(audit_event.c.environment_id == environment_id, about)
        .order_by(audit_event.c.at, audit_event.c.chain, audit_event.c.seq)
    )


def insert_outbox(work: UnitOfWork, rows: Sequence[dict[str, Any]]) -> None:
    """Store work that leaves the process; a key that is there already is not stored twice."""
    work.insert(outbox, rows, unless_same="key")


def find_outbox(reading: Reading, outbox_id: str) -> Any | None:
    """Return an outbox row."""
    rows = reading.prepared_rows(_FIND_OUTBOX, {"id": outbox_id})
    return rows[0] if rows else None


def update_outbox(work: UnitOfWork, outbox_id: str, **values: object) -> None:
    """Change columns of one outbox row."""
    work.update(outbox, outbox_id, values)


def finish_outbox(work: UnitOfWork, outbox_id: str, *, now: datetime) -> bool:
    """Mark an outbox row as done; return False when another worker has done it meanwhile."""
    statement = sa.update(outbox).where(outbox.c.id == outbox_id, outbox.c.status == "waiting")
    return work.execute(statement.values(status="done", done_at=now, lease_until=None)).rowcount == 1


def insert_mail_log(work: UnitOfWork, **values: object) -> None:
    """Log one mail that was handed to the mail server, or was refused for good."""
    work.insert(mail_log, [values])


def claim_outbox(work: UnitOfWork, *, now: datetime, lease_until: datetime, limit: int, mails: bool) -> list[str]:
    """Lease waiting rows whose time has come, mails or all others, and return their ids, oldest first; no two callers get the same row."""
    due = (
        sa.select(outbox.c.id)
        .where(
            outbox.c.status == word("waiting"),
            outbox.c.kind == MAIL if mails else outbox.c.kind != MAIL,
            outbox.c.available_at <= now,
            sa.or_(outbox.c.lease_until.is_(None), outbox.c.lease_until < now),
        )
        .order_by(outbox.c.available_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    statement = sa.update(outbox).where(outbox.c.id.in_(due)).values(lease_until=lease_until).returning(outbox.c.id, outbox.c.available_at)
    return [row.id for row in sorted(work.execute(statement), key=lambda row: (row.available_at, row.id))]


def lock_environment_chain(work: UnitOfWork, environment_id: int, *, new_chain: str) -> sa.Row[Any]:
    """Return the head of the environment's audit chain, locked; the chain begins as `new_chain` when there is none."""
    start = {"environment_id": environment_id, "chain": new_chain, "audit_seq": 0, "audit_hash": CHAIN_START}
    work.execute(work.upsert(environment_chain).values(**start).on_conflict_do_nothing(index_elements=["environment_id"]))
    row = work.row(sa.select(environment_chain).where(environment_chain.c.environment_id == environment_id).with_for_update())
    assert row is not None, "it was there or is now"
    return row


def update_environment_chain(work: UnitOfWork, environment_id: int, chain: Chain) -> None:
    """Store the new head of the environment's audit chain."""
    statement = sa.update(environment_chain).where(environment_chain.c.environment_id == environment_id)
    work.execute(statement.values(audit_seq=chain.seq, audit_hash=chain.head))
