"""Messages and signals: what came, who waits for what, and which start events create instances."""

import sqlalchemy as sa

from app.persistence.tables.base import created_column, environment_column, id_column, metadata, reference
from app.persistence.types import Json, UtcInstant, code

message = sa.Table(
    "message",
    metadata,
    id_column(),
    environment_column(),
    sa.Column("name", code(200), nullable=False),
    sa.Column("message_id", code(200)),
    sa.Column("digest", sa.String(64), nullable=False),
    # Correlation and payload, with the types of their values.
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    reference("sent_by", "user.id", nullable=True),
    reference("thrown_by", "process_instance.id", nullable=True),
    reference("delivered_to", "process_instance.id", nullable=True),
    sa.Column("answer", Json, nullable=False),
    sa.Column("expires_at", UtcInstant, nullable=False),
    sa.Column("delivered_at", UtcInstant),
    created_column(),
    sa.UniqueConstraint("environment_id", "message_id"),
    sa.Index("ix_message_environment_id_status_name", "environment_id", "status", "name", "id"),
)

# One row for each element instance that waits for a message or a signal; `correlation` is what it would be found by.
event_wait = sa.Table(
    "event_wait",
    metadata,
    id_column(),
    environment_column(),
    reference("instance_id", "process_instance.id", index=True),
    sa.Column("element_instance", sa.String(64), nullable=False),
    sa.Column("element", sa.String(200), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("name", code(200), nullable=False),
    sa.Column("correlation", Json, nullable=False),
    created_column(),
    sa.UniqueConstraint("instance_id", "element_instance"),
    sa.Index("ix_event_wait_environment_id_kind_name", "environment_id", "kind", "name", "id"),
)

# The start events by which the newest active version of a definition creates instances: by a message, a signal or a timer.
start_event = sa.Table(
    "start_event",
    metadata,
    id_column(),
    environment_column(),
    reference("definition_id", "process_definition.id", index=True),
    sa.Column("definition_key", code(128), nullable=False),
    sa.Column("element", sa.String(200), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("reference", code(400), nullable=False),
    sa.Column("schedule", Json),
    sa.Column("due_at", UtcInstant),
    sa.Column("lease_until", UtcInstant),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("ended_at", UtcInstant),
    created_column(),
    sa.Index("ix_start_event_environment_id_kind_reference", "environment_id", "kind", "reference"),
    sa.Index("ix_start_event_due_at", "due_at"),
)
