"""Carry over: where documents are coded, for what was stored before

Revision ID: 0005
Revises: 0004
"""
import json

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

UUID = sa.Uuid(as_uuid=False)
BATCH = 1_000

document = sa.table("document", sa.column("id", UUID), sa.column("environment_id", sa.Integer), sa.column("company", sa.String), sa.column("lines", sa.Text))
document_coding = sa.table(
    "document_coding", sa.column("document_id", UUID), sa.column("environment_id", sa.Integer), sa.column("company", sa.String), sa.column("cost_center", sa.String)
)


def upgrade() -> None:
    """Give each document the rows of its own company and of the codings of its lines, by which user access finds it."""
    connection = op.get_bind()
    last = "00000000-0000-0000-0000-000000000000"
    while rows := connection.execute(sa.select(document).where(document.c.id > last).order_by(document.c.id).limit(BATCH)).all():
        connection.execute(sa.insert(document_coding), [each for row in rows for each in codings_of(row)])
        last = rows[-1].id


def codings_of(row: sa.Row[tuple[object, ...]]) -> list[dict[str, object]]:
    """Return the rows of one document; an empty text stands for no company and for no cost center."""
    own = row.company or ""
    pairs = {(own, "")} | {(line.get("company") or own, line.get("cost_center") or "") for line in json.loads(row.lines)}
    return [
        {"document_id": row.id, "environment_id": row.environment_id, "company": company, "cost_center": cost_center}
        for company, cost_center in sorted(pairs)
    ]


def downgrade() -> None:
    """Take nothing back: 0004 drops the rows with their table."""
