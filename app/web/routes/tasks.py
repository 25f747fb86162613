"""Inbox and task pages, and the decisions made on them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from app.domain.errors import CountersignError, InvalidRequest, NotFound
from app.web import inbox
from app.web.context import calendar, caller, filter_arguments, forget_counts, new_key, pages, render_part, request_key, wants_partial
from app.web.errors import status_of
from app.web.formatting import names_in, seller_name
from app.web.lost import LOST, Lost, describe_lost
from app.web.routes.coding import kept_coding, may_code
from app.web.task import TaskView, show_task
from app.web.timeline import FILTERS, show_timeline

VERBS = ("approve", "reject", "delegate", "claim", "unclaim")
_DID = {"approve": "Approved", "reject": "Rejected", "delegate": "Delegated", "claim": "Claimed", "unclaim": "Given back"}


def add_task_routes(blueprint: Blueprint) -> None:
    """Add inbox, task page and decisions."""
    blueprint.add_url_rule("/", "home", home)
    blueprint.add_url_rule("/inbox", "inbox", show_inbox)
    blueprint.add_url_rule("/inbox/count", "inbox_count", show_count)
    blueprint.add_url_rule("/tasks/<task_id>", "task", show_task_page)
    blueprint.add_url_rule("/tasks/<task_id>/timeline", "task_timeline", show_task_timeline)
    blueprint.add_url_rule("/tasks/<task_id>/decide", "quick_decide", show_quick_decide)
    for verb in VERBS:
        blueprint.add_url_rule(f"/tasks/<task_id>/{verb}", f"{verb}_task", _decision(verb), methods=["POST"])
    blueprint.add_url_rule("/tasks/<task_id>/comments", "comment_task", comment_task, methods=["POST"])


def home() -> BaseResponse:
    """Go to the inbox."""
    return redirect(url_for("web.inbox"), 303)


def show_inbox() -> str:
    """Show the caller's tasks of one tab, filtered as the address says; htmx gets the further rows alone."""
    status = request.args.get("status", "open")
    status = status if status in dict(inbox.TABS) else "open"
    filters = filter_arguments(*inbox.FILTERS)
    errors = {name: "Write the date as 2026-11-02." for name in ("received_from", "received_to") if not _is_date(filters.get(name))}
    cursor = request.args.get("cursor") or None
    body: Mapping[str, Any] = {"items": [], "next_cursor": None}
    if not errors:
        body = pages().call("list_tasks", status=status, limit=inbox.ROWS, cursor=cursor, **_dated(filters))
    groups = inbox.show_groups(body["items"], status=status, me=caller().username, calendar=calendar())
    values = {
        "tabs": inbox.TABS,
        "status": status,
        "filters": filters,
        "errors": errors,
        "groups": groups,
        "shown": len(body["items"]),
        "next_cursor": body.get("next_cursor"),
        "organisations": _organisations(body, filters),
        "after": request.args.get("after", ""),
        "first": cursor is None,
    }
    if wants_partial() and cursor:
        return render_part("tasks/_rows.html", **values)
    return render_part("tasks/inbox.html", area="inbox", **values)


def _is_date(text: str | None) -> bool:
    try:
        return text is None or bool(date.fromisoformat(text))
    except ValueError:
        return False


def _dated(filters: Mapping[str, str]) -> dict[str, Any]:
    return {name: date.fromisoformat(value) if name.startswith("received") else value for name, value in filters.items()}


def _organisations(body: Mapping[str, Any], filters: Mapping[str, str]) -> list[str]:
    known = body.get("organisations")
    names = {str(name) for name in known} if known is not None else {seller_name(item.get("document") or {}) for item in body["items"]}
    return sorted(names | ({filters["organisation"]} if "organisation" in filters else set()))


def show_count() -> str:
    """Return the number of open tasks, for the badges."""
    return render_part("shell/_nav_count.html", place="badge")


def _read(task_id: str) -> Mapping[str, Any]:
    task: Mapping[str, Any] = pages().call("read_task", task_id)
    return task


def _neighbours(task_id: str, filters: Mapping[str, str]) -> dict[str, Any]:
    """Return place, previous and next task among the first open ones of the inbox as it is filtered."""
    try:
        ids = [str(item["id"]) for item in pages().call("list_tasks", status="open", limit=inbox.ROWS, **_dated(filters))["items"]]
    except (InvalidRequest, ValueError):
        ids = []
    if task_id not in ids:
        return {"place": None, "previous_id": None, "next_id": ids[0] if ids else None}
    at = ids.index(task_id)
    return {"place": at + 1, "previous_id": ids[at - 1] if at else None, "next_id": ids[at + 1] if at + 1 < len(ids) else None}


def _task_values(task_id: str, *, only: str = "all") -> dict[str, Any]:
    task = _read(task_id)
    filters = filter_arguments(*inbox.FILTERS)
    view = show_task(task, me=caller().username, calendar=calendar())
    return {
        "area": "inbox",
        "task": view,
        "instance": task.get("process_instance") or {"id": task.get("process_instance_id")},
        "days": show_timeline(_timeline(task), calendar=calendar(), only=only, names=names_in(task)),
        "only": only,
        "timeline_filters": FILTERS,
        "timeline_url": url_for("web.task_timeline", task_id=view.id),
        "filters": filters,
        "coding": kept_coding(view.document.id) if may_code(view) else None,
        "document_revision": (task.get("document") or {}).get("revision"),
        "key": new_key(),
        "comment_key": new_key(),
        "verb": request.args.get("decide", ""),
        **_neighbours(task_id, filters),
    }


def _timeline(task: Mapping[str, Any]) -> Any:
    return task.get("timeline") or task.get("history") or ()


def show_task_page(task_id: str) -> str:
    """Show one task with all that its decision needs."""
    only = request.args.get("timeline", "all")
    return render_part("tasks/task.html", lost=None, error=None, **_task_values(task_id, only=only))


def show_task_timeline(task_id: str) -> Any:
    """Return the timeline of the task's document alone, filtered; without htmx, the whole page."""
    only = request.args.get("timeline", "all")
    if not wants_partial():
        return redirect(url_for("web.task", task_id=task_id, timeline=only, _anchor="timeline"), 303)
    task = _read(task_id)
    days = show_timeline(_timeline(task), calendar=calendar(), only=only, names=names_in(task))
    url = url_for("web.task_timeline", task_id=task_id)
    return render_part("shell/_timeline.html", days=days, only=only, timeline_filters=FILTERS, timeline_url=url)


def show_quick_decide(task_id: str) -> Any:
    """Return the small confirmation beneath a row of the inbox; without htmx, the task page with that decision open."""
    verb = request.args.get("verb", "approve")
    if not wants_partial() or verb not in ("approve", "reject", "delegate"):
        return redirect(url_for("web.task", task_id=task_id, decide=verb), 303)
    view = show_task(_read(task_id), me=caller().username, calendar=calendar())
    return render_part("tasks/_quick.html", task=view, verb=verb, key=new_key(), error=None, lost=None)


def _decision(verb: str) -> Any:
    def decide(task_id: str) -> BaseResponse:
        try:
            pages().call(f"{verb}_task", task_id, **_arguments(verb))
        except NotFound:
            raise
        except CountersignError as error:
            return _refused(task_id, verb, error)
        forget_counts()
        return _done(task_id, verb)

    decide.__doc__ = f"""{verb.capitalize()} a task: the same operation as the API's."""
    return decide


def _arguments(verb: str) -> dict[str, Any]:
    form = request.form
    text = form.get("comment", "").strip()[:4000] or None
    arguments: dict[str, Any] = {
        "request": request_key(),
        "revision": int(form["revision"]) if form.get("revision", "").isdecimal() else None,
    }
    if verb == "approve":
        arguments |= {"comment": text, "document_hash": form.get("document_hash") or None}
    elif verb == "reject":
        arguments |= {"reason": form.get("reason", "").strip()[:4000] or None, "document_hash": form.get("document_hash") or None}
    if verb in ("approve", "reject"):
        arguments |= {"pin": form.get("pin", "").strip()[:20] or None} if caller().pin_required else {}
    elif verb == "delegate":
        arguments |= {"to": form.get("to", "").strip(), "comment": text}
    return arguments


def _address(endpoint: str, **values: Any) -> str:
    """Return an address that keeps the filters of this one."""
    return url_for(endpoint, **values | filter_arguments(*inbox.FILTERS))


def _from_inbox() -> bool:
    return request.form.get("from") == "inbox" and wants_partial()


def _done(task_id: str, verb: str) -> BaseResponse:
    """Answer a decision that was made: the row goes, or the page shows the new state with the next task at hand."""
    if _from_inbox():
        return make_response(render_part("tasks/_gone.html", task_id=task_id, said=_DID[verb]))
    if not wants_partial():
        flash(f"{_DID[verb]}.", "yes")
        return redirect(_address("web.task", task_id=task_id), 303)
    try:
        values = _task_values(task_id)
    except NotFound:
        response = make_response("")
        response.headers["HX-Redirect"] = _address("web.inbox")
        return response
    response = make_response(render_part("tasks/_task.html", lost=None, error=None, said=f"{_DID[verb]}.", swapped=True, **values))
    response.headers["HX-Retarget"] = "#task"
    response.headers["HX-Reswap"] = "outerHTML show:top"
    return response


def _refused(task_id: str, verb: str, error: CountersignError) -> Response:
    """Answer a decision that was not made: who was faster, or what to correct; what was typed stays."""
    status = status_of(error)
    lost: Lost | None = None
    if isinstance(error, LOST):
        lost = describe_lost(error, me=caller(), calendar=calendar())
        forget_counts()
    if _from_inbox():
        values: dict[str, Any] = {"task": _view_or_none(task_id), "verb": verb, "key": new_key()}
        template = "tasks/_quick.html"
    else:
        values = _task_values(task_id) | {"verb": verb, "typed": request.form}
        template = "tasks/_decide.html" if wants_partial() else "tasks/task.html"
    html = render_part(template, lost=lost, error=None if lost else error.detail, task_id=task_id, swapped=wants_partial(), **values)
    return make_response(html, status)


def _view_or_none(task_id: str) -> TaskView | None:
    try:
        return show_task(_read(task_id), me=caller().username, calendar=calendar())
    except NotFound:
        return None


def comment_task(task_id: str) -> BaseResponse:
    """Add a comment to the conversation of the task."""
    text = request.form.get("text", "").strip()[:4000]
    error = None
    try:
        if not text:
            raise InvalidRequest("Write something first; everybody on this document will read it.")
        pages().call("comment_task", task_id, text=text, request=request_key())
    except InvalidRequest as refusal:
        error = refusal.detail
    if not error and not wants_partial():
        return redirect(url_for("web.task", task_id=task_id, _anchor="conversation"), 303)
    values = _task_values(task_id) | {"comment_error": error, "typed": request.form if error else {}}
    template = "tasks/_conversation.html" if wants_partial() else "tasks/task.html"
    return make_response(render_part(template, lost=None, error=None, swapped=wants_partial(), **values), 422 if error else 200)
