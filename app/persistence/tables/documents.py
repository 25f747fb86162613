"""Received documents with their original bytes and findings."""

import sqlalchemy as sa

from app.persistence.tables.base import created_column, environment_column, id_column, metadata, reference
from app.persistence.types import Amount, Id, Json, UtcInstant, code

document = sa.Table(
    "document",
    metadata,
    id_column(),
    environment_column(),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("hash", code(), nullable=False),
    sa.Column("number", code(200), nullable=False),
    sa.Column("issued_on", sa.Date),
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("total", Amount, nullable=False),
    sa.Column("seller_name", sa.String(300)),
    sa.Column("seller_legal_id", sa.String(64)),
    sa.Column("organisation", code()),
    sa.Column("buyer_name", sa.String(300)),
    sa.Column("company", code()),
    sa.Column("status", sa.String(200), nullable=False),
    sa.Column("facts", Json, nullable=False),
    sa.Column("lines", Json, nullable=False),
    sa.Column("coders", Json, nullable=False),
    sa.Column("duplicate_key", code(400)),
    sa.Column("duplicate_of", Id),
    sa.Column("held", sa.Boolean, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("audit_seq", sa.Integer, nullable=False),
    sa.Column("audit_hash", sa.String(64), nullable=False),
    reference("received_by", "user.id"),
    sa.Column("received_at", UtcInstant, nullable=False),
    sa.UniqueConstraint("environment_id", "hash"),
    # What somebody received, newest first.
    sa.Index("ix_document_received_by_id", "received_by", "id"),
    # Of several documents of one seller, number and type one is the first; the others name it, whatever arrives at the same time.
    sa.Index(
        "uq_document_environment_id_duplicate_key",
        "environment_id",
        "duplicate_key",
        unique=True,
        sqlite_where=sa.text("duplicate_of IS NULL"),
        postgresql_where=sa.text("duplicate_of IS NULL"),
    ),
)

document_original = sa.Table(
    "document_original",
    metadata,
    sa.Column("document_id", Id, sa.ForeignKey("document.id"), primary_key=True),
    environment_column(),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("media_type", sa.String(100), nullable=False),
    created_column(),
)

# The companies and cost centers of a document and its lines, for whoever may see them; "" stands for none.
document_coding = sa.Table(
    "document_coding",
    metadata,
    sa.Column("document_id", Id, sa.ForeignKey("document.id"), primary_key=True),
    sa.Column("company", code(), primary_key=True),
    sa.Column("cost_center", code(), primary_key=True),
    environment_column(),
    sa.Index("ix_document_coding_cost_center_document_id", "cost_center", "document_id"),
    sa.Index("ix_document_coding_company_document_id", "company", "document_id"),
)

document_attachment = sa.Table(
    "document_attachment",
    metadata,
    id_column(),
    environment_column(),
    reference("document_id", "document.id"),
    # The task it was added at.
    sa.Column("task_id", Id, nullable=False),
    sa.Column("hash", code(), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("media_type", sa.String(100), nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    reference("added_by", "user.id"),
    created_column(),
    sa.UniqueConstraint("document_id", "hash"),
)

validation_finding = sa.Table(
    "validation_finding",
    metadata,
    id_column(),
    environment_column(),
    reference("document_id", "document.id", index=True),
    sa.Column("code", sa.String(64), nullable=False),
    sa.Column("severity", sa.String(16), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("facts", Json, nullable=False),
    created_column(),
)
