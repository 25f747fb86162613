"""Run by alembic: hands it the connection and the tables."""

from typing import Literal

import sqlalchemy as sa
from alembic import context

from app.persistence import types
from app.persistence.tables import metadata


def _render(kind: str, value: object, _context: object) -> str | Literal[False]:
    """Write our column types as the plain types they are stored in, so that old migrations outlive them."""
    if kind != "type":
        return False
    if isinstance(value, types.UtcInstant):
        return "sa.DateTime(timezone=True)"
    if isinstance(value, types.Amount):
        return "sa.BigInteger()"
    if isinstance(value, types.ExactDecimal):
        return "sa.String(length=64)"
    if isinstance(value, types.Json):
        return "sa.Text()"
    if isinstance(value, types.Id | sa.Uuid):
        return "sa.Uuid(as_uuid=False)"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    render_item=_render,
    compare_type=False,
)
with context.begin_transaction():
    context.run_migrations()
