"""Statements about users as somebody keeps them: searching, fields, roles, access and avatars."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.domain.users import SEPARATOR, fold
from app.persistence.database import Reading, UnitOfWork
from app.persistence.tables.matrix import cost_center
from app.persistence.tables.people import company, organisation, user, user_access, user_avatar, user_role
from app.persistence.visibility import NONE

_SORTED = {"username": user.c.username, "name": user.c.full_name}
_ESCAPE = "\\"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserFilter:
    """Which users are wanted; None and empty stand for any.

    `name`, `username` and `email` are parts, whatever their case and accents; `q` is a part of the name or of the user name.
    """

    environment_id: int
    name: str | None = None
    username: str | None = None
    email: str | None = None
    q: str | None = None
    role: str | None = None
    without_role: str | None = None
    company: str | None = None
    cost_center: str | None = None
    kinds: Sequence[str] = ()
    active: bool | None = None
    function: str | None = None
    sort: str = "name"
    descending: bool = False
    after: tuple[str, str] | None = None
    limit: int = 50


def list_users(reading: Reading, wanted: UserFilter) -> Sequence[sa.Row[Any]]:
    """Return users with the hash of their avatar, in the order that is wanted."""
    column = _SORTED[wanted.sort]
    found = sa.select(user.c.id).where(user.c.environment_id == wanted.environment_id, *_conditions(wanted))
    position = sa.tuple_(column, user.c.id)
    if wanted.after is not None:
        last = sa.tuple_(sa.literal(wanted.after[0], column.type), sa.literal(wanted.after[1], user.c.id.type))
        found = found.where(position < last if wanted.descending else position > last)
    order = [column.desc(), user.c.id.desc()] if wanted.descending else [column, user.c.id]
    page = found.order_by(*order).limit(wanted.limit)  # of an index alone; the rows themselves are read for the page
    return reading.rows(_rows().where(user.c.id.in_(page)).order_by(*order))


def find_user(reading: Reading, environment_id: int, user_id: str) -> sa.Row[Any] | None:
    """Return the user of this environment with the hash of his avatar, or None."""
    return reading.row(_rows().where(user.c.id == user_id, user.c.environment_id == environment_id))


def username_is_taken(reading: Reading, environment_id: int, username: str, *, except_id: str | None = None) -> bool:
    """Return whether another user has the name, in whatever case."""
    same = sa.or_(user.c.username == username, sa.func.lower(user.c.username) == username)
    statement = sa.select(user.c.id).where(user.c.environment_id == environment_id, same)
    return any(row.id != except_id for row in reading.rows(statement))


def insert_user(work: UnitOfWork, **values: object) -> None:
    """Store a user."""
    work.insert(user, [values])


def roles_of(reading: Reading, user_ids: Sequence[str]) -> Mapping[str, list[str]]:
    """Return the roles of users, by id."""
    found: dict[str, list[str]] = defaultdict(list)
    statement = sa.select(user_role.c.user_id, user_role.c.role).where(user_role.c.user_id.in_(user_ids))
    for row in reading.rows(statement.order_by(user_role.c.role)):
        found[row.user_id].append(row.role)
    return found


def usernames_of(reading: Reading, user_ids: Sequence[str]) -> Mapping[str, str]:
    """Return the user names of users, by id."""
    if not user_ids:
        return {}
    return {row.id: row.username for row in reading.rows(sa.select(user.c.id, user.c.username).where(user.c.id.in_(user_ids)))}


def count_roles(reading: Reading, environment_id: int) -> dict[str, int]:
    """Return how many active users hold each role."""
    statement = (
        sa.select(user_role.c.role, sa.func.count().label("number"))
        .join(user, user.c.id == user_role.c.user_id)
        .where(user_role.c.environment_id == environment_id, user.c.active)
        .group_by(user_role.c.role)
    )
    return {row.role: int(row.number) for row in reading.rows(statement)}


def count_others_with_role(reading: Reading, environment_id: int, role: str, *, besides: str) -> int:
    """Return how many active users hold the role besides one."""
    statement = (
        sa.select(sa.func.count().label("number"))
        .select_from(user_role.join(user, user.c.id == user_role.c.user_id))
        .where(user_role.c.environment_id == environment_id, user_role.c.role == role, user.c.active, user.c.id != besides)
    )
    row = reading.row(statement)
    assert row is not None, "a count is always a row"
    return int(row.number)


def add_roles(work: UnitOfWork, environment_id: int, user_id: str, roles: Iterable[str]) -> None:
    """Give roles to a user who does not hold them."""
    work.insert(user_role, [{"user_id": user_id, "role": role, "environment_id": environment_id} for role in roles])


def remove_role(work: UnitOfWork, user_id: str, role: str) -> bool:
    """Take a role away and return whether he had it."""
    return work.execute(sa.delete(user_role).where(user_role.c.user_id == user_id, user_role.c.role == role)).rowcount == 1


def read_access(reading: Reading, user_id: str) -> Sequence[sa.Row[Any]]:
    """Return the user's links to companies and cost centers, in order."""
    statement = sa.select(user_access.c.company, user_access.c.cost_center).where(user_access.c.user_id == user_id)
    return reading.rows(statement.order_by(user_access.c.company, user_access.c.cost_center))


def put_access(work: UnitOfWork, environment_id: int, user_id: str, links: Iterable[tuple[str, str]]) -> None:
    """Give the user these links to companies and cost centers instead of those that he has."""
    work.execute(sa.delete(user_access).where(user_access.c.user_id == user_id))
    own = {"user_id": user_id, "environment_id": environment_id}
    work.insert(user_access, [own | {"company": key, "cost_center": center} for key, center in sorted(set(links))])


def list_companies(reading: Reading, environment_id: int) -> Sequence[sa.Row[Any]]:
    """Return the companies of the environment, by key."""
    return reading.rows(sa.select(company).where(company.c.environment_id == environment_id).order_by(company.c.key))


def has_organisation(reading: Reading, environment_id: int, key: str) -> bool:
    """Return whether there is an organisation with this key."""
    statement = sa.select(organisation.c.id).where(organisation.c.environment_id == environment_id, organisation.c.key == key)
    return reading.row(statement) is not None


def known_cost_centers(reading: Reading, environment_id: int, keys: Iterable[str]) -> set[tuple[str, str]]:
    """Return those cost centers among the keys that there are, each with its company, "" for one of all companies."""
    statement = sa.select(cost_center.c.company, cost_center.c.key).where(
        cost_center.c.environment_id == environment_id, cost_center.c.key.in_(sorted(set(keys)))
    )
    return {(row.company or NONE, row.key) for row in reading.rows(statement)}


def find_avatar(reading: Reading, environment_id: int, user_id: str) -> sa.Row[Any] | None:
    """Return the user's avatar, or None."""
    return reading.row(sa.select(user_avatar).where(user_avatar.c.user_id == user_id, user_avatar.c.environment_id == environment_id))


def put_avatar(work: UnitOfWork, **values: object) -> None:
    """Store an avatar instead of the one that was there; at once, since bytes do not travel as JSON."""
    statement = work.upsert(user_avatar).values(**values)
    changed = {name: statement.excluded[name] for name in ("content", "media_type", "hash", "created_at")}
    work.execute(statement.on_conflict_do_update(index_elements=["user_id"], set_=changed))


def delete_avatar(work: UnitOfWork, user_id: str) -> bool:
    """Delete a user's avatar and return whether there was one."""
    return work.execute(sa.delete(user_avatar).where(user_avatar.c.user_id == user_id)).rowcount == 1


def _rows() -> sa.Select[Any]:
    return sa.select(user, user_avatar.c.hash.label("avatar")).select_from(user.outerjoin(user_avatar))


def _conditions(wanted: UserFilter) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    for part, place, column in (
        (wanted.name, (0,), user.c.full_name),
        (wanted.username, (1,), user.c.username),
        (wanted.email, (2,), user.c.email),
        (wanted.q, (0, 1), user.c.full_name),
    ):
        if part is not None:
            found.append(_has_part(wanted.environment_id, fold(part), place, column))
    for value, column in ((wanted.company, user.c.company), (wanted.cost_center, user.c.cost_center), (wanted.active, user.c.active)):
        if value is not None:
            found.append(column == value)
    if wanted.function is not None:
        found.append(sa.func.lower(user.c.function).like(f"%{_escaped(wanted.function.lower())}%", escape=_ESCAPE))
    if wanted.kinds:
        found.append(user.c.kind.in_(wanted.kinds))
    if wanted.role is not None:
        found.append(user.c.id.in_(_holders(wanted.environment_id, wanted.role)))
    if wanted.without_role is not None:
        found.append(user.c.id.not_in(_holders(wanted.environment_id, wanted.without_role)))
    return found


def _has_part(environment_id: int, part: str, lines: Sequence[int], column: sa.Column[Any]) -> sa.ColumnElement[bool]:
    """Return the condition that `part` stands in one of the lines of `folded`; of rows without it, in the column in small letters."""
    plain = user.alias("plain")  # apart, so that the search itself reads no more than its index
    of_plain = sa.func.lower(plain.c[column.name]).like(f"%{_escaped(part)}%", escape=_ESCAPE)
    unfolded = sa.select(plain.c.id).where(plain.c.environment_id == environment_id, plain.c.folded.is_(None), of_plain)
    ends = {0: ("%", f"%{SEPARATOR}%{SEPARATOR}%"), 1: (f"%{SEPARATOR}%", f"%{SEPARATOR}%"), 2: (f"%{SEPARATOR}%{SEPARATOR}%", "%")}
    ways = [user.c.folded.like(f"{ends[line][0]}{_escaped(part)}{ends[line][1]}", escape=_ESCAPE) for line in lines]
    return sa.or_(*ways, user.c.id.in_(unfolded))


def _holders(environment_id: int, role: str) -> sa.Select[Any]:
    return sa.select(user_role.c.user_id).where(user_role.c.environment_id == environment_id, user_role.c.role == role)


def _escaped(part: str) -> str:
    return part.replace(_ESCAPE, _ESCAPE * 2).replace("%", f"{_ESCAPE}%").replace("_", f"{_ESCAPE}_")
