"""A process instance is born: locked against its twins, stored, and run to its first wait states."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from app.domain.errors import (
    BusinessKeyInUse,
    DefinitionDeactivated,
    DocumentApproved,
    DocumentHeld,
    DocumentKindRefused,
    InstanceAlreadyRunning,
    NotFound,
    StatusNotAllowed,
)
from app.engine import Execution
from app.feel.json import dumps
from app.operations.answer import Caller
from app.operations.definitions.calling import Called, load_definition
from app.operations.matrix.snapshots import resolution_day
from app.operations.settlement import APPROVED, live_business_key, live_document_key, settle
from app.operations.story import json_value
from app.operations.system import Environment, System
from app.operations.turn import BESIDE_OTHERS, Instance, Turn, directory_of, open_birth, see
from app.operations.visibility import acting_ids, check_may_see
from app.persistence import definitions, documents, instances
from app.persistence.database import UnitOfWork

IN_PROCESS = "In process"
LATEST = "latest"
TOLD_VARIABLES_MAX = 4_000


class Birth(NamedTuple):
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
    variables: Mapping[str, Any] = MappingProxyType({})
    start_event: str | None = None
    trigger: tuple[str, str] | None = None
    payload: Any = None
    restart_of: str | None = None


def bear_instance(system: System, work: UnitOfWork, caller: Caller, birth: Birth, *, text: str) -> Turn:
    """Store a new instance and run it to its first wait states; the operation commits.

    `text` is how the timeline tells of it; `{name}` in it stands for the definition.

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
    if birth.variables and len(dumps(birth.variables)) <= TOLD_VARIABLES_MAX:
        facts["variables"] = json_value(dict(birth.variables))
    return facts


def _open(system: System, work: UnitOfWork, caller: Caller, birth: Birth) -> tuple[Turn, Called, str | None]:
    found = instances.lock_birth(
        work,
        environment_id=caller.environment_id,
        document_id=birth.document_id,
        key=birth.key,
        outcome=APPROVED,
        document_key=live_document_key(birth.document_id, birth.key),
        business_key=live_business_key(birth.business_key, birth.key),
    )
    if found is None:
        raise NotFound(what="document", id=birth.document_id)
    place, picture = found
    environment = see(system, caller, place)
    row = _find_definition(system, work, environment, birth)
    if birth.document_id is not None:
        _check_visible(system, work, caller, environment, place)
        _check_startable(place, birth.key, kinds=row.document_kinds)
    _check_free(place, birth)
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
    turn = open_birth(system, work, caller=caller, environment=environment, instance=instance, definition=definition)
    turn.picture = picture  # what came with the lock; nothing is written yet
    return turn, called, called_hash


def _find_definition(system: System, work: UnitOfWork, environment: Environment, birth: Birth) -> Any:
    row = system.bound_definitions.get(
        (environment.id, environment.definitions_version, "process", birth.key, birth.binding),
        lambda: definitions.process_for(work, environment_id=environment.id, key=birth.key, binding=birth.binding),
    )
    if row is None:
        newest = definitions.newest_process(work, environment_id=environment.id, key=birth.key)
        if newest is None or birth.binding != LATEST:
            raise NotFound(what="process definition", id=birth.key if birth.binding == LATEST else f"{birth.key} ({birth.binding})")
        raise DefinitionDeactivated(definition=birth.key)
    if row.deactivated_at is not None:
        raise DefinitionDeactivated(definition=f"{birth.key} version {row.version}")
    return row


def _check_visible(system: System, work: UnitOfWork, caller: Caller, environment: Environment, place: Any) -> None:
    if place.received_by == caller.user_id:
        return
    directory, today = directory_of(system, work, environment), resolution_day(environment, system.clock())
    if place.received_by not in acting_ids(directory, caller, today=today):
        given_id = place.document_id
        check_may_see(work, caller, directory, today=today, document_id=given_id, instance_id=None, what="document", given_id=given_id)


def _check_startable(document: Any, key: str, *, kinds: list[str] | None) -> None:
    """Refuse a document that must not be approved, or not yet; it is locked, so that two starts follow one another."""
    if kinds is not None and document.kind not in kinds:
        raise DocumentKindRefused(definition=key, document=document.number, kind=document.kind, accepted=", ".join(kinds))
    if key in BESIDE_OTHERS:  # they approve nothing
        return
    if document.held:
        raise DocumentHeld(document=document.number, duplicate_of=document.duplicate_of)
    if document.status == documents.PAID:
        raise StatusNotAllowed(document=document.number, wanted=IN_PROCESS, current=document.status)
    if document.approved_by is not None:
        raise DocumentApproved(document=document.number, instance_id=document.approved_by)


def _check_free(place: Any, birth: Birth) -> None:
    if place.live_of_document is not None:
        live = place.live_of_document
        raise InstanceAlreadyRunning(
            document=birth.document_id, definition=birth.key, instance_id=live, location=f"/api/v1/process-instances/{live}"
        )
    if place.live_of_business_key is not None:
        raise BusinessKeyInUse(business_key=birth.business_key, instance_id=place.live_of_business_key)


def _insert(turn: Turn, birth: Birth, called_hash: str | None) -> None:
    instance = turn.instance
    instances.insert_instance(
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
    if instance.document_id is not None and instance.leads_document:
        documents.update_document(turn.work, instance.document_id, status=IN_PROCESS)
