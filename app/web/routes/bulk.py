"""The same on many tasks of the inbox: first the question with its totals, then what became of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, make_response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from app.domain.access_errors import PinRefused
from app.domain.errors import CountersignError, InvalidRequest
from app.web.bulk import ACTIONS, SELECTED_MAX, ask_about, describe_refused, needs_pin, show_result
from app.web.context import calendar, caller, forget_counts, new_key, pages, render_part, request_key, wants_partial
from app.web.errors import status_of
from app.web.fields import input_fault, read_moment
from app.web.forms import read_revision
from app.web.inbox_filters import read_filters
from app.web.routes.inbox import inbox_arguments, inbox_values, saved_chips, task_filters

OK = 200
_LIST_PAGE, _LIST_PAGES_MAX = 200, 5
_COLLEAGUES_MAX = 200
_NOTE_MAX = 4000


def add_bulk_routes(blueprint: Blueprint) -> None:
    """Add the question about selected tasks and what is done with them."""
    blueprint.add_url_rule("/inbox/bulk", "bulk", show_nothing)
    blueprint.add_url_rule("/inbox/bulk", "act_in_bulk", act_in_bulk, methods=["POST"])
    blueprint.add_url_rule("/inbox/bulk/confirm", "confirm_bulk", confirm_bulk, methods=["POST"])


def show_nothing() -> BaseResponse:
    """Go to the inbox: a result is shown once, after what it is of."""
    return redirect(url_for("web.inbox", **inbox_arguments()), 303)


def confirm_bulk() -> BaseResponse:
    """Ask whether to do it: which tasks, how much by currency, and what it needs; nothing is changed yet."""
    return _ask(None)


def _ask(refusal: CountersignError | None) -> Response:
    """Show the question, with what was refused before."""
    action = request.form.get("action", "")
    marked = _marked()
    question = None
    if action in ACTIONS and marked:
        question = ask_about(_find(marked), action=action, marked=marked)
    else:
        refusal = InvalidRequest("Select at least one task first." if action in ACTIONS else "Choose what to do.", errors={})
    values: dict[str, Any] = {
        "question": question,
        "error": None if refusal is None else refusal.detail,
        "key": new_key(),
        "colleagues": _colleagues() if action == "delegate" else (),
        "typed": request.form,
        "address": inbox_arguments(),
    }
    template = "tasks/_bulk.html" if wants_partial() else "tasks/bulk.html"
    return make_response(render_part(template, area="inbox", **values), OK if refusal is None else status_of(refusal))


def _marked() -> dict[str, str]:
    """Return the revisions that were shown, by id of the selected tasks."""
    marks = request.form.getlist("id")[:SELECTED_MAX]
    return {task_id: revision for task_id, _, revision in (mark[:120].rpartition(".") for mark in marks) if task_id}


def _find(marked: Mapping[str, str]) -> list[Mapping[str, Any]]:
    """Return the selected tasks in the order of the inbox; who is not there any more is missing."""
    options = read_filters(task_filters()).options
    found: dict[str, Mapping[str, Any]] = {}
    cursor = None
    for _ in range(_LIST_PAGES_MAX):
        body = pages().call("list_tasks", status="open", limit=_LIST_PAGE, cursor=cursor, **options)
        found |= {str(item["id"]): item for item in body["items"] if str(item["id"]) in marked}
        cursor = body.get("next_cursor")
        if cursor is None or len(found) == len(marked):
            break
    return list(found.values())


def _colleagues() -> list[tuple[str, str]]:
    items = pages().call("list_colleagues", limit=_COLLEAGUES_MAX)["items"]
    return [(str(one["username"]), str(one["full_name"])) for one in items if one["username"] != caller().username]


def act_in_bulk() -> BaseResponse:
    """Do it, each task for itself, and show the inbox as it is then with what became of each above it."""
    action, marked = request.form.get("action", ""), _marked()
    if action not in ACTIONS or not marked:
        return _ask(None)
    try:
        arguments = _arguments(action)
        body = pages().call(
            "act_in_bulk",
            action=action,
            ids=list(marked),
            arguments=arguments,
            revisions={task_id: number for task_id, text in marked.items() if (number := read_revision(text)) is not None},
            describe=lambda error: describe_refused(error, me=caller(), calendar=calendar()),
            request=request_key(),
        )
    except InvalidRequest as refusal:
        return _ask(refusal)
    if pin := needs_pin(body):
        return _ask(PinRefused(pin))
    forget_counts()
    labels = {task_id: request.form.get(f"label-{task_id}", "")[:200] for task_id in marked}
    result = show_result(body, action=action, labels=labels)
    template = "tasks/_inbox.html" if wants_partial() else "tasks/inbox.html"
    response = make_response(
        render_part(template, area="inbox", chips=saved_chips(), result=result, swapped=wants_partial(), **inbox_values())
    )
    if wants_partial():
        response.headers["HX-Retarget"] = "#inbox"
        response.headers["HX-Reswap"] = "outerHTML"
    return response


def _arguments(action: str) -> dict[str, Any]:
    form = request.form
    text = form.get("text", "").strip()[:_NOTE_MAX] or None
    if action == "delegate":
        to = form.get("partner", "").strip()[:200] or form.get("to", "").strip()[:200]
        if not to:
            raise input_fault("Choose a colleague, or write who it is at a partner.", field="to")
        return {"to": to, "comment": text}
    if action == "hold":
        return {"until": read_moment(form.get("until", ""), calendar=calendar(), field="until"), "reason": text}
    if action not in ("approve", "reject"):
        return {}
    pin = form.get("pin", "").strip()[:20] or None
    return {"comment" if action == "approve" else "reason": text, "pin": pin}
