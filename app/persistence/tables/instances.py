"""Process instances, their routes, timers and incidents."""

import sqlalchemy as sa

from app.persistence.tables.base import (
    created_column,
    environment_column,
    id_column,
    metadata,
    owned_environment_column,
    partial_index,
    reference,
)
from app.persistence.types import Json, UtcInstant, code

process_instance = sa.Table(
    "process_instance",
    metadata,
    id_column(),
    owned_environment_column(),
    reference("definition_id", "process_definition.id"),
    sa.Column("definition_key", code(128), nullable=False),
    sa.Column("definition_version", sa.Integer, nullable=False),
    sa.Column("business_key", code(200)),
    reference("document_id", "document.id", nullable=True, index=True),
    # NULL once the instance has ended: at most one live instance per document and definition, and per business key.
    sa.Column("live_document_key", code(200)),
    sa.Column("live_business_key", code(400)),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("outcome", sa.String(200)),
    sa.Column("revision", sa.Integer, nullable=False),
    reference("started_by", "user.id"),
    sa.Column("started_at", UtcInstant, nullable=False),
    sa.Column("ended_at", UtcInstant),
    sa.Column("active", Json, nullable=False),
    # Names the definition together with those that it calls; NULL when it calls none.
    sa.Column("called_hash", sa.String(64)),
    # The instance of the same document that this one was started anew from.
    reference("restart_of", "process_instance.id", nullable=True),
    sa.Column("state", sa.LargeBinary, nullable=False),
    sa.Column("audit_seq", sa.Integer, nullable=False),
    sa.Column("audit_hash", sa.String(64), nullable=False),
    sa.UniqueConstraint("environment_id", "live_document_key"),
    sa.UniqueConstraint("environment_id", "live_business_key"),
    sa.Index("ix_process_instance_environment_id_status_id", "environment_id", "status", "id"),
    # What somebody started, newest first.
    sa.Index("ix_process_instance_started_by_id", "started_by", "id"),
    sa.Index("ix_process_instance_definition_id_status_id", "definition_id", "status", "id"),
)

route = sa.Table(
    "route",
    metadata,
    id_column(),
    owned_environment_column(),
    reference("instance_id", "process_instance.id"),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("matrix_version", sa.Integer, nullable=False),
    sa.Column("matrix_digest", sa.String(64)),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("resolved_on", sa.Date, nullable=False),
    sa.Column("approval_type", code(), nullable=False),
    sa.Column("steps", Json, nullable=False),
    sa.Column("step_names", sa.String(200)),  # in the order of signing, separated by commas, so that a list need not read `steps`
    # Digest of the lines as they were coded: another one means that the route is of other lines.
    sa.Column("lines_digest", sa.String(64)),
    # Signatures of earlier routes that may hold in this one, until their steps are opened.
    sa.Column("kept", Json),
    # The newest version of the matrix that would route the transaction otherwise.
    sa.Column("changed_by_version", sa.Integer),
    sa.Column("superseded_at", UtcInstant),
    created_column(),
    sa.UniqueConstraint("instance_id", "number"),
    partial_index("ix_route_instance_id_in_force", "instance_id", where="superseded_at IS NULL"),
)

timer = sa.Table(
    "timer",
    metadata,
    id_column(),
    owned_environment_column(),
    reference("instance_id", "process_instance.id"),
    reference("task_id", "user_task.id", nullable=True, index=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("element", sa.String(200), nullable=False),
    sa.Column("key", code(200), nullable=False, unique=True),
    sa.Column("due_at", UtcInstant, nullable=False),
    sa.Column("period", sa.String(64)),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("lease_until", UtcInstant),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("fired_at", UtcInstant),
    created_column(),
    # Timers that wait, of an instance and by their time: those that have fired or were cancelled cost nothing any more.
    partial_index("ix_timer_instance_id_waiting", "instance_id", where="status = 'waiting'"),
    partial_index("ix_timer_due_at_waiting", "due_at", where="status = 'waiting'"),
)

incident = sa.Table(
    "incident",
    metadata,
    id_column(),
    environment_column(),
    reference("instance_id", "process_instance.id", index=True),
    reference("document_id", "document.id", nullable=True),
    sa.Column("element", sa.String(200), nullable=False),
    sa.Column("element_instance", sa.String(64)),
    sa.Column("code", sa.String(64), nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("facts", Json, nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("resolved_at", UtcInstant),
    reference("resolved_by", "user.id", nullable=True),
    sa.Column("resolution", sa.String(16)),
    created_column(),
    sa.Index("ix_incident_environment_id_status_id", "environment_id", "status", "id"),
)

element_instance = sa.Table(
    "element_instance",
    metadata,
    id_column(),
    owned_environment_column(),
    reference("instance_id", "process_instance.id", index=True),
    sa.Column("element", sa.String(200), nullable=False),
    sa.Column("name", sa.String(300), nullable=False),
    sa.Column("kind", sa.String(64), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("started_at", UtcInstant, nullable=False),
    sa.Column("ended_at", UtcInstant, nullable=False),
)
