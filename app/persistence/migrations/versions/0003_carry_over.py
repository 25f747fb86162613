"""Carry over: fill the columns of 0002 for what was stored before

Revision ID: 0003
Revises: 0002
"""
import json
from decimal import Decimal

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STEPS = ("secretary", "first_line", "second_line", "first_overall", "second_overall")
UUID = sa.Uuid(as_uuid=False)

route = sa.table("route", sa.column("id", UUID), sa.column("steps", sa.Text), sa.column("step_names", sa.String))
user_task = sa.table(
    "user_task", sa.column("id", UUID), sa.column("document_id", UUID), sa.column("step", sa.String), sa.column("slots", sa.Text), sa.column("status", sa.String)
)
document = sa.table("document", sa.column("id", UUID), sa.column("lines", sa.Text))
cost_center = sa.table(
    "cost_center", sa.column("id", UUID), sa.column("environment_id", sa.Integer), sa.column("key", sa.String), sa.column("parent", sa.String), sa.column("is_root", sa.Boolean)
)


def upgrade() -> None:
    """Name the steps of each route, the amount of each open slot, and the roots of the charts."""
    connection = op.get_bind()
    for row in connection.execute(sa.select(route.c.id, route.c.steps).where(route.c.step_names.is_(None))).all():
        steps = json.loads(row.steps)
        names = ",".join(step for step in STEPS if step in steps)
        connection.execute(sa.update(route).where(route.c.id == row.id).values(step_names=names))
    tasks = sa.select(user_task.c.id, user_task.c.slots, document.c.lines).join(document, document.c.id == user_task.c.document_id)
    for task in connection.execute(tasks.where(user_task.c.step.is_not(None), user_task.c.status == "open")).all():
        slots, lines = json.loads(task.slots), json.loads(task.lines)
        for slot in slots:
            amounts = (Decimal(lines[index]["amount"]) for index in slot["lines"] if index < len(lines))
            slot.setdefault("amount", str(sum(amounts, Decimal(0))))
        text = json.dumps(slots, ensure_ascii=False, separators=(",", ":"))
        connection.execute(sa.update(user_task).where(user_task.c.id == task.id).values(slots=text))
    child = cost_center.alias("child")
    has_children = sa.exists().where(child.c.environment_id == cost_center.c.environment_id, child.c.parent == cost_center.c.key)
    connection.execute(sa.update(cost_center).where(cost_center.c.parent.is_(None), has_children).values(is_root=sa.true()))


def downgrade() -> None:
    """Nothing: 0002 takes its columns away."""
