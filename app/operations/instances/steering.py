"""What the verbs of an administrator over an instance have in common."""

from collections.abc import Callable, Collection

from app.domain.errors import InstanceNotActive, StaleRevision
from app.domain.people import ADMINISTRATOR, WORKFLOW_ADMINISTRATOR
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.idempotency import Remember, answer_once
from app.operations.instances.start_instance import started_view
from app.operations.settlement import settle
from app.operations.system import System
from app.operations.turn import Turn, turn_of_instance
from app.operations.visibility import require_role


def steer(
    system: System,
    caller: Caller,
    instance_id: str,
    *,
    verb: str,
    allowed: Collection[str],
    revision: int | None,
    request: RequestKey | None,
    apply: Callable[[Turn], None],
) -> Answer:
    """Run one verb of an administrator in a turn and return the instance before and after.

    Raises:
        NotPermitted: the caller is no administrator.
        InstanceNotActive: the verb does not apply in the instance's status.
        StaleRevision: the instance moved since.
    """
    require_role(caller, WORKFLOW_ADMINISTRATOR, ADMINISTRATOR, verb=f"{verb} process instances")

    def run(remember: Remember) -> Answer:
        with turn_of_instance(system, instance_id, caller=caller) as turn:
            if revision is not None and revision != turn.instance.revision:
                raise StaleRevision(what=f"process instance {instance_id}", expected=revision, actual=turn.instance.revision)
            if turn.instance.status not in allowed:
                raise InstanceNotActive(instance_id=instance_id, state=turn.instance.status)
            before = {"status": turn.instance.status, "revision": turn.instance.revision}
            apply(turn)
            settle(turn)
            body = started_view(turn) | {"before": before, "after": {"status": turn.instance.status, "revision": turn.instance.revision}}
            answer = Answer(body=body, revision=turn.instance.revision)
            remember(turn.work, answer)
            turn.work.commit()
            return answer

    return answer_once(system, caller, request, run)
