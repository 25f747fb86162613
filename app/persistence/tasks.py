"""Statements about user tasks, assignments and the roles people play in a transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.persistence.database import Reading, UnitOfWork
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


def roles_of_transaction(reading: Reading, transaction_id: str) -> Sequence[sa.Row[Any]]:
    """Return the roles that stand: who signed which step, for himself or for whom."""
    return reading.rows(
        sa.select(transaction_role).where(transaction_role.c.transaction_id == transaction_id, transaction_role.c.superseded_at.is_(None))
    )


def take_role(work: UnitOfWork, values: dict[str, Any]) -> str:
    """Store that a person plays a step in the transaction, and return the step he plays.

    The unique index lets one person play one step whatever the code does: when he plays one already, that step is returned and
    nothing changes.
    """
    insert = work.upsert(transaction_role).values(**values)
    statement = insert.on_conflict_do_update(
        index_elements=["transaction_id", "user_id"],
        index_where=sa.text("superseded_at IS NULL"),
        set_={"step": transaction_role.c.step},
    ).returning(transaction_role.c.step)
    return str(work.execute(statement).scalar_one())


def insert_tasks(work: UnitOfWork, rows: Sequence[dict[str, Any]]) -> None:
    """Store new tasks."""
    work.insert(user_task, rows)


def insert_assignments(work: UnitOfWork, rows: Sequence[dict[str, Any]]) -> None:
    """Store new assignments."""
    work.insert(assignment, rows)


def update_task(work: UnitOfWork, task_id: str, **values: object) -> None:
    """Change columns of one task."""
    work.execute(sa.update(user_task).where(user_task.c.id == task_id).values(**values))


def update_assignments(work: UnitOfWork, assignment_ids: Sequence[str], **values: object) -> None:
    """Change columns of some assignments; each change is a new revision, and what is done sorts by when it was done."""
    if "decided_at" in values:
        values["sort_at"] = values["decided_at"]
    if assignment_ids:
        work.execute(sa.update(assignment).where(assignment.c.id.in_(assignment_ids)).values(revision=assignment.c.revision + 1, **values))


def find_task(reading: Reading, environment_id: int, task_id: str) -> sa.Row[Any] | None:
    """Return the task of this environment with its document and instance, or None."""
    return reading.row(_task_rows().where(user_task.c.id == task_id, user_task.c.environment_id == environment_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxFilter:
    """What an inbox page shows; instants bound the document's receipt, the first inclusive, the second exclusive."""

    user_ids: Sequence[str]
    statuses: Sequence[str]
    organisation: str | None = None
    received_from: datetime | None = None
    received_before: datetime | None = None
    after: tuple[datetime, str] | None = None
    newest_first: bool = False
    limit: int = 50


def inbox(reading: Reading, query: InboxFilter) -> Sequence[sa.Row[Any]]:
    """Return one page of tasks, each with one assignment, document and instance: soonest due first, or newest first for what is done."""
    statement = _task_rows(
        assignment.c.id.label("assignment_id"),
        assignment.c.user_id,
        assignment.c.principal_id,
        assignment.c.cause,
        assignment.c.slot,
        assignment.c.status.label("assignment_status"),
        assignment.c.why,
        assignment.c.claimed_at,
        assignment.c.reminded_at,
        assignment.c.sort_at,
        assignment.c.revision.label("assignment_revision"),
        assignment.c.decided_by,
        assignment.c.decided_at.label("assignment_decided_at"),
        source=assignment.join(user_task, user_task.c.id == assignment.c.task_id),
    ).where(assignment.c.user_id.in_(query.user_ids), assignment.c.status.in_(query.statuses), _is_first_of_task(query))
    if query.organisation is not None:
        statement = statement.where(sa.or_(document.c.organisation == query.organisation, document.c.seller_name == query.organisation))
    if query.received_from is not None:
        statement = statement.where(document.c.received_at >= query.received_from)
    if query.received_before is not None:
        statement = statement.where(document.c.received_at < query.received_before)
    key = sa.tuple_(assignment.c.sort_at, assignment.c.id)
    if query.after is not None:
        position = sa.tuple_(sa.literal(query.after[0], assignment.c.sort_at.type), sa.literal(query.after[1], assignment.c.id.type))
        statement = statement.where(key < position if query.newest_first else key > position)
    order = (assignment.c.sort_at, assignment.c.id)
    return reading.rows(statement.order_by(*((column.desc() for column in order) if query.newest_first else order)).limit(query.limit))


def _is_first_of_task(query: InboxFilter) -> sa.ColumnElement[bool]:
    """Return the condition that keeps one assignment of a task in which the users have several, on whatever page it stands."""
    other = assignment.alias("other")
    key, position = sa.tuple_(other.c.sort_at, other.c.id), sa.tuple_(assignment.c.sort_at, assignment.c.id)
    return ~sa.exists().where(
        other.c.task_id == assignment.c.task_id,
        other.c.user_id.in_(query.user_ids),
        other.c.status.in_(query.statuses),
        key > position if query.newest_first else key < position,
    )


def count_inbox(reading: Reading, user_ids: Sequence[str], tabs: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Return the number of tasks in each tab of these users' inbox; `tabs` gives the statuses of the assignments in it."""
    counts = [
        sa.func.count(sa.distinct(sa.case((assignment.c.status.in_(statuses), assignment.c.task_id)))).label(name)
        for name, statuses in tabs.items()
    ]
    row = reading.row(sa.select(*counts).where(assignment.c.user_id.in_(user_ids)))
    assert row is not None, "a count is always a row"
    return {name: getattr(row, name) for name in tabs}


def is_involved(reading: Reading, *, user_ids: Sequence[str], document_id: str | None, instance_id: str | None) -> bool:
    """Return whether one of the users received the document, started an instance of it, or was ever asked to act on it."""
    about_instance = process_instance.c.id == instance_id if document_id is None else process_instance.c.document_id == document_id
    involved = sa.select(
        sa.or_(
            sa.exists().where(document.c.id == document_id, document.c.received_by.in_(user_ids)) if document_id else sa.false(),
            sa.exists().where(about_instance, process_instance.c.started_by.in_(user_ids)),
            sa.exists().where(about_instance, assignment.c.instance_id == process_instance.c.id, assignment.c.user_id.in_(user_ids)),
        ).label("involved")
    )
    row = reading.row(involved)
    return bool(row and row.involved)


def _task_rows(*extra: sa.ColumnElement[Any], source: sa.FromClause = user_task) -> sa.Select[Any]:
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


def tasks_of_instances(reading: Reading, instance_ids: Sequence[str]) -> Sequence[sa.Row[Any]]:
    """Return the tasks of several instances, oldest first, without their slots."""
    columns = [user_task.c[name] for name in ("id", "instance_id", "step", "status")]
    return reading.rows(sa.select(*columns).where(user_task.c.instance_id.in_(instance_ids)).order_by(user_task.c.id))


def mark_reminded(work: UnitOfWork, assignment_ids: Sequence[str], now: datetime) -> None:
    """Note that people were reminded; their revision stays, since nothing they decide on has changed."""
    if assignment_ids:
        work.execute(sa.update(assignment).where(assignment.c.id.in_(assignment_ids)).values(reminded_at=now))
