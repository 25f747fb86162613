"""A held document is not a duplicate after all."""

from app.domain.audit import AuditEntry
from app.domain.errors import NotFound, NotPermitted, StatusNotAllowed
from app.domain.people import ADMINISTRATOR, CODING, WORKFLOW_ADMINISTRATOR
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.documents.change import change_document
from app.operations.documents.read_document import find_visible
from app.operations.documents.view import document_view
from app.operations.idempotency import Remember, answer_once
from app.operations.settlement import end_task, settle
from app.operations.system import System
from app.operations.turn import DUPLICATE_PROCESS, turn_of_instance
from app.persistence import documents, instances


def confirm_not_duplicate(
    system: System, caller: Caller, document_id: str, *, reason: str | None = None, request: RequestKey | None = None
) -> Answer:
    """Release a document that is held as a possible duplicate.

    Raises:
        NotPermitted: the caller is neither a coder nor an administrator.
        StatusNotAllowed: the document is not held.
    Source: DOC-02.
    """
    if not caller.has_role(CODING, WORKFLOW_ADMINISTRATOR, ADMINISTRATOR):
        raise NotPermitted(verb="confirm that a document is not a duplicate")
    return answer_once(system, caller, request, lambda remember: _confirm(system, caller, document_id, reason=reason, remember=remember))


def _confirm(system: System, caller: Caller, document_id: str, *, reason: str | None, remember: Remember) -> Answer:
    """Answer the check that waits for the document, or release it where none does."""
    with system.database.read() as reading:
        find_visible(system, reading, caller, document_id)
        live = instances.live_instance_of(reading, caller.environment_id, document_id, definition=DUPLICATE_PROCESS)
    if live is not None:
        with turn_of_instance(system, live, caller=caller) as turn:
            wait = next(iter(turn.execution.user_tasks()), None)
            task = turn.open_tasks.get(wait.element_instance) if wait is not None else None
            if turn.instance.status in ("active", "incident") and task is not None:
                end_task(turn, task, status="completed", outcome="approved")
                turn.execution.complete(task.element_instance, {"outcome": "approved", "reason": reason})
                if reason:
                    turn.tell("comment", reason, element=task.element, facts={"task": task.id})
                settle(turn)
                row = documents.find_document(turn.work, caller.environment_id, document_id)
                assert row is not None, "it is there"
                answer = Answer(body=document_view(row, documents.read_findings(turn.work, document_id)), revision=row.revision)
                remember(turn.work, answer)
                turn.work.commit()
                return answer
    return _release(system, caller, document_id, reason=reason, remember=remember)


def _release(system: System, caller: Caller, document_id: str, *, reason: str | None, remember: Remember) -> Answer:
    with system.database.write() as work:
        find_visible(system, work, caller, document_id)
        row = documents.lock_document(work, caller.environment_id, document_id)
        if row is None:
            raise NotFound(what="document", id=document_id)
        if not row.held:
            raise StatusNotAllowed(document=row.number, wanted="released", current="not held")
        text = f"{caller.full_name} confirmed that this is not a duplicate" + (f": {reason}" if reason else ".")
        entry = AuditEntry(
            at=system.clock(), kind="duplicate_denied", text=text, actor=caller.username, facts={"duplicate_of": row.duplicate_of}
        )
        documents.delete_findings(work, document_id, ["duplicate_document"])
        answer = change_document(work, row, entry, held=False)
        remember(work, answer)
        work.commit()
        return answer
