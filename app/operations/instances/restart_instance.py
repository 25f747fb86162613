"""An instance begins anew for the same document."""

from app.domain.errors import StaleRevision
from app.domain.people import ADMINISTRATOR, WORKFLOW_ADMINISTRATOR
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.idempotency import Remember, answer_once
from app.operations.instances.birth import Birth, bear_instance
from app.operations.instances.cancel_instance import cancel
from app.operations.instances.start_instance import started_view
from app.operations.settlement import settle
from app.operations.system import System
from app.operations.turn import turn_of_instance
from app.operations.visibility import require_role
from app.persistence import tasks

RUNNING = frozenset({"active", "incident", "suspended"})


def restart_instance(
    system: System,
    caller: Caller,
    instance_id: str,
    *,
    reason: str | None = None,
    revision: int | None = None,
    request: RequestKey | None = None,
) -> Answer:
    """Start a new instance of the newest active version for the same document and with the same business key; the old one is cancelled.

    Its variables are those of the beginning, so the new one begins without: what the diagram needs comes from the document. Approvals of the
    old instance do not count for the new one, and who gave them may be asked for another step. An instance that has ended stays as it ended; one that has approved its document cannot be
    restarted.

    Raises:
        NotPermitted: the caller is no administrator.
        StaleRevision: the instance moved since.
        DocumentApproved, DocumentHeld, StatusNotAllowed, InstanceAlreadyRunning: the document cannot be started.
    Source: ADM-06.
    """
    require_role(caller, WORKFLOW_ADMINISTRATOR, ADMINISTRATOR, verb="restart process instances")

    def run(remember: Remember) -> Answer:
        with turn_of_instance(system, instance_id, caller=caller) as turn:
            old = turn.instance
            if revision is not None and revision != old.revision:
                raise StaleRevision(what=f"process instance {instance_id}", expected=revision, actual=old.revision)
            if old.status in RUNNING:
                cancel(turn, reason=f"restarted{': ' + reason if reason else ''}")
                settle(turn)
            played = {row.id for row in tasks.tasks_of_instance(turn.work, instance_id)}
            tasks.supersede_roles(turn.work, [row.id for row in turn.roles if row.task_id in played], turn.now)
            birth = Birth(key=old.definition_key, document_id=old.document_id, business_key=old.business_key, restart_of=instance_id)
            text = f"{{name}} restarted by {caller.full_name}" + (f": {reason}" if reason else ".")
            new = bear_instance(system, turn.work, caller, birth, text=text)
            body = started_view(new) | {"restart_of": instance_id}
            answer = Answer(body=body, status=201, revision=new.instance.revision)
            remember(turn.work, answer)
            turn.work.commit()
            return answer

    return answer_once(system, caller, request, run)
