"""The page of one task, its parts, and the small confirmation of the inbox."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from app.web.context import calendar, new_key, render_part, wants_partial
from app.web.formatting import names_in
from app.web.routes.task_values import read_task, read_view, task_values, timeline_of
from app.web.timeline import FILTERS, show_timeline

_QUICK = ("approve", "reject", "delegate")


def add_task_routes(blueprint: Blueprint) -> None:
    """Add the task page."""
    blueprint.add_url_rule("/", "home", home)
    blueprint.add_url_rule("/tasks/<task_id>", "task", show_task_page)
    blueprint.add_url_rule("/tasks/<task_id>/timeline", "task_timeline", show_task_timeline)
    blueprint.add_url_rule("/tasks/<task_id>/decide", "quick_decide", show_quick_decide)


def home() -> BaseResponse:
    """Go to the inbox."""
    return redirect(url_for("web.inbox"), 303)


def show_task_page(task_id: str) -> str:
    """Show one task with all that its decision needs."""
    only = request.args.get("timeline", "all")
    return render_part("tasks/task.html", lost=None, error=None, **task_values(task_id, only=only))


def show_task_timeline(task_id: str) -> Any:
    """Return the timeline of the task's document alone, filtered; without htmx, the whole page."""
    only = request.args.get("timeline", "all")
    if not wants_partial():
        return redirect(url_for("web.task", task_id=task_id, timeline=only, _anchor="timeline"), 303)
    task = read_task(task_id)
    days = show_timeline(timeline_of(task), calendar=calendar(), only=only, names=names_in(task))
    url = url_for("web.task_timeline", task_id=task_id)
    return render_part("shell/_timeline.html", days=days, only=only, timeline_filters=FILTERS, timeline_url=url)


def show_quick_decide(task_id: str) -> Any:
    """Return the small confirmation beneath a row of the inbox; without htmx, the task page with that decision open."""
    verb = request.args.get("verb", "approve")
    if not wants_partial() or verb not in _QUICK:
        return redirect(url_for("web.task", task_id=task_id, decide=verb), 303)
    return render_part("tasks/_quick.html", task=read_view(task_id), verb=verb, key=new_key(), error=None, lost=None)
