"""The approval matrix in force: types, rules with their limits, mandates, organisation chart and exchange rates.

These tables hold the active version alone; `matrix_drafts` holds what was, and what is asked to become.
"""

import sqlalchemy as sa

from app.persistence.tables.base import created_column, environment_column, id_column, metadata, reference, revision_column
from app.persistence.types import Amount, ExactDecimal, Id, Json, UtcInstant, code

matrix_version = sa.Table(
    "matrix_version",
    metadata,
    id_column(),
    environment_column(),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("activated_at", UtcInstant, nullable=False),
    reference("activated_by", "user.id", nullable=True),
    created_column(),
    sa.UniqueConstraint("environment_id", "version"),
)

approval_type = sa.Table(
    "approval_type",
    metadata,
    id_column(),
    environment_column(),
    sa.Column("key", code(), nullable=False),
    sa.Column("description", sa.String(200), nullable=False),
    sa.Column("settings", Json, nullable=False),
    revision_column(),
    created_column(),
    sa.UniqueConstraint("environment_id", "key"),
)

approval_rule = sa.Table(
    "approval_rule",
    metadata,
    id_column(),
    environment_column(),
    reference("approval_type_id", "approval_type.id"),
    sa.Column("key", code(), nullable=False),
    sa.Column("description", sa.String(200), nullable=False),
    revision_column(),
    created_column(),
    sa.UniqueConstraint("approval_type_id", "key"),
)

rule_limit = sa.Table(
    "rule_limit",
    metadata,
    id_column(),
    environment_column(),
    reference("rule_id", "approval_rule.id", index=True),
    sa.Column("company", code()),
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("amount", Amount),
    sa.Column("unlimited", sa.Boolean, nullable=False),
    created_column(),
)

mandate = sa.Table(
    "mandate",
    metadata,
    id_column(),
    environment_column(),
    reference("user_id", "user.id", index=True),
    reference("rule_id", "approval_rule.id"),
    reference("responsible_id", "user.id", nullable=True),
    sa.Column("starts_on", sa.Date),
    sa.Column("ends_on", sa.Date),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("copied_from", Id),
    revision_column(),
    created_column(),
    sa.Index("ix_mandate_environment_id_id", "environment_id", "id"),
)

financial_mandate = sa.Table(
    "financial_mandate",
    metadata,
    id_column(),
    environment_column(),
    reference("mandate_id", "mandate.id", index=True),
    sa.Column("steps", Json, nullable=False),
    sa.Column("company", code()),
    sa.Column("cost_center", code()),
    sa.Column("organisation", code()),
    sa.Column("parameter_3", code()),
    sa.Column("parameter_4", code()),
    revision_column(),
    created_column(),
    sa.Index("ix_financial_mandate_environment_id_cost_center", "environment_id", "cost_center"),
)

cost_center = sa.Table(
    "cost_center",
    metadata,
    id_column(),
    environment_column(),
    sa.Column("company", code()),
    sa.Column("key", code(), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("parent", code()),
    sa.Column("status", sa.String(16), nullable=False),
    # A cost center without a parent is the root of a tree, or else it is not linked yet.
    sa.Column("is_root", sa.Boolean, nullable=False, server_default=sa.text("false")),
    revision_column(),
    created_column(),
    sa.UniqueConstraint("environment_id", "company", "key"),
    sa.Index("ix_cost_center_environment_id_key_id", "environment_id", "key", "id"),
)

exchange_rate = sa.Table(
    "exchange_rate",
    metadata,
    id_column(),
    environment_column(),
    sa.Column("source", sa.String(3), nullable=False),
    sa.Column("target", sa.String(3), nullable=False),
    sa.Column("valid_on", sa.Date, nullable=False),
    sa.Column("rate", ExactDecimal, nullable=False),
    created_column(),
    sa.UniqueConstraint("environment_id", "source", "target", "valid_on"),
)
