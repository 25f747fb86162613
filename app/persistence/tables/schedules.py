"""Business calendars, and who wants one mail a day."""

import sqlalchemy as sa

from app.persistence.tables.base import created_column, environment_column, id_column, metadata, reference, revision_column
from app.persistence.types import Json, UtcInstant, code

business_calendar = sa.Table(
    "business_calendar",
    metadata,
    id_column(),
    environment_column(),
    sa.Column("key", code(), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("time_zone", sa.String(64), nullable=False),
    # Seven lists of spans such as "09:00-17:00", from Monday.
    sa.Column("hours", Json, nullable=False),
    # Whose public holidays are days off: ISO 3166 codes.
    sa.Column("holiday_country", sa.String(2)),
    sa.Column("holiday_subdivision", sa.String(64)),
    # Days off of its own, and days with hours of their own.
    sa.Column("holidays", Json, nullable=False),
    sa.Column("exceptions", Json, nullable=False),
    revision_column(),
    created_column(),
    sa.UniqueConstraint("environment_id", "key"),
)

# One row for each user who wants one mail a day instead of one for each thing that happens.
digest = sa.Table(
    "digest",
    metadata,
    id_column(),
    environment_column(),
    reference("user_id", "user.id"),
    sa.Column("hour", sa.Integer, nullable=False),
    sa.Column("due_at", UtcInstant, nullable=False),
    sa.Column("lease_until", UtcInstant),
    created_column(),
    sa.UniqueConstraint("user_id"),
    sa.Index("ix_digest_due_at", "due_at"),
)
