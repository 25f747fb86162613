"""A process instance is born."""

from collections.abc import Mapping
from typing import Any

from app.domain.errors import (
    BusinessKeyInUse,
    DatabaseBusy,
    DocumentApproved,
    DocumentHeld,
    InstanceAlreadyRunning,
    NotFound,
    NotPermitted,
    StatusNotAllowed,
)
from app.domain.people import ADMINISTRATOR, INTEGRATOR, WORKFLOW_ADMINISTRATOR
from app.engine import Execution
from app.operations.answer import Answer, Caller, JsonObject, RequestKey
from app.operations.documents.read_document import find_visible
from app.operations.idempotency import Remember, answer_once
from app.operations.settlement import APPROVED, live_business_key, live_document_key, settle
from app.operations.system import System
from app.operations.turn import Instance, Turn, definition_of, open_birth, read_environment
from app.operations.wording import instant
from app.persistence import definitions, documents, instances
from app.persistence.database import UnitOfWork

IN_PROCESS = "In process"


def start_instance(
    system: System,
    caller: Caller,
    *,
    definition: str,
    document_id: str | None,
    business_key: str | None = None,
    variables: Mapping[str, Any] | None = None,
    request: RequestKey | None = None,
) -> Answer:
    """Start the newest version of a definition for a document and run it to its first wait states.

    Raises:
        NotPermitted: the caller may not start process instances.
        NotFound: no such definition or document.
        DocumentHeld: the document may be a duplicate.
        DocumentApproved: an instance of this definition has approved it before.
        StatusNotAllowed: the document is paid.
        InstanceAlreadyRunning: the document has a live instance of this definition.
        BusinessKeyInUse: a live instance of the definition has this business key.
    Source: TSK-05, TSK-06, DOC-03.
    """
    if not caller.has_role(INTEGRATOR, WORKFLOW_ADMINISTRATOR, ADMINISTRATOR):
        raise NotPermitted(verb="start process instances")

    def run(remember: Remember) -> Answer:
        with system.database.write() as work:
            turn = _open(system, work, caller, key=definition, document_id=document_id, business_key=business_key)
            _insert(turn)
            turn.tell(
                "instance_started",
                f"{turn.definition.name or definition} started by {caller.full_name}.",
                facts={"version": turn.instance.definition_version},
            )
            turn.execution = Execution.start(turn.definition, dict(variables or {}), turn.ports())
            settle(turn)
            answer = Answer(body=started_view(turn), status=201, revision=turn.instance.revision)
            remember(work, answer)
            work.commit()
            return answer

    return answer_once(system, caller, request, run)


def started_view(turn: Turn) -> JsonObject:
    """Return the instance as it stands at the end of the turn."""
    instance = turn.instance
    return {
        "id": instance.id,
        "status": instance.status,
        "outcome": instance.outcome,
        "revision": instance.revision,
        "definition": {"key": instance.definition_key, "version": instance.definition_version},
        "business_key": instance.business_key,
        "document_id": instance.document_id,
        "started_at": instant(instance.started_at),
        "ended_at": instant(instance.ended_at),
        "active": turn.active,
    }


def _open(system: System, work: UnitOfWork, caller: Caller, *, key: str, document_id: str | None, business_key: str | None) -> Turn:
    row = definitions.newest_process(work, environment_id=caller.environment_id, key=key)
    if row is None:
        raise NotFound(what="process definition", id=key)
    if document_id is not None:
        find_visible(system, work, caller, document_id)
        _lock_startable(work, caller, key, document_id)
    _check_free(work, caller.environment_id, key, document_id, business_key)
    definition = definition_of(system, work, definition_hash=row.hash, definition_id=row.id, file_name=row.file_name)
    instance = Instance(
        id=system.new_id(),
        definition_id=row.id,
        definition_key=row.key,
        definition_version=row.version,
        business_key=business_key,
        document_id=document_id,
        started_by=caller.user_id,
        started_at=system.clock(),
        is_new=True,
    )
    environment = read_environment(work, caller.environment_id)
    return open_birth(system, work, caller=caller, environment=environment, instance=instance, definition=definition)


def _lock_startable(work: UnitOfWork, caller: Caller, key: str, document_id: str) -> None:
    """Lock the document, so that two starts follow one another, and refuse one that must not be approved, or not yet."""
    document = documents.lock_document(work, caller.environment_id, document_id)
    if document is None:
        raise NotFound(what="document", id=document_id)
    if document.held:
        raise DocumentHeld(document=document.number, duplicate_of=document.duplicate_of)
    if document.status == documents.PAID:
        raise StatusNotAllowed(document=document.number, wanted=IN_PROCESS, current=document.status)
    approved = instances.find_approved(work, caller.environment_id, document_id, key=key, outcome=APPROVED)
    if approved is not None:
        raise DocumentApproved(document=document.number, instance_id=approved.id)


def _check_free(work: UnitOfWork, environment_id: int, key: str, document_id: str | None, business_key: str | None) -> None:
    document_key = live_document_key(document_id, key)
    if document_key is not None:
        live = instances.find_live(work, environment_id=environment_id, column="live_document_key", value=document_key)
        if live is not None:
            raise InstanceAlreadyRunning(
                document=document_id, definition=key, instance_id=live.id, location=f"/api/v1/process-instances/{live.id}"
            )
    keyed = live_business_key(business_key, key)
    if keyed is not None:
        live = instances.find_live(work, environment_id=environment_id, column="live_business_key", value=keyed)
        if live is not None:
            raise BusinessKeyInUse(business_key=business_key, instance_id=live.id)


def _insert(turn: Turn) -> None:
    instance = turn.instance
    is_free = instances.insert_instance(
        turn.work,
        {
            "id": instance.id,
            "environment_id": turn.environment.id,
            "definition_id": instance.definition_id,
            "definition_key": instance.definition_key,
            "definition_version": instance.definition_version,
            "business_key": instance.business_key,
            "document_id": instance.document_id,
            "live_document_key": live_document_key(instance.document_id, instance.definition_key),
            "live_business_key": live_business_key(instance.business_key, instance.definition_key),
            "status": instance.status,
            "revision": 0,
            "started_by": instance.started_by,
            "started_at": instance.started_at,
            "active": [],
            "state": b"",
            "audit_seq": 0,
            "audit_hash": turn.audit.head,
        },
    )
    if not is_free:
        _check_free(turn.work, turn.environment.id, instance.definition_key, instance.document_id, instance.business_key)
        raise DatabaseBusy(retry_after=1)  # the one in the way has just ended
    if instance.document_id is not None:
        documents.set_process_status(turn.work, instance.document_id, IN_PROCESS)
