"""Routes of people who work on tasks together: hold, ask, attach, reschedule, and many tasks at once."""

from functools import partial
from typing import Any

import flask

from app.domain.access import ADMINISTER, APPROVE
from app.domain.errors import Conflict, InvalidRequest, NotFound, NotPermitted, TooLarge
from app.domain.teamwork_errors import ManualTaskNotDeployed, QuestionRefused, TaskNotOnHold, TaskOnHold
from app.http.approvers import DECIDING
from app.http.audience import BINARY, Audience, Call
from app.http.problems import describe_refusal
from app.http.request_body import MULTIPART, read_body
from app.http.request_head import check_scope
from app.http.schemas.documents import Attachment, Attachments
from app.http.schemas.tasks import TaskAnswer
from app.http.schemas.teamwork import (
    AnswerQuestion,
    AskedQuestion,
    AskQuestion,
    AttachmentName,
    BulkAction,
    BulkResults,
    ChangeTask,
    CreatedTask,
    CreateTask,
    HoldTask,
)
from app.operations.answer import Answer
from app.operations.documents.list_attachments import list_attachments
from app.operations.documents.read_attachment import read_attachment
from app.operations.tasks.act_in_bulk import act_in_bulk
from app.operations.tasks.answer_question import answer_question
from app.operations.tasks.ask_question import ask_question
from app.operations.tasks.attach_file import BYTES_MAX, attach_file
from app.operations.tasks.change_task import change_task
from app.operations.tasks.create_task import create_task
from app.operations.tasks.hold_task import hold_task
from app.operations.tasks.release_task import release_task
from app.operations.tasks.withdraw_question import withdraw_question

UPLOAD_BYTES_MAX = BYTES_MAX + 64 * 1024  # the parts of a multipart body around the file
IN_BODY = frozenset({"action", "ids", "revisions"})

teamwork = Audience(
    "teamwork", description="People who work on tasks together: hold them, ask each other, attach files, or act on many.", scope=APPROVE
)


@teamwork.route("/tasks", methods=("POST",))
@teamwork.signed_in(scope=ADMINISTER)
@teamwork.idempotent
@teamwork.refuses(NotFound, NotPermitted, InvalidRequest, ManualTaskNotDeployed)
@teamwork.body(CreateTask)
@teamwork.answers(CreatedTask, 201, location="/api/v1/tasks/{id}")
def post_task(call: Call, body: dict[str, Any]) -> Answer:
    """Create a task by hand, for people to do something about a document.

    It belongs to no approval step. Where a process runs for the document the task stands beside it; otherwise one is started for it.
    """
    return create_task(call.system, call.caller, **body, request=call.request)


@teamwork.route("/tasks/<id:task_id>", methods=("PATCH",))
@teamwork.signed_in(checked_inside=True)
@teamwork.idempotent
@teamwork.revised
@teamwork.refuses(*DECIDING)
@teamwork.body(ChangeTask)
@teamwork.answers(TaskAnswer)
def patch_task(call: Call, body: dict[str, Any], task_id: str) -> Answer:
    """Change the due date or the priority of a task; its timers move with the due date.

    Only an administrator of the workflow gives a task more time.
    """
    changes = {name: value for name, value in body.items() if name != "reason"}
    return change_task(
        call.system, call.caller, task_id, changes=changes, reason=body.get("reason"), revision=call.revision, request=call.request
    )


@teamwork.route("/tasks/<id:task_id>/hold", methods=("POST",))
@teamwork.signed_in(checked_inside=True)
@teamwork.idempotent
@teamwork.revised
@teamwork.refuses(*DECIDING, TaskOnHold)
@teamwork.body(HoldTask, required=False)
@teamwork.answers(TaskAnswer)
def post_task_hold(call: Call, body: dict[str, Any], task_id: str) -> Answer:
    """Put a task on hold: nobody is reminded and nothing escalates until it is released, decided, or its time is over."""
    return hold_task(call.system, call.caller, task_id, **body, revision=call.revision, request=call.request)


@teamwork.route("/tasks/<id:task_id>/release", methods=("POST",))
@teamwork.signed_in(checked_inside=True)
@teamwork.idempotent
@teamwork.revised
@teamwork.refuses(*DECIDING, TaskNotOnHold)
@teamwork.answers(TaskAnswer)
def post_task_release(call: Call, task_id: str) -> Answer:
    """Release a task from its hold: its clocks go on with what remained."""
    return release_task(call.system, call.caller, task_id, revision=call.revision, request=call.request)


@teamwork.route("/tasks/<id:task_id>/ask", methods=("POST",))
@teamwork.signed_in(checked_inside=True)
@teamwork.idempotent
@teamwork.revised
@teamwork.refuses(*DECIDING, QuestionRefused)
@teamwork.body(AskQuestion)
@teamwork.answers(AskedQuestion)
def post_task_ask(call: Call, body: dict[str, Any], task_id: str) -> Answer:
    """Ask a colleague about a task: he gets it as a question, sees the document and signs nothing; the caller's clock waits for the answer."""
    return ask_question(call.system, call.caller, task_id, **body, revision=call.revision, request=call.request)


@teamwork.route("/tasks/<id:task_id>/answer", methods=("POST",))
@teamwork.signed_in(checked_inside=True)
@teamwork.idempotent
@teamwork.revised
@teamwork.refuses(*DECIDING, Conflict)
@teamwork.body(AnswerQuestion)
@teamwork.answers(TaskAnswer)
def post_task_answer(call: Call, body: dict[str, Any], task_id: str) -> Answer:
    """Answer a question that the caller was asked: a task of kind `question`."""
    return answer_question(call.system, call.caller, task_id, **body, revision=call.revision, request=call.request)


@teamwork.route("/tasks/<id:task_id>/withdraw-question", methods=("POST",))
@teamwork.signed_in(checked_inside=True)
@teamwork.idempotent
@teamwork.refuses(*DECIDING, Conflict)
@teamwork.answers(TaskAnswer)
def post_task_withdraw_question(call: Call, task_id: str) -> Answer:
    """Withdraw a question that the caller asked: a task of kind `question`."""
    return withdraw_question(call.system, call.caller, task_id, request=call.request)


@teamwork.route("/tasks/<id:task_id>/attachments", methods=("POST",))
@teamwork.signed_in(bytes_max=UPLOAD_BYTES_MAX)
@teamwork.idempotent
@teamwork.refuses(NotFound, Conflict, TooLarge)
@teamwork.query(AttachmentName)
@teamwork.sends(MULTIPART, None, description="One file.")
@teamwork.sends(BINARY, None, description="The file itself, under any media type; its name is in the query.")
@teamwork.answers(Attachment, 201, 200)
def post_task_attachment(call: Call, query: dict[str, Any], task_id: str) -> Answer:
    """Attach a file to the document of a task: PDF, PNG, JPEG, CSV, text, XML, or an Office document or workbook, of at most 10 MiB.

    The same bytes again answer 200 with the attachment that is there.
    """
    content, name = read_file(call.sent, name=query["name"])
    return attach_file(call.system, call.caller, task_id, content=content, name=name, request=call.request)


@teamwork.route("/documents/<id:document_id>/attachments")
@teamwork.signed_in()
@teamwork.refuses(NotFound)
@teamwork.answers(Attachments)
def get_document_attachments(call: Call, document_id: str) -> Answer:
    """List the attachments of a document: the files inside it, then those that people added."""
    return list_attachments(call.system, call.caller, document_id)


@teamwork.route("/documents/<id:document_id>/attachments/<id:attachment_id>")
@teamwork.signed_in()
@teamwork.refuses(NotFound)
@teamwork.downloads(BINARY)
def get_document_attachment(call: Call, document_id: str, attachment_id: str) -> tuple[bytes, str, str]:
    """Download an attachment, with the media type that its content has; a browser saves it and runs nothing in it."""
    return read_attachment(call.system, call.caller, document_id, attachment_id)


@teamwork.route("/tasks/bulk", methods=("POST",))
@teamwork.signed_in()
@teamwork.idempotent
@teamwork.body(BulkAction)
@teamwork.answers(BulkResults)
def post_tasks_bulk(call: Call, body: dict[str, Any]) -> Answer:
    """Do the same on up to 200 tasks, each for itself: one that is refused stops none of the others.

    Every task has its own result, with the status and the problem that the action alone would have had. Sent again under its Idempotency-Key
    each is done once. A token needs the scope of the action: `administer` to reassign, `approve` for everything else.
    """
    if body["action"] == "reassign":
        check_scope(call.caller, ADMINISTER)
    arguments = {name: value for name, value in body.items() if name not in IN_BODY}
    return act_in_bulk(
        call.system,
        call.caller,
        action=body["action"],
        ids=body["ids"],
        arguments=arguments,
        revisions=body.get("revisions"),
        describe=partial(describe_refusal, request=call.sent),
        request=call.request,
    )


def read_file(request: flask.Request, *, name: str) -> tuple[bytes, str]:
    """Return the one file of a multipart body with its name, or the body itself under the name that is given.

    Raises:
        InvalidRequest: several files, or none.
    """
    if request.mimetype != MULTIPART:
        return read_body(request), name
    files = [file for _, file in request.files.items(multi=True)]
    if len(files) != 1:
        raise InvalidRequest("Send one file at a time.", errors={"file": [f"Expected one file, but got {len(files)}."]})
    return files[0].stream.read(), files[0].filename or name
