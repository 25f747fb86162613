"""Which assignments an inbox holds, under which filters and in which order: conditions, orders and their parameters."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, NamedTuple

import sqlalchemy as sa

from app.persistence.prepared import word
from app.persistence.tables.documents import document
from app.persistence.tables.instances import process_instance
from app.persistence.tables.tasks import assignment, user_task
from app.persistence.types import NO_ID, Amount
from app.persistence.visibility import Part, is_within

SELLER_LENGTH = 40
"""Sellers are sorted by so many letters of their names, which a cursor has room for."""
DUE = "due"
Way = tuple[tuple[str, ...], tuple[tuple[str, Decimal], ...] | None]
Condition = sa.ColumnElement[bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """Who may see shares in other environments too, and in which: his own ones, not those of people he acts for."""

    user_id: str
    environment_ids: Sequence[int]


class InboxQuery(NamedTuple):
    """What an inbox shows, and which page of it.

    Attributes:
        people: the ids of the users whose assignments are shown, each with the parts of them that are; no part, all of them.
        statuses: of the assignments.
        given: the values of filters by their names. `received_from` and `received_before` bound the document's receipt, the first
            inclusive, the second exclusive; `amount_from` and `amount_to` its total, both inclusive, in `currency`.
        flags: `is_held`, `is_overdue` and `is_claimed`; without one, either.
        texts: each of them is looked for in document number, seller and name of the task, whatever the case of its letters.
        guest: who sees shares elsewhere, and where; None where there is nothing to keep apart.
        after: the position of the last assignment of the page before.
    """

    environment_id: int
    people: Mapping[str, Sequence[Part]]
    statuses: Sequence[str]
    now: datetime
    given: Mapping[str, Any] = MappingProxyType({})
    flags: Mapping[str, bool] = MappingProxyType({})
    texts: Sequence[str] = ()
    sort: str = DUE
    descending: bool = False
    guest: Guest | None = None
    after: Sequence[Any] | None = None
    limit: int = 50

    def going_on_after(self, position: Sequence[Any]) -> "InboxQuery":
        """Return the query for what comes after a position."""
        return self._replace(after=position)

    def shows(self, share: Any, task: Any) -> bool:
        """Return whether an assignment of a task that the inbox has found is one that the inbox is about."""
        parts = self.people.get(share.user_id)
        if parts is None or share.status not in self.statuses:
            return False
        if share.environment_id != self.environment_id and (self.guest is None or self.guest.user_id != share.user_id):
            return False
        return not parts or any(_is_part(part, task) for part in parts)


def _is_part(part: Part, task: Any) -> bool:
    if part.processes and task.definition_key not in part.processes:
        return False
    if part.limits is None or task.document_id is None:
        return True
    limit = part.limits.get(task.currency)
    return limit is not None and abs(task.total) <= limit


class Shape(NamedTuple):
    """What the text of a statement depends on; everything else is a parameter."""

    people: tuple[tuple[Way, ...], ...]
    statuses: tuple[str, ...]
    given: tuple[str, ...]
    flags: tuple[tuple[str, bool], ...]
    texts: int
    sort: str
    descending: bool
    goes_on: bool
    guest: int | None = None
    """The place of the guest among the people, -1 where none of them is one; None where nothing is kept apart."""


def _parameter(name: str, type_: sa.types.TypeEngine[Any]) -> sa.BindParameter[Any]:
    return sa.bindparam(name, type_=type_)


def _of_document(column: str, compare: Callable[[Any, Any], Any], name: str) -> Callable[[], Condition]:
    return lambda: compare(document.c[column], _parameter(name, document.c[column].type))


def _organisation() -> Condition:
    named = _parameter("organisation", sa.String())
    return sa.or_(document.c.organisation == named, document.c.seller_name == named)


_DOCUMENT, _TASK, _INSTANCE = (frozenset({name}) for name in ("document", "task", "instance"))
_GIVEN: Mapping[str, tuple[frozenset[str], Callable[[], Condition]]] = {
    "organisation": (_DOCUMENT, _organisation),
    "received_from": (_DOCUMENT, _of_document("received_at", lambda column, value: column >= value, "received_from")),
    "received_before": (_DOCUMENT, _of_document("received_at", lambda column, value: column < value, "received_before")),
    "amount_from": (_DOCUMENT, _of_document("total", lambda column, value: column >= value, "amount_from")),
    "amount_to": (_DOCUMENT, _of_document("total", lambda column, value: column <= value, "amount_to")),
    "currency": (_DOCUMENT, _of_document("currency", lambda column, value: column == value, "currency")),
    "process": (_INSTANCE, lambda: process_instance.c.definition_key == _parameter("process", sa.String())),
    "step": (_TASK, lambda: user_task.c.step == _parameter("step", sa.String())),
}


def _is_held() -> Condition:
    return user_task.c.hold.is_not(None)


def _is_overdue() -> Condition:
    """Return the condition that an open task is due before now; while its clock stands still it is not overdue."""
    late = user_task.c.due_at < _parameter("now", user_task.c.due_at.type)
    return sa.and_(user_task.c.status == word("open"), user_task.c.paused_at.is_(None), sa.func.coalesce(late, sa.false()))


def _is_claimed() -> Condition:
    claimed = assignment.alias("claimed")
    return sa.exists().where(claimed.c.task_id == assignment.c.task_id, claimed.c.status == word("open"), claimed.c.claimed_at.is_not(None))


_FLAGS: Mapping[str, tuple[frozenset[str], Callable[[], Condition]]] = {
    "is_held": (_TASK, _is_held),
    "is_overdue": (_TASK, _is_overdue),
    "is_claimed": (frozenset(), _is_claimed),
}
SORTS: Mapping[str, tuple[frozenset[str], tuple[sa.ColumnElement[Any], ...]]] = {
    DUE: (frozenset(), (assignment.c.sort_at,)),
    "received": (_DOCUMENT, (sa.func.coalesce(document.c.received_at, user_task.c.created_at),)),
    # Amounts of different currencies do not compare: those of each stand together.
    "amount": (
        _DOCUMENT,
        (
            sa.func.coalesce(document.c.currency, sa.literal_column("''", sa.String())),
            sa.func.coalesce(document.c.total, sa.literal_column("0", Amount())),
        ),
    ),
    "seller": (
        _DOCUMENT,
        (
            sa.func.substr(
                sa.func.lower(sa.func.coalesce(document.c.seller_name, sa.literal_column("''"))), 1, SELLER_LENGTH, type_=sa.String()
            ),
        ),
    ),
}


def sort_columns(sort: str) -> tuple[sa.ColumnElement[Any], ...]:
    """Return what a list is sorted by; the id of the assignment decides where it is the same."""
    return SORTS[sort][1]


def shape_of(query: InboxQuery) -> Shape:
    """Return what the statement for this query depends on."""
    return Shape(
        people=tuple([tuple(map(_way_of, parts)) for parts in query.people.values()]) or ((),),
        statuses=tuple(query.statuses),
        given=tuple(query.given),
        flags=tuple(query.flags.items()),
        texts=len(query.texts),
        sort=query.sort,
        descending=query.descending,
        goes_on=query.after is not None,
        guest=None if query.guest is None else next((place for place, user in enumerate(query.people) if user == query.guest.user_id), -1),
    )


def _way_of(part: Part) -> Way:
    return tuple(sorted(part.processes)), None if part.limits is None else tuple(sorted(part.limits.items()))


def parameters_of(query: InboxQuery) -> dict[str, Any]:
    """Return the parameters of the statement for this query."""
    found: dict[str, Any] = {"environment": query.environment_id, "limit": query.limit}
    found |= {f"user_{number}": user for number, user in enumerate(query.people or [NO_ID])}
    found |= query.given
    if query.texts:
        found |= {f"text_{number}": f"%{_escape(text)}%" for number, text in enumerate(query.texts)}
    if query.after:
        found |= {f"after_{number}": value for number, value in enumerate(query.after)}
    if query.guest is not None:
        found["hosts"] = sorted({query.environment_id, *query.guest.environment_ids})
    if "is_overdue" in query.flags:
        found["now"] = query.now
    return found


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def matching_shares(shape: Shape, number: int) -> sa.Select[Any]:
    """Return the SELECT of the assignments of one of the people that match: sort keys, own id, id of the task."""
    tables, columns = SORTS[shape.sort]
    used = [_GIVEN[name] for name in shape.given] + [_FLAGS[name] for name, _ in shape.flags]
    conditions = [_GIVEN[name][1]() for name in shape.given]
    conditions += [_FLAGS[name][1]() if wanted else ~_FLAGS[name][1]() for name, wanted in shape.flags]
    needed = tables.union(*(tables_of for tables_of, _ in used))
    ways = shape.people[number]
    if ways:
        needed |= _DOCUMENT | _INSTANCE
        conditions.append(sa.or_(*map(_is_on_way, ways)))
    if shape.texts:
        needed |= _DOCUMENT
        conditions.append(sa.or_(*map(_contains, range(shape.texts))))
    if shape.guest is not None:
        conditions.append(_is_within(is_guest=shape.guest == number))
    if shape.goes_on:
        conditions.append(_is_after(columns, descending=shape.descending))
    return (
        sa.select(
            *(column.label(f"key_{place}") for place, column in enumerate(columns)),
            assignment.c.id.label("assignment_id"),
            assignment.c.task_id.label("task_id"),
        )
        .select_from(_join(needed))
        .where(
            assignment.c.user_id == _parameter(f"user_{number}", assignment.c.user_id.type),
            assignment.c.status.in_([word(status) for status in shape.statuses]),
            *conditions,
        )
    )


def in_order(columns: Sequence[sa.ColumnElement[Any]], *, descending: bool) -> Sequence[sa.ColumnElement[Any]]:
    """Return the ORDER BY of these columns."""
    return [column.desc() for column in columns] if descending else columns


def first_page(shape: Shape) -> sa.Select[Any]:
    """Return the first page of the assignments that match: of each person no more than a page is read, then those of several are merged."""
    columns = (*sort_columns(shape.sort), assignment.c.id)
    limit = sa.bindparam("limit", type_=sa.Integer())
    pages = [
        matching_shares(shape, number).order_by(*in_order(columns, descending=shape.descending)).limit(limit)
        for number in range(len(shape.people))
    ]
    if len(pages) == 1:
        return pages[0]
    merged = sa.union_all(*(sa.select(each.subquery()) for each in pages)).subquery()
    keys = [merged.c[f"key_{place}"] for place in range(len(columns) - 1)]
    return sa.select(merged).order_by(*in_order((*keys, merged.c.assignment_id), descending=shape.descending)).limit(limit)


def _join(needed: frozenset[str]) -> sa.FromClause:
    source: sa.FromClause = assignment
    if needed & (_TASK | _DOCUMENT):
        source = source.join(user_task, user_task.c.id == assignment.c.task_id)
    if needed & _DOCUMENT:
        source = source.outerjoin(document, document.c.id == user_task.c.document_id)
    if needed & _INSTANCE:
        source = source.join(process_instance, process_instance.c.id == assignment.c.instance_id)
    return source


def _is_within(*, is_guest: bool) -> Condition:
    """Return the condition that an assignment is in the environment of the inbox, or in one of the guest's hosts."""
    if is_guest:
        return assignment.c.environment_id.in_(sa.bindparam("hosts", expanding=True, type_=sa.Integer()))
    return assignment.c.environment_id == _parameter("environment", sa.Integer())


def _is_on_way(way: Way) -> Condition:
    """Return the condition that a task is among those that somebody is stood in for."""
    processes, limits = way
    conditions: list[Condition] = [process_instance.c.definition_key.in_(processes)] if processes else []
    if limits is not None:
        conditions.append(sa.or_(user_task.c.document_id.is_(None), is_within(dict(limits))))
    return sa.and_(*conditions)


def _contains(number: int) -> Condition:
    pattern = _parameter(f"text_{number}", sa.String())
    return sa.or_(*(column.ilike(pattern, escape="\\") for column in (document.c.number, document.c.seller_name, user_task.c.name)))


def _is_after(columns: Sequence[sa.ColumnElement[Any]], *, descending: bool) -> Condition:
    ordered = (*columns, assignment.c.id)
    values = sa.tuple_(*(_parameter(f"after_{place}", column.type) for place, column in enumerate(ordered)))
    return sa.tuple_(*ordered) < values if descending else sa.tuple_(*ordered) > values
