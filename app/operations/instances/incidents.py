"""What the two ways to end an incident have in common."""

from collections.abc import Callable

from app.domain.errors import IncidentResolved, InstanceNotActive, NotFound
from app.domain.people import ADMINISTRATOR, MATRIX_ADMINISTRATOR, WORKFLOW_ADMINISTRATOR
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.idempotency import Remember, answer_once
from app.operations.instances.start_instance import started_view
from app.operations.instances.view import incident_view
from app.operations.settlement import end_task, settle
from app.operations.system import System
from app.operations.turn import Turn, turn_of_instance
from app.operations.visibility import require_role
from app.persistence import instances


def end_one_incident(
    system: System,
    caller: Caller,
    incident_id: str,
    *,
    resolution: str,
    request: RequestKey | None,
    apply: Callable[[Turn, str], None],
) -> Answer:
    """End an open incident with its task, apply the verb to its element, and run on.

    Raises:
        NotPermitted: the caller is no administrator.
        NotFound: there is no such incident.
        IncidentResolved: it was resolved before.
    """
    require_role(caller, WORKFLOW_ADMINISTRATOR, MATRIX_ADMINISTRATOR, ADMINISTRATOR, verb="deal with incidents")

    def run(remember: Remember) -> Answer:
        with system.database.read() as reading:
            found = instances.find_incident(reading, caller.environment_id, incident_id)
        if found is None:
            raise NotFound(what="incident", id=incident_id)
        with turn_of_instance(system, found.instance_id, caller=caller) as turn:
            incident = instances.find_incident(turn.work, caller.environment_id, incident_id)
            assert incident is not None, "incidents are never deleted"
            if incident.status != "open":
                raise IncidentResolved(incident=incident_id)
            if turn.instance.status not in ("active", "incident"):
                raise InstanceNotActive(instance_id=turn.instance.id, state=turn.instance.status)
            instances.end_incident(turn.work, incident_id, now=turn.now, user_id=caller.user_id, resolution=resolution)
            task = turn.open_tasks.get(f"incident:{incident_id}")
            if task is not None:
                end_task(turn, task, status="completed", outcome=resolution)
            turn.tell(
                f"incident_{resolution}", f"{caller.full_name} {resolution} the incident: {incident.detail}", element=incident.element
            )
            apply(turn, incident.element_instance)
            settle(turn)
            after = instances.find_incident(turn.work, caller.environment_id, incident_id)
            answer = Answer(
                body={"incident": incident_view(after), "process_instance": started_view(turn)}, revision=turn.instance.revision
            )
            remember(turn.work, answer)
            turn.work.commit()
            return answer

    return answer_once(system, caller, request, run)
