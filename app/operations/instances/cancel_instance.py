"""An instance is ended by an administrator."""

from app.operations.answer import Answer, Caller, RequestKey
from app.operations.documents.receive_document import RECEIVED
from app.operations.instances.steering import steer
from app.operations.settlement import end_task
from app.operations.system import System
from app.operations.turn import Turn
from app.persistence import documents, instances


def cancel_instance(
    system: System,
    caller: Caller,
    instance_id: str,
    *,
    reason: str | None = None,
    revision: int | None = None,
    request: RequestKey | None = None,
) -> Answer:
    """Cancel an instance with its open tasks, timers and incidents; its document may be started again.

    Raises:
        NotPermitted: the caller is no administrator.
        InstanceNotActive: it has ended.
        StaleRevision: the instance moved since.
    Source: ADM-06.
    """

    def apply(turn: Turn) -> None:
        cancel(turn, reason=reason)

    allowed = {"active", "incident", "suspended"}
    return steer(system, caller, instance_id, verb="cancel", allowed=allowed, revision=revision, request=request, apply=apply)


def cancel(turn: Turn, *, reason: str | None) -> None:
    """Cancel everything in the instance of a turn; `settle` stores it."""
    turn.execution.cancel()
    for task in list(turn.open_tasks.values()):
        end_task(turn, task, status="cancelled", outcome=None)
    user_id = turn.caller.user_id if turn.caller else None
    for incident in instances.open_incidents(turn.work, turn.instance.id):
        instances.end_incident(turn.work, incident.id, now=turn.now, user_id=user_id, resolution="cancelled")
    turn.instance.status, turn.instance.ended_at = "cancelled", turn.now
    if turn.instance.document_id is not None and turn.instance.leads_document:
        documents.set_process_status(turn.work, turn.instance.document_id, RECEIVED)
    who = turn.caller.full_name if turn.caller else "The system"
    turn.tell("instance_cancelled", f"{who} cancelled the process instance" + (f": {reason}" if reason else "."))
