"""What happened and what is still to be done: audit events, outbox, mail log, idempotency keys."""

import sqlalchemy as sa

from app.persistence.tables.base import (
    created_column,
    environment_column,
    id_column,
    metadata,
    owned_environment_column,
    partial_index,
    reference,
    revision_column,
)
from app.persistence.types import Id, Json, UtcInstant, code

audit_event = sa.Table(
    "audit_event",
    metadata,
    sa.Column("chain", Id, primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True),
    owned_environment_column(),
    sa.Column("document_id", Id, index=True),
    sa.Column("instance_id", Id),
    sa.Column("at", UtcInstant, nullable=False),
    sa.Column("kind", sa.String(64), nullable=False),
    sa.Column("actor", sa.String(200), nullable=False),
    sa.Column("on_behalf_of", sa.String(200)),
    sa.Column("element", sa.String(200)),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("facts", Json, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    # How many comments there are, which every row of an inbox tells.
    partial_index("ix_audit_event_instance_id_comment", "instance_id", where="kind = 'comment'"),
)

environment_chain = sa.Table(
    "environment_chain",
    metadata,
    sa.Column("environment_id", sa.Integer, sa.ForeignKey("environment.id"), primary_key=True, autoincrement=False),
    sa.Column("chain", Id, nullable=False),
    sa.Column("audit_seq", sa.Integer, nullable=False),
    sa.Column("audit_hash", sa.String(64), nullable=False),
)

outbox = sa.Table(
    "outbox",
    metadata,
    id_column(),
    environment_column(),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("key", code(200), nullable=False, unique=True),
    sa.Column("payload", Json, nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("available_at", UtcInstant, nullable=False),
    sa.Column("lease_until", UtcInstant),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("done_at", UtcInstant),
    created_column(),
    partial_index("ix_outbox_available_at_waiting", "available_at", where="status = 'waiting'"),
)

# The environment's own text of a mail, in one language; without a row the product's counts.
mail_template = sa.Table(
    "mail_template",
    metadata,
    sa.Column("environment_id", sa.Integer, sa.ForeignKey("environment.id"), primary_key=True, autoincrement=False),
    sa.Column("template", code(64), primary_key=True),
    sa.Column("language", sa.String(8), primary_key=True),
    sa.Column("subject", sa.String(200), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    reference("changed_by", "user.id"),
    sa.Column("changed_at", UtcInstant, nullable=False),
    revision_column(),
)

mail_log = sa.Table(
    "mail_log",
    metadata,
    id_column(),
    environment_column(),
    reference("outbox_id", "outbox.id"),
    sa.Column("message_id", code(200), nullable=False),
    sa.Column("template", sa.String(64), nullable=False),
    reference("user_id", "user.id", nullable=True),
    sa.Column("address", sa.String(254), nullable=False),
    sa.Column("subject", sa.String(300), nullable=False),
    sa.Column("task_id", Id),
    sa.Column("result", sa.String(300), nullable=False),
    created_column(),
)

idempotency_key = sa.Table(
    "idempotency_key",
    metadata,
    sa.Column("user_id", Id, sa.ForeignKey("user.id"), primary_key=True),
    sa.Column("route", sa.String(200), primary_key=True),
    sa.Column("key", code(200), primary_key=True),
    environment_column(),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("owner", Id, nullable=False),
    sa.Column("lease_until", UtcInstant, nullable=False),
    sa.Column("status", sa.Integer),
    sa.Column("revision", sa.Integer),
    sa.Column("answer", Json),
    created_column(),
    sa.Index("ix_idempotency_key_created_at", "created_at"),
)
