"""Statements about user tasks, assignments and the roles people play in a transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.persistence.database import Reading, UnitOfWork
from app.persistence.picture import row_of
from app.persistence.tables.documents import document
from app.persistence.tables.instances import process_instance
from app.persistence.tables.tasks import assignment, transaction_role, user_task


def tasks_of_instance(reading: Reading, instance_id: str, *, status: str | None = None) -> Sequence[sa.Row[Any]]:
    """Return the instance's tasks, oldest first."""
    statement = sa.select(user_task).where(user_task.c.instance_id == instance_id)
    if status is not None:
        statement = statement.where(user_task.c.status == status)
    return reading.rows(statement.order_by(user_task.c.id))


def assignments_of_instance(reading: Reading, instance_id: str) -> Sequence[sa.Row[Any]]:
    """Return all assignments of the instance, oldest first."""
    return reading.rows(sa.select(assignment).where(assignment.c.instance_id == instance_id).order_by(assignment.c.id))


def assignments_of_tasks(reading: Reading, task_ids: Sequence[str]) -> Sequence[sa.Row[Any]]:
    """Return all assignments of the tasks, oldest first."""
    return reading.rows(sa.select(assignment).where(assignment.c.task_id.in_(task_ids)).order_by(assignment.c.id))


def insert_roles(work: UnitOfWork, rows: Sequence[dict[str, Any]]) -> None:
    """Store that people play steps in a transaction; the unique index lets one person play one step, whatever the code does."""
    work.insert(transaction_role, rows)


def insert_tasks(work: UnitOfWork, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store new tasks."""
    work.insert(user_task, rows)


def task_of(values: Mapping[str, Any]) -> Any:
    """Return the row that these values make."""
    return row_of(user_task, values)


def insert_assignments(work: UnitOfWork, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store new assignments."""
    work.insert(assignment, rows)


def assignment_of(values: Mapping[str, Any]) -> Any:
    """Return the row that these values make."""
    return row_of(assignment, values)


def update_task(work: UnitOfWork, task_id: str, **values: object) -> None:
    """Change columns of one task."""
    work.update(user_task, task_id, values)


def update_assignment(work: UnitOfWork, assignment_id: str, values: Mapping[str, object]) -> None:
    """Change columns of one assignment."""
    work.update(assignment, assignment_id, values)


def find_task(reading: Reading, environment_id: int, task_id: str) -> sa.Row[Any] | None:
    """Return the task of this environment with its document and instance, or None."""
    return reading.row(task_rows().where(user_task.c.id == task_id, user_task.c.environment_id == environment_id))


def documents_of_tasks(reading: Reading, environment_id: int, task_ids: Sequence[str]) -> Sequence[sa.Row[Any]]:
    """Return currency and total of the documents that the tasks are about, each document once."""
    about = sa.select(user_task.c.document_id).where(user_task.c.id.in_(task_ids), user_task.c.environment_id == environment_id)
    return reading.rows(sa.select(document.c.id, document.c.currency, document.c.total).where(document.c.id.in_(about)))


def task_rows(*extra: sa.ColumnElement[Any], source: sa.FromClause = user_task) -> sa.Select[Any]:
    """Return the SELECT of tasks with what a list shows of their document and instance."""
    return (
        sa.select(
            user_task,
            document.c.number,
            document.c.kind.label("document_kind"),
            document.c.currency,
            document.c.total,
            document.c.seller_name,
            document.c.received_at,
            document.c.revision.label("document_revision"),
            process_instance.c.status.label("instance_status"),
            process_instance.c.revision.label("instance_revision"),
            *extra,
        )
        .select_from(source.join(process_instance, process_instance.c.id == user_task.c.instance_id))
        .outerjoin(document, document.c.id == user_task.c.document_id)
    )


def supersede_roles(work: UnitOfWork, role_ids: Sequence[str], now: datetime) -> None:
    """Let roles count no more; they stay as history, outside the key."""
    if role_ids:
        work.execute(sa.update(transaction_role).where(transaction_role.c.id.in_(role_ids)).values(superseded_at=now))


def supersede_tasks(work: UnitOfWork, instance_id: str, steps: Sequence[str], *, outcome: str) -> None:
    """Let the approvals of these steps of an instance count no more; they stay as history, with another outcome."""
    if steps:
        work.execute(
            sa.update(user_task)
            .where(user_task.c.instance_id == instance_id, user_task.c.step.in_(steps))
            .where(user_task.c.status == "completed", user_task.c.outcome == "approved")
            .values(outcome=outcome)
        )
