"""Routes of administrators: stuck process instances, interventions, held documents."""

from typing import Any

from app.domain.errors import (
    DocumentApproved,
    DocumentHeld,
    IncidentResolved,
    InstanceAlreadyRunning,
    InstanceNotActive,
    MoveRefused,
    NotFound,
    NotPermitted,
    StatusNotAllowed,
)
from app.http.audience import Audience, Call
from app.http.schemas.documents import Document
from app.http.schemas.instances import IncidentAnswer, IncidentFilter, Incidents, Reason, SteeredInstance
from app.http.schemas.moving import Migrate, Migration, MigrationPage, Move, MovedInstance, RestartedInstance
from app.operations.answer import Answer
from app.operations.documents.confirm_not_duplicate import confirm_not_duplicate
from app.operations.instances.cancel_instance import cancel_instance
from app.operations.instances.list_incidents import list_incidents
from app.operations.instances.migrate_instances import migrate_instances
from app.operations.instances.move_token import move_token
from app.operations.instances.read_migration import read_migration
from app.operations.instances.resolve_incident import resolve_incident
from app.operations.instances.restart_instance import restart_instance
from app.operations.instances.resume_instance import resume_instance
from app.operations.instances.retry_incident import retry_incident
from app.operations.instances.suspend_instance import suspend_instance

INTERVENING = (NotFound, NotPermitted, InstanceNotActive)

administrators = Audience("administrators", description="People who keep process instances running and resolve what is stuck.")


@administrators.route("/incidents")
@administrators.signed_in()
@administrators.refuses(NotPermitted)
@administrators.query(IncidentFilter)
@administrators.answers(Incidents)
def get_incidents(call: Call, query: dict[str, Any]) -> Answer:
    """List incidents: process instances that cannot go on by themselves, and why."""
    return list_incidents(call.system, call.caller, **query)


@administrators.route("/incidents/<id:incident_id>/retry", methods=("POST",))
@administrators.signed_in()
@administrators.idempotent
@administrators.refuses(NotFound, NotPermitted, IncidentResolved, InstanceNotActive)
@administrators.answers(IncidentAnswer)
def post_incident_retry(call: Call, incident_id: str) -> Answer:
    """Try the failed element again, after its cause is gone."""
    return retry_incident(call.system, call.caller, incident_id, request=call.request)


@administrators.route("/incidents/<id:incident_id>/resolve", methods=("POST",))
@administrators.signed_in()
@administrators.idempotent
@administrators.refuses(NotFound, NotPermitted, IncidentResolved, InstanceNotActive)
@administrators.answers(IncidentAnswer)
def post_incident_resolve(call: Call, incident_id: str) -> Answer:
    """Close an incident that was resolved by other means."""
    return resolve_incident(call.system, call.caller, incident_id, request=call.request)


@administrators.route("/process-instances/<id:instance_id>/suspend", methods=("POST",))
@administrators.signed_in()
@administrators.idempotent
@administrators.revised
@administrators.refuses(*INTERVENING)
@administrators.body(Reason, required=False)
@administrators.answers(SteeredInstance)
def post_process_instance_suspend(call: Call, body: dict[str, Any], instance_id: str) -> Answer:
    """Suspend a process instance: nobody decides and no timer fires until it is resumed."""
    return suspend_instance(call.system, call.caller, instance_id, **body, revision=call.revision, request=call.request)


@administrators.route("/process-instances/<id:instance_id>/resume", methods=("POST",))
@administrators.signed_in()
@administrators.idempotent
@administrators.revised
@administrators.refuses(*INTERVENING)
@administrators.body(Reason, required=False)
@administrators.answers(SteeredInstance)
def post_process_instance_resume(call: Call, body: dict[str, Any], instance_id: str) -> Answer:
    """Resume a suspended process instance."""
    return resume_instance(call.system, call.caller, instance_id, **body, revision=call.revision, request=call.request)


@administrators.route("/process-instances/<id:instance_id>/cancel", methods=("POST",))
@administrators.signed_in()
@administrators.idempotent
@administrators.revised
@administrators.refuses(*INTERVENING)
@administrators.body(Reason, required=False)
@administrators.answers(SteeredInstance)
def post_process_instance_cancel(call: Call, body: dict[str, Any], instance_id: str) -> Answer:
    """Cancel a process instance for good; its open tasks close."""
    return cancel_instance(call.system, call.caller, instance_id, **body, revision=call.revision, request=call.request)


@administrators.route("/process-instances/<id:instance_id>/moves", methods=("POST",))
@administrators.signed_in()
@administrators.idempotent
@administrators.revised
@administrators.refuses(*INTERVENING, MoveRefused)
@administrators.body(Move)
@administrators.answers(MovedInstance)
def post_process_instance_move(call: Call, body: dict[str, Any], instance_id: str) -> Answer:
    """Move a process instance: cancel elements, begin others, and see what was before and what is after.

    A move never approves: one that would skip a required step that is not signed is refused. Approvals of steps that are asked again are
    superseded. With `dry_run` nothing is stored, and the answer says exactly what would be.
    """
    return move_token(call.system, call.caller, instance_id, **body, revision=call.revision, request=call.request)


@administrators.route("/process-instances/<id:instance_id>/restart", methods=("POST",))
@administrators.signed_in()
@administrators.idempotent
@administrators.revised
@administrators.refuses(*INTERVENING, DocumentApproved, DocumentHeld, InstanceAlreadyRunning)
@administrators.body(Reason, required=False)
@administrators.answers(RestartedInstance, 201, location="/api/v1/process-instances/{id}")
def post_process_instance_restart(call: Call, body: dict[str, Any], instance_id: str) -> Answer:
    """Start a process instance anew for the same document; one that runs is cancelled."""
    return restart_instance(call.system, call.caller, instance_id, **body, revision=call.revision, request=call.request)


@administrators.route("/process-definitions/<string(maxlength=128):key>/migrations", methods=("POST",))
@administrators.signed_in()
@administrators.idempotent
@administrators.refuses(NotFound, NotPermitted)
@administrators.body(Migrate)
@administrators.answers(Migration, 200, 202)
def post_process_definition_migration(call: Call, body: dict[str, Any], key: str) -> Answer:
    """Migrate running process instances from one version to another, and see for each what became of it.

    The first 200 are migrated at once, each in a transaction of its own; when there are more, the answer is 202 and a job goes on.
    """
    return migrate_instances(call.system, call.caller, key, **body, request=call.request)


@administrators.route("/process-definitions/<string(maxlength=128):key>/migrations/<id:migration_id>")
@administrators.signed_in()
@administrators.refuses(NotFound, NotPermitted)
@administrators.query(MigrationPage)
@administrators.answers(Migration)
def get_process_definition_migration(call: Call, query: dict[str, Any], key: str, migration_id: str) -> Answer:
    """Read how far a migration is, and what became of its instances."""
    return read_migration(call.system, call.caller, key, migration_id, **query)


@administrators.route("/documents/<id:document_id>/confirm-not-duplicate", methods=("POST",))
@administrators.signed_in()
@administrators.idempotent
@administrators.refuses(NotFound, NotPermitted, StatusNotAllowed)
@administrators.body(Reason, required=False)
@administrators.answers(Document)
def post_document_confirm_not_duplicate(call: Call, body: dict[str, Any], document_id: str) -> Answer:
    """Let a document go on that was held because it looks like a duplicate."""
    return confirm_not_duplicate(call.system, call.caller, document_id, **body, request=call.request)
