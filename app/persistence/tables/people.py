"""Environments, users, their roles and tokens, companies and supplier organisations."""

import sqlalchemy as sa

from app.persistence.tables.base import created_column, environment_column, id_column, metadata, partial_index, reference, revision_column
from app.persistence.types import Json, UtcInstant, code

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
    sa.Column("notify_reminders", sa.Boolean, nullable=False, server_default=sa.text("true")),
    sa.Column("notify_status", sa.Boolean, nullable=False, server_default=sa.text("true")),
    sa.Column("password_hash", sa.String(255)),
    sa.Column("failed_logins", sa.Integer, nullable=False),
    sa.Column("locked_at", UtcInstant),
    sa.Column("session_epoch", sa.Integer, nullable=False, server_default="0"),
    sa.Column("pin_hash", sa.String(255)),
    sa.Column("failed_pins", sa.Integer, nullable=False, server_default="0"),
    # The parts of the name; `full_name` is made of them where it is not given.
    sa.Column("first_name", sa.String(100)),
    sa.Column("middle_name", sa.String(100)),
    sa.Column("last_name", sa.String(100)),
    sa.Column("title", sa.String(50)),
    sa.Column("initials", sa.String(20)),
    sa.Column("gender", sa.String(16)),
    sa.Column("phone", sa.String(40)),
    sa.Column("company", code()),
    sa.Column("cost_center", code()),
    sa.Column("organisation", code()),
    sa.Column("external_code", sa.String(64)),
    sa.Column("function_description", sa.String(1000)),
    sa.Column("internal_note", sa.String(4000)),
    # With what he signs in besides his password: "username", "email", "username,email"; "" for the company's directory alone.
    sa.Column("login_type", sa.String(32), nullable=False, server_default="username"),
    sa.Column("language", sa.String(8)),  # NULL: his company's
    # Who was there before there were levels sees what he saw.
    sa.Column("security_level", sa.Integer, nullable=False, server_default="100"),
    sa.Column("access_level", sa.String(16), nullable=False, server_default="cost_centers"),
    # Small letters of name, user name and e-mail address, to search in; NULL: nobody has saved him since.
    sa.Column("folded", sa.Text),
    revision_column(),
    created_column(),
    sa.UniqueConstraint("environment_id", "username"),
    # A search by name or user name reads one of these alone, until it has its page.
    sa.Index("ix_user_search_by_name", "environment_id", "full_name", "id", "folded", "kind", "active"),
    sa.Index("ix_user_search_by_username", "environment_id", "username", "id", "folded", "kind", "active"),
    partial_index("ix_user_environment_id_id_unfolded", "environment_id", "id", where="folded IS NULL"),
)

user_avatar = sa.Table(
    "user_avatar",
    metadata,
    sa.Column("user_id", user.c.id.type, sa.ForeignKey("user.id"), primary_key=True),
    environment_column(),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("media_type", sa.String(32), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    created_column(),
)

# What a user may see besides what he is involved in: of a company, all of it (no cost center); of a cost center, in one company or in all.
user_access = sa.Table(
    "user_access",
    metadata,
    sa.Column("user_id", user.c.id.type, sa.ForeignKey("user.id"), primary_key=True),
    sa.Column("company", code(), primary_key=True),  # "" stands for none
    sa.Column("cost_center", code(), primary_key=True),
    environment_column(),
)

environment_setting = sa.Table(
    "environment_setting",
    metadata,
    sa.Column("environment_id", sa.Integer, sa.ForeignKey("environment.id"), primary_key=True),
    sa.Column("key", code(), primary_key=True),
    sa.Column("value", Json, nullable=False),
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
    sa.Column("scopes", sa.String(200), nullable=False, server_default="read approve send administer"),
    sa.Column("last_used_at", UtcInstant),
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
    sa.Column("language", sa.String(8), nullable=False, server_default="en"),
    # The key of the business calendar in which deadlines of its documents are counted; NULL: that of the environment.
    sa.Column("calendar", code()),
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
