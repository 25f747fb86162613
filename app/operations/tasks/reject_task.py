"""Reject, with a reason."""

from app.operations.answer import Answer, Caller, RequestKey
from app.operations.system import System
from app.operations.tasks.decision import decide_task


def reject_task(
    system: System,
    caller: Caller,
    task_id: str,
    *,
    reason: str | None = None,
    revision: int | None = None,
    document_hash: str | None = None,
    pin: str | None = None,
    request: RequestKey | None = None,
) -> Answer:
    """Reject the caller's share of a task; the reason is required where the step says so.

    Raises:
        InvalidRequest: the reason is missing.
        TaskAlreadyDecided: somebody was first; says who and when.
        PinRequired, PinNotSet, PinWrong, PinLocked: one of his roles signs with a PIN, and this is not his.
        SeparationOfDuty, MandateNotInForce, StaleRevision, DocumentChanged, NotARolePlayer, NotFound.
    Source: HND-02, HND-03.
    """
    return decide_task(
        system, caller, task_id, vote="rejected", note=reason, revision=revision, document_hash=document_hash, pin=pin, request=request
    )
