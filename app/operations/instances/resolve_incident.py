"""An incident that somebody has dealt with in another way."""

from app.domain.errors import IncidentStands
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.instances.incidents import end_one_incident
from app.operations.settlement import SHARES_INCIDENT
from app.operations.system import System
from app.operations.tasks.tally import tally_votes
from app.operations.turn import Turn


def resolve_incident(system: System, caller: Caller, incident_id: str, *, request: RequestKey | None = None) -> Answer:
    """Mark an incident as dealt with, where the process has gone on without it, as after a timer that failed for good.

    Raises:
        NotPermitted: the caller is no administrator.
        IncidentResolved: it was resolved before.
        IncidentStands: the element still cannot go on.
    """

    def apply(turn: Turn, element_instance: str) -> None:
        stuck = {each.element_instance for each in turn.execution.active() if each.state == "failed"}
        stuck |= {wait.element_instance for wait in turn.execution.user_tasks() if wait.element_instance not in turn.open_tasks}
        task_id = element_instance.removeprefix(SHARES_INCIDENT)
        is_blocked = any(tally_votes(turn, each).blocked for each in turn.open_tasks.values() if each.id == task_id)
        if element_instance in stuck or is_blocked or turn.execution.is_completed:
            raise IncidentStands(incident=incident_id)

    return end_one_incident(system, caller, incident_id, resolution="resolved", request=request, apply=apply)
