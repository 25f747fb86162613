"""Statements about partnerships between environments, and the guests that they let in."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.domain.people import INTEGRATOR
from app.persistence.database import Reading, UnitOfWork
from app.persistence.tables.documents import document
from app.persistence.tables.partners import guest, partnership
from app.persistence.tables.people import environment, user, user_role
from app.persistence.tables.schedules import digest
from app.persistence.tables.tasks import assignment, user_task

INVITED, ACTIVE, REVOKED = "invited", "active", "revoked"
_INVITER, _PARTNER = environment.alias("inviter"), environment.alias("partner")
_WITH_NAMES = sa.select(
    partnership,
    _INVITER.c.key.label("environment_key"),
    _INVITER.c.name.label("environment_name"),
    _PARTNER.c.key.label("partner_key"),
    _PARTNER.c.name.label("partner_name"),
).select_from(
    partnership.join(_INVITER, _INVITER.c.id == partnership.c.environment_id).join(_PARTNER, _PARTNER.c.id == partnership.c.partner_id)
)


def live_key(one: int, other: int) -> str:
    """Return the key that lets two environments have one partnership that is invited or active."""
    return f"{min(one, other)}:{max(one, other)}"


def find_environment(reading: Reading, key: str) -> sa.Row[Any] | None:
    """Return the environment with this key, or None."""
    return reading.row(sa.select(environment).where(environment.c.key == key))


def insert_partnership(work: UnitOfWork, **values: object) -> bool:
    """Store a partnership; return False when the two environments have one already."""
    statement = work.upsert(partnership).values(**values).on_conflict_do_nothing(index_elements=["live_key"]).returning(partnership.c.id)
    return work.execute(statement).first() is not None


def find_partnership(reading: Reading, environment_id: int, partnership_id: str) -> sa.Row[Any] | None:
    """Return a partnership that the environment is a side of, or None."""
    return reading.row(_WITH_NAMES.where(partnership.c.id == partnership_id, _is_side(environment_id)))


def find_live(reading: Reading, one: int, other: int) -> sa.Row[Any] | None:
    """Return the partnership of two environments that is invited or active, or None."""
    return reading.row(sa.select(partnership).where(partnership.c.live_key == live_key(one, other)))


def lock_partnership(work: UnitOfWork, environment_id: int, partnership_id: str) -> sa.Row[Any] | None:
    """Return a partnership that the environment is a side of, locked for a change; whoever lets a guest in waits."""
    return work.row(_WITH_NAMES.where(partnership.c.id == partnership_id, _is_side(environment_id)).with_for_update(of=partnership))


def hold_active(work: UnitOfWork, one: int, other: int) -> bool:
    """Return whether two environments are partners, and keep it so until the end of the transaction."""
    statement = sa.select(partnership.c.id).where(partnership.c.live_key == live_key(one, other), partnership.c.status == ACTIVE)
    return work.row(statement.with_for_update(read=True)) is not None


def hold_guest(work: UnitOfWork, *, host_id: int, user_id: str) -> bool:
    """Return whether a guest may act now, and keep him from leaving until the end of the transaction."""
    known = sa.select(guest.c.user_id).where(guest.c.environment_id == host_id, guest.c.user_id == user_id, guest.c.active)
    if work.row(known.with_for_update(read=True)) is None:
        return False
    # A statement of its own: it sees what whoever held the lock has committed.
    return work.row(sa.select(user.c.id).where(user.c.id == user_id, user.c.active, user.c.kind == "full")) is not None


def lock_guest(work: UnitOfWork, user_id: str) -> None:
    """Wait for whoever hands a share to this guest, and let others wait, until the end of the transaction."""
    work.rows(sa.select(guest.c.environment_id).where(guest.c.user_id == user_id).order_by(guest.c.environment_id).with_for_update())


def list_partnerships(
    reading: Reading, environment_id: int, *, status: str | None, before: str | None, limit: int
) -> Sequence[sa.Row[Any]]:
    """Return the partnerships of an environment, newest first."""
    statement = _WITH_NAMES.where(_is_side(environment_id))
    if status is not None:
        statement = statement.where(partnership.c.status == status)
    if before is not None:
        statement = statement.where(partnership.c.id < before)
    return reading.rows(statement.order_by(partnership.c.id.desc()).limit(limit))


def update_partnership(work: UnitOfWork, partnership_id: str, **values: object) -> None:
    """Change columns of one partnership."""
    work.execute(sa.update(partnership).where(partnership.c.id == partnership_id).values(**values))


def find_person(reading: Reading, *, host_id: int, key: str, username: str) -> sa.Row[Any] | None:
    """Return a person of another environment with what a host knows of him.

    `partnership_status` is that of the two environments' live partnership and None without one; then the person's columns are None too,
    so that nobody learns who is there. They are None also where there is no such person.
    """
    home = sa.select(environment.c.id).where(environment.c.key == key, environment.c.id != host_id).subquery()
    pair = sa.or_(
        sa.and_(partnership.c.environment_id == host_id, partnership.c.partner_id == home.c.id),
        sa.and_(partnership.c.partner_id == host_id, partnership.c.environment_id == home.c.id),
    )
    live = sa.and_(pair, partnership.c.live_key.is_not(None))
    named = sa.and_(user.c.environment_id == home.c.id, user.c.username == username, partnership.c.status == ACTIVE)
    return reading.row(
        sa.select(
            partnership.c.status.label("partnership_status"),
            home.c.id.label("home_id"),
            user.c.id.label("user_id"),
            user.c.active,
            user.c.kind,
            sa.exists().where(user_role.c.user_id == user.c.id, user_role.c.role == INTEGRATOR).label("is_program"),
            guest.c.active.label("is_guest"),
        ).select_from(
            home.join(partnership, live)
            .outerjoin(user, named)
            .outerjoin(guest, sa.and_(guest.c.user_id == user.c.id, guest.c.environment_id == host_id))
        )
    )


def admit_guest(work: UnitOfWork, *, host_id: int, home_id: int, user_id: str, now: datetime) -> None:
    """Let an environment know a person of its partner."""
    values = {"environment_id": host_id, "user_id": user_id, "home_id": home_id, "active": True, "created_at": now}
    statement = work.upsert(guest).values(**values)
    work.execute(statement.on_conflict_do_update(index_elements=["user_id", "environment_id"], set_={"active": True}))


def set_guests_active(work: UnitOfWork, one: int, other: int, *, active: bool) -> None:
    """Let the guests of two environments in each other in again, or keep them out."""
    pair = (one, other)
    work.execute(sa.update(guest).where(guest.c.environment_id.in_(pair), guest.c.home_id.in_(pair)).values(active=active))


def read_guests(reading: Reading, environment_id: int) -> Sequence[sa.Row[Any]]:
    """Return the people of partners whom the environment knows, with the key of their own environment."""
    return reading.rows(
        sa.select(user, environment.c.key.label("home_key"), guest.c.active.label("is_let_in"), digest.c.id.label("digest"))
        .select_from(guest.join(user, user.c.id == guest.c.user_id).join(environment, environment.c.id == guest.c.home_id))
        .outerjoin(digest, digest.c.user_id == user.c.id)
        .where(guest.c.environment_id == environment_id)
        .order_by(user.c.id)
    )


def find_place(reading: Reading, *, user_id: str, task_id: str | None = None, document_id: str | None = None) -> sa.Row[Any] | None:
    """Return the environment of a task or document in which the user is a guest; None where he is none, or no full user any more."""
    home = environment.alias("home")
    columns = (
        environment.c.id.label("environment_id"),
        environment.c.key.label("environment_key"),
        environment.c.name.label("environment_name"),
        home.c.key.label("home_key"),
        guest.c.active.label("is_let_in"),
    )
    source = guest.join(environment, environment.c.id == guest.c.environment_id).join(home, home.c.id == guest.c.home_id)
    source = source.join(user, sa.and_(user.c.id == guest.c.user_id, user.c.kind == "full"))
    if task_id is not None:
        about = sa.select(*columns, user_task.c.document_id, user_task.c.instance_id).select_from(
            source.join(user_task, user_task.c.environment_id == guest.c.environment_id)
        )
        return reading.row(about.where(guest.c.user_id == user_id, user_task.c.id == task_id))
    about = sa.select(*columns, document.c.id.label("document_id"), sa.null().label("instance_id")).select_from(
        source.join(document, document.c.environment_id == guest.c.environment_id)
    )
    return reading.row(about.where(guest.c.user_id == user_id, document.c.id == document_id))


def instances_with_guests(reading: Reading, *, host_id: int, home_id: int) -> list[str]:
    """Return the ids of the host's instances in which people of the other environment have open shares."""
    statement = (
        sa.select(assignment.c.instance_id)
        .distinct()
        .select_from(guest.join(assignment, assignment.c.user_id == guest.c.user_id))
        .where(
            guest.c.environment_id == host_id,
            guest.c.home_id == home_id,
            assignment.c.environment_id == host_id,
            assignment.c.status == "open",
        )
        .order_by(assignment.c.instance_id)
    )
    return [row.instance_id for row in reading.rows(statement)]


def instances_of_guest(reading: Reading, user_id: str) -> list[tuple[int, str]]:
    """Return the environments and instances in which a person has open shares as a guest."""
    statement = (
        sa.select(assignment.c.environment_id, assignment.c.instance_id)
        .distinct()
        .select_from(
            guest.join(assignment, sa.and_(assignment.c.user_id == guest.c.user_id, assignment.c.environment_id == guest.c.environment_id))
        )
        .where(guest.c.user_id == user_id, assignment.c.status == "open")
        .order_by(assignment.c.instance_id)
    )
    return [(row.environment_id, row.instance_id) for row in reading.rows(statement)]


def _is_side(environment_id: int) -> sa.ColumnElement[bool]:
    return sa.or_(partnership.c.environment_id == environment_id, partnership.c.partner_id == environment_id)
