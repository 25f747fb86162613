"""Partnerships between environments, and the people of partners who hold or held shares of tasks here."""

import sqlalchemy as sa

from app.persistence.tables.base import created_column, environment_column, id_column, metadata, reference
from app.persistence.types import UtcInstant, code

partnership = sa.Table(
    "partnership",
    metadata,
    id_column(),
    environment_column(),  # who invited
    sa.Column("partner_id", sa.Integer, sa.ForeignKey("environment.id"), nullable=False, index=True),
    sa.Column("status", sa.String(16), nullable=False),
    # Of the two environments while it is invited or active, so that there is one at a time; NULL once it has ended.
    sa.Column("live_key", code(), unique=True),
    reference("invited_by", "user.id"),
    reference("accepted_by", "user.id", nullable=True),
    sa.Column("accepted_at", UtcInstant),
    reference("revoked_by", "user.id", nullable=True),
    sa.Column("revoked_at", UtcInstant),
    created_column(),
    sa.Index("ix_partnership_environment_id", "environment_id"),
)

guest = sa.Table(
    "guest",
    metadata,
    environment_column(),
    reference("user_id", "user.id"),
    sa.Column("home_id", sa.Integer, sa.ForeignKey("environment.id"), nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),  # while the partnership is
    created_column(),
    sa.PrimaryKeyConstraint("user_id", "environment_id"),
    sa.Index("ix_guest_environment_id_home_id", "environment_id", "home_id"),
    sa.Index("ix_guest_home_id", "home_id"),
)
