"""Requests about who votes on a task."""

from app.http.fields import Text
from app.http.schemas.common import Request, code_text


class WithdrawVote(Request):
    """A vote that is taken back."""

    comment = Text(allow_none=True)


class ReassignTask(Request):
    """To whom an administrator gives a task, and why; either a person or a group."""

    to = Text(length_min=1, length_max=200, metadata={"description": "User name of who gets it."})
    group = code_text(metadata={"description": "Key of the group whose members get it."})
    reason = Text(required=True, length_min=1, metadata={"description": "It stands in the timeline, and who had the task reads it."})


class AddApprover(Request):
    """Who is to sign as well."""

    user = Text(required=True, length_min=1, length_max=200, metadata={"description": "User name."})
    comment = Text(allow_none=True)
