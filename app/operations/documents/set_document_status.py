"""A status that somebody outside the process gives a document, such as Paid."""

from app.domain.audit import AuditEntry
from app.domain.errors import InvalidRequest, NotFound, NotPermitted, StatusNotAllowed
from app.domain.people import ADMINISTRATOR, INTEGRATOR
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.documents.change import change_document
from app.operations.documents.read_document import find_visible
from app.operations.idempotency import Remember, answer_once
from app.operations.partners.seating import seat
from app.operations.system import System
from app.persistence import documents

ALLOWED_FROM = {documents.PAID: "Approved for payment"}


def set_document_status(
    system: System, caller: Caller, document_id: str, *, status: str, reason: str | None = None, request: RequestKey | None = None
) -> Answer:
    """Set a status such as Paid, which only an approved document can take.

    A partner does so for a document of which he holds or held a share.

    Raises:
        NotFound: there is no such document, or the caller may not see it.
        NotPermitted: the caller is neither an integrator nor an administrator, nor a guest.
        InvalidRequest: a status that nobody can set by hand.
        StatusNotAllowed: the document's status does not lead to this one.
    Source: PAR-18, TSK-12, TSK-13.
    """
    with system.database.read() as reading:
        caller = seat(reading, caller, document_id=document_id)
    if caller.home_id is None and not caller.has_role(INTEGRATOR, ADMINISTRATOR):
        raise NotPermitted(verb="set the status of a document")
    if status not in ALLOWED_FROM:
        raise InvalidRequest(f"Status {status} cannot be set.", errors={"status": [f"Expected one of {', '.join(ALLOWED_FROM)}."]})
    return answer_once(
        system, caller, request, lambda remember: _set(system, caller, document_id, status=status, reason=reason, remember=remember)
    )


def _set(system: System, caller: Caller, document_id: str, *, status: str, reason: str | None, remember: Remember) -> Answer:
    with system.database.write() as work:
        find_visible(system, work, caller, document_id)
        row = documents.lock_document(work, caller.environment_id, document_id)
        if row is None:
            raise NotFound(what="document", id=document_id)
        if row.status != ALLOWED_FROM[status]:
            raise StatusNotAllowed(document=row.number, wanted=status, current=row.status)
        text = f"{caller.full_name} set the status to {status}" + (f": {reason}" if reason else ".")
        entry = AuditEntry(
            at=system.clock(), kind="document_status", text=text, actor=caller.username, facts={"before": row.status, "after": status}
        )
        answer = change_document(work, row, entry, status=status)
        remember(work, answer)
        work.commit()
        return answer
