"""Instances of one version go to another, one transaction each."""

from collections.abc import Mapping
from typing import Any, Final

from app.domain.errors import InvalidRequest, NotFound, NotSignedIn
from app.domain.people import ADMINISTRATOR, WORKFLOW_ADMINISTRATOR
from app.operations.answer import Answer, Caller, JsonObject, RequestKey
from app.operations.idempotency import Remember, answer_once
from app.operations.instances.migrating import ENDED, Plan, Result, migrate_instance
from app.operations.messages.waiting import outbox_row
from app.operations.people.callers import caller_of
from app.operations.system import System
from app.operations.visibility import require_role
from app.operations.wording import instant
from app.persistence import definitions, journal, migrating
from app.persistence.database import Reading, UnitOfWork

MIGRATION: Final = "migration"
BATCH: Final = 200
MAPPING_MAX: Final = 1_000
IDS_MAX: Final = 1_000
STARTED: Final = 202


def migrate_instances(
    system: System,
    caller: Caller,
    key: str,
    *,
    from_version: int,
    to_version: int,
    mapping: Mapping[str, str | None] | None = None,
    filter: Mapping[str, Any] | None = None,  # noqa: A002 - the name of the field
    reason: str = "",
    dry_run: bool = False,
    request: RequestKey | None = None,
) -> Answer:
    """Migrate the running instances of a version, and say for each what became of it.

    1. The first 200 are migrated at once, one transaction each. When there are more, the answer is 202, and a job does the rest.
    2. What was done stays done: a job that dies goes on after the last instance that has a result.
    3. A dry run does the same and commits nothing but its results.

    Raises:
        NotPermitted: the caller is no administrator.
        InvalidRequest: no reason, the same version twice, or too long a mapping.
        NotFound: there is no such version.
    """
    require_role(caller, WORKFLOW_ADMINISTRATOR, ADMINISTRATOR, verb="migrate process instances")
    _check(from_version, to_version, mapping or {}, filter or {}, reason)

    def run(remember: Remember) -> Answer:
        migration_id = system.new_id()
        with system.database.write() as work:
            for version in (from_version, to_version):
                _find(work, caller.environment_id, key, version)
            migrating.insert_migration(
                work,
                id=migration_id,
                environment_id=caller.environment_id,
                key=key,
                from_version=from_version,
                to_version=to_version,
                mapping=dict(mapping or {}),
                filter={name: value for name, value in (filter or {}).items() if value is not None},
                reason=reason.strip(),
                dry_run=dry_run,
                status="running",
                requested_by=caller.user_id,
                created_at=system.clock(),
            )
            work.commit()
        is_over = _take_batch(system, caller, migration_id)
        with system.database.write() as work:
            answer = Answer(body=migration_view(work, migration_id, after=None, limit=BATCH), status=200 if is_over else STARTED)
            remember(work, answer)
            work.commit()
        return answer

    return answer_once(system, caller, request, run)


def continue_migration(system: System, row: Any) -> None:
    """Take the next batch of a migration that an outbox row stands for."""
    with system.database.read() as reading:
        found = migrating.read_migration(reading, row.payload["migration_id"])
        caller = caller_of(reading, found.requested_by) if found is not None else None
    if found is None or caller is None:
        raise NotSignedIn
    if found.status == "running":
        _take_batch(system, caller, found.id)
    with system.database.write() as work:
        journal.finish_outbox(work, row.id, now=system.clock())
        work.commit()


def _take_batch(system: System, caller: Caller, migration_id: str) -> bool:
    """Migrate the next instances and return whether none is left; each has its result in the transaction after its own."""
    with system.database.read() as reading:
        row = migrating.read_migration(reading, migration_id)
        assert row is not None, "a migration is stored before it begins"
        plan = Plan(
            source=_find(reading, row.environment_id, row.key, row.from_version),
            target=_find(reading, row.environment_id, row.key, row.to_version),
            mapping=row.mapping,
            reason=row.reason,
            dry_run=row.dry_run,
        )
        found = migrating.running_instances(
            reading, definition_id=plan.source.id, filters=row.filter, ended=ENDED, after=row.after, limit=BATCH + 1
        )
    for instance_id in found[:BATCH]:
        result = migrate_instance(system, caller, instance_id, plan)
        with system.database.write() as work:
            migrating.store_result(work, _result_row(system, row, instance_id, result))
            migrating.update_migration(work, migration_id, after=instance_id)
            work.commit()
    is_over = len(found) <= BATCH
    with system.database.write() as work:
        now = system.clock()
        if is_over:
            migrating.update_migration(work, migration_id, status="done", finished_at=now)
        else:
            payload, part = {"migration_id": migration_id}, f"{MIGRATION}:{migration_id}:{found[BATCH - 1]}"
            journal.insert_outbox(work, [outbox_row(system.new_id(), row.environment_id, MIGRATION, payload, key=part, now=now)])
        work.commit()
    return is_over


def _result_row(system: System, row: Any, instance_id: str, result: Result) -> dict[str, Any]:
    return {
        "migration_id": row.id,
        "instance_id": instance_id,
        "environment_id": row.environment_id,
        "status": result.outcome,
        "refusals": list(result.refusals),
        "before": list(result.before),
        "after": list(result.after),
        "created_at": system.clock(),
    }


def migration_view(reading: Reading | UnitOfWork, migration_id: str, *, after: str | None, limit: int) -> JsonObject:
    """Return a migration with its counts and one page of its results."""
    row = migrating.read_migration(reading, migration_id)
    assert row is not None, "a migration is never deleted"
    results = migrating.list_results(reading, migration_id, after=after, limit=limit)
    return {
        "id": row.id,
        "key": row.key,
        "from_version": row.from_version,
        "to_version": row.to_version,
        "mapping": row.mapping,
        "reason": row.reason,
        "dry_run": row.dry_run,
        "status": row.status,
        "created_at": instant(row.created_at),
        "finished_at": instant(row.finished_at),
        "counts": migrating.count_results(reading, migration_id),
        "items": [
            {
                "process_instance_id": each.instance_id,
                "status": each.status,
                "refusals": each.refusals,
                "before": each.before,
                "after": each.after,
            }
            for each in results
        ],
        "next_cursor": None,
    }


def _find(reading: Reading, environment_id: int, key: str, version: int) -> Any:
    row = definitions.process_version(reading, environment_id=environment_id, key=key, version=version)
    if row is None:
        raise NotFound(what="process definition", id=f"{key} version {version}")
    return row


def _check(from_version: int, to_version: int, mapping: Mapping[str, Any], chosen: Mapping[str, Any], reason: str) -> None:
    errors: dict[str, list[str]] = {}
    if from_version == to_version:
        errors["to_version"] = ["Expected another version than from_version."]
    if len(mapping) > MAPPING_MAX:
        errors["mapping"] = [f"Expected at most {MAPPING_MAX} elements."]
    if not all(value is None or isinstance(value, str) for value in mapping.values()):
        errors["mapping"] = ["Expected the id of an element, or null, for each element."]
    if len(chosen.get("ids") or ()) > IDS_MAX:
        errors["filter"] = [f"Expected at most {IDS_MAX} ids."]
    if not reason.strip():
        errors["reason"] = ["Say why; it stands in the timeline of every instance."]
    if errors:
        raise InvalidRequest("The migration cannot be read.", errors=errors)
