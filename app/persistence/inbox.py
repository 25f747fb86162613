"""The inbox: one page with everything a list shows, in one statement; and how many tasks there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa

from app.persistence.database import Reading
from app.persistence.inbox_conditions import (
    DUE,
    Guest,
    InboxQuery,
    Shape,
    first_page,
    in_order,
    matching_shares,
    parameters_of,
    shape_of,
    sort_columns,
)
from app.persistence.picture import packed_list, unpacker_of
from app.persistence.prepared import Prepared, word
from app.persistence.tables.documents import document
from app.persistence.tables.instances import process_instance, route
from app.persistence.tables.journal import audit_event
from app.persistence.tables.people import environment
from app.persistence.tables.tasks import assignment, user_task

__all__ = ["COUNT_MAX", "Guest", "InboxPage", "InboxRow", "count_inbox", "read_inbox"]

COUNT_MAX = 1_000
_NOT_SHOWN = frozenset({"task_id", "instance_id", "reason", "created_at"})
_SHARE = tuple(column for column in assignment.c if column.name not in _NOT_SHOWN)
_TASK = tuple(
    user_task.c[name]
    for name in (
        *("id", "element", "name", "kind", "step", "mode", "status", "due_at", "priority", "slots", "decided_at", "outcome", "created_at"),
        *("instance_id", "document_id", "hold", "paused_at"),
    )
)
_ENVIRONMENT = ("key", "time_zone", "base_currency", "authority_version", "matrix_version", "definitions_version")


class InboxRow(NamedTuple):
    """A task on a page.

    Attributes:
        position: the values that the list is sorted by, then the id of the assignment that brought the task onto the page.
        task: its row, with what a list shows of document and instance.
        assignments: all its assignments, by id; shown: those of them that the inbox is about.
        route_steps: the steps of its route in their order; step_statuses: the status of the newest task of each that is not superseded.
        changed_by_version: the newest version of the matrix that would route the transaction otherwise, or None.
    """

    position: tuple[Any, ...]
    task: Any
    assignments: list[Any]
    shown: list[Any]
    route_steps: list[str]
    step_statuses: dict[str, str]
    changed_by_version: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxPage:
    """One page, and the versions of the environment that the statement saw."""

    rows: list[InboxRow]
    environment: Any


def read_inbox(reading: Reading, query: InboxQuery) -> InboxPage:
    """Return the next assignments of an inbox in the order of the query, each with its task.

    By due date no more than a page is read from the index of a person's assignments, as long as the tasks match. Another order, and what
    few tasks match, costs a look at all of the person's own tasks in the tab, never at those of others.
    """
    found = reading.prepared_rows(_page_statement(shape_of(query)), parameters_of(query))
    keys = len(sort_columns(query.sort))
    unpack_shares = unpacker_of(_SHARE, reading.dialect)
    rows = [_inbox_row(row, query, row[: keys + 1], unpack_shares(row.all_assignments)) for row in found if row.id is not None]
    return InboxPage(rows=rows, environment=found[0])


def _inbox_row(row: Any, query: InboxQuery, position: tuple[Any, ...], assignments: list[Any]) -> InboxRow:
    (step_names, changed_by), *_ = orjson.loads(row.routes) or [(None, None)]
    return InboxRow(
        position=position,
        task=row,
        assignments=assignments,
        shown=[each for each in assignments if query.shows(each, row)],
        route_steps=step_names.split(",") if step_names else [],
        step_statuses={step: status for _, step, status in sorted(orjson.loads(row.siblings))},
        changed_by_version=changed_by,
    )


@lru_cache(maxsize=256)
def _page_statement(shape: Shape) -> Prepared:
    """Return the statement for these filters; the environment's row is there also when the page is empty.

    The page is found as keys alone; what its rows show is looked up by their ids.
    """
    page = first_page(shape).subquery("page")
    keys = [page.c[f"key_{place}"] for place in range(len(sort_columns(shape.sort)))]
    sibling = user_task.alias("sibling")
    comments = sa.select(sa.func.count()).where(audit_event.c.instance_id == user_task.c.instance_id, audit_event.c.kind == word("comment"))
    routes = (route.c.step_names, route.c.changed_by_version)
    siblings = (sibling.c.id, sibling.c.step, sibling.c.status)
    counts = sa.or_(sibling.c.outcome.is_(None), sibling.c.outcome != word("superseded"))
    return Prepared(
        sa.select(
            *keys,
            page.c.assignment_id,
            *_TASK,
            document.c.number,
            document.c.kind.label("document_kind"),
            document.c.currency,
            document.c.total,
            document.c.seller_name,
            document.c.received_at,
            process_instance.c.definition_key,
            packed_list(_SHARE, assignment.c.task_id == page.c.task_id).label("all_assignments"),
            packed_list(siblings, sibling.c.instance_id == user_task.c.instance_id, sibling.c.step.is_not(None), counts).label("siblings"),
            packed_list(routes, route.c.instance_id == user_task.c.instance_id, route.c.superseded_at.is_(None)).label("routes"),
            comments.scalar_subquery().label("comments"),
            environment.c.id.label("environment_id"),
            *(environment.c[name].label(f"environment_{name}" if name == "key" else name) for name in _ENVIRONMENT),
        )
        .select_from(
            environment.outerjoin(page, sa.true())
            .outerjoin(user_task, user_task.c.id == page.c.task_id)
            .outerjoin(process_instance, process_instance.c.id == user_task.c.instance_id)
            .outerjoin(document, document.c.id == user_task.c.document_id)
        )
        .where(environment.c.id == sa.bindparam("environment"))
        .order_by(*in_order((*keys, page.c.assignment_id), descending=shape.descending))
    )


def count_inbox(reading: Reading, query: InboxQuery, tabs: Mapping[str, Sequence[str]]) -> tuple[dict[str, int], Any]:
    """Return the number of tasks in each tab under the filters of the query, each at most COUNT_MAX, and the environment's row.

    `tabs` gives the statuses of the assignments in each. No more than COUNT_MAX assignments that match are looked at, so that a long
    history costs nothing.
    """
    named = tuple((name, tuple(statuses)) for name, statuses in tabs.items())
    shape = shape_of(query)._replace(statuses=(), sort=DUE, descending=False, goes_on=False)
    (row,) = reading.prepared_rows(_count_statement(shape, named), parameters_of(query))
    return {name: getattr(row, name) or 0 for name in tabs}, row


@lru_cache(maxsize=256)
def _count_statement(shape: Shape, tabs: tuple[tuple[str, tuple[str, ...]], ...]) -> Prepared:
    counts = []
    for name, statuses in tabs:
        of_tab = shape._replace(statuses=statuses)
        limit: sa.ColumnElement[int] = sa.literal_column(str(COUNT_MAX))
        each = [matching_shares(of_tab, number).with_only_columns(assignment.c.task_id).limit(limit) for number in range(len(shape.people))]
        some = (each[0] if len(each) == 1 else sa.union_all(*(sa.select(one.subquery()) for one in each)).limit(limit)).subquery()
        counts.append(sa.select(sa.func.count(sa.distinct(some.c.task_id))).scalar_subquery().label(name))
    return Prepared(sa.select(environment, *counts).where(environment.c.id == sa.bindparam("environment", type_=sa.Integer())))
