"""Routes of who changes who votes on a task: the voters themselves, and the administrators of the workflow."""

from typing import Any

from app.domain.access import ADMINISTER, APPROVE
from app.domain.errors import (
    AdditionRefused,
    Conflict,
    InstanceNotActive,
    MandateNotInForce,
    NotARolePlayer,
    NotFound,
    NotPermitted,
    ReassignmentRefused,
    SeparationOfDuty,
    TaskAlreadyDecided,
    TaskMoved,
    TaskNotOpen,
    VoteStands,
)
from app.http.audience import Audience, Call
from app.http.schemas.tasks import TaskAnswer
from app.http.schemas.voting import AddApprover, ReassignTask, WithdrawVote
from app.operations.answer import Answer
from app.operations.tasks.add_approver import add_approver
from app.operations.tasks.reassign_task import reassign_task
from app.operations.tasks.withdraw_task import withdraw_task

voting = Audience("voting", description="People who vote on tasks, and administrators who say who votes.", scope=APPROVE)


@voting.route("/tasks/<id:task_id>/withdraw", methods=("POST",))
@voting.signed_in()
@voting.idempotent
@voting.revised
@voting.refuses(NotFound, NotARolePlayer, VoteStands, TaskNotOpen, InstanceNotActive)
@voting.body(WithdrawVote, required=False)
@voting.answers(TaskAnswer)
def post_task_withdraw(call: Call, body: dict[str, Any], task_id: str) -> Answer:
    """Withdraw the caller's vote while it has not decided anything; the task is open to the caller again."""
    return withdraw_task(call.system, call.caller, task_id, **body, revision=call.revision, request=call.request)


@voting.route("/tasks/<id:task_id>/reassign", methods=("POST",))
@voting.signed_in(scope=ADMINISTER)
@voting.idempotent
@voting.revised
@voting.refuses(NotFound, NotPermitted, SeparationOfDuty, MandateNotInForce, ReassignmentRefused, TaskNotOpen, InstanceNotActive, Conflict)
@voting.body(ReassignTask)
@voting.answers(TaskAnswer)
def post_task_reassign(call: Call, body: dict[str, Any], task_id: str) -> Answer:
    """Reassign a task to a person or a group; who had it is told, and still sees it."""
    return reassign_task(call.system, call.caller, task_id, **body, revision=call.revision, request=call.request)


@voting.route("/tasks/<id:task_id>/approvers", methods=("POST",))
@voting.signed_in()
@voting.idempotent
@voting.revised
@voting.refuses(
    NotFound,
    NotARolePlayer,
    SeparationOfDuty,
    AdditionRefused,
    TaskAlreadyDecided,
    TaskMoved,
    TaskNotOpen,
    InstanceNotActive,
    Conflict,
)
@voting.body(AddApprover)
@voting.answers(TaskAnswer)
def post_task_approver(call: Call, body: dict[str, Any], task_id: str) -> Answer:
    """Add an approver: one more person signs, besides everybody who is asked already."""
    return add_approver(call.system, call.caller, task_id, **body, revision=call.revision, request=call.request)
