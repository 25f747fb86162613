"""Groups of users, to whom tasks are assigned together."""

import sqlalchemy as sa

from app.persistence.tables.base import created_column, environment_column, id_column, metadata, revision_column
from app.persistence.types import code

user_group = sa.Table(
    "user_group",
    metadata,
    id_column(),
    environment_column(),
    sa.Column("key", code(), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    revision_column(),
    created_column(),
    sa.UniqueConstraint("environment_id", "key"),
)

user_group_member = sa.Table(
    "user_group_member",
    metadata,
    sa.Column("group_id", user_group.c.id.type, sa.ForeignKey("user_group.id"), primary_key=True),
    sa.Column("user_id", user_group.c.id.type, sa.ForeignKey("user.id"), primary_key=True, index=True),
    environment_column(),
)
