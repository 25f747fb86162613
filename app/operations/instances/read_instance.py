"""One process instance with its route."""

from typing import Any

from app.domain.errors import NotFound
from app.domain.money import Money
from app.domain.people import WORKFLOW_ADMINISTRATOR
from app.operations.answer import Answer, Caller
from app.operations.instances.view import add_phones, document_reference, incident_view, instance_view, route_view
from app.operations.matrix.snapshots import resolution_day
from app.operations.system import System
from app.operations.turn import directory_of, environment_of
from app.operations.visibility import acting_ids_in, check_may_see
from app.persistence import documents, instances, tasks
from app.persistence.database import Reading

_ENDED = frozenset({"completed", "cancelled"})


def read_instance(system: System, caller: Caller, instance_id: str) -> Answer:
    """Return the instance with its route, role players and reasons, and its open incidents.

    Raises:
        NotFound: there is none, or the caller may not see it.
    Source: MXR-10.
    """
    with system.database.read() as reading:
        row, directory = find_visible_instance(system, reading, caller, instance_id)
        route = instances.current_route(reading, instance_id)
        steps = tasks.tasks_of_instance(reading, instance_id)
        assignments = tasks.assignments_of_instance(reading, instance_id)
        incidents = instances.open_incidents(reading, instance_id)
        document = documents.find_document(reading, caller.environment_id, row.document_id) if row.document_id else None
        viewers = acting_ids_in(
            reading,
            directory,
            caller,
            today=resolution_day(environment_of(row), system.clock()),
            process=row.definition_key,
            total=Money(document.total, document.currency) if document else None,
        )
    body = instance_view(row, directory)
    body["route"] = route_view(route.steps if route else None, directory, tasks=steps, assignments=assignments, viewer_ids=viewers)
    if caller.shows_phones and caller.home_id is None:
        add_phones(body["route"], directory)
    body["matrix_changed"] = bool(route and route.changed_by_version)
    body["document"] = document_reference(document)
    body["incidents"] = [incident_view(each) for each in incidents]
    body["can"] = _verbs(caller, row)
    return Answer(body=body, revision=row.revision)


def find_visible_instance(system: System, reading: Reading, caller: Caller, instance_id: str) -> tuple[Any, Any]:
    """Return the instance's row and the directory when the caller may see it.

    Raises:
        NotFound: there is none, or he may not.
    """
    row = instances.find_instance(reading, caller.environment_id, instance_id)
    if row is None:
        raise NotFound(what="process instance", id=instance_id)
    environment = environment_of(row)
    directory = directory_of(system, reading, environment)
    check_may_see(
        reading,
        caller,
        directory,
        today=resolution_day(environment, system.clock()),
        document_id=row.document_id,
        instance_id=instance_id,
        what="process instance",
        given_id=instance_id,
    )
    return row, directory


def _verbs(caller: Caller, row: Any) -> list[str]:
    if not caller.has_role(WORKFLOW_ADMINISTRATOR, "administrator") or row.status in _ENDED:
        return []
    return ["resume", "cancel"] if row.status == "suspended" else ["suspend", "cancel", "retry_incident", "resolve_incident"]
