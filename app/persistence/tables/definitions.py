"""Deployed process and decision definitions; a version is immutable."""

import sqlalchemy as sa

from app.persistence.tables.base import created_column, environment_column, id_column, metadata, reference
from app.persistence.types import Id, Json, UtcInstant, code


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
        # A deactivated version starts nothing new. A deleted one was never used; its row stays, so that its number is not given again.
        sa.Column("deactivated_at", UtcInstant),
        sa.Column("deleted_at", UtcInstant),
        sa.UniqueConstraint("environment_id", "key", "version"),
    )


process_definition = _definition("process_definition", "bpmn")
# Names of the processes that its call activities take from other definitions: KEY, or KEY@BINDING.
process_definition.append_column(sa.Column("calls", Json))
# Kinds of documents that it may be started with; NULL is any, and none at all.
process_definition.append_column(sa.Column("document_kinds", Json))
decision_definition = _definition("decision_definition", "dmn")
# The files that it imports, as they were deployed with it: names and contents in base64.
decision_definition.append_column(sa.Column("imports", Json))

# The versions that an instance has taken, when it started, for the processes that its call activities name.
called_definition = sa.Table(
    "called_definition",
    metadata,
    sa.Column("instance_id", Id, sa.ForeignKey("process_instance.id"), primary_key=True),
    sa.Column("name", code(260), primary_key=True),
    environment_column(),
    reference("definition_id", "process_definition.id", index=True),
)

# A migration of instances from one version to another; `after` is the last instance that was looked at.
migration = sa.Table(
    "migration",
    metadata,
    id_column(),
    environment_column(),
    sa.Column("key", code(128), nullable=False),
    sa.Column("from_version", sa.Integer, nullable=False),
    sa.Column("to_version", sa.Integer, nullable=False),
    sa.Column("mapping", Json, nullable=False),
    sa.Column("filter", Json, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("dry_run", sa.Boolean, nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("after", Id),
    reference("requested_by", "user.id"),
    sa.Column("finished_at", UtcInstant),
    created_column(),
)

migration_result = sa.Table(
    "migration_result",
    metadata,
    sa.Column("migration_id", Id, sa.ForeignKey("migration.id"), primary_key=True),
    sa.Column("instance_id", Id, sa.ForeignKey("process_instance.id"), primary_key=True),
    environment_column(),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("refusals", Json, nullable=False),
    sa.Column("before", Json, nullable=False),
    sa.Column("after", Json, nullable=False),
    created_column(),
)
