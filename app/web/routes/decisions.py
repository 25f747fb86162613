"""What people do with one task: decide it, and all that helps deciding. Each is the same operation as the API's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from app.domain.access_errors import PinRefused
from app.domain.errors import CountersignError, InvalidRequest, NotFound
from app.web.context import calendar, caller, forget_counts, new_key, pages, render_part, request_key, wants_partial
from app.web.errors import status_of
from app.web.fields import input_fault, read_moment, read_number
from app.web.forms import seen_revision
from app.web.inbox_filters import FIELDS
from app.web.lost import Lost, describe_lost, is_lost
from app.web.routes.inbox import task_filters
from app.web.routes.task_values import read_view, task_values
from app.web.task import TaskView

_TEXT_MAX = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """A verb of the pages: its operation, what was done in a word, and what it takes from the form."""

    operation: str
    did: str
    takes: Callable[[], dict[str, Any]]
    is_in_bar: bool = False
    is_of_share: bool = True


def _text(name: str) -> str | None:
    return request.form.get(name, "").strip()[:_TEXT_MAX] or None


def _approval() -> dict[str, Any]:
    return {"comment": _text("comment"), **_shown()}


def _rejection() -> dict[str, Any]:
    return {"reason": _text("reason"), **_shown()}


def _shown() -> dict[str, Any]:
    pin = request.form.get("pin", "").strip()[:20]
    return {"document_hash": request.form.get("document_hash") or None, **({"pin": pin} if pin else {})}


def _person(field: str) -> str:
    """Return whom the form names: somebody of the list, or a partner's person who is written."""
    written = request.form.get("partner", "").strip()[:200] or request.form.get(field, "").strip()[:200]
    if not written:
        raise input_fault("Choose a colleague.", field=field)
    return written


def _delegation() -> dict[str, Any]:
    return {"to": _person("to"), "comment": _text("comment")}


def _hold() -> dict[str, Any]:
    return {"until": read_moment(request.form.get("until", ""), calendar=calendar(), field="until"), "reason": _text("reason")}


def _asking() -> dict[str, Any]:
    return {"whom": _person("whom"), "question": request.form.get("question", "").strip()[:_TEXT_MAX]}


def _answering() -> dict[str, Any]:
    return {"answer": request.form.get("answer", "").strip()[:_TEXT_MAX]}


def _addition() -> dict[str, Any]:
    return {"user": _person("user"), "comment": _text("comment")}


def _change() -> dict[str, Any]:
    """Return what is different from what was shown: a field that was left alone changes nothing."""
    changes: dict[str, Any] = {}
    due = request.form.get("due_at", "").strip()
    if due and due != request.form.get("due_shown", ""):
        changes["due_at"] = read_moment(due, calendar=calendar(), field="due_at")
    priority = read_number(request.form.get("priority", ""), field="priority")
    if priority is not None and str(priority) != request.form.get("priority_shown", ""):
        changes["priority"] = priority
    if not changes:
        raise input_fault("Change the due date or the priority first.", field="due_at")
    return {"changes": changes, "reason": _text("reason")}


def _reassignment() -> dict[str, Any]:
    group = request.form.get("group", "").strip()[:200]
    to = {"group": group} if group else {"to": _person("to")}
    return {**to, "reason": request.form.get("reason", "").strip()[:_TEXT_MAX]}


def _comment() -> dict[str, Any]:
    return {"comment": _text("comment")}


def _nothing() -> dict[str, Any]:
    return {}


VERBS: Mapping[str, Verb] = {
    "approve": Verb(operation="approve_task", did="Approved", takes=_approval, is_in_bar=True),
    "reject": Verb(operation="reject_task", did="Rejected", takes=_rejection, is_in_bar=True),
    "delegate": Verb(operation="delegate_task", did="Delegated", takes=_delegation, is_in_bar=True),
    "hold": Verb(operation="hold_task", did="On hold", takes=_hold, is_in_bar=True),
    "answer": Verb(operation="answer_question", did="Answered", takes=_answering, is_in_bar=True),
    "withdraw": Verb(operation="withdraw_task", did="Withdrawn", takes=_comment, is_in_bar=True),
    "release": Verb(operation="release_task", did="Released", takes=_nothing),
    "claim": Verb(operation="claim_task", did="Claimed", takes=_nothing),
    "unclaim": Verb(operation="unclaim_task", did="Given back", takes=_nothing),
    "return": Verb(operation="return_task", did="Given back", takes=_comment),
    "ask": Verb(operation="ask_question", did="Asked", takes=_asking),
    "withdraw-question": Verb(operation="withdraw_question", did="Question withdrawn", takes=_nothing, is_of_share=False),
    "approvers": Verb(operation="add_approver", did="Added", takes=_addition),
    "change": Verb(operation="change_task", did="Changed", takes=_change),
    "reassign": Verb(operation="reassign_task", did="Reassigned", takes=_reassignment),
}


def add_decision_routes(blueprint: Blueprint) -> None:
    """Add every verb on a task, and comments."""
    for name, verb in VERBS.items():
        blueprint.add_url_rule(f"/tasks/<task_id>/{name}", f"{name.replace('-', '_')}_task", _decision(name, verb), methods=["POST"])
    blueprint.add_url_rule("/tasks/<task_id>/comments", "comment_task", comment_task, methods=["POST"])


def _decision(name: str, verb: Verb) -> Any:
    def decide(task_id: str) -> BaseResponse:
        shown_id = request.form.get("about", "")[:100] or task_id  # the page of another task can withdraw a question
        try:
            revision = {"revision": seen_revision()} if verb.is_of_share else {}
            pages().call(verb.operation, task_id, **verb.takes(), **revision, request=request_key())
        except NotFound:
            raise
        except CountersignError as error:
            return _refused(shown_id, name, verb, error)
        forget_counts()
        return _done(shown_id, verb)

    decide.__doc__ = f"""Run the operation {verb.operation} on a task: the same as the API's."""
    return decide


def _address(endpoint: str, **values: Any) -> str:
    """Return an address that keeps the filters of this one."""
    return url_for(endpoint, **values | {name: value for name, value in task_filters().items() if name in FIELDS})


def _from_inbox() -> bool:
    return request.form.get("from") == "inbox" and wants_partial()


def _done(task_id: str, verb: Verb) -> BaseResponse:
    """Answer what was done: the row goes, or the page shows the new state with the next task at hand."""
    if _from_inbox():
        return make_response(render_part("tasks/_gone.html", task_id=task_id, said=verb.did))
    if not wants_partial():
        flash(f"{verb.did}.", "yes")
        return redirect(_address("web.task", task_id=task_id), 303)
    try:
        values = task_values(task_id)
    except NotFound:
        response = make_response("")
        response.headers["HX-Redirect"] = _address("web.inbox")
        return response
    return _whole_task(values, said=f"{verb.did}.", lost=None, error=None, status=200)


def _whole_task(values: Mapping[str, Any], *, said: str, lost: Lost | None, error: str | None, status: int) -> Response:
    response = make_response(render_part("tasks/_task.html", lost=lost, error=error, said=said, swapped=True, **values), status)
    response.headers["HX-Retarget"] = "#task"
    response.headers["HX-Reswap"] = "outerHTML show:top" if status == 200 or lost else "outerHTML"
    return response


def _refused(task_id: str, name: str, verb: Verb, error: CountersignError) -> Response:
    """Answer what was not done: who was faster, or what to correct; what was typed stays."""
    status = status_of(error)
    needs_pin = isinstance(error, PinRefused)
    if _from_inbox():
        view = _view_or_none(task_id)
        lost = _describe(error, view, latest="")
        values: dict[str, Any] = {"task": view, "verb": name, "key": new_key(), "typed": request.form, "needs_pin": needs_pin}
        html = render_part(
            "tasks/_quick.html", lost=lost, error=None if lost else error.detail, task_id=task_id, swapped=wants_partial(), **values
        )
        return make_response(html, status)
    values = task_values(task_id) | {"verb": name, "typed": request.form, "needs_pin": needs_pin}
    lost = _describe(error, values["task"], latest=values["latest"])
    said = None if lost else _sentence(error)
    if wants_partial() and not verb.is_in_bar:
        return _whole_task(values, said="", lost=lost, error=said, status=status)
    template = "tasks/_decide.html" if wants_partial() else "tasks/task.html"
    return make_response(render_part(template, lost=lost, error=said, swapped=wants_partial(), **values), status)


def _sentence(error: CountersignError) -> str:
    """Return what to correct, with the faults of the fields, for there is one form at a time."""
    errors = error.facts.get("errors")
    if isinstance(error, InvalidRequest) and isinstance(errors, Mapping) and errors:
        return " ".join(dict.fromkeys([error.detail, *(str(text) for texts in errors.values() for text in texts)]))
    return error.detail


def _describe(error: CountersignError, view: TaskView | None, *, latest: str) -> Lost | None:
    if not is_lost(error):
        return None
    forget_counts()
    return describe_lost(error, me=caller(), calendar=calendar(), decided=view.decided if view else "", latest=latest)


def _view_or_none(task_id: str) -> TaskView | None:
    try:
        return read_view(task_id)
    except NotFound:
        return None


def comment_task(task_id: str) -> BaseResponse:
    """Add a comment to the conversation of the task."""
    text = request.form.get("text", "").strip()[:_TEXT_MAX]
    error = None
    try:
        if not text:
            raise InvalidRequest("Write something first; everybody on this document will read it.")
        pages().call("comment_task", task_id, text=text, request=request_key())
    except InvalidRequest as refusal:
        error = refusal.detail
    if not error and not wants_partial():
        return redirect(url_for("web.task", task_id=task_id, _anchor="conversation"), 303)
    values = task_values(task_id) | {"comment_error": error, "typed": request.form if error else {}}
    template = "tasks/_conversation.html" if wants_partial() else "tasks/task.html"
    return make_response(render_part(template, lost=None, error=None, swapped=wants_partial(), **values), 422 if error else 200)
