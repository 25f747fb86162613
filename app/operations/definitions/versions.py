"""One version of a process definition: as it is shown, and as an analyst changes it."""

from collections.abc import Callable, Mapping
from typing import Any

from app.domain.audit import AuditEntry
from app.domain.errors import NotFound
from app.domain.people import ADMINISTRATOR, ANALYST, Directory
from app.operations.answer import Answer, Caller, JsonObject, RequestKey
from app.operations.environment_story import tell_environment
from app.operations.idempotency import Remember, answer_once
from app.operations.instances.view import person_view
from app.operations.system import System
from app.operations.turn import directory_of, read_environment
from app.operations.visibility import require_role
from app.operations.wording import instant
from app.persistence import definitions, people
from app.persistence.database import UnitOfWork


def version_view(row: Any, directory: Directory, counts: Mapping[str, int]) -> JsonObject:
    """Return a version with the number of its instances by status."""
    return {
        "key": row.key,
        "version": row.version,
        "version_tag": row.version_tag,
        "hash": row.hash,
        "name": row.name,
        "file_name": row.file_name,
        "active": row.deactivated_at is None,
        "deactivated_at": instant(row.deactivated_at),
        "deployed_at": instant(row.created_at),
        "deployed_by": person_view(directory, row.deployed_by),
        "document_kinds": row.document_kinds,
        "instances": dict(counts),
    }


def change_version(
    system: System,
    caller: Caller,
    key: str,
    version: int,
    *,
    verb: str,
    request: RequestKey | None,
    change: Callable[[UnitOfWork, Any], str | None],
) -> Answer:
    """Change one version and return it.

    `change` changes the row and returns what it did, in the past tense, for the audit; None when there was nothing to do.

    Raises:
        NotPermitted: the caller is no analyst.
        NotFound: there is no such version.
    """
    require_role(caller, ANALYST, ADMINISTRATOR, verb=f"{verb} process definitions")

    def run(remember: Remember) -> Answer:
        with system.database.write() as work:
            people.lock_environment(work, caller.environment_id)
            row = find_version(work, caller, key, version)
            did = change(work, row)
            after = definitions.process_by_id(work, row.id)
            assert after is not None, "a version is never erased"
            counts = definitions.count_instances(work, [row.id])[row.id]
            directory = directory_of(system, work, read_environment(work, caller.environment_id))
            answer = Answer(body=version_view(after, directory, counts))
            remember(work, answer)
            if did is not None:
                text = f"{caller.full_name} {did} {key} version {version}."
                facts = {"key": key, "version": version, "hash": row.hash}
                kind = f"definition_{did}"
                tell_environment(
                    system,
                    work,
                    caller.environment_id,
                    AuditEntry(at=system.clock(), kind=kind, actor=caller.username, text=text, facts=facts),
                )
            work.commit()
            return answer

    return answer_once(system, caller, request, run)


def find_version(work: UnitOfWork, caller: Caller, key: str, version: int) -> Any:
    """Return the row of a version.

    Raises:
        NotFound: there is none.
    """
    row = definitions.process_version(work, environment_id=caller.environment_id, key=key, version=version)
    if row is None:
        raise NotFound(what="process definition", id=f"{key} version {version}")
    return row
