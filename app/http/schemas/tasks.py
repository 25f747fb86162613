"""Requests and answers about user tasks."""

from marshmallow import Schema, fields, validate

from app.http.fields import MoneyValue, Text
from app.http.schemas.common import DefinitionVersion, DocumentReference, Person, Request, id_text
from app.http.schemas.documents import Attachment, Document, Line, TimelineItem
from app.http.schemas.instances import ActiveElement, Route


class Decision(Request):
    """What a decision says besides yes or no."""

    document_hash = Text(
        pattern=r"[0-9a-f]{64}(\.[0-9]{1,10})?",
        metadata={"description": "Hash of the document that was shown; another one means it changed meanwhile."},
    )
    pin = Text(
        length_min=1,
        length_max=20,
        allow_none=True,
        metadata={"description": "For people whose approvals need a PIN; read for nobody else."},
    )


class ApproveTask(Decision):
    """An approval."""

    comment = Text(allow_none=True)


class RejectTask(Decision):
    """A rejection; whether it needs a reason, the process definition says."""

    reason = Text(allow_none=True)


class DelegateTask(Request):
    """To whom the task goes."""

    to = Text(
        required=True,
        length_min=1,
        length_max=200,
        metadata={"description": "User name of the delegate; `kim@ACC` for somebody of the partner ACC."},
    )
    comment = Text(allow_none=True)


class ReturnTask(Request):
    """Why it goes back."""

    comment = Text(allow_none=True)


class CommentTask(Request):
    """What everybody on the document may read."""

    text = Text(required=True, length_min=1)


class StepState(Schema):
    """How far a step of the route is."""

    step = fields.String(required=True)
    state = fields.String(required=True, validate=[validate.OneOf(["signed", "now", "ahead"])])


class Hold(Schema):
    """A hold: the clocks of the task stand still until it is released."""

    at = fields.DateTime(required=True)
    by = fields.Nested(Person, required=True)
    until = fields.DateTime(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)


class QuestionPut(Schema):
    """What is asked, by whom, and about which task."""

    text = fields.String(required=True)
    asker = fields.Nested(Person, required=True)
    task_id = fields.String(required=True, metadata={"format": "uuid"})


class TaskHead(Schema):
    """What every view shows of a user task, as the caller sees it; `revision` is that of his own assignment."""

    id = id_text("The task's id.")
    name = fields.String(required=True)
    element = fields.String(required=True)
    kind = fields.String(required=True, metadata={"description": "`approval`, `task`, `manual`, `question` or `incident`"})
    step = fields.String(required=True, allow_none=True)
    status = fields.String(required=True)
    my_status = fields.String(required=True, allow_none=True)
    mode = fields.String(required=True)
    due_at = fields.DateTime(required=True, allow_none=True)
    priority = fields.Integer(required=True)
    process_instance_id = fields.String(required=True, metadata={"format": "uuid"})
    assignees = fields.List(fields.Nested(Person), required=True)
    pool = fields.List(fields.Nested(Person), required=True)
    why = fields.String(required=True, metadata={"description": "Why it is the caller's, with the numbers that decided it."})
    why_short = fields.String(
        required=True, allow_none=True, metadata={"description": "The amount and the limit that decided it, in a few words."}
    )
    to_sign = MoneyValue(required=True, allow_none=True)
    on_behalf_of = fields.Nested(Person, required=True, allow_none=True)
    claimed_by = fields.Nested(Person, required=True, allow_none=True)
    reminded_at = fields.DateTime(required=True, allow_none=True)
    hold = fields.Nested(Hold, required=True, allow_none=True)
    paused_at = fields.DateTime(
        required=True, allow_none=True, metadata={"description": "Since when its clocks stand still, on hold or for an answer."}
    )
    question = fields.Nested(QuestionPut, required=True, allow_none=True, metadata={"description": "Of a task of kind `question`."})
    escalated_to = fields.Nested(Person, required=True, allow_none=True)
    escalated_from = fields.Nested(Person, required=True, allow_none=True)
    delegated_to = fields.Nested(Person, required=True, allow_none=True)
    received_at = fields.DateTime(required=True, allow_none=True)
    created_at = fields.DateTime(required=True)
    outcome = fields.String(required=True, allow_none=True)
    decided_by = fields.Nested(Person, required=True, allow_none=True)
    stand_in = fields.Nested(
        Person,
        required=True,
        allow_none=True,
        metadata={"description": "Who voted in the place of whose share it is; null when nobody did."},
    )
    decided_at = fields.DateTime(required=True, allow_none=True)
    my_decided_at = fields.DateTime(
        required=True, allow_none=True, metadata={"description": "When the caller's own share was decided, moved on or closed."}
    )
    revision = fields.Integer(required=True)
    route = fields.List(fields.Nested(StepState), required=True)


class Task(TaskHead):
    """A user task as a row of the inbox."""

    process = fields.String(required=True, metadata={"description": "Key of the process definition."})
    environment = fields.String(
        required=True, allow_none=True, metadata={"description": "The partner's environment that the task is in; null in the caller's own."}
    )
    flags = fields.List(
        fields.String(validate=[validate.OneOf(["overdue", "reminded", "escalated", "on_hold", "matrix_changed"])]), required=True
    )
    comments = fields.Integer(required=True, metadata={"description": "How many comments there are on the document."})
    document = fields.Nested(DocumentReference, required=True, allow_none=True)


class Assignment(Schema):
    """One person's share of a task."""

    id = id_text("The assignment's id.")
    slot = fields.Integer(required=True)
    user = fields.Nested(Person, required=True)
    on_behalf_of = fields.Nested(Person, required=True, allow_none=True)
    cause = fields.String(required=True)
    status = fields.String(required=True)
    why = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)
    claimed_at = fields.DateTime(required=True, allow_none=True)
    decided_by = fields.Nested(Person, required=True, allow_none=True)
    decided_at = fields.DateTime(required=True, allow_none=True)
    revision = fields.Integer(required=True)


class LineToSign(Line):
    """A line of the document, whose it is and who signed it."""

    number = fields.Integer(required=True)
    mine = fields.Boolean(required=True)
    signed_by = fields.List(fields.Nested(Person), required=True)
    waiting_for = fields.List(fields.Nested(Person), required=True)


class Considered(Schema):
    """Somebody who was considered as role player."""

    person = fields.Nested(Person, required=True)
    chosen = fields.Boolean(required=True)
    limit = MoneyValue(required=True, allow_none=True)
    unlimited = fields.Boolean(required=True)
    reason = fields.String(required=True, allow_none=True)


class InstanceOfTask(Schema):
    """The process instance that made the task."""

    id = id_text("The process instance's id.")
    status = fields.String(required=True, allow_none=True)
    revision = fields.Integer(
        required=True, allow_none=True, metadata={"description": "What `If-Match` names for what administrators do with the task."}
    )
    outcome = fields.String(required=True, allow_none=True)
    definition = fields.Nested(DefinitionVersion, required=True, allow_none=True)


class TaskPage(TaskHead):
    """One task with all that its decision needs."""

    document = fields.Nested(Document, required=True, allow_none=True)
    attachments = fields.List(fields.Nested(Attachment), required=True)
    assignments = fields.List(fields.Nested(Assignment), required=True)
    lines = fields.List(fields.Nested(LineToSign), required=True)
    signing_route = fields.Nested(Route, required=True, allow_none=True)
    considered = fields.List(fields.Nested(Considered), required=True)
    timeline = fields.List(fields.Nested(TimelineItem), required=True)
    history = fields.List(fields.Nested(TimelineItem), required=True)
    comments_list = fields.List(fields.Nested(TimelineItem), required=True)
    can = fields.List(fields.String(), required=True, metadata={"description": "What the caller could do with it now."})
    reason_required = fields.Boolean(required=True, metadata={"description": "Whether a rejection needs a reason."})
    delegates = fields.List(fields.Nested(Person), required=True)
    process_instance = fields.Nested(InstanceOfTask, required=True)


class TaskAfter(Schema):
    """The task after the caller acted, with every share of it."""

    id = id_text("The task's id.")
    name = fields.String(required=True)
    step = fields.String(required=True, allow_none=True)
    status = fields.String(required=True)
    outcome = fields.String(required=True, allow_none=True)
    assignments = fields.List(fields.Nested(Assignment), required=True)


class InstanceAfter(Schema):
    """Where the process instance stands after the caller acted."""

    id = id_text("The process instance's id.")
    status = fields.String(required=True)
    revision = fields.Integer(required=True)
    outcome = fields.String(required=True, allow_none=True)
    active = fields.List(fields.Nested(ActiveElement), required=True)


class TaskAnswer(Schema):
    """The task and its process instance after the caller acted."""

    task = fields.Nested(TaskAfter, required=True)
    process_instance = fields.Nested(InstanceAfter, required=True)
