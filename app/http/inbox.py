"""Routes of an inbox's owner: the filters that he keeps, and why a task is his or is not."""

from typing import Any

from app.domain.access import APPROVE
from app.domain.errors import FilterNameInUse, NotFound, TooManyFilters
from app.http.audience import Audience, Call
from app.http.schemas.inbox import ChangeFilter, MakeFilter, SavedFilter, SavedFilters, Why, WhyNot
from app.operations.answer import Answer
from app.operations.tasks.change_filter import change_filter
from app.operations.tasks.delete_filter import delete_filter
from app.operations.tasks.list_filters import list_filters
from app.operations.tasks.read_why import read_why
from app.operations.tasks.read_why_not import read_why_not
from app.operations.tasks.save_filter import save_filter

inbox = Audience("inbox", description="People who keep filters of their inbox, and ask why a task is theirs or is not.", scope=APPROVE)


@inbox.route("/profile/filters")
@inbox.signed_in()
@inbox.answers(SavedFilters)
def get_profile_filters(call: Call) -> Answer:
    """List your saved filters in their order, each with the number of tasks that it finds."""
    return list_filters(call.system, call.caller)


@inbox.route("/profile/filters", methods=("POST",))
@inbox.signed_in()
@inbox.idempotent
@inbox.refuses(FilterNameInUse, TooManyFilters)
@inbox.body(MakeFilter)
@inbox.answers(SavedFilter, 201)
def post_profile_filter(call: Call, body: dict[str, Any]) -> Answer:
    """Keep a filter of your inbox under a name of its own."""
    return save_filter(call.system, call.caller, **body, request=call.request)


@inbox.route("/profile/filters/<id:filter_id>", methods=("PATCH",))
@inbox.signed_in()
@inbox.idempotent
@inbox.revised
@inbox.refuses(NotFound, FilterNameInUse)
@inbox.body(ChangeFilter)
@inbox.answers(SavedFilter)
def patch_profile_filter(call: Call, body: dict[str, Any], filter_id: str) -> Answer:
    """Rename a filter, give it other conditions, or move it; what is not named stays."""
    return change_filter(call.system, call.caller, filter_id, **body, revision=call.revision, request=call.request)


@inbox.route("/profile/filters/<id:filter_id>", methods=("DELETE",))
@inbox.signed_in()
@inbox.idempotent
@inbox.revised
@inbox.refuses(NotFound)
@inbox.answers(SavedFilter)
def delete_profile_filter(call: Call, filter_id: str) -> Answer:
    """Delete a filter; the answer says what it was."""
    return delete_filter(call.system, call.caller, filter_id, revision=call.revision, request=call.request)


@inbox.route("/tasks/<id:task_id>/why")
@inbox.signed_in()
@inbox.refuses(NotFound)
@inbox.answers(Why)
def get_task_why(call: Call, task_id: str) -> Answer:
    """Read why a task is with you: what the route found, and each hand that it went through since."""
    return read_why(call.system, call.caller, task_id)


@inbox.route("/tasks/<id:task_id>/why-not")
@inbox.signed_in()
@inbox.refuses(NotFound)
@inbox.answers(WhyNot)
def get_task_why_not(call: Call, task_id: str) -> Answer:
    """Read why a task that you may see is not with you: your limit, your mandates, a step that you play, or what became of your part."""
    return read_why_not(call.system, call.caller, task_id)
