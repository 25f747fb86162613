"""Environments, users, their roles and tokens, companies and supplier organisations."""

import sqlalchemy as sa

from app.persistence.tables.base import created_column, environment_column, id_column, metadata, reference, revision_column
from app.persistence.types import UtcInstant, code

environment = sa.Table(
    "environment",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("key", code(), nullable=False, unique=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("time_zone", sa.String(64), nullable=False),
    sa.Column("base_currency", sa.String(3), nullable=False),
    sa.Column("authority_version", sa.Integer, nullable=False),
    sa.Column("matrix_version", sa.Integer, nullable=False),
    sa.Column("definitions_version", sa.Integer, nullable=False, server_default="0"),
    created_column(),
)

user = sa.Table(
    "user",
    metadata,
    id_column(),
    environment_column(),
    sa.Column("username", code(), nullable=False),
    sa.Column("full_name", sa.String(200), nullable=False),
    sa.Column("email", sa.String(254)),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("function", sa.String(120)),
    reference("manager_id", "user.id", nullable=True),
    reference("successor_id", "user.id", nullable=True),
    reference("backup_id", "user.id", nullable=True),
    sa.Column("backup_active", sa.Boolean, nullable=False),
    sa.Column("notify_new_task", sa.Boolean, nullable=False),
    sa.Column("password_hash", sa.String(255)),
    sa.Column("failed_logins", sa.Integer, nullable=False),
    created_column(),
    sa.UniqueConstraint("environment_id", "username"),
)

user_role = sa.Table(
    "user_role",
    metadata,
    sa.Column("user_id", user.c.id.type, sa.ForeignKey("user.id"), primary_key=True),
    sa.Column("role", code(), primary_key=True),
    environment_column(),
    sa.Index("ix_user_role_environment_id_role", "environment_id", "role"),
)

api_token = sa.Table(
    "api_token",
    metadata,
    id_column(),
    environment_column(),
    reference("user_id", "user.id", index=True),
    sa.Column("hash", code(), nullable=False, unique=True),
    sa.Column("prefix", sa.String(12), nullable=False),
    sa.Column("label", sa.String(120), nullable=False),
    sa.Column("expires_at", UtcInstant),
    sa.Column("revoked_at", UtcInstant),
    created_column(),
)

company = sa.Table(
    "company",
    metadata,
    id_column(),
    environment_column(),
    sa.Column("key", code(), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("legal_id", sa.String(64)),
    sa.Column("endpoint", sa.String(128)),
    sa.Column("base_currency", sa.String(3), nullable=False),
    created_column(),
    sa.UniqueConstraint("environment_id", "key"),
)

organisation = sa.Table(
    "organisation",
    metadata,
    id_column(),
    environment_column(),
    sa.Column("key", code(), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("legal_id", sa.String(64)),
    revision_column(),
    created_column(),
    sa.UniqueConstraint("environment_id", "key"),
)
