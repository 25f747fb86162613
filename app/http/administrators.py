"""Routes of administrators: stuck process instances, interventions, held documents."""

from typing import Any

from app.domain.errors import IncidentResolved, InstanceNotActive, NotFound, NotPermitted, StatusNotAllowed
from app.http.audience import Audience, Call
from app.http.schemas.documents import Document
from app.http.schemas.instances import IncidentAnswer, IncidentFilter, Incidents, Reason, SteeredInstance
from app.operations.answer import Answer
from app.operations.documents.confirm_not_duplicate import confirm_not_duplicate
from app.operations.instances.cancel_instance import cancel_instance
from app.operations.instances.list_incidents import list_incidents
from app.operations.instances.resolve_incident import resolve_incident
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


@administrators.route("/documents/<id:document_id>/confirm-not-duplicate", methods=("POST",))
@administrators.signed_in()
@administrators.idempotent
@administrators.refuses(NotFound, NotPermitted, StatusNotAllowed)
@administrators.body(Reason, required=False)
@administrators.answers(Document)
def post_document_confirm_not_duplicate(call: Call, body: dict[str, Any], document_id: str) -> Answer:
    """Let a document go on that was held because it looks like a duplicate."""
    return confirm_not_duplicate(call.system, call.caller, document_id, **body, request=call.request)
