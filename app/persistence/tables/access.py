"""How people get in: single-use links, attempts that are counted, identities that a provider vouches for."""

import sqlalchemy as sa

from app.persistence.tables.base import created_column, environment_column, id_column, metadata, reference
from app.persistence.types import UtcInstant, code

one_time_link = sa.Table(
    "one_time_link",
    metadata,
    id_column(),
    environment_column(),
    sa.Column("kind", sa.String(32), nullable=False),
    reference("user_id", "user.id", index=True),
    sa.Column("subject", code(200)),
    sa.Column("hash", code(), nullable=False, unique=True),
    sa.Column("expires_at", UtcInstant, nullable=False),
    sa.Column("used_at", UtcInstant),
    created_column(),
)

attempt_window = sa.Table(
    "attempt_window",
    metadata,
    sa.Column("subject", code(), primary_key=True),
    sa.Column("started_at", UtcInstant, primary_key=True),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Index("ix_attempt_window_started_at", "started_at"),
)

identity = sa.Table(
    "identity",
    metadata,
    sa.Column("issuer", code(400), primary_key=True),
    sa.Column("subject", code(), primary_key=True),
    environment_column(),
    reference("user_id", "user.id", index=True),
    created_column(),
)
