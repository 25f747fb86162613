"""Approve."""

from app.operations.answer import Answer, Caller, RequestKey
from app.operations.system import System
from app.operations.tasks.decision import decide_task


def approve_task(
    system: System,
    caller: Caller,
    task_id: str,
    *,
    comment: str | None = None,
    revision: int | None = None,
    document_hash: str | None = None,
    pin: str | None = None,
    request: RequestKey | None = None,
) -> Answer:
    """Approve the caller's share of a task.

    Raises:
        TaskAlreadyDecided: somebody was first; says who and when.
        SeparationOfDuty: the caller or his principal plays another step.
        PinRequired, PinNotSet, PinWrong, PinLocked: one of his roles signs with a PIN, and this is not his.
        MandateNotInForce, StaleRevision, DocumentChanged, NotARolePlayer, NotFound.
    Source: HND-01, MUL-07, MXR-01.
    """
    return decide_task(
        system, caller, task_id, vote="approved", note=comment, revision=revision, document_hash=document_hash, pin=pin, request=request
    )
