"""User tasks, who they are assigned to, and the one role each person plays in a transaction."""

import sqlalchemy as sa

from app.persistence.tables.base import created_column, id_column, metadata, owned_environment_column, partial_index, reference
from app.persistence.types import Id, Json, UtcInstant

DONE_STATUSES = ("approved", "rejected", "delegated", "closed")
_DONE = ", ".join(f"'{status}'" for status in DONE_STATUSES)

user_task = sa.Table(
    "user_task",
    metadata,
    id_column(),
    owned_environment_column(),
    reference("instance_id", "process_instance.id"),
    reference("document_id", "document.id", nullable=True, index=True),
    sa.Column("element", sa.String(200), nullable=False),
    sa.Column("element_instance", sa.String(64), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("step", sa.String(32)),
    sa.Column("mode", sa.String(16), nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("reason_required", sa.Boolean, nullable=False),
    sa.Column("fail_fast", sa.Boolean, nullable=False, server_default=sa.text("false")),
    sa.Column("veto", Json),
    sa.Column("on_reject", sa.String(32)),
    sa.Column("escalate_to", sa.String(400)),
    sa.Column("due_at", UtcInstant),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("slots", Json, nullable=False),
    # Of each slot, everybody whom the route considered: much, and read where somebody asks for it, never by a list. NULL: it stands in `slots`.
    sa.Column("considered", Json),
    # The roles whose holders were asked, whatever became of it; NULL where people were asked by name or by the matrix.
    sa.Column("roles", Json),
    sa.Column("document_hash", sa.String(64)),
    sa.Column("decided_at", UtcInstant),
    sa.Column("outcome", sa.String(64)),
    # Who put it on hold, when, until when and why; NULL while it is not on hold.
    sa.Column("hold", Json),
    # Since when its reminders and escalations stand still, on hold or for an answer that is waited for.
    sa.Column("paused_at", UtcInstant),
    created_column(),
    sa.UniqueConstraint("instance_id", "element_instance"),
    # What a turn and a list read of an instance, however many tasks it has had.
    partial_index("ix_user_task_environment_id_roles_open", "environment_id", "roles", "id", where="status = 'open' AND roles IS NOT NULL"),
    partial_index("ix_user_task_instance_id_open", "instance_id", where="status = 'open'"),
    partial_index("ix_user_task_instance_id_step_id", "instance_id", "step", "id", where="step IS NOT NULL"),
)

assignment = sa.Table(
    "assignment",
    metadata,
    id_column(),
    owned_environment_column(),
    reference("task_id", "user_task.id", index=True),
    reference("instance_id", "process_instance.id", index=True),
    sa.Column("slot", sa.Integer, nullable=False),
    reference("user_id", "user.id"),
    reference("principal_id", "user.id"),
    sa.Column("cause", sa.String(16), nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("claimed_at", UtcInstant),
    sa.Column("reminded_at", UtcInstant),
    reference("decided_by", "user.id", nullable=True),
    sa.Column("decided_at", UtcInstant),
    sa.Column("sort_at", UtcInstant, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    reference("previous_id", "assignment.id", nullable=True),
    created_column(),
    # The tabs of an inbox in their order; with the task, so that counting reads the index alone.
    sa.Index("ix_assignment_user_id_status_sort_at_id_task_id", "user_id", "status", "sort_at", "id", "task_id"),
    # The tab of what somebody has done, newest first: several statuses in one order.
    partial_index("ix_assignment_user_id_sort_at_id_done", "user_id", "sort_at", "id", "task_id", where=f"status IN ({_DONE})"),
)

transaction_role = sa.Table(
    "transaction_role",
    metadata,
    id_column(),
    owned_environment_column(),
    sa.Column("transaction_id", Id, nullable=False),
    reference("user_id", "user.id"),
    sa.Column("step", sa.String(32), nullable=False),
    sa.Column("capacity", sa.String(16), nullable=False),
    reference("task_id", "user_task.id"),
    sa.Column("superseded_at", UtcInstant),
    created_column(),
    sa.Index(
        "uq_transaction_role_transaction_id_user_id",
        "transaction_id",
        "user_id",
        unique=True,
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"),
    ),
)
