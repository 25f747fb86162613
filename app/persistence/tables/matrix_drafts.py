"""What the approval matrix was and what it is asked to become: drafts with their changes, and the settings of who may activate them.

A change row keeps one object before and after. The changes of activated drafts are the history: the matrix as of version n is the one
in force with the `before` of every later change put back.
"""

import sqlalchemy as sa

from app.persistence.tables.base import created_column, environment_column, id_column, metadata, reference, revision_column
from app.persistence.types import Id, Json, UtcInstant, code

matrix_draft = sa.Table(
    "matrix_draft",
    metadata,
    id_column(),
    environment_column(),
    sa.Column("title", sa.String(200), nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    revision_column(),
    sa.Column("base_version", sa.Integer, nullable=False),
    reference("author_id", "user.id"),
    # The author while the draft takes his changes, NULL afterwards: a person has one such draft at a time.
    sa.Column("open_author_id", Id),
    reference("reviewer_id", "user.id", nullable=True),
    sa.Column("review_requested_at", UtcInstant),
    reference("closed_by", "user.id", nullable=True),
    sa.Column("closed_at", UtcInstant),
    # The version that the draft became, NULL unless it was activated.
    sa.Column("version", sa.Integer),
    created_column(),
    sa.UniqueConstraint("environment_id", "open_author_id"),
    sa.UniqueConstraint("environment_id", "version"),
    sa.Index("ix_matrix_draft_environment_id_id", "environment_id", "id"),
)

matrix_change = sa.Table(
    "matrix_change",
    metadata,
    sa.Column("draft_id", Id, sa.ForeignKey("matrix_draft.id"), primary_key=True),
    sa.Column("entity", code(32), primary_key=True),
    sa.Column("entity_id", Id, primary_key=True, index=True),
    environment_column(),
    sa.Column("before", Json),
    sa.Column("after", Json),
)

matrix_setting = sa.Table(
    "matrix_setting",
    metadata,
    sa.Column("environment_id", sa.Integer, sa.ForeignKey("environment.id"), primary_key=True, autoincrement=False),
    sa.Column("four_eyes", sa.Boolean, nullable=False),
)
