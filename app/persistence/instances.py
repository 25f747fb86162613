"""Statements about process instances, routes, timers and incidents."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.persistence.database import Reading, UnitOfWork
from app.persistence.picture import Picture, picture_of, picture_of_beginning, row_of, unpack_beginning
from app.persistence.prepared import Prepared, word
from app.persistence.tables.definitions import process_definition
from app.persistence.tables.documents import document
from app.persistence.tables.instances import element_instance, incident, process_instance, route, timer
from app.persistence.tables.people import environment
from app.persistence.tables.tasks import user_task
from app.persistence.visibility import Sight, is_newest_seen, ways_to_instance, with_links

_VERSIONS = (
    environment.c.key.label("environment_key"),
    environment.c.time_zone,
    environment.c.base_currency,
    environment.c.authority_version,
    environment.c.matrix_version,
    environment.c.definitions_version,
)
_LOCKED = (sa.select(process_instance, process_definition.c.hash.label("definition_hash"), *_VERSIONS)).select_from(
    process_instance.join(process_definition, process_definition.c.id == process_instance.c.definition_id).join(
        environment, environment.c.id == process_instance.c.environment_id
    )
)

PAUSED = "paused"
_ID = sa.bindparam("id", type_=process_instance.c.id.type)
_OWNER = sa.select(user_task.c.instance_id).where(user_task.c.id == _ID).scalar_subquery()
_WHILE_IT_WAITS = sa.case(
    (timer.c.status == word("waiting"), timer.c.instance_id)
)  # no condition: that would offer the index of all that wait
_OWNER_OF_TIMER = sa.select(_WHILE_IT_WAITS).where(timer.c.id == _ID).scalar_subquery()


def _lock_and_picture(found: sa.ColumnElement[Any]) -> tuple[Prepared, Prepared]:
    """Return the statement that locks the instance of this id, and the one that reads its picture, by an id that was known before."""
    here = process_instance.alias("here")
    its_picture = picture_of(here, transaction_id=sa.func.coalesce(here.c.document_id, here.c.id))
    return (
        Prepared(_LOCKED.where(process_instance.c.id == found).with_for_update(of=process_instance)),
        Prepared(its_picture.where(here.c.id == found)),
    )


_OF_ITSELF, _OF_TASK, _OF_TIMER = map(_lock_and_picture, (_ID, _OWNER, _OWNER_OF_TIMER))


def lock_instance(work: UnitOfWork, instance_id: str) -> tuple[Any, Any] | None:
    """Return the instance, locked, with its definition's hash and the versions of its environment; and its picture, still packed.

    Both go to the database together. The picture is read when the lock is held, so it shows what whoever held it before has committed.
    """
    return _lock(work, _OF_ITSELF, instance_id)


def lock_instance_of_task(work: UnitOfWork, task_id: str) -> tuple[Any, Any] | None:
    """Return the instance that the task belongs to, locked, and its picture; the task's row is not, the instance is always the first lock."""
    return _lock(work, _OF_TASK, task_id)


def lock_instance_of_timer(work: UnitOfWork, timer_id: str) -> tuple[Any, Any] | None:
    """Return the instance that a timer which still waits belongs to, locked, and its picture; None when it was fired or cancelled."""
    return _lock(work, _OF_TIMER, timer_id)


def _lock(work: UnitOfWork, statements: tuple[Prepared, Prepared], given_id: str) -> tuple[Any, Any] | None:
    locked, packed = work.prepared_together(statements, {"id": given_id})
    return (locked[0], next(iter(packed), None)) if locked else None


def lock_instances_of_document(work: UnitOfWork, environment_id: int, document_id: str) -> Sequence[sa.Row[Any]]:
    """Return the instances of a document, locked, in the order of their ids."""
    return work.rows(
        sa.select(process_instance.c.id, process_instance.c.status)
        .where(process_instance.c.environment_id == environment_id, process_instance.c.document_id == document_id)
        .order_by(process_instance.c.id)
        .with_for_update()
    )


def count_instances_of_document(reading: Reading, document_id: str) -> int:
    """Return how many instances the document has ever had."""
    row = reading.row(sa.select(sa.func.count().label("number")).where(process_instance.c.document_id == document_id))
    assert row is not None, "a count is always a row"
    return int(row.number)


def read_source(reading: Reading, definition_id: str) -> bytes:
    """Return the BPMN file of a definition."""
    row = reading.row(sa.select(process_definition.c.bpmn).where(process_definition.c.id == definition_id))
    assert row is not None, "instances keep their definition"
    return bytes(row.bpmn)


def lock_birth(
    work: UnitOfWork,
    *,
    environment_id: int,
    document_id: str | None,
    key: str,
    outcome: str,
    document_key: str | None,
    business_key: str | None,
) -> tuple[Any, Picture] | None:
    """Return what a new instance is checked against, with the document locked, and its picture; None when there is no such document.

    Both go to the database together. The picture is read when the lock is held; without a document nothing can be on it.

    The row has columns of the document and of the environment, and the ids of the instances that approved the document
    (`approved_by`), hold it now (`live_of_document`) or hold the business key (`live_of_business_key`). Without a document it is the
    environment's alone.
    """
    parameters = {"environment": environment_id, "business_key": business_key}
    if document_id is None:
        return work.prepared_rows(_BIRTH, parameters)[0], Picture()
    of_document = {"document": document_id, "document_key": document_key, "key": key, "outcome": outcome}
    locked, packed = work.prepared_together(_BIRTH_OF_DOCUMENT, parameters | of_document)
    if not locked or locked[0].document_environment_id != environment_id:
        return None
    return locked[0], unpack_beginning(packed[0], work.dialect)


def _instance_where(*conditions: sa.ColumnElement[bool]) -> sa.ScalarSelect[Any]:
    return sa.select(process_instance.c.id).where(*conditions).limit(1).scalar_subquery()


def _birth(*columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
    return sa.select(environment.c.id.label("environment_id"), *_VERSIONS, *columns, _OF_BUSINESS_KEY).where(
        environment.c.id == _ENVIRONMENT
    )


_ENVIRONMENT = sa.bindparam("environment", type_=sa.Integer())
_BUSINESS_KEY = sa.bindparam("business_key", type_=sa.String())
_OF_BUSINESS_KEY = _instance_where(
    _BUSINESS_KEY.is_not(None),  # without a key nothing is looked for
    process_instance.c.environment_id == _ENVIRONMENT,
    process_instance.c.live_business_key == _BUSINESS_KEY,
).label("live_of_business_key")
# A document is found by its id alone, and its instances by it: the environment as a condition would offer the index of all that it has.
_DOCUMENT_ID = sa.bindparam("document", type_=document.c.id.type)
_HAS_DOCUMENT = process_instance.c.document_id == _DOCUMENT_ID
_LIVE_OF_DOCUMENT = _instance_where(
    _HAS_DOCUMENT, process_instance.c.live_document_key == sa.bindparam("document_key", type_=sa.String())
).label("live_of_document")
_APPROVED_BY = _instance_where(
    _HAS_DOCUMENT,
    process_instance.c.definition_key == sa.bindparam("key", type_=sa.String()),
    process_instance.c.outcome == sa.bindparam("outcome", type_=sa.String()),
).label("approved_by")
_DOCUMENT = tuple(document.c[name] for name in ("kind", "number", "held", "duplicate_of", "status", "received_by"))
_BIRTH = Prepared(_birth(sa.null().label("live_of_document")))
_LOCKED_DOCUMENT = (
    _birth(
        document.c.id.label("document_id"),
        document.c.environment_id.label("document_environment_id"),
        *_DOCUMENT,
        _APPROVED_BY,
        _LIVE_OF_DOCUMENT,
    )
    .where(document.c.id == _DOCUMENT_ID)
    .with_for_update(of=document)
)
_BIRTH_OF_DOCUMENT = Prepared(_LOCKED_DOCUMENT), Prepared(picture_of_beginning(_DOCUMENT_ID))


def insert_instance(work: UnitOfWork, values: dict[str, Any]) -> None:
    """Store a new instance; a live one that has its document key or business key already is in the way."""
    work.insert(process_instance, [values])


def update_instance(work: UnitOfWork, instance_id: str, values: Mapping[str, object]) -> None:
    """Change columns of one instance."""
    work.update(process_instance, instance_id, values)


def find_instance(reading: Reading, environment_id: int, instance_id: str) -> sa.Row[Any] | None:
    """Return the instance of this environment, or None."""
    return reading.row(_LOCKED.where(process_instance.c.id == instance_id, process_instance.c.environment_id == environment_id))


def list_instances(
    reading: Reading, *, environment_id: int, filters: dict[str, str], sight: Sight | None, before: str | None, limit: int
) -> Sequence[sa.Row[Any]]:
    """Return instances, newest first; `filters` are columns with the value they must have, and `sight` leaves those that are seen."""
    statement = sa.select(process_instance).where(process_instance.c.environment_id == environment_id)
    for name, value in filters.items():
        statement = statement.where(process_instance.c[name] == value)
    if before is not None:
        statement = statement.where(process_instance.c.id < before)
    if sight is not None:
        statement = statement.where(
            is_newest_seen(statement, process_instance.c.id, ways_to_instance(with_links(reading, sight)), limit=limit)
        )
    return reading.rows(statement.order_by(process_instance.c.id.desc()).limit(limit))


def live_instance_of(reading: Reading, environment_id: int, document_id: str, *, definition: str | None = None) -> str | None:
    """Return the id of the oldest instance of the document, or of one definition for it, that has not ended; None without one."""
    statement = sa.select(process_instance.c.id).where(
        process_instance.c.environment_id == environment_id,
        process_instance.c.document_id == document_id,
        process_instance.c.live_document_key.is_not(None),
    )
    if definition is not None:
        statement = statement.where(process_instance.c.definition_key == definition)
    row = reading.row(statement.order_by(process_instance.c.id).limit(1))
    return None if row is None else str(row.id)


def current_route(reading: Reading, instance_id: str) -> sa.Row[Any] | None:
    """Return the route that is in force for the instance, or None before the first resolution."""
    return reading.row(
        sa.select(route).where(route.c.instance_id == instance_id, route.c.superseded_at.is_(None)).order_by(route.c.number.desc())
    )


def supersede_routes(work: UnitOfWork, instance_id: str, now: datetime) -> None:
    """End the routes in force; they stay as history."""
    work.execute(sa.update(route).where(route.c.instance_id == instance_id, route.c.superseded_at.is_(None)).values(superseded_at=now))


def insert_route(work: UnitOfWork, **values: object) -> None:
    """Store a route."""
    work.insert(route, [values])


def waiting_timers(reading: Reading, instance_id: str) -> Sequence[sa.Row[Any]]:
    """Return the instance's timers that still wait."""
    return reading.rows(
        sa.select(timer).where(timer.c.instance_id == instance_id, timer.c.status == word("waiting")).order_by(timer.c.due_at)
    )


def insert_timers(work: UnitOfWork, rows: Sequence[dict[str, Any]]) -> None:
    """Store timers; a key that is there already is not stored twice."""
    work.insert(timer, rows, unless_same="key")


def update_timer(work: UnitOfWork, timer_id: str, **values: object) -> None:
    """Change columns of one timer."""
    work.update(timer, timer_id, values)


def postpone_timer(work: UnitOfWork, timer_id: str, *, due_at: datetime, attempts: int, status: str) -> None:
    """Push a timer that failed forward, or give it up."""
    work.execute(sa.update(timer).where(timer.c.id == timer_id).values(due_at=due_at, attempts=attempts, status=status, lease_until=None))


def claim_timers(work: UnitOfWork, *, now: datetime, lease_until: datetime, limit: int) -> list[str]:
    """Lease due timers and return their ids, soonest first; no two callers get the same row."""
    due = (
        sa.select(timer.c.id)
        .where(timer.c.status == word("waiting"), timer.c.due_at <= now, sa.or_(timer.c.lease_until.is_(None), timer.c.lease_until < now))
        .order_by(timer.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    statement = sa.update(timer).where(timer.c.id.in_(due)).values(lease_until=lease_until).returning(timer.c.id, timer.c.due_at)
    return [row.id for row in sorted(work.execute(statement), key=lambda row: (row.due_at, row.id))]


def insert_incidents(work: UnitOfWork, rows: Sequence[dict[str, Any]]) -> None:
    """Store incidents."""
    work.insert(incident, rows)


def open_incidents(reading: Reading, instance_id: str) -> Sequence[sa.Row[Any]]:
    """Return the instance's open incidents."""
    return reading.rows(
        sa.select(incident).where(incident.c.instance_id == instance_id, incident.c.status == "open").order_by(incident.c.id)
    )


def find_incident(reading: Reading, environment_id: int, incident_id: str) -> sa.Row[Any] | None:
    """Return the incident of this environment, or None."""
    return reading.row(sa.select(incident).where(incident.c.id == incident_id, incident.c.environment_id == environment_id))


def list_incidents(reading: Reading, *, environment_id: int, status: str | None, before: str | None, limit: int) -> Sequence[sa.Row[Any]]:
    """Return incidents, newest first."""
    statement = sa.select(incident).where(incident.c.environment_id == environment_id)
    if status is not None:
        statement = statement.where(incident.c.status == status)
    if before is not None:
        statement = statement.where(incident.c.id < before)
    return reading.rows(statement.order_by(incident.c.id.desc()).limit(limit))


def end_incident(work: UnitOfWork, incident_id: str, *, now: datetime, user_id: str | None, resolution: str) -> None:
    """Resolve an open incident."""
    work.execute(
        sa.update(incident)
        .where(incident.c.id == incident_id, incident.c.status == "open")
        .values(status="resolved", resolved_at=now, resolved_by=user_id, resolution=resolution)
    )


def count_timers(reading: Reading, *, task_id: str, kind: str) -> int:
    """Return how many timers of a kind a task has ever had."""
    row = reading.row(sa.select(sa.func.count().label("number")).where(timer.c.task_id == task_id, timer.c.kind == kind))
    assert row is not None, "a count is always a row"
    return int(row.number)


def timer_of(values: Mapping[str, Any]) -> Any:
    """Return the row that these values make."""
    return row_of(timer, values)


def paused_timers(reading: Reading, task_id: str) -> list[Any]:
    """Return the timers of a task that stand still, soonest first."""
    found = reading.rows(sa.select(timer).where(timer.c.task_id == task_id, timer.c.status == PAUSED).order_by(timer.c.due_at, timer.c.id))
    return [timer_of({column.name: value for column, value in zip(timer.c, row, strict=True)}) for row in found]


def cancel_paused_timers(work: UnitOfWork, task_id: str, *, now: datetime) -> None:
    """Cancel the timers of a task that stand still."""
    work.execute(sa.update(timer).where(timer.c.task_id == task_id, timer.c.status == PAUSED).values(status="cancelled", fired_at=now))


def insert_elements(work: UnitOfWork, rows: Sequence[dict[str, Any]]) -> None:
    """Store element instances that ended."""
    work.insert(element_instance, rows)


def ended_elements(reading: Reading, instance_id: str) -> Sequence[sa.Row[Any]]:
    """Return the element instances that ended, oldest first."""
    return reading.rows(sa.select(element_instance).where(element_instance.c.instance_id == instance_id).order_by(element_instance.c.id))
