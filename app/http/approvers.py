"""Routes of approvers: the inbox, its tasks, and what can be done with them."""

from typing import Any

from app.domain.access import APPROVE
from app.domain.access_errors import PinLocked, PinNotSet, PinRequired, PinWrong
from app.domain.errors import (
    BadPeriod,
    CodingClosed,
    DelegationRefused,
    DocumentChanged,
    InstanceNotActive,
    MandateNotInForce,
    NotARolePlayer,
    NotDelegated,
    NotFound,
    NotPermitted,
    PartnershipEnded,
    PartnershipNotActive,
    SeparationOfDuty,
    TaskAlreadyDecided,
    TaskClaimed,
    TaskMoved,
    TaskNotOpen,
    UnknownColumn,
)
from app.http.audience import Audience, Call
from app.http.schemas.documents import CodeLines, Document
from app.http.schemas.inbox import CountFilter, TaskCount, TaskFilter, Tasks
from app.http.schemas.tasks import (
    ApproveTask,
    CommentTask,
    DelegateTask,
    RejectTask,
    ReturnTask,
    TaskAnswer,
    TaskPage,
)
from app.operations.answer import Answer
from app.operations.documents.code_lines import code_lines
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.claim_task import claim_task
from app.operations.tasks.comment_task import comment_task
from app.operations.tasks.count_tasks import count_tasks
from app.operations.tasks.delegate_task import delegate_task
from app.operations.tasks.list_tasks import list_tasks
from app.operations.tasks.read_task import read_task
from app.operations.tasks.reject_task import reject_task
from app.operations.tasks.return_task import return_task
from app.operations.tasks.unclaim_task import unclaim_task

DECIDING = (
    NotFound,
    NotARolePlayer,
    SeparationOfDuty,
    TaskAlreadyDecided,
    TaskNotOpen,
    TaskClaimed,
    TaskMoved,
    InstanceNotActive,
    MandateNotInForce,
    DocumentChanged,
    PartnershipEnded,
)
PINS = (PinRequired, PinNotSet, PinWrong, PinLocked)

approvers = Audience("approvers", description="People who read their inbox and approve, reject or delegate.", scope=APPROVE)


@approvers.route("/tasks")
@approvers.signed_in(checked_inside=True)
@approvers.query(TaskFilter)
@approvers.refuses(BadPeriod, UnknownColumn)
@approvers.answers(Tasks)
def get_tasks(call: Call, query: dict[str, Any]) -> Answer:
    """List the caller's tasks: the inbox."""
    return list_tasks(call.system, call.caller, **query)


@approvers.route("/tasks/count")
@approvers.signed_in(checked_inside=True)
@approvers.query(CountFilter)
@approvers.answers(TaskCount)
def get_task_count(call: Call, query: dict[str, Any]) -> Answer:
    """Count the tasks that the caller can act on now, has completed, and lost by escalation; on request what his filters find."""
    return count_tasks(call.system, call.caller, **query)


@approvers.route("/tasks/<id:task_id>")
@approvers.signed_in()
@approvers.refuses(NotFound)
@approvers.answers(TaskPage)
def get_task(call: Call, task_id: str) -> Answer:
    """Read a task with its document, the lines to sign, why it is the caller's, and its history."""
    return read_task(call.system, call.caller, task_id)


@approvers.route("/tasks/<id:task_id>/approve", methods=("POST",))
@approvers.signed_in(checked_inside=True)
@approvers.idempotent
@approvers.revised
@approvers.refuses(*DECIDING, *PINS)
@approvers.body(ApproveTask, required=False)
@approvers.answers(TaskAnswer)
def post_task_approve(call: Call, body: dict[str, Any], task_id: str) -> Answer:
    """Approve a task.

    One decision per assignment: who comes second reads who decided, and when, and nothing is signed in the second one's name.
    """
    return approve_task(call.system, call.caller, task_id, **body, revision=call.revision, request=call.request)


@approvers.route("/tasks/<id:task_id>/reject", methods=("POST",))
@approvers.signed_in(checked_inside=True)
@approvers.idempotent
@approvers.revised
@approvers.refuses(*DECIDING, *PINS)
@approvers.body(RejectTask, required=False)
@approvers.answers(TaskAnswer)
def post_task_reject(call: Call, body: dict[str, Any], task_id: str) -> Answer:
    """Reject a task."""
    return reject_task(call.system, call.caller, task_id, **body, revision=call.revision, request=call.request)


@approvers.route("/tasks/<id:task_id>/delegate", methods=("POST",))
@approvers.signed_in(checked_inside=True)
@approvers.idempotent
@approvers.revised
@approvers.refuses(*DECIDING, DelegationRefused, PartnershipNotActive)
@approvers.body(DelegateTask)
@approvers.answers(TaskAnswer)
def post_task_delegate(call: Call, body: dict[str, Any], task_id: str) -> Answer:
    """Delegate a task to a colleague, or to somebody of a partner (`kim@ACC`), who then acts on behalf of the caller."""
    return delegate_task(call.system, call.caller, task_id, **body, revision=call.revision, request=call.request)


@approvers.route("/tasks/<id:task_id>/return", methods=("POST",))
@approvers.signed_in(checked_inside=True)
@approvers.idempotent
@approvers.revised
@approvers.refuses(*DECIDING, NotDelegated, DelegationRefused)
@approvers.body(ReturnTask, required=False)
@approvers.answers(TaskAnswer)
def post_task_return(call: Call, body: dict[str, Any], task_id: str) -> Answer:
    """Delegate a task back to who delegated it."""
    return return_task(call.system, call.caller, task_id, **body, revision=call.revision, request=call.request)


@approvers.route("/tasks/<id:task_id>/claim", methods=("POST",))
@approvers.signed_in(checked_inside=True)
@approvers.idempotent
@approvers.revised
@approvers.refuses(*DECIDING)
@approvers.answers(TaskAnswer)
def post_task_claim(call: Call, task_id: str) -> Answer:
    """Claim a task: the others of the pool see that the caller is on it, and its reminder stops."""
    return claim_task(call.system, call.caller, task_id, revision=call.revision, request=call.request)


@approvers.route("/tasks/<id:task_id>/unclaim", methods=("POST",))
@approvers.signed_in(checked_inside=True)
@approvers.idempotent
@approvers.revised
@approvers.refuses(*DECIDING)
@approvers.answers(TaskAnswer)
def post_task_unclaim(call: Call, task_id: str) -> Answer:
    """Give a claimed task back to its pool."""
    return unclaim_task(call.system, call.caller, task_id, revision=call.revision, request=call.request)


@approvers.route("/tasks/<id:task_id>/comments", methods=("POST",))
@approvers.signed_in(checked_inside=True)
@approvers.idempotent
@approvers.refuses(NotFound, NotPermitted)
@approvers.body(CommentTask)
@approvers.answers(TaskAnswer)
def post_task_comment(call: Call, body: dict[str, Any], task_id: str) -> Answer:
    """Comment on a task; everybody on the document can read it."""
    return comment_task(call.system, call.caller, task_id, **body, request=call.request)


@approvers.route("/documents/<id:document_id>/lines", methods=("PATCH",))
@approvers.signed_in()
@approvers.idempotent
@approvers.revised
@approvers.refuses(NotFound, NotPermitted, CodingClosed)
@approvers.body(CodeLines)
@approvers.answers(Document)
def patch_document_lines(call: Call, body: dict[str, Any], document_id: str) -> Answer:
    """Code lines of a document: set their cost center, organisation and parameters, or split them.

    Who must approve is resolved again afterwards; signatures that were given stay.
    """
    return code_lines(call.system, call.caller, document_id, lines=body["lines"], revision=call.revision, request=call.request)
