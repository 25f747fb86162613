"""What belongs to an instance or a task is in its environment: no foreign key of its own says so again.

Revision: 0006, after 0005.
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLES = ("process_instance", "route", "timer", "element_instance", "user_task", "assignment", "transaction_role", "audit_event")


def upgrade() -> None:
    """Drop the foreign keys, for each of which PostgreSQL locked the environment's row with every row written."""
    for table in TABLES:
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(f"fk_{table}_environment_id_environment", type_="foreignkey")


def downgrade() -> None:
    """Refer to the environment again."""
    for table in TABLES:
        with op.batch_alter_table(table) as batch:
            batch.create_foreign_key(f"fk_{table}_environment_id_environment", "environment", ["environment_id"], ["id"])
