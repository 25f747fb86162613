"""The inbox: one page with everything a list shows, in one statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson
import sqlalchemy as sa

from app.persistence.database import Reading
from app.persistence.picture import packed_list, unpack
from app.persistence.prepared import Prepared
from app.persistence.tables.documents import document
from app.persistence.tables.instances import route
from app.persistence.tables.people import environment
from app.persistence.tables.tasks import assignment, user_task
from app.persistence.tasks import task_rows

_FILTERS = ("organisation", "received_from", "received_before", "after")


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxFilter:
    """What an inbox page shows; instants bound the document's receipt, the first inclusive, the second exclusive."""

    environment_id: int
    user_ids: Sequence[str]
    statuses: Sequence[str]
    organisation: str | None = None
    received_from: datetime | None = None
    received_before: datetime | None = None
    after: tuple[datetime, str] | None = None
    newest_first: bool = False
    limit: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow:
    """A task on a page: `task` with one assignment, document and instance; all its assignments; the steps of its route, and the status of the newest task of each."""

    task: Any
    assignments: list[Any]
    route_steps: list[str]
    step_statuses: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxPage:
    """One page, and the versions of the environment that the statement saw."""

    rows: list[InboxRow]
    environment: Any


def read_inbox(reading: Reading, query: InboxFilter) -> InboxPage:
    """Return one page of tasks: soonest due first, or newest first for what is done."""
    parameters = {
        "environment": query.environment_id,
        "users": list(query.user_ids),
        "statuses": list(query.statuses),
        "limit": query.limit,
        "organisation": query.organisation,
        "received_from": query.received_from,
        "received_before": query.received_before,
        "after_at": query.after[0] if query.after else None,
        "after_id": query.after[1] if query.after else None,
    }
    shape = tuple(name for name in _FILTERS if getattr(query, name) is not None)
    names = {"after": ("after_at", "after_id")}
    wanted = {"environment", "users", "statuses", "limit", *(each for name in shape for each in names.get(name, (name,)))}
    found = reading.prepared_rows(_statement(shape, newest_first=query.newest_first), {name: parameters[name] for name in wanted})
    return InboxPage(rows=[_inbox_row(row) for row in found if row.id is not None], environment=found[0])


def _inbox_row(row: Any) -> InboxRow:
    return InboxRow(
        task=row,
        assignments=unpack(assignment, orjson.loads(row.all_assignments)),
        route_steps=row.step_names.split(",") if row.step_names else [],
        step_statuses={step: status for _, step, status in sorted(orjson.loads(row.siblings))},
    )


@lru_cache(maxsize=64)
def _statement(shape: tuple[str, ...], *, newest_first: bool) -> Prepared:
    """Return the statement for these filters; the environment's row is there also when the page is empty."""
    users, statuses = (
        sa.bindparam(name, expanding=True, type_=assignment.c[column].type)
        for name, column in (("users", "user_id"), ("statuses", "status"))
    )
    key = sa.tuple_(assignment.c.sort_at, assignment.c.id)
    statement = task_rows(
        assignment.c.id.label("assignment_id"),
        assignment.c.sort_at,
        source=assignment.join(user_task, user_task.c.id == assignment.c.task_id),
    ).where(
        assignment.c.user_id.in_(users), assignment.c.status.in_(statuses), _is_first_of_task(users, statuses, newest_first=newest_first)
    )
    if "organisation" in shape:
        named = sa.bindparam("organisation", type_=sa.String())
        statement = statement.where(sa.or_(document.c.organisation == named, document.c.seller_name == named))
    if "received_from" in shape:
        statement = statement.where(document.c.received_at >= sa.bindparam("received_from", type_=document.c.received_at.type))
    if "received_before" in shape:
        statement = statement.where(document.c.received_at < sa.bindparam("received_before", type_=document.c.received_at.type))
    if "after" in shape:
        at, after_id = (
            sa.bindparam(name, type_=assignment.c[column].type) for name, column in (("after_at", "sort_at"), ("after_id", "id"))
        )
        statement = statement.where(key < sa.tuple_(at, after_id) if newest_first else key > sa.tuple_(at, after_id))
    order = (assignment.c.sort_at, assignment.c.id)
    limited = statement.order_by(*((column.desc() for column in order) if newest_first else order)).limit(sa.bindparam("limit"))
    page = limited.subquery("page")
    sibling = user_task.alias("sibling")
    steps = sa.select(route.c.step_names).where(route.c.instance_id == page.c.instance_id, route.c.superseded_at.is_(None)).limit(1)
    outer = (page.c.sort_at, page.c.assignment_id)
    return Prepared(
        sa.select(
            *(column for column in page.c if column.name != "environment_id"),
            packed_list(assignment.c, assignment.c.task_id == page.c.id).label("all_assignments"),
            packed_list(
                (sibling.c.id, sibling.c.step, sibling.c.status), sibling.c.instance_id == page.c.instance_id, sibling.c.step.is_not(None)
            ).label("siblings"),
            steps.scalar_subquery().label("step_names"),
            environment.c.id.label("environment_id"),
            environment.c.key.label("environment_key"),
            *(environment.c[name] for name in ("time_zone", "base_currency", "authority_version", "matrix_version", "definitions_version")),
        )
        .select_from(environment.outerjoin(page, sa.true()))
        .where(environment.c.id == sa.bindparam("environment"))
        .order_by(*((column.desc() for column in outer) if newest_first else outer))
    )


def _is_first_of_task(users: Any, statuses: Any, *, newest_first: bool) -> sa.ColumnElement[bool]:
    """Return the condition that keeps one assignment of a task in which the users have several, on whatever page it stands."""
    other = assignment.alias("other")
    key, position = sa.tuple_(other.c.sort_at, other.c.id), sa.tuple_(assignment.c.sort_at, assignment.c.id)
    return ~sa.exists().where(
        other.c.task_id == assignment.c.task_id,
        other.c.user_id.in_(users),
        other.c.status.in_(statuses),
        key > position if newest_first else key < position,
    )


def count_inbox(
    reading: Reading, environment_id: int, user_ids: Sequence[str], tabs: Mapping[str, Sequence[str]]
) -> tuple[dict[str, int], Any]:
    """Return the number of tasks in each tab of these users' inbox, and the environment's row; `tabs` gives the statuses of the assignments in it."""
    (row,) = reading.prepared_rows(
        _count_statement(tuple((name, tuple(statuses)) for name, statuses in tabs.items())),
        {"environment": environment_id, "users": list(user_ids)},
    )
    return {name: getattr(row, name) or 0 for name in tabs}, row


@lru_cache(maxsize=8)
def _count_statement(tabs: tuple[tuple[str, tuple[str, ...]], ...]) -> Prepared:
    users = sa.bindparam("users", expanding=True, type_=assignment.c.user_id.type)
    counts = [
        sa.select(sa.func.count(sa.distinct(assignment.c.task_id)))
        .where(assignment.c.user_id.in_(users), assignment.c.status.in_(statuses))
        .scalar_subquery()
        .label(name)
        for name, statuses in tabs
    ]
    return Prepared(sa.select(environment, *counts).where(environment.c.id == sa.bindparam("environment", type_=sa.Integer())))
