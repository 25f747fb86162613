"""Requests and answers about the inbox: filters, pages, numbers, and filters that somebody keeps."""

from decimal import Decimal
from typing import Any

from marshmallow import Schema, fields

from app.http.fields import AmountText, Choice, Count, Currency, Day, Flag, Text
from app.http.schemas.common import Page, Person, Request, code_text, id_text, next_cursor
from app.http.schemas.tasks import Task

STATUSES = ("open", "completed", "escalated")
SORTS = ("due", "received", "amount", "seller")
STEPS = ("secretary", "first_line", "second_line", "first_overall", "second_overall")


class Bound(AmountText):
    """An amount to compare with, read as an exact number."""

    def _deserialize(self, value: Any, *place: Any, **context: Any) -> Any:
        return Decimal(super()._deserialize(value, *place, **context))


class TaskConditions:
    """The fields of schemas that say which tasks are wanted; all conditions hold together."""

    status = Choice(*STATUSES, load_default="open")
    organisation = code_text()
    received_from = Day(metadata={"description": "First day, in the environment's time zone."})
    received_to = Day(metadata={"description": "Last day, included."})
    process = Text(length_min=1, length_max=128, metadata={"description": "Key of the process definition."})
    amount_from = Bound(metadata={"description": "The least that the document comes to, included."})
    amount_to = Bound(metadata={"description": "The most that the document comes to, included."})
    currency = Currency(metadata={"description": "Of the amounts: the environment's own, unless it is given."})
    step = Choice(*STEPS)
    q = Text(
        length_min=1,
        length_max=100,
        metadata={"description": "Part of the document's number, its seller or the task's name; small and capital letters are the same."},
    )
    held = Flag(metadata={"description": "Whether the task is on hold."})
    overdue = Flag(metadata={"description": "Whether an open task is past its due date and its clock does not stand still."})
    claimed = Flag(metadata={"description": "Whether somebody has claimed the task."})
    whose = Choice(
        "mine",
        "covered",
        data_key="for",
        metadata={"description": "The caller's own tasks, or those of the people whom he stands in for; both, unless it is given."},
    )
    sort = Choice(
        *SORTS, load_default="due", metadata={"description": "Amounts stand by currency; done tasks are due when they were done."}
    )
    order = Choice("asc", "desc", metadata={"description": "`asc` for open tasks and `desc` for others, unless it is given."})


class TaskFilter(TaskConditions, Page):
    """Which of the caller's tasks are wanted, and what of them."""

    columns = Text(
        length_min=1,
        length_max=1000,
        metadata={"description": "Columns that the rows shall have beside `id`, separated by commas; all of them, unless it is given."},
    )


class Tasks(Schema):
    """A page of the caller's inbox; without `columns`, its rows have all of them."""

    items = fields.List(fields.Nested(Task(partial=True)), required=True)
    next_cursor = next_cursor()


class CountFilter(Request):
    """Whether more than the tabs is counted."""

    filters = Flag(load_default=False, metadata={"description": "Count what each saved filter finds, too."})


class FilterCount(Schema):
    """How many tasks a saved filter finds."""

    id = id_text("The saved filter's id.")
    name = fields.String(required=True)
    count = fields.Integer(required=True)


class TaskCount(Schema):
    """How many tasks the caller can act on now, has completed, and lost by escalation; 1,000 means 1,000 or more."""

    open = fields.Integer(required=True)
    completed = fields.Integer(required=True)
    escalated = fields.Integer(required=True)
    filters = fields.List(fields.Nested(FilterCount), metadata={"description": "Of each saved filter, when they are asked for."})


class FilterQuery(TaskConditions, Request):
    """What a saved filter asks of the task list."""


class MakeFilter(Request):
    """A filter to keep."""

    name = Text(required=True, length_min=1, length_max=60, metadata={"description": "Unique among the caller's filters."})
    query = fields.Nested(FilterQuery, required=True)
    position = Count(least=1, most=20, metadata={"description": "Its place in the list; the last one, unless it is given."})


class ChangeFilter(Request):
    """What becomes different in a saved filter."""

    name = Text(length_min=1, length_max=60)
    query = fields.Nested(FilterQuery)
    position = Count(least=1, most=20)


class SavedFilter(Schema):
    """A filter that the caller keeps."""

    id = id_text("The saved filter's id.")
    name = fields.String(required=True)
    query = fields.Dict(required=True, metadata={"description": "The conditions, as the task list takes them."})
    position = fields.Integer(required=True)
    count = fields.Integer(metadata={"description": "How many tasks it finds; 1,000 means 1,000 or more."})
    revision = fields.Integer(required=True)


class SavedFilters(Schema):
    """The filters that the caller keeps, in their order."""

    items = fields.List(fields.Nested(SavedFilter), required=True)
    next_cursor = next_cursor()


class WhyLink(Schema):
    """One hand that a share of a task went through, and why."""

    cause = fields.String(required=True, metadata={"description": "Such as `route`, `delegation`, `escalation`, `backup` or `absence`."})
    text = fields.String(required=True)
    at = fields.DateTime(required=True, allow_none=True)
    person = fields.Nested(Person, required=True)
    from_ = fields.Nested(Person, required=True, allow_none=True, data_key="from")
    comment = fields.String(required=True, allow_none=True)
    evidence = fields.Dict(required=True, allow_none=True, metadata={"description": "What the route kept about the person."})


class WhyShare(Schema):
    """How one share of a task came to the caller, the oldest hand first."""

    slot = fields.Integer(required=True)
    lines = fields.List(fields.Integer(), required=True)
    text = fields.String(required=True)
    chain = fields.List(fields.Nested(WhyLink), required=True)


class MatrixOfRoute(Schema):
    """The version of the matrix that made the route, and the day for which it was asked."""

    version = fields.Integer(required=True)
    resolved_on = fields.Date(required=True)


class Why(Schema):
    """Why a task is with the caller."""

    task_id = id_text("The task's id.")
    step = fields.String(required=True, allow_none=True)
    is_mine = fields.Boolean(required=True)
    matrix = fields.Nested(MatrixOfRoute, required=True, allow_none=True)
    shares = fields.List(fields.Nested(WhyShare), required=True)


class WhyNotReason(Schema):
    """One reason why the caller is not asked; `evidence` is what the route kept about him."""

    slot = fields.Integer(required=True, allow_none=True)
    lines = fields.List(fields.Integer(), required=True)
    text = fields.String(required=True)
    evidence = fields.Dict(required=True, allow_none=True)


class WhyNot(Schema):
    """Why a task is not with the caller, and who is asked."""

    task_id = id_text("The task's id.")
    step = fields.String(required=True, allow_none=True)
    is_mine = fields.Boolean(required=True)
    asked = fields.List(fields.Nested(Person), required=True)
    reasons = fields.List(fields.Nested(WhyNotReason), required=True)
