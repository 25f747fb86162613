"""Requests and answers about what people do with a task besides deciding it."""

from marshmallow import INCLUDE, Schema, fields, validate

from app.http.fields import Choice, Count, Id, Instant, MoneyValue, Text
from app.http.schemas.common import Request, id_text
from app.http.schemas.problem import Problem
from app.http.schemas.tasks import TaskAnswer

MODE = r"all|any|veto|[1-9][0-9]{0,3} of|[0-9]{1,3}(\.[0-9]{1,4})? ?%"
BULK_ACTIONS = ("approve", "reject", "delegate", "reassign", "claim", "unclaim", "hold", "release")
BULK_MAX = 200


class HoldTask(Request):
    """Until when, and why."""

    until = Instant(allow_none=True, metadata={"description": "When the hold ends by itself; without it somebody releases the task."})
    reason = Text(allow_none=True)


class AskQuestion(Request):
    """What is asked, and whom."""

    whom = Text(required=True, length_min=1, length_max=200, metadata={"description": "User name of a colleague, or of who submitted it."})
    question = Text(required=True, length_min=1)


class AnswerQuestion(Request):
    """The answer to a question."""

    answer = Text(required=True, length_min=1)


class AskedQuestion(TaskAnswer):
    """The task that was asked about, and the id of the question."""

    question = id_text("The id of the task of kind `question` that whoever was asked has now.")


class ChangeTask(Request):
    """What becomes different; what is left out stays."""

    due_at = Instant(metadata={"description": "Another due date; reminders and escalations of it move along."})
    priority = Count(most=100, metadata={"description": "0 to 100; 50 is normal."})
    reason = Text(allow_none=True)


class CreateTask(Request):
    """A task that an administrator makes."""

    document_id = Id(required=True)
    name = Text(required=True, length_min=1, length_max=200)
    assignees = fields.List(
        Text(length_min=1, length_max=200),
        required=True,
        validate=[validate.Length(min=1, max=100, error="Expected 1 to 100 names.")],
        metadata={"description": "User names, `role:NAME` for everybody with a role, `group:KEY` for the members of a group."},
    )
    mode = Text(pattern=MODE, load_default="any", metadata={"description": "How many of them must act: any, all, veto, `2 of`, `60 %`."})
    due_at = Instant(allow_none=True)
    priority = Count(most=100, load_default=50, metadata={"description": "0 to 100; 50 is normal."})
    instructions = Text(allow_none=True, metadata={"description": "What is to be done; the assignees read it as the reason."})


class CreatedTask(TaskAnswer):
    """The new task and its process instance."""

    id = id_text("The task's id.")


class AttachmentName(Request):
    """What a file that is sent as it is is called."""

    name = Text(length_max=300, load_default="attachment")


class BulkAction(Request):
    """One action on many tasks; what it takes beside the ids is what the action takes on one."""

    action = Choice(*BULK_ACTIONS, required=True)
    ids = fields.List(
        Text(length_min=1, length_max=100),
        required=True,
        validate=[validate.Length(min=1, max=BULK_MAX, error=f"Expected 1 to {BULK_MAX} ids.")],
    )
    revisions = fields.Dict(
        keys=Text(length_max=100),
        values=Count(least=1),
        metadata={"description": "By task id, the revision that was shown; an older one is refused with 412 for that task."},
    )
    comment = Text(allow_none=True)
    reason = Text(allow_none=True)
    to = Text(length_min=1, length_max=200)
    group = Text(length_min=1, length_max=200)
    until = Instant(allow_none=True)
    pin = Text(length_min=1, length_max=20, allow_none=True)


class BulkResult(Schema):
    """What became of one task."""

    id = fields.String(required=True)
    status = fields.Integer(required=True, metadata={"description": "The HTTP status that the action alone would have had."})
    problem = fields.Nested(Problem, unknown=INCLUDE, metadata={"description": "Why it was refused, with the facts of the case."})


class BulkTotal(Schema):
    """How much the tasks that were done are about, in one currency."""

    count = fields.Integer(required=True)
    total = MoneyValue(required=True)


class BulkResults(Schema):
    """What became of each task, in the order of the ids."""

    results = fields.List(fields.Nested(BulkResult), required=True)
    totals = fields.List(fields.Nested(BulkTotal), required=True)
