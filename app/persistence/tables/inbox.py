"""What people keep of their inbox."""

import sqlalchemy as sa

from app.persistence.tables.base import created_column, environment_column, id_column, metadata, reference, revision_column
from app.persistence.types import Json

saved_filter = sa.Table(
    "saved_filter",
    metadata,
    id_column(),
    environment_column(),
    reference("user_id", "user.id"),
    sa.Column("name", sa.String(60), nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    # The parameters of the task list, by the names that they have there.
    sa.Column("query", Json, nullable=False),
    revision_column(),
    created_column(),
    sa.UniqueConstraint("user_id", "name"),
)
