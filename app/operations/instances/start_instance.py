"""A process instance is born."""

from collections.abc import Mapping
from typing import Any

from app.domain.errors import InvalidRequest, NotPermitted
from app.domain.people import ADMINISTRATOR, INTEGRATOR, WORKFLOW_ADMINISTRATOR
from app.operations.answer import Answer, Caller, JsonObject, RequestKey
from app.operations.idempotency import Remember, answer_once
from app.operations.instances.birth import LATEST, Birth, bear_instance
from app.operations.system import System
from app.operations.turn import Turn
from app.operations.wording import instant


def start_instance(
    system: System,
    caller: Caller,
    *,
    definition: str,
    document_id: str | None,
    business_key: str | None = None,
    variables: Mapping[str, Any] | None = None,
    version: int | None = None,
    version_tag: str | None = None,
    request: RequestKey | None = None,
) -> Answer:
    """Start a definition for a document and run it to its first wait states: its newest active version, or the one that is named.

    Raises:
        NotPermitted: the caller may not start process instances.
        NotFound: no such definition or document.
        InvalidRequest: both a version and a tag.
        DefinitionDeactivated: no version that is meant may start anything.
        DocumentKindRefused: the definition does not take such documents.
        DocumentHeld: the document may be a duplicate.
        DocumentApproved: an instance of this definition has approved it before.
        StatusNotAllowed: the document is paid.
        InstanceAlreadyRunning: the document has a live instance of this definition.
        BusinessKeyInUse: a live instance of the definition has this business key.
    Source: TSK-05, TSK-06, DOC-03.
    """
    if not caller.has_role(INTEGRATOR, WORKFLOW_ADMINISTRATOR, ADMINISTRATOR):
        raise NotPermitted(verb="start process instances")

    if version is not None and version_tag is not None:
        raise InvalidRequest("Expected a version or a version tag, not both.", errors={"version_tag": ["Leave it out, or the version."]})
    binding = f"version:{version}" if version is not None else f"tag:{version_tag}" if version_tag is not None else LATEST
    birth = Birth(key=definition, binding=binding, document_id=document_id, business_key=business_key, variables=dict(variables or {}))

    def run(remember: Remember) -> Answer:
        with system.database.write(unhurried=True) as work:
            turn = bear_instance(system, work, caller, birth, text=f"{{name}} started by {caller.full_name}.")
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
