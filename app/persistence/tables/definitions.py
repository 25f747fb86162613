"""Deployed process and decision definitions; a version is immutable."""

import sqlalchemy as sa

from app.persistence.tables.base import created_column, environment_column, id_column, metadata, reference
from app.persistence.types import code


def _definition(name: str, source: str) -> sa.Table:
    return sa.Table(
        name,
        metadata,
        id_column(),
        environment_column(),
        sa.Column("key", code(128), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("version_tag", sa.String(64)),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("file_name", sa.String(200), nullable=False),
        sa.Column(source, sa.LargeBinary, nullable=False),
        reference("deployed_by", "user.id", nullable=True),
        created_column(),
        sa.UniqueConstraint("environment_id", "key", "version"),
    )


process_definition = _definition("process_definition", "bpmn")
decision_definition = _definition("decision_definition", "dmn")
