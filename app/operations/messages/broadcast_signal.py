"""A signal comes from outside."""

from typing import Any

from app.domain.people import ADMINISTRATOR, INTEGRATOR, WORKFLOW_ADMINISTRATOR
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.idempotency import Remember, answer_once
from app.operations.messages.content import write_content
from app.operations.messages.correlate_message import ACCEPTED
from app.operations.messages.waiting import SIGNAL, outbox_row
from app.operations.system import System
from app.operations.visibility import require_role
from app.persistence import journal, messages


def broadcast_signal(system: System, caller: Caller, *, name: str, payload: Any = None, request: RequestKey | None = None) -> Answer:
    """Let a signal go to every instance that waits for it, and to every start event; each gets it in a turn of its own, soon after.

    A signal is not kept: who waits for it later does not get it.

    Raises:
        NotPermitted: the caller may not send signals.
        InvalidRequest: a value that cannot be kept.
        TooLarge: more than 64 KiB.
    """
    require_role(caller, INTEGRATOR, WORKFLOW_ADMINISTRATOR, ADMINISTRATOR, verb="send signals")
    content = write_content({}, payload)

    def run(remember: Remember) -> Answer:
        with system.database.write() as work:
            waiting = messages.waiting_instances(work, environment_id=caller.environment_id, kind=SIGNAL, name=name)
            starts = messages.find_starts(work, environment_id=caller.environment_id, kind=SIGNAL, name=name)
            row_id = system.new_id()
            sent = {"name": name, "content": content, "thrown_by": None, "sent_by": caller.user_id}
            row = outbox_row(row_id, caller.environment_id, SIGNAL, sent, key=f"{SIGNAL}:{row_id}", now=system.clock())
            journal.insert_outbox(work, [row])
            body = {"id": row_id, "name": name, "waiting": len({each.instance_id for each in waiting}), "starts": len(starts)}
            answer = Answer(body=body, status=ACCEPTED)
            remember(work, answer)
            work.commit()
            return answer

    return answer_once(system, caller, request, run)
