"""Statements about how people get in: links, attempts, identities, sessions, PINs, tokens."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from app.persistence.database import Reading, UnitOfWork
from app.persistence.tables.access import attempt_window, identity, one_time_link
from app.persistence.tables.matrix import matrix_version
from app.persistence.tables.people import api_token, environment, user

NOBODY = ""


def find_logins(reading: Reading, login: str) -> Sequence[sa.Row[Any]]:
    """Return the users whose user name or e-mail address this is, with their login type; who has the user name comes first."""
    by_name = user.c.username == login
    by_address = sa.func.lower(user.c.email) == login.lower()
    return reading.rows(
        sa.select(user).where(sa.or_(by_name, by_address)).order_by(sa.case((by_name, 0), else_=1), user.c.environment_id, user.c.id)
    )


def find_by_address(reading: Reading, address: str) -> Sequence[sa.Row[Any]]:
    """Return the users with this e-mail address, whatever its case."""
    return reading.rows(sa.select(user).where(sa.func.lower(user.c.email) == address.lower()).order_by(user.c.environment_id, user.c.id))


def find_user(reading: Reading, user_id: str, *, environment_id: int | None = None) -> sa.Row[Any] | None:
    """Return the user's row; with an environment, of nobody outside of it."""
    statement = sa.select(user).where(user.c.id == user_id)
    if environment_id is not None:
        statement = statement.where(user.c.environment_id == environment_id)
    return reading.row(statement)


def first_environment(reading: Reading) -> sa.Row[Any] | None:
    """Return the environment with the lowest number, None before there is one."""
    return reading.row(sa.select(environment).order_by(environment.c.id).limit(1))


def insert_environment(work: UnitOfWork, *, version_id: str, at: datetime, **values: object) -> int:
    """Store the first environment, with an empty approval matrix as its first version, and return its number."""
    versions = {"authority_version": 1, "matrix_version": 1}
    work.insert(environment, [{"id": 1, "created_at": at, **versions, **values}])
    empty = {"environment_id": 1, "version": 1, "digest": sha256(b"").hexdigest(), "activated_at": at, "activated_by": None}
    work.insert(matrix_version, [{"id": version_id, "created_at": at, **empty}])
    return 1


def count_attempt(work: UnitOfWork, subject: str, *, started_at: datetime) -> int:
    """Add one to the attempts of a subject in the window of time and return their number."""
    insert = work.upsert(attempt_window).values(subject=subject, started_at=started_at, attempts=1)
    counted = insert.on_conflict_do_update(
        index_elements=["subject", "started_at"], set_={"attempts": attempt_window.c.attempts + 1}
    ).returning(attempt_window.c.attempts)
    return int(work.execute(counted).scalar_one())


def take_attempt_back(work: UnitOfWork, subject: str, *, started_at: datetime) -> None:
    """Take one from the attempts of a subject: it was none that counts."""
    same = (attempt_window.c.subject == subject, attempt_window.c.started_at == started_at, attempt_window.c.attempts > 0)
    work.execute(sa.update(attempt_window).where(*same).values(attempts=attempt_window.c.attempts - 1))


def forget_attempts(work: UnitOfWork, *, before: datetime) -> int:
    """Delete the windows that began earlier and return their number."""
    return work.execute(sa.delete(attempt_window).where(attempt_window.c.started_at < before)).rowcount


def count_failed_login(work: UnitOfWork, user_id: str, *, most: int) -> int | None:
    """Add one to the failed logins in a row and return their number; None where there are more than `most`, or there is nobody."""
    statement = sa.update(user).where(user.c.id == user_id, user.c.failed_logins <= most)
    return work.execute(statement.values(failed_logins=user.c.failed_logins + 1).returning(user.c.failed_logins)).scalar()


def forget_failed_logins(work: UnitOfWork, user_id: str) -> bool:
    """Begin to count failed logins anew; return False for a user who is locked out."""
    statement = sa.update(user).where(user.c.id == user_id, user.c.locked_at.is_(None))
    return work.execute(statement.values(failed_logins=0)).rowcount == 1


def lock_user(work: UnitOfWork, user_id: str, *, at: datetime, failures: int) -> bool:
    """Lock the user out who failed so often and is not locked yet; return whether that was so."""
    statement = sa.update(user).where(user.c.id == user_id, user.c.failed_logins >= failures, user.c.locked_at.is_(None))
    return work.execute(statement.values(locked_at=at)).rowcount == 1


def end_sessions(work: UnitOfWork, user_id: str) -> None:
    """End all sessions of the user, on every device."""
    work.execute(sa.update(user).where(user.c.id == user_id).values(session_epoch=user.c.session_epoch + 1))


def count_failed_pin(work: UnitOfWork, user_id: str, *, most: int) -> sa.Row[Any] | None:
    """Add one to the failed PINs in a row and return their number and the hash of the PIN; None when there are `most` already."""
    statement = sa.update(user).where(user.c.id == user_id, user.c.failed_pins < most).values(failed_pins=user.c.failed_pins + 1)
    return work.execute(statement.returning(user.c.failed_pins, user.c.pin_hash)).first()


def insert_link(work: UnitOfWork, **values: object) -> None:
    """Store the hash of a single-use link."""
    work.insert(one_time_link, [values])


def find_link(reading: Reading, link_hash: str) -> sa.Row[Any] | None:
    """Return the single-use link by the hash of its secret."""
    return reading.row(sa.select(one_time_link).where(one_time_link.c.hash == link_hash))


def use_link(work: UnitOfWork, link_id: str, *, at: datetime) -> bool:
    """Mark a link as used; return False when it was used before."""
    statement = sa.update(one_time_link).where(one_time_link.c.id == link_id, one_time_link.c.used_at.is_(None))
    return work.execute(statement.values(used_at=at)).rowcount == 1


def end_links(work: UnitOfWork, user_id: str, *, kinds: Sequence[str] | None = None, at: datetime) -> None:
    """Mark all links of the user as used, or those of some kinds."""
    statement = sa.update(one_time_link).where(one_time_link.c.user_id == user_id, one_time_link.c.used_at.is_(None))
    if kinds is not None:
        statement = statement.where(one_time_link.c.kind.in_(kinds))
    work.execute(statement.values(used_at=at))


def find_identity(reading: Reading, *, issuer: str, subject: str) -> sa.Row[Any] | None:
    """Return which user a provider's subject is linked to."""
    return reading.row(sa.select(identity).where(identity.c.issuer == issuer, identity.c.subject == subject))


def has_identity(reading: Reading, user_id: str, *, issuer: str) -> bool:
    """Return whether the user is linked to a subject of the provider."""
    return reading.row(sa.select(identity.c.subject).where(identity.c.user_id == user_id, identity.c.issuer == issuer)) is not None


def insert_identity(work: UnitOfWork, **values: object) -> None:
    """Link a provider's subject to a user."""
    work.insert(identity, [values])


def delete_identities(work: UnitOfWork, user_id: str) -> bool:
    """Unlink every company account of the user; return whether there was one."""
    return work.execute(sa.delete(identity).where(identity.c.user_id == user_id)).rowcount > 0


def list_tokens(reading: Reading, user_id: str, *, limit: int) -> Sequence[sa.Row[Any]]:
    """Return the user's tokens that were not revoked, newest first."""
    mine = sa.select(api_token).where(api_token.c.user_id == user_id, api_token.c.revoked_at.is_(None))
    return reading.rows(mine.order_by(api_token.c.created_at.desc(), api_token.c.id.desc()).limit(limit))


def count_tokens(reading: Reading, user_id: str, *, now: datetime) -> int:
    """Return how many tokens of the user are in force."""
    in_force = (
        api_token.c.user_id == user_id,
        api_token.c.revoked_at.is_(None),
        sa.or_(api_token.c.expires_at.is_(None), api_token.c.expires_at > now),
    )
    row = reading.row(sa.select(sa.func.count().label("number")).select_from(api_token).where(*in_force))
    assert row is not None, "a count has a row"
    return int(row.number)


def revoke_token(work: UnitOfWork, user_id: str, token_id: str, *, at: datetime) -> sa.Row[Any] | None:
    """Revoke one token of the user and return its row; None when there is none that could be revoked."""
    one = (api_token.c.id == token_id, api_token.c.user_id == user_id, api_token.c.revoked_at.is_(None))
    return work.execute(sa.update(api_token).where(*one).values(revoked_at=at).returning(api_token)).first()


def revoke_tokens(work: UnitOfWork, user_id: str, *, at: datetime) -> int:
    """Revoke all tokens of the user and return how many there were."""
    mine = (api_token.c.user_id == user_id, api_token.c.revoked_at.is_(None))
    return work.execute(sa.update(api_token).where(*mine).values(revoked_at=at)).rowcount


def note_token_use(work: UnitOfWork, token_id: str, *, at: datetime) -> None:
    """Store when a token was last used."""
    work.execute(sa.update(api_token).where(api_token.c.id == token_id).values(last_used_at=at))


def set_pin(work: UnitOfWork, user_id: str, pin_hash: str, *, before: str | None) -> bool:
    """Store another PIN, if the one before is still the same; return whether it was."""
    same = user.c.pin_hash.is_(None) if before is None else user.c.pin_hash == before
    statement = sa.update(user).where(user.c.id == user_id, same).values(pin_hash=pin_hash, failed_pins=0)
    return work.execute(statement).rowcount == 1
