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
from app.persistence.prepared import Prepared, word
from app.persistence.tables.documents import document
from app.persistence.tables.instances import route
from app.persistence.tables.people import environment
from app.persistence.tables.tasks import assignment, user_task
from app.persistence.tasks import task_rows

COUNT_MAX = 1_000
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
        "limit": query.limit,
        "organisation": query.organisation,
        "received_from": query.received_from,
        "received_before": query.received_before,
        "after_at": query.after[0] if query.after else None,
        "after_id": query.after[1] if query.after else None,
    }
    shape = tuple(name for name in _FILTERS if getattr(query, name) is not None)
    names = {"after": ("after_at", "after_id")}
    wanted = {"environment", "limit", *(each for name in shape for each in names.get(name, (name,)))}
    users = {f"user_{number}": user for number, user in enumerate(query.user_ids)}
    statement = _statement(shape, users=len(users), statuses=tuple(query.statuses), newest_first=query.newest_first)
    found = reading.prepared_rows(statement, {name: parameters[name] for name in wanted} | users)
    return InboxPage(rows=[_inbox_row(row) for row in found if row.id is not None], environment=found[0])


def _inbox_row(row: Any) -> InboxRow:
    return InboxRow(
        task=row,
        assignments=unpack(assignment, orjson.loads(row.all_assignments)),
        route_steps=row.step_names.split(",") if row.step_names else [],
        step_statuses={step: status for _, step, status in sorted(orjson.loads(row.siblings))},
    )


@lru_cache(maxsize=256)
def _statement(shape: tuple[str, ...], *, users: int, statuses: tuple[str, ...], newest_first: bool) -> Prepared:
    """Return the statement for these filters; the environment's row is there also when the page is empty.

    Each user's tasks are read in order and no more than a page of them, then those of several are merged: however many there are.
    """
    ids = [sa.bindparam(f"user_{number}", type_=assignment.c.user_id.type) for number in range(users)]
    mine = [_of_user(each, ids, shape, statuses=statuses, newest_first=newest_first) for each in ids]
    limited = mine[0]
    if users > 1:
        merged = sa.union_all(*(sa.select(each.subquery()) for each in mine)).subquery()
        order = (merged.c.sort_at, merged.c.assignment_id)
        limited = sa.select(merged).order_by(*_in_order(order, newest_first=newest_first)).limit(sa.bindparam("limit"))
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
        .order_by(*_in_order(outer, newest_first=newest_first))
    )


def _of_user(user: Any, users: Sequence[Any], shape: tuple[str, ...], *, statuses: tuple[str, ...], newest_first: bool) -> sa.Select[Any]:
    """Return the first page of one of the users, without tasks that another share of theirs shows earlier."""
    words = [word(status) for status in statuses]
    statement = task_rows(
        assignment.c.id.label("assignment_id"),
        assignment.c.sort_at,
        source=assignment.join(user_task, user_task.c.id == assignment.c.task_id),
    ).where(assignment.c.user_id == user, assignment.c.status.in_(words), _is_first_of_task(users, words, newest_first=newest_first))
    if "organisation" in shape:
        named = sa.bindparam("organisation", type_=sa.String())
        statement = statement.where(sa.or_(document.c.organisation == named, document.c.seller_name == named))
    if "received_from" in shape:
        statement = statement.where(document.c.received_at >= sa.bindparam("received_from", type_=document.c.received_at.type))
    if "received_before" in shape:
        statement = statement.where(document.c.received_at < sa.bindparam("received_before", type_=document.c.received_at.type))
    order = (assignment.c.sort_at, assignment.c.id)
    if "after" in shape:
        at, after_id = (
            sa.bindparam(name, type_=assignment.c[column].type) for name, column in (("after_at", "sort_at"), ("after_id", "id"))
        )
        key = sa.tuple_(*order)
        statement = statement.where(key < sa.tuple_(at, after_id) if newest_first else key > sa.tuple_(at, after_id))
    return statement.order_by(*_in_order(order, newest_first=newest_first)).limit(sa.bindparam("limit"))


def _in_order(columns: Sequence[sa.ColumnElement[Any]], *, newest_first: bool) -> Sequence[sa.ColumnElement[Any]]:
    return [column.desc() for column in columns] if newest_first else columns


def _is_first_of_task(users: Sequence[Any], statuses: Sequence[Any], *, newest_first: bool) -> sa.ColumnElement[bool]:
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
    """Return the number of tasks in each tab of these users' inbox, at most COUNT_MAX, and the environment's row.

    `tabs` gives the statuses of the assignments in each. No more than COUNT_MAX assignments are looked at, so that a long history costs nothing.
    """
    (row,) = reading.prepared_rows(
        _count_statement(tuple((name, tuple(statuses)) for name, statuses in tabs.items())),
        {"environment": environment_id, "users": list(user_ids)},
    )
    return {name: getattr(row, name) or 0 for name in tabs}, row


@lru_cache(maxsize=8)
def _count_statement(tabs: tuple[tuple[str, tuple[str, ...]], ...]) -> Prepared:
    users = sa.bindparam("users", expanding=True, type_=assignment.c.user_id.type)
    counts = []
    for name, statuses in tabs:
        in_tab = sa.select(assignment.c.task_id).where(
            assignment.c.user_id.in_(users), assignment.c.status.in_([word(status) for status in statuses])
        )
        some = in_tab.limit(sa.literal_column(str(COUNT_MAX))).subquery()
        counts.append(sa.select(sa.func.count(sa.distinct(some.c.task_id))).scalar_subquery().label(name))
    return Prepared(sa.select(environment, *counts).where(environment.c.id == sa.bindparam("environment", type_=sa.Integer())))
