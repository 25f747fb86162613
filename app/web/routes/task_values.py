"""What the page of one task is made of, read once for the page and for every answer of its forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request, url_for

from app.domain.errors import InvalidRequest, NotFound, NotPermitted
from app.domain.people import ADMINISTRATOR, CODING, WORKFLOW_ADMINISTRATOR
from app.web import inbox
from app.web.context import calendar, caller, new_key, pages
from app.web.formatting import names_in
from app.web.inbox_filters import read_filters
from app.web.routes.inbox import task_filters
from app.web.task import TaskView, show_task
from app.web.timeline import FILTERS, show_timeline
from app.web.why import due_words, show_why, show_why_not

_GROUPS_MAX = 200


def steers() -> bool:
    """Return whether the caller administers the workflow."""
    return caller().has_role(WORKFLOW_ADMINISTRATOR, ADMINISTRATOR)


def may_code(task: TaskView) -> bool:
    """Return whether the task page offers the coding form: a task that is no signature, for a person of the role coding."""
    return task.is_mine and task.kind == "task" and not task.is_signature and bool(task.document.id) and caller().has_role(CODING)


def read_task(task_id: str) -> Mapping[str, Any]:
    """Return the task as the operation gives it."""
    task: Mapping[str, Any] = pages().call("read_task", task_id)
    return task


def read_view(task_id: str) -> TaskView:
    """Return the task as its page shows it."""
    return show_task(read_task(task_id), me=caller().username, calendar=calendar(), steers=steers())


def timeline_of(task: Mapping[str, Any]) -> Any:
    """Return what happened, oldest first."""
    return task.get("timeline") or task.get("history") or ()


def task_values(task_id: str, *, only: str = "all") -> dict[str, Any]:
    """Return all that the page of a task shows."""
    task = read_task(task_id)
    filters = task_filters()
    view = show_task(task, me=caller().username, calendar=calendar(), steers=steers())
    events = timeline_of(task)
    return {
        "area": "inbox",
        "task": view,
        "task_id": view.id,
        "instance": task.get("process_instance") or {"id": task.get("process_instance_id")},
        "days": show_timeline(events, calendar=calendar(), only=only, names=names_in(task)),
        "latest": f"{events[-1].get('text')} ({calendar().clock(events[-1].get('at'))})" if events else "",
        "only": only,
        "timeline_filters": FILTERS,
        "timeline_url": url_for("web.task_timeline", task_id=view.id),
        "filters": filters,
        "coding": {"typed": {}, "errors": {}} if may_code(view) else None,
        "document_revision": (task.get("document") or {}).get("revision"),
        "key": new_key(),
        "comment_key": new_key(),
        "verb": request.args.get("decide", ""),
        "steers": steers(),
        "groups": _groups(view),
        **_reasons(view),
        **_neighbours(task_id, filters),
    }


def _reasons(view: TaskView) -> dict[str, Any]:
    """Return why the task is with the reader, or why it is not, and how long there is."""
    found: dict[str, Any] = {"chain": None, "why_not": None, "due": ""}
    if view.is_mine:
        found["chain"] = show_why(pages().call("read_why", view.id), me=caller().username, calendar=calendar())
    elif view.is_open:
        found["why_not"] = show_why_not(pages().call("read_why_not", view.id))
    if view.is_open and view.due_at:
        found["due"] = due_words(pages().call("read_due", view.id), due_at=view.due_at, paused=view.is_paused)
    return found


def _groups(view: TaskView) -> list[tuple[str, str]]:
    """Return the groups that a task can be given to, for those who may give it."""
    if "reassign" not in view.can:
        return []
    try:
        items = pages().call("list_groups", limit=_GROUPS_MAX)["items"]
    except NotPermitted:
        return []
    return [(str(each["key"]), str(each.get("name") or each["key"])) for each in items]


def _neighbours(task_id: str, filters: Mapping[str, str]) -> dict[str, Any]:
    """Return place, previous and next task among the first open ones of the inbox as it is filtered."""
    try:
        body = pages().call("list_tasks", status="open", limit=inbox.ROWS, **read_filters(filters).options)
        ids = [str(item["id"]) for item in body["items"]]
    except (InvalidRequest, NotFound):
        ids = []
    if task_id not in ids:
        return {"place": None, "previous_id": None, "next_id": ids[0] if ids else None}
    at = ids.index(task_id)
    return {"place": at + 1, "previous_id": ids[at - 1] if at else None, "next_id": ids[at + 1] if at + 1 < len(ids) else None}
