"""A suspended instance goes on."""

from app.operations.answer import Answer, Caller, RequestKey
from app.operations.instances.steering import steer
from app.operations.messages.waiting import announce_waits
from app.operations.system import System
from app.operations.turn import Turn


def resume_instance(
    system: System,
    caller: Caller,
    instance_id: str,
    *,
    reason: str | None = None,
    revision: int | None = None,
    request: RequestKey | None = None,
) -> Answer:
    """Resume a suspended instance.

    Raises:
        NotPermitted: the caller is no administrator.
        InstanceNotActive: it is not suspended.
        StaleRevision: the instance moved since.
    """

    def apply(turn: Turn) -> None:
        turn.instance.status = "active"
        announce_waits(turn, {wait.element_instance: wait for wait in turn.execution.waits()})
        turn.tell("instance_resumed", f"{caller.full_name} resumed the process instance" + (f": {reason}" if reason else "."))

    return steer(system, caller, instance_id, verb="resume", allowed={"suspended"}, revision=revision, request=request, apply=apply)
