"""Statements about idempotency keys."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from app.persistence.database import Reading, UnitOfWork
from app.persistence.prepared import Prepared
from app.persistence.tables.journal import idempotency_key as key_table

_CLAIMED = ("user_id", "route", "key", "environment_id", "digest", "owner", "lease_until", "created_at")
_FINISHED = ("status", "revision", "answer")


def _same(user_id: Any, route: Any, key: Any) -> tuple[sa.ColumnElement[bool], ...]:
    return (key_table.c.user_id == user_id, key_table.c.route == route, key_table.c.key == key)


def _new(names: tuple[str, ...]) -> dict[str, sa.BindParameter[Any]]:
    return {name: sa.bindparam(f"new_{name}", type_=key_table.c[name].type) for name in names}


def _claim(insert: "postgresql.Insert | sqlite.Insert") -> Prepared:
    statement = insert.values(**_new(_CLAIMED))
    return Prepared(
        statement.on_conflict_do_update(
            index_elements=["user_id", "route", "key"],
            set_={name: statement.excluded[name] for name in ("owner", "lease_until", "digest", "created_at")},
            where=sa.and_(key_table.c.status.is_(None), key_table.c.lease_until < sa.bindparam("now", type_=key_table.c.lease_until.type)),
        ).returning(key_table.c.owner)
    )


_CLAIM = {"postgresql": _claim(postgresql.insert(key_table)), "sqlite": _claim(sqlite.insert(key_table))}
_FINISH = Prepared(
    sa.update(key_table)
    .where(
        *_same(*(sa.bindparam(f"whose_{name}") for name in ("user_id", "route", "key"))), key_table.c.owner == sa.bindparam("whose_owner")
    )
    .values(**_new(_FINISHED))
    .returning(key_table.c.owner)
)


def claim_key(work: UnitOfWork, *, now: datetime, values: Mapping[str, Any]) -> bool:
    """Store the idempotency key as running, or take over one whose lease has run out; return whether that succeeded."""
    return bool(work.prepared_rows(_CLAIM[work.dialect], {"now": now, **{f"new_{name}": value for name, value in values.items()}}))


def read_key(reading: Reading, *, user_id: str, route: str, key: str) -> sa.Row[Any] | None:
    """Return the stored idempotency key."""
    return reading.row(sa.select(key_table).where(*_same(user_id, route, key)))


def finish_key(work: UnitOfWork, *, user_id: str, route: str, key: str, owner: str, **values: object) -> bool:
    """Store the answer under the key, in the transaction of the work itself; return whether the key is still ours."""
    whose = {"whose_user_id": user_id, "whose_route": route, "whose_key": key, "whose_owner": owner}
    return bool(work.prepared_rows(_FINISH, whose | {f"new_{name}": value for name, value in values.items()}))


def forget_key(work: UnitOfWork, *, user_id: str, route: str, key: str, owner: str) -> None:
    """Take the running key back after a refusal, so that a corrected request may use it."""
    work.execute(sa.delete(key_table).where(*_same(user_id, route, key), key_table.c.owner == owner))


def forget_old_keys(work: UnitOfWork, *, before: datetime) -> int:
    """Delete keys older than their time to live and return their number."""
    return work.execute(sa.delete(key_table).where(key_table.c.created_at < before)).rowcount
