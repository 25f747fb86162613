"""Statements about drafts of the approval matrix, their changes, and the versions they became."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from app.persistence.database import Reading, UnitOfWork
from app.persistence.matrix_content import Change
from app.persistence.tables.matrix import matrix_version
from app.persistence.tables.matrix_drafts import matrix_change, matrix_draft, matrix_setting
from app.persistence.tables.people import environment

ROWS_A_STATEMENT = 10_000
_VERSIONS = sa.select(matrix_version, matrix_draft.c.id.label("draft_id"), matrix_draft.c.title, matrix_draft.c.author_id).select_from(
    matrix_version.outerjoin(
        matrix_draft,
        sa.and_(matrix_draft.c.environment_id == matrix_version.c.environment_id, matrix_draft.c.version == matrix_version.c.version),
    )
)


def find_draft(reading: Reading, environment_id: int, draft_id: str) -> sa.Row[Any] | None:
    """Return the draft of this environment, or None."""
    return reading.row(_draft(environment_id, draft_id))


def lock_draft(work: UnitOfWork, environment_id: int, draft_id: str) -> sa.Row[Any] | None:
    """Return the draft, locked for a change."""
    return work.row(_draft(environment_id, draft_id).with_for_update())


def find_open_draft(reading: Reading, environment_id: int, user_id: str) -> sa.Row[Any] | None:
    """Return the draft that takes the person's changes, or None."""
    own = (matrix_draft.c.environment_id == environment_id, matrix_draft.c.open_author_id == user_id)
    return reading.row(sa.select(matrix_draft).where(*own))


def open_draft(work: UnitOfWork, environment_id: int, values: Mapping[str, Any]) -> sa.Row[Any]:
    """Return the draft that takes the author's changes, locked; it is made with `values` when there is none."""
    statement = work.upsert(matrix_draft).values(**values).on_conflict_do_nothing(index_elements=["environment_id", "open_author_id"])
    work.execute(statement)
    own = (matrix_draft.c.environment_id == environment_id, matrix_draft.c.open_author_id == values["open_author_id"])
    row = work.row(sa.select(matrix_draft).where(*own).with_for_update())
    assert row is not None, "it was there or is now"
    return row


def insert_draft(work: UnitOfWork, **values: object) -> None:
    """Store a draft."""
    work.execute(sa.insert(matrix_draft).values(**values))


def update_draft(work: UnitOfWork, draft_id: str, **values: object) -> None:
    """Change columns of one draft."""
    work.execute(sa.update(matrix_draft).where(matrix_draft.c.id == draft_id).values(**values))


def delete_draft(work: UnitOfWork, draft_id: str) -> None:
    """Take back a draft that nothing was put into."""
    work.execute(sa.delete(matrix_draft).where(matrix_draft.c.id == draft_id))


def list_drafts(reading: Reading, environment_id: int, *, status: str | None, before: str | None, limit: int) -> Sequence[sa.Row[Any]]:
    """Return drafts, the newest first."""
    statement = sa.select(matrix_draft).where(matrix_draft.c.environment_id == environment_id)
    if status is not None:
        statement = statement.where(matrix_draft.c.status == status)
    if before is not None:
        statement = statement.where(matrix_draft.c.id < before)
    return reading.rows(statement.order_by(matrix_draft.c.id.desc()).limit(limit))


def find_change(reading: Reading, draft_id: str, entity: str, entity_id: str) -> Change | None:
    """Return what the draft does to one object, or None."""
    row = reading.row(_changes(draft_id).where(matrix_change.c.entity == entity, matrix_change.c.entity_id == entity_id))
    return None if row is None else _change(row)


def read_changes(
    reading: Reading, draft_id: str, *, entity: str | None = None, after: tuple[str, str] | None = None, limit: int | None = None
) -> list[Change]:
    """Return the changes of a draft in the order of entity and id."""
    statement = _changes(draft_id).order_by(matrix_change.c.entity, matrix_change.c.entity_id)
    if entity is not None:
        statement = statement.where(matrix_change.c.entity == entity)
    if after is not None:
        position = sa.or_(
            matrix_change.c.entity > after[0], sa.and_(matrix_change.c.entity == after[0], matrix_change.c.entity_id > after[1])
        )
        statement = statement.where(position)
    return [_change(row) for row in reading.rows(statement.limit(limit))]


def actions_on(reading: Reading, draft_id: str, entity_ids: Sequence[str]) -> dict[str, str]:
    """Return what the draft does to these objects: add, change or delete, by id; those it leaves alone are left out."""
    statement = _changes(draft_id).where(matrix_change.c.entity_id.in_(entity_ids))
    return {row.entity_id: _change(row).action for row in reading.rows(statement)}


def count_changes(reading: Reading, draft_ids: Sequence[str]) -> dict[str, dict[str, dict[str, int]]]:
    """Return how much each draft adds, changes and deletes, by draft, entity and action."""
    action = sa.case((matrix_change.c.before.is_(None), "add"), (matrix_change.c.after.is_(None), "delete"), else_="change").label("action")
    columns = (matrix_change.c.draft_id, matrix_change.c.entity, action, sa.func.count().label("number"))
    statement = sa.select(*columns).where(matrix_change.c.draft_id.in_(draft_ids))
    counts: dict[str, dict[str, dict[str, int]]] = {draft_id: {} for draft_id in draft_ids}
    for row in reading.rows(statement.group_by(matrix_change.c.draft_id, matrix_change.c.entity, sa.text("action"))):
        counts[row.draft_id].setdefault(row.entity, {"add": 0, "change": 0, "delete": 0})[row.action] = row.number
    return counts


def put_changes(work: UnitOfWork, environment_id: int, draft_id: str, changes: Sequence[Change]) -> None:
    """Store changes of a draft; each takes the place of an earlier one of the same object."""
    rows = [
        {
            "draft_id": draft_id,
            "entity": each.entity,
            "entity_id": each.entity_id,
            "environment_id": environment_id,
            "before": each.before,
            "after": each.after,
        }
        for each in changes
    ]
    insert = work.upsert(matrix_change)
    statement = insert.on_conflict_do_update(
        index_elements=["draft_id", "entity", "entity_id"], set_={"after": insert.excluded.after, "before": insert.excluded.before}
    )
    for start in range(0, len(rows), ROWS_A_STATEMENT):
        work.execute(statement, rows[start : start + ROWS_A_STATEMENT])


def delete_change(work: UnitOfWork, draft_id: str, entity: str, entity_id: str) -> None:
    """Take one change out of the draft."""
    work.execute(
        sa.delete(matrix_change).where(
            matrix_change.c.draft_id == draft_id, matrix_change.c.entity == entity, matrix_change.c.entity_id == entity_id
        )
    )


def changes_after(
    reading: Reading, environment_id: int, version: int, *, until: int | None = None, entity: str | None = None, limit: int | None = None
) -> list[tuple[int, Change]]:
    """Return the activated changes of later versions with their version, the oldest first."""
    statement = (
        sa.select(matrix_draft.c.version, matrix_change)
        .join(matrix_draft, matrix_draft.c.id == matrix_change.c.draft_id)
        .where(matrix_draft.c.environment_id == environment_id, matrix_draft.c.version > version)
        .order_by(matrix_draft.c.version)
        .limit(limit)
    )
    if until is not None:
        statement = statement.where(matrix_draft.c.version <= until)
    if entity is not None:
        statement = statement.where(matrix_change.c.entity == entity)
    return [(row.version, _change(row)) for row in reading.rows(statement)]


def find_version(reading: Reading, environment_id: int, version: int) -> sa.Row[Any] | None:
    """Return a version of the matrix with its draft, or None."""
    return reading.row(_VERSIONS.where(matrix_version.c.environment_id == environment_id, matrix_version.c.version == version))


def list_versions(reading: Reading, environment_id: int, *, before: int | None, limit: int) -> Sequence[sa.Row[Any]]:
    """Return versions with their drafts, the newest first."""
    statement = _VERSIONS.where(matrix_version.c.environment_id == environment_id)
    if before is not None:
        statement = statement.where(matrix_version.c.version < before)
    return reading.rows(statement.order_by(matrix_version.c.version.desc()).limit(limit))


def insert_version(work: UnitOfWork, **values: object) -> None:
    """Store a version and make it the one in force."""
    work.execute(sa.insert(matrix_version).values(**values))
    statement = sa.update(environment).where(environment.c.id == values["environment_id"])
    work.execute(statement.values(matrix_version=values["version"]))


def digest_of_version(reading: Reading, environment_id: int, version: int) -> str | None:
    """Return the digest of a version; None for one that nothing is known of."""
    row = find_version(reading, environment_id, version)
    return None if row is None else str(row.digest)


def read_four_eyes(reading: Reading, environment_id: int) -> bool:
    """Return whether a second person has to activate drafts; so it is until the environment says otherwise."""
    row = reading.row(sa.select(matrix_setting.c.four_eyes).where(matrix_setting.c.environment_id == environment_id))
    return True if row is None else bool(row.four_eyes)


def write_four_eyes(work: UnitOfWork, environment_id: int, *, four_eyes: bool) -> None:
    """Say whether a second person has to activate drafts."""
    insert = work.upsert(matrix_setting).values(environment_id=environment_id, four_eyes=four_eyes)
    work.execute(insert.on_conflict_do_update(index_elements=["environment_id"], set_={"four_eyes": four_eyes}))


def _draft(environment_id: int, draft_id: str) -> sa.Select[Any]:
    return sa.select(matrix_draft).where(matrix_draft.c.id == draft_id, matrix_draft.c.environment_id == environment_id)


def _changes(draft_id: str) -> sa.Select[Any]:
    return sa.select(matrix_change).where(matrix_change.c.draft_id == draft_id)


def _change(row: sa.Row[Any]) -> Change:
    return Change(entity=row.entity, entity_id=row.entity_id, before=row.before, after=row.after)
