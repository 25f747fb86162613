"""Routes of integrators: send documents, start process instances, follow them."""

from typing import Any

import flask

from app.domain.access import SEND
from app.domain.errors import (
    BusinessKeyInUse,
    DefinitionDeactivated,
    DocumentHeld,
    DocumentKindRefused,
    InstanceAlreadyRunning,
    MessageAmbiguous,
    MessageIdReused,
    NotFound,
    NotPermitted,
    StatusNotAllowed,
    UnsupportedMedia,
)
from app.http.audience import Audience, Call
from app.http.request_body import JSON, check_json, read_body
from app.http.schemas.documents import Document, DocumentFilter, Documents, JsonDocument, SetDocumentStatus, StatusHistory, Timeline
from app.http.schemas.instances import ElementRuns, Instance, InstanceFilter, Instances, StartedInstance, StartInstance, Variables
from app.http.schemas.messages import AcceptedMessage, AcceptedSignal, Message, Signal
from app.operations.answer import Answer
from app.operations.documents.list_documents import list_documents
from app.operations.documents.read_document import read_document
from app.operations.documents.read_original import read_original
from app.operations.documents.read_status_history import read_status_history
from app.operations.documents.read_timeline import read_timeline
from app.operations.documents.receive_document import receive_document
from app.operations.documents.set_document_status import set_document_status
from app.operations.instances.list_elements import list_elements
from app.operations.instances.list_instances import list_instances
from app.operations.instances.read_instance import read_instance
from app.operations.instances.read_variables import read_variables
from app.operations.instances.start_instance import start_instance
from app.operations.messages.broadcast_signal import broadcast_signal
from app.operations.messages.correlate_message import correlate_message

DOCUMENT_BYTES_MAX = 10 * 1024 * 1024
XML = "application/xml"

integrators = Audience("integrators", description="Programs that send documents, start process instances and follow them.", scope=SEND)


@integrators.route("/documents", methods=("POST",))
@integrators.signed_in(bytes_max=DOCUMENT_BYTES_MAX)
@integrators.idempotent
@integrators.refuses(NotPermitted)
@integrators.sends(JSON, JsonDocument)
@integrators.sends(XML, None, description="A UBL 2.1 Invoice or CreditNote.")
@integrators.answers(Document, 201, 200, location="/api/v1/documents/{id}")
def post_document(call: Call) -> Answer:
    """Receive a document.

    UBL 2.1 invoices and credit notes as `application/xml`; orders, expense claims and others as `application/json`. The same bytes
    again answer 200 with the same id.
    """
    content, media_type = read_document_body(call.sent)
    return receive_document(call.system, call.caller, content=content, media_type=media_type, request=call.request)


@integrators.route("/documents")
@integrators.signed_in()
@integrators.query(DocumentFilter)
@integrators.answers(Documents)
def get_documents(call: Call, query: dict[str, Any]) -> Answer:
    """List documents, newest first."""
    return list_documents(call.system, call.caller, **query)


@integrators.route("/documents/<id:document_id>")
@integrators.signed_in()
@integrators.refuses(NotFound)
@integrators.answers(Document)
def get_document(call: Call, document_id: str) -> Answer:
    """Read a document."""
    return read_document(call.system, call.caller, document_id)


@integrators.route("/documents/<id:document_id>/original")
@integrators.signed_in()
@integrators.refuses(NotFound)
@integrators.downloads(XML, JSON)
def get_document_original(call: Call, document_id: str) -> tuple[bytes, str, str]:
    """Read the document's original bytes, exactly as they were sent."""
    return read_original(call.system, call.caller, document_id)


@integrators.route("/documents/<id:document_id>/timeline")
@integrators.signed_in()
@integrators.refuses(NotFound)
@integrators.answers(Timeline)
def get_document_timeline(call: Call, document_id: str) -> Answer:
    """Read what happened to the document, with reasons."""
    return read_timeline(call.system, call.caller, document_id)


@integrators.route("/documents/<id:document_id>/status-history")
@integrators.signed_in()
@integrators.refuses(NotFound)
@integrators.answers(StatusHistory)
def get_document_status_history(call: Call, document_id: str) -> Answer:
    """List what a document was and who made it so, oldest first: received, approved, approved for payment, paid."""
    return read_status_history(call.system, call.caller, document_id)


@integrators.route("/documents/<id:document_id>/status", methods=("POST",))
@integrators.signed_in()
@integrators.idempotent
@integrators.refuses(NotFound, NotPermitted, StatusNotAllowed)
@integrators.body(SetDocumentStatus)
@integrators.answers(Document)
def post_document_status(call: Call, body: dict[str, Any], document_id: str) -> Answer:
    """Set a status that comes from outside, such as `Paid`."""
    return set_document_status(call.system, call.caller, document_id, **body, request=call.request)


@integrators.route("/process-instances", methods=("POST",))
@integrators.signed_in(checked_inside=True)
@integrators.idempotent
@integrators.refuses(
    NotFound, NotPermitted, DocumentHeld, DocumentKindRefused, DefinitionDeactivated, InstanceAlreadyRunning, BusinessKeyInUse
)
@integrators.body(StartInstance)
@integrators.answers(StartedInstance, 201, location="/api/v1/process-instances/{id}")
def post_process_instance(call: Call, body: dict[str, Any]) -> Answer:
    """Start a process instance for a document.

    The newest active version of the definition, or the one that is named, runs until it waits for somebody, and the answer says where.
    """
    return start_instance(call.system, call.caller, **body, request=call.request)


@integrators.route("/messages", methods=("POST",))
@integrators.signed_in()
@integrators.idempotent
@integrators.refuses(NotPermitted, MessageAmbiguous, MessageIdReused)
@integrators.body(Message)
@integrators.answers(AcceptedMessage, 202)
def post_message(call: Call, body: dict[str, Any]) -> Answer:
    """Send a message to the process instance that waits for it, or start one with it.

    When nobody waits it is kept until somebody does, or its time to live ends. When several would get it, it is refused: give a correlation
    that only one of them has. The same `message_id` again is answered as the first time.
    """
    return correlate_message(call.system, call.caller, **body, request=call.request)


@integrators.route("/signals", methods=("POST",))
@integrators.signed_in()
@integrators.idempotent
@integrators.refuses(NotPermitted)
@integrators.body(Signal)
@integrators.answers(AcceptedSignal, 202)
def post_signal(call: Call, body: dict[str, Any]) -> Answer:
    """Send a signal to all process instances that wait for it now, and to the start events that it triggers."""
    return broadcast_signal(call.system, call.caller, **body, request=call.request)


@integrators.route("/process-instances")
@integrators.signed_in()
@integrators.query(InstanceFilter)
@integrators.answers(Instances)
def get_process_instances(call: Call, query: dict[str, Any]) -> Answer:
    """List process instances, newest first."""
    return list_instances(call.system, call.caller, **query)


@integrators.route("/process-instances/<id:instance_id>")
@integrators.signed_in()
@integrators.refuses(NotFound)
@integrators.answers(Instance)
def get_process_instance(call: Call, instance_id: str) -> Answer:
    """Read a process instance with its route: who signs what, and why."""
    return read_instance(call.system, call.caller, instance_id)


@integrators.route("/process-instances/<id:instance_id>/elements")
@integrators.signed_in()
@integrators.refuses(NotFound)
@integrators.answers(ElementRuns)
def get_process_instance_elements(call: Call, instance_id: str) -> Answer:
    """List the elements that the instance entered."""
    return list_elements(call.system, call.caller, instance_id)


@integrators.route("/process-instances/<id:instance_id>/variables")
@integrators.signed_in()
@integrators.refuses(NotFound)
@integrators.answers(Variables)
def get_process_instance_variables(call: Call, instance_id: str) -> Answer:
    """Read the variables of a process instance."""
    return read_variables(call.system, call.caller, instance_id)


def read_document_body(request: flask.Request) -> tuple[bytes, str]:
    """Return the bytes of a document and its media type; JSON is checked against its schema, XML by the operation.

    Raises:
        UnsupportedMedia: neither XML nor JSON.
        NotParseable, InvalidRequest: the JSON is no JSON, or has faulty fields.
    """
    media_type = {"text/xml": XML}.get(request.mimetype, request.mimetype)
    if media_type not in {XML, JSON}:
        raise UnsupportedMedia(media_type=media_type or "none", accepted=f"{XML} or {JSON}")
    content = read_body(request)
    if media_type == JSON:
        check_json(JsonDocument(), content)
    return content, media_type
