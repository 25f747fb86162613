"""An instance stands still until it is resumed."""

from app.operations.answer import Answer, Caller, RequestKey
from app.operations.instances.steering import steer
from app.operations.system import System
from app.operations.turn import Turn


def suspend_instance(
    system: System,
    caller: Caller,
    instance_id: str,
    *,
    reason: str | None = None,
    revision: int | None = None,
    request: RequestKey | None = None,
) -> Answer:
    """Suspend an instance: nobody can act on its tasks and its timers wait.

    Raises:
        NotPermitted: the caller is no administrator.
        InstanceNotActive: it has ended or is suspended already.
        StaleRevision: the instance moved since.
    """

    def apply(turn: Turn) -> None:
        turn.instance.status = "suspended"
        turn.tell("instance_suspended", f"{caller.full_name} suspended the process instance" + (f": {reason}" if reason else "."))

    return steer(
        system, caller, instance_id, verb="suspend", allowed={"active", "incident"}, revision=revision, request=request, apply=apply
    )
