"""Statements about environments, people, tokens, companies and supplier organisations."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError as DatabaseError

from app.domain.people import GUEST, Directory, Person
from app.persistence.absences import read_absences
from app.persistence.database import Reading, UnitOfWork
from app.persistence.groups import read_members
from app.persistence.partners import read_guests
from app.persistence.picture import packed_list
from app.persistence.tables.partners import guest
from app.persistence.tables.people import api_token, company, environment, environment_setting, organisation, user, user_avatar, user_role
from app.persistence.tables.schedules import digest

__all__ = ["DatabaseError"]

LANGUAGE = "en"
_PEOPLE = sa.select(
    user, company.c.language.label("company_language"), user_avatar.c.hash.label("avatar"), digest.c.id.label("digest")
).select_from(
    user.outerjoin(company, sa.and_(company.c.environment_id == user.c.environment_id, company.c.key == user.c.company))
    .outerjoin(user_avatar)
    .outerjoin(digest, digest.c.user_id == user.c.id)
)
_AUTHORITY_VERSION = sa.select(environment.c.authority_version).where(environment.c.id == sa.bindparam("environment"))


def read_environment(reading: Reading, environment_id: int) -> sa.Row[Any]:
    """Return the environment's row; it exists for every id in a row."""
    row = reading.row(sa.select(environment).where(environment.c.id == environment_id))
    assert row is not None, "every row belongs to an environment"
    return row


def read_authority_version(reading: Reading, environment_id: int) -> int:
    """Return the number that grows with every change of people, roles or tokens in the environment."""
    row = reading.row(_AUTHORITY_VERSION, {"environment": environment_id})
    assert row is not None, "every row belongs to an environment"
    return int(row.authority_version)


def authority_version_of(reading: Reading, user_id: str) -> int | None:
    """Return the authority version of the user's environment, None when there is no such user."""
    row = reading.row(
        sa.select(environment.c.authority_version).join(user, user.c.environment_id == environment.c.id).where(user.c.id == user_id)
    )
    return None if row is None else int(row.authority_version)


def lock_environment(work: UnitOfWork, *environment_ids: int) -> None:
    """Lock the row of an environment, or of several: changes that must follow one another in an environment wait here.

    The environments where its people are guests are locked with it, in the order of their ids, since `raise_authority_version` changes them
    too: two partners who change their people at once would else wait for each other. Call it before partnerships, guests and users are locked.
    """
    rows = sa.select(environment.c.id).where(_known_in(environment_ids)).order_by(environment.c.id)
    work.rows(rows.with_for_update(key_share=True))


def read_directory(reading: Reading, environment_id: int, *, since: date) -> Directory:
    """Return all people of the environment with their roles, and who stands in for whom on that day and later."""
    roles: dict[str, set[str]] = defaultdict(set)
    for row in reading.rows(sa.select(user_role.c.user_id, user_role.c.role).where(user_role.c.environment_id == environment_id)):
        roles[row.user_id].add(row.role)
    everyone = [
        Person(
            id=row.id,
            username=row.username,
            full_name=row.full_name,
            email=row.email,
            kind=row.kind,
            active=row.active,
            roles=frozenset(roles[row.id]),
            manager_id=row.manager_id,
            successor_id=row.successor_id,
            backup_id=row.backup_id,
            backup_active=row.backup_active,
            notify_new_task=row.notify_new_task,
            notify_reminders=row.notify_reminders,
            notify_status=row.notify_status,
            phone=row.phone,
            language=row.language or row.company_language or LANGUAGE,
            avatar=row.avatar,
            wants_digest=row.digest is not None,
        )
        for row in reading.rows(_PEOPLE.where(user.c.environment_id == environment_id))
    ]
    absences = read_absences(reading, environment_id, since=since)
    return Directory(everyone, absences, guests=_guests(reading, environment_id), groups=read_members(reading, environment_id))


def _guests(reading: Reading, environment_id: int) -> list[Person]:
    """Return the people of partners who hold or held shares here: named with their environment, and with nothing of what they are there."""
    return [
        Person(
            id=row.id,
            username=f"{row.username}@{row.home_key}",
            full_name=f"{row.full_name} ({row.home_key})",
            email=row.email,
            kind=GUEST,
            active=row.active and row.kind == "full" and row.is_let_in,
            notify_new_task=row.notify_new_task,
            notify_reminders=row.notify_reminders,
            notify_status=row.notify_status,
            language=row.language or LANGUAGE,
            wants_digest=row.digest is not None,
            partner=row.home_key,
        )
        for row in read_guests(reading, environment_id)
    ]


def find_token(reading: Reading, token_hash: str) -> sa.Row[Any] | None:
    """Return the token's row, by the hash of the token."""
    return reading.row(sa.select(api_token).where(api_token.c.hash == token_hash))


def find_users(reading: Reading, *, username: str, environment: int | None = None) -> Sequence[sa.Row[Any]]:
    """Return the users of this name, in every environment or in one."""
    statement = sa.select(user).where(user.c.username == username)
    if environment is not None:
        statement = statement.where(user.c.environment_id == environment)
    return reading.rows(statement)


def read_caller(reading: Reading, user_id: str) -> tuple[sa.Row[Any] | None, frozenset[str]]:
    """Return the user's row and roles.

    The row has two JSON lists of pairs: `guest_in`, the environments where he is a guest, each with whether he is let in, and `settings`, what
    his environment has set, each key with its value.
    """
    set_here = environment_setting.c.environment_id == user.c.environment_id
    settings = packed_list((environment_setting.c.key, environment_setting.c.value), set_here).label("settings")
    guest_in = packed_list((guest.c.environment_id, sa.and_(guest.c.active, user.c.kind == "full")), guest.c.user_id == user.c.id).label(
        "guest_in"
    )
    rows = reading.rows(sa.select(user, guest_in, settings, user_role.c.role).outerjoin(user_role).where(user.c.id == user_id))
    return (rows[0] if rows else None), frozenset(row.role for row in rows if row.role)


def update_user(work: UnitOfWork, user_id: str, **values: object) -> None:
    """Change columns of one user."""
    work.execute(sa.update(user).where(user.c.id == user_id).values(**values))


def count_failed_login(work: UnitOfWork, user_id: str) -> int:
    """Add one to the failed logins in a row and return their number."""
    statement = sa.update(user).where(user.c.id == user_id).values(failed_logins=user.c.failed_logins + 1).returning(user.c.failed_logins)
    return int(work.execute(statement).scalar_one())


def insert_token(work: UnitOfWork, **values: object) -> None:
    """Store a token's hash."""
    work.insert(api_token, [values])


def find_company(
    reading: Reading, environment_id: int, *, legal_id: str | None, endpoint: str | None, name: str | None
) -> sa.Row[Any] | None:
    """Return the company by its legal id, else its endpoint, else its exact name or key."""
    matches: list[sa.ColumnElement[bool]] = []
    if legal_id:
        matches.append(company.c.legal_id == legal_id)
    if endpoint:
        matches.append(company.c.endpoint == endpoint)
    if name:
        matches.append(sa.or_(company.c.name == name, company.c.key == name))
    for match in matches:
        row = reading.row(sa.select(company).where(company.c.environment_id == environment_id, match).order_by(company.c.key))
        if row is not None:
            return row
    return None


def find_organisation(reading: Reading, environment_id: int, *, legal_id: str | None, name: str | None) -> sa.Row[Any] | None:
    """Return the supplier organisation by its legal id, else by its exact name or key."""
    matches: list[sa.ColumnElement[bool]] = []
    if legal_id:
        matches.append(organisation.c.legal_id == legal_id)
    if name:
        matches.append(sa.or_(organisation.c.name == name, organisation.c.key == name))
    for match in matches:
        row = reading.row(
            sa.select(organisation).where(organisation.c.environment_id == environment_id, match).order_by(organisation.c.key)
        )
        if row is not None:
            return row
    return None


def list_environments(reading: Reading) -> Sequence[sa.Row[Any]]:
    """Return all environments."""
    return reading.rows(sa.select(environment).order_by(environment.c.id))


def token_is_in_force(row: sa.Row[Any], now: datetime) -> bool:
    """Return whether a token is neither revoked nor expired."""
    return row.revoked_at is None and (row.expires_at is None or row.expires_at > now)


def raise_authority_version(work: UnitOfWork, *environment_ids: int) -> None:
    """Say that people, roles or tokens of the environment changed, so that what is cached of them is read again.

    The environments where its people are guests know them too, and read them again as well.
    """
    lock_environment(work, *environment_ids)
    statement = sa.update(environment).where(_known_in(environment_ids))
    work.execute(statement.values(authority_version=environment.c.authority_version + 1))


def _known_in(environment_ids: Sequence[int]) -> sa.ColumnElement[bool]:
    """Return the condition on `environment` that the people of one of these are known in it: as its own or as guests."""
    hosts = sa.select(guest.c.environment_id).where(guest.c.home_id.in_(environment_ids))
    return sa.or_(environment.c.id.in_(environment_ids), environment.c.id.in_(hosts))


def users_with_role(reading: Reading, roles: Sequence[str]) -> list[str]:
    """Return the ids of the users who hold one of the roles, by environment and name."""
    statement = sa.select(user.c.id).join(user_role).where(user_role.c.role.in_(roles)).order_by(user.c.environment_id, user.c.username)
    return list(dict.fromkeys(row.id for row in reading.rows(statement)))
