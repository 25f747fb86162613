"""An incident that somebody has dealt with in another way."""

from app.operations.answer import Answer, Caller, RequestKey
from app.operations.instances.incidents import end_one_incident
from app.operations.system import System
from app.operations.turn import Turn


def resolve_incident(system: System, caller: Caller, incident_id: str, *, request: RequestKey | None = None) -> Answer:
    """Mark an incident as dealt with; the element stays where it is, for a move or a cancel.

    Raises:
        NotPermitted: the caller is no administrator.
        IncidentResolved: it was resolved before.
    """

    def apply(_turn: Turn, _element_instance: str) -> None:
        """Leave the engine alone."""

    return end_one_incident(system, caller, incident_id, resolution="resolved", request=request, apply=apply)
