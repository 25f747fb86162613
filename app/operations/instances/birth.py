"""A process instance is born: locked against its twins, stored, and run to its first wait states."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.domain.errors import (
    BusinessKeyInUse,
    DatabaseBusy,
    DefinitionDeactivated,
    DocumentApproved,
    DocumentHeld,
    DocumentKindRefused,
    InstanceAlreadyRunning,
    NotFound,
    StatusNotAllowed,
)
from app.engine import Execution
from app.operations.answer import Caller
from app.operations.definitions.calling import Called, load_definition
from app.operations.documents.read_document import find_visible
from app.operations.settlement import APPROVED, live_business_key, live_document_key, settle
from app.operations.system import System
from app.operations.turn import Instance, Turn, open_birth, read_environment
from app.persistence import definitions, documents, instances
from app.persistence.database import UnitOfWork

IN_PROCESS = "In process"
LATEST = "latest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Birth:
    """What is to be started, and how.

    Attributes:
        binding: which version: `latest`, `tag:NAME` or `version:N`.
        start_event: the start event that was triggered; None for the one without a trigger.
        trigger: kind and name of what triggered it.
        payload: what the trigger brings.
        restart_of: the instance that this one is started anew from.
    """

    key: str
    binding: str = LATEST
    document_id: str | None = None
    business_key: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    start_event: str | None = None
    trigger: tuple[str, str] | None = None
    payload: Any = None
    restart_of: str | None = None


def bear_instance(system: System, work: UnitOfWork, caller: Caller, birth: Birth, *, text: str) -> Turn:
    """Store a new instance and run it to its first wait states; the operation commits.

    Args:
        text: how the timeline tells of it.

    Raises:
        NotFound: no such definition or document.
        DefinitionDeactivated: every version is deactivated.
        DocumentKindRefused: the definition does not take documents of this kind.
        DocumentHeld: the document may be a duplicate.
        DocumentApproved: an instance of this definition has approved it before.
        StatusNotAllowed: the document is paid.
        InstanceAlreadyRunning: the document has a live instance of this definition.
        BusinessKeyInUse: a live instance of the definition has this business key.
    """
    turn, called, called_hash = _open(system, work, caller, birth)
    _insert(turn, birth, called_hash)
    rows = [
        {"instance_id": turn.instance.id, "name": name, "environment_id": turn.environment.id, "definition_id": each}
        for name, each in called.definition_ids.items()
    ]
    definitions.insert_called(work, rows)
    turn.tell("instance_started", text.replace("{name}", turn.definition.name or birth.key, 1), facts=_facts(turn, birth))
    turn.execution = Execution.start(
        turn.definition, dict(birth.variables), turn.ports(), start_event=birth.start_event, trigger=birth.trigger, payload=birth.payload
    )
    settle(turn)
    return turn


def _facts(turn: Turn, birth: Birth) -> dict[str, Any]:
    facts: dict[str, Any] = {"version": turn.instance.definition_version}
    if birth.start_event is not None:
        facts["start_event"] = birth.start_event
    if birth.restart_of is not None:
        facts["restart_of"] = birth.restart_of
    return facts


def _open(system: System, work: UnitOfWork, caller: Caller, birth: Birth) -> tuple[Turn, Called, str | None]:
    row = _find_definition(work, caller.environment_id, birth)
    if birth.document_id is not None:
        find_visible(system, work, caller, birth.document_id)
        _lock_startable(work, caller, birth.key, birth.document_id, kinds=row.document_kinds)
    _check_free(work, caller.environment_id, birth.key, birth.document_id, birth.business_key)
    definition, called_hash, called = load_definition(system, work, row)
    instance = Instance(
        id=system.new_id(),
        definition_id=row.id,
        definition_key=row.key,
        definition_version=row.version,
        business_key=birth.business_key,
        document_id=birth.document_id,
        started_by=caller.user_id,
        started_at=system.clock(),
        is_new=True,
    )
    environment = read_environment(work, caller.environment_id)
    turn = open_birth(system, work, caller=caller, environment=environment, instance=instance, definition=definition)
    return turn, called, called_hash


def _find_definition(work: UnitOfWork, environment_id: int, birth: Birth) -> Any:
    row = definitions.process_for(work, environment_id=environment_id, key=birth.key, binding=birth.binding)
    if row is None:
        newest = definitions.newest_process(work, environment_id=environment_id, key=birth.key)
        if newest is None or birth.binding != LATEST:
            raise NotFound(what="process definition", id=birth.key if birth.binding == LATEST else f"{birth.key} ({birth.binding})")
        raise DefinitionDeactivated(definition=birth.key)
    if row.deactivated_at is not None:
        raise DefinitionDeactivated(definition=f"{birth.key} version {row.version}")
    return row


def _lock_startable(work: UnitOfWork, caller: Caller, key: str, document_id: str, *, kinds: list[str] | None) -> None:
    """Lock the document, so that two starts follow one another, and refuse one that must not be approved, or not yet."""
    document = documents.lock_document(work, caller.environment_id, document_id)
    if document is None:
        raise NotFound(what="document", id=document_id)
    if kinds is not None and document.kind not in kinds:
        raise DocumentKindRefused(definition=key, document=document.number, kind=document.kind, accepted=", ".join(kinds))
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


def _insert(turn: Turn, birth: Birth, called_hash: str | None) -> None:
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
            "called_hash": called_hash,
            "restart_of": birth.restart_of,
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
