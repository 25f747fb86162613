"""Absences: the days on which somebody else acts for a user."""

import sqlalchemy as sa

from app.persistence.tables.base import created_column, environment_column, id_column, metadata, reference, revision_column
from app.persistence.types import Amount, Json, UtcInstant

absence = sa.Table(
    "absence",
    metadata,
    id_column(),
    environment_column(),
    reference("user_id", "user.id"),
    reference("stand_in_id", "user.id"),
    sa.Column("starts_on", sa.Date, nullable=False),
    sa.Column("ends_on", sa.Date, nullable=False),
    sa.Column("amount_max", Amount),
    sa.Column("currency", sa.String(3)),
    sa.Column("processes", Json, nullable=False),
    sa.Column("note", sa.String(1000)),
    reference("created_by", "user.id"),
    sa.Column("ended_at", UtcInstant),  # withdrawn, or ended before its last day; it stays as history
    reference("ended_by", "user.id", nullable=True),
    revision_column(),
    created_column(),
    sa.Index("ix_absence_user_id_starts_on_id", "user_id", "starts_on", "id"),
    sa.Index("ix_absence_environment_id_ends_on", "environment_id", "ends_on"),
)
