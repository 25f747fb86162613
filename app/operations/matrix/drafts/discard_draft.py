"""A draft is given up."""

from app.domain.audit import AuditEntry
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.matrix.drafts.closing import Desk, steer_draft, told
from app.operations.matrix.drafts.drafting import DISCARDED
from app.operations.system import System
from app.persistence import matrix_drafts


def discard_draft(
    system: System,
    caller: Caller,
    draft_id: str,
    *,
    reason: str | None = None,
    revision: int | None = None,
    request: RequestKey | None = None,
) -> Answer:
    """Close the draft without activating it; its changes are kept for the record. A reviewer may turn down the draft of another so.

    Raises:
        NotPermitted: the caller does not keep the approval matrix.
        NotFound: there is no such draft.
        DraftClosed: it was activated or discarded; says by whom.
        StaleRevision: it was changed since.
    """

    def discard(desk: Desk) -> AuditEntry:
        values = {"status": DISCARDED, "open_author_id": None, "closed_by": caller.user_id, "closed_at": desk.now}
        matrix_drafts.update_draft(desk.work, draft_id, revision=desk.draft.revision + 1, **values)
        why = f": {reason}" if reason else ""
        return told(desk, "matrix_draft_discarded", f"{caller.full_name} discarded {desk.draft.title}{why}.", reason=reason)

    return steer_draft(system, caller, draft_id, discard, verb="discard drafts of the approval matrix", revision=revision, request=request)
