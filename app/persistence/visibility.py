"""The one visibility filter as SQL: the same condition for one document or instance and for a list of them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from app.persistence.database import Reading, UnitOfWork
from app.persistence.tables.documents import document, document_coding
from app.persistence.tables.instances import process_instance
from app.persistence.tables.people import user_access
from app.persistence.tables.tasks import assignment

NONE = ""
"""What stands in `user_access` and `document_coding` for no company and for no cost center."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What a stand-in sees of somebody's transactions: those of some processes, and up to some total; empty and None for all."""

    user_id: str
    processes: Collection[str]
    limits: Mapping[str, Decimal] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What a person may see.

    Attributes:
        user_ids: himself and whom he acts for: what one of them is involved in is seen, whatever its level.
        user_id: whose links to companies and cost centers count.
        kinds: the kinds of documents whose security level he has.
        reach: all, companies or cost_centers: which documents of these kinds he sees without being involved.
        sees_undocumented: whether he sees process instances that have no document.
        parts: for whom else he acts, but not in everything.
        links: his links to companies and cost centers, in pairs; None while they are not read, when a statement looks them up itself.
    """

    user_ids: Sequence[str]
    user_id: str
    kinds: Collection[str]
    reach: str
    sees_undocumented: bool
    parts: Sequence[Part] = ()
    links: Sequence[tuple[str, str]] | None = None


def with_links(reading: Reading, sight: Sight) -> Sight:
    """Return the sight with the person's links in it: a list must know which they are to find their documents from the right end."""
    if sight.reach == "all" or not sight.kinds:
        return sight
    rows = reading.rows(sa.select(user_access.c.company, user_access.c.cost_center).where(user_access.c.user_id == sight.user_id))
    return replace(sight, links=[(row.company, row.cost_center) for row in rows])


def ways_to_document(sight: Sight) -> list[sa.ColumnElement[bool]]:
    """Return the conditions on `document` under each of which it is seen."""
    return [*_involvements(sight.user_ids), *_reaches(sight), *map(_is_part_of_document, sight.parts)]


def ways_to_instance(sight: Sight) -> list[sa.ColumnElement[bool]]:
    """Return the conditions on `process_instance` under each of which it is seen: its document is, or he is involved in it."""
    asked = sa.exists().where(assignment.c.instance_id == process_instance.c.id, assignment.c.user_id.in_(sight.user_ids))
    ways = [
        process_instance.c.started_by.in_(sight.user_ids),
        asked.correlate(process_instance),
        *(
            sa.exists().where(document.c.id == process_instance.c.document_id, way).correlate(process_instance)
            for way in ways_to_document(sight)
        ),
        *map(_is_part_of_instance, sight.parts),
    ]
    if sight.sees_undocumented:
        ways.append(process_instance.c.document_id.is_(None))
    return ways


def is_newest_seen(
    statement: sa.Select[Any], column: sa.ColumnElement[str], ways: Sequence[sa.ColumnElement[bool]], *, limit: int
) -> sa.ColumnElement[bool]:
    """Return the condition that the id in `column` is one of the newest `limit` of a statement's rows that are seen in one of the ways.

    The database finds those of each way by itself, from whichever end is near: what somebody is involved in, or the newest of all. Asked for
    all ways at once it would look at every row of the environment until it had found enough.
    """
    pages = [statement.with_only_columns(column).where(way).order_by(column.desc()).limit(limit) for way in ways]
    return column.in_(sa.union(*(sa.select(each.subquery()) for each in pages)))


def is_document_seen(reading: Reading, sight: Sight, document_id: str) -> bool:
    """Return whether the document is seen."""
    seen = sa.or_(*ways_to_document(sight))
    return reading.row(sa.select(document.c.id).where(document.c.id == document_id, seen)) is not None


def is_instance_seen(reading: Reading, sight: Sight, instance_id: str) -> bool:
    """Return whether the process instance is seen."""
    seen = sa.or_(*ways_to_instance(sight))
    return reading.row(sa.select(process_instance.c.id).where(process_instance.c.id == instance_id, seen)) is not None


def _involvements(user_ids: Sequence[str]) -> list[sa.ColumnElement[bool]]:
    """Return the conditions that one of the users received the document, started an instance of it, or was ever asked to act on it."""
    about = process_instance.alias("about")  # of its own, since the outer statement may be about process instances too
    share = assignment.alias("share")
    return [
        document.c.received_by.in_(user_ids),
        sa.exists().where(about.c.document_id == document.c.id, about.c.started_by.in_(user_ids)).correlate(document),
        sa.exists()
        .where(about.c.document_id == document.c.id, share.c.instance_id == about.c.id, share.c.user_id.in_(user_ids))
        .correlate(document),
    ]


def is_within(limits: Mapping[str, Decimal] | None) -> sa.ColumnElement[bool]:
    """Return the condition that the total of the `document` is within the limit of its currency; no limits, no condition."""
    if limits is None:
        return sa.true()
    total = sa.func.abs(document.c.total, type_=document.c.total.type)
    return sa.or_(sa.false(), *(sa.and_(document.c.currency == currency, total <= limit) for currency, limit in limits.items()))


def _is_part_of_document(part: Part) -> sa.ColumnElement[bool]:
    """Return the condition that the user was asked to act on the document in a process instance of the part."""
    about = process_instance.alias("about_part")
    share = assignment.alias("share_of_part")
    asked = sa.exists().where(about.c.document_id == document.c.id, share.c.instance_id == about.c.id, share.c.user_id == part.user_id)
    if part.processes:
        asked = asked.where(about.c.definition_key.in_(sorted(part.processes)))
    return sa.and_(asked.correlate(document), is_within(part.limits))


def _is_part_of_instance(part: Part) -> sa.ColumnElement[bool]:
    """Return the condition that the user was asked to act in a process instance of the part that has no document."""
    asked = sa.exists().where(assignment.c.instance_id == process_instance.c.id, assignment.c.user_id == part.user_id)
    ways = [asked.correlate(process_instance), process_instance.c.document_id.is_(None)]
    if part.processes:
        ways.append(process_instance.c.definition_key.in_(sorted(part.processes)))
    return sa.and_(*ways)


def _reaches(sight: Sight) -> list[sa.ColumnElement[bool]]:
    """Return the condition that a document is within what the person's role or links show him; none where his level shows him no kind."""
    if not sight.kinds:
        return []
    kinds = document.c.kind.in_(sorted(sight.kinds))
    if sight.reach == "all":
        return [kinds]
    if sight.links is not None:
        coded = _codings_of(sight.links, by_company=sight.reach == "companies")
        if not coded:
            return []
        own = sa.exists().where(document_coding.c.document_id == document.c.id, sa.or_(*coded)).correlate(document)
        return [sa.and_(kinds, own)]
    own = (
        sa.exists()
        .where(document_coding.c.document_id == document.c.id, user_access.c.user_id == sight.user_id)
        .where(_is_linked(by_company=sight.reach == "companies"))
        .correlate(document)
    )
    return [sa.and_(kinds, own)]


def _codings_of(links: Sequence[tuple[str, str]], *, by_company: bool) -> list[sa.ColumnElement[bool]]:
    """Return the conditions on `document_coding` that one of the links is to the coding; `_is_linked` says the same of links in their table."""
    if by_company:
        companies = [company for company, center in links if company != NONE and center == NONE]
        return [document_coding.c.company.in_(companies)] if companies else []
    anywhere = [center for company, center in links if company == NONE and center != NONE]
    within = [
        sa.and_(document_coding.c.company == company, document_coding.c.cost_center == center)
        for company, center in links
        if NONE not in (company, center)
    ]
    return within + ([document_coding.c.cost_center.in_(anywhere)] if anywhere else [])


def _is_linked(*, by_company: bool) -> sa.ColumnElement[bool]:
    """Return the condition on `document_coding` and `user_access` that the link is one to the coding."""
    if by_company:
        same = user_access.c.company == document_coding.c.company
        return sa.and_(same, user_access.c.cost_center == NONE, document_coding.c.company != NONE)
    company = sa.or_(user_access.c.company == NONE, user_access.c.company == document_coding.c.company)
    same = user_access.c.cost_center == document_coding.c.cost_center
    return sa.and_(same, company, document_coding.c.cost_center != NONE)


def write_codings(
    work: UnitOfWork,
    *,
    environment_id: int,
    document_id: str,
    company: str | None,
    lines: Iterable[Mapping[str, Any]],
    is_new: bool = False,
) -> None:
    """Keep to which companies and cost centers a document belongs: its own company, and those of its lines."""
    if not is_new:
        work.execute(sa.delete(document_coding).where(document_coding.c.document_id == document_id))
    codings = {(company or NONE, NONE)}
    codings |= {(line.get("company") or company or NONE, line.get("cost_center") or NONE) for line in lines}
    work.insert(
        document_coding,
        [
            {"document_id": document_id, "company": of_company, "cost_center": center, "environment_id": environment_id}
            for of_company, center in sorted(codings)
        ],
    )
