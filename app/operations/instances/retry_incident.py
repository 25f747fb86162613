"""What was stuck is tried again."""

from app.operations.answer import Answer, Caller, RequestKey
from app.operations.instances.incidents import end_one_incident
from app.operations.settlement import SHARES_INCIDENT, TIMER_INCIDENT
from app.operations.system import System
from app.operations.tasks.recounting import recount
from app.operations.turn import Turn
from app.persistence import instances


def retry_incident(system: System, caller: Caller, incident_id: str, *, request: RequestKey | None = None) -> Answer:
    """Try the failed element or timer again, with the matrix and the people as they are now; what fails again is a new incident.

    Raises:
        NotPermitted: the caller is no administrator.
        IncidentResolved: it was resolved before.
    Source: MXR-09, COD-04.
    """

    def apply(turn: Turn, element_instance: str) -> None:
        if element_instance.startswith(TIMER_INCIDENT):
            timer_id = element_instance.removeprefix(TIMER_INCIDENT)
            instances.postpone_timer(turn.work, timer_id, due_at=turn.now, attempts=0, status="waiting")
        elif element_instance.startswith(SHARES_INCIDENT):
            for task in [each for each in turn.open_tasks.values() if each.id == element_instance.removeprefix(SHARES_INCIDENT)]:
                recount(turn, task)
        elif any(each.element_instance == element_instance and each.state == "failed" for each in turn.execution.active()):
            turn.execution.retry(element_instance)

    return end_one_incident(system, caller, incident_id, resolution="retried", request=request, apply=apply)
