"""A task that an administrator makes by hand, for people to do something about a document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, make_response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from app.domain.errors import CountersignError, InvalidRequest, NotFound, NotPermitted
from app.web.context import calendar, new_key, pages, render_part, request_key
from app.web.document import show_document
from app.web.errors import status_of
from app.web.fields import read_moment, read_number
from app.web.routes.task_values import steers

MODES = (
    ("any", "One of them is enough"),
    ("all", "Everybody must"),
    ("veto", "Everybody is asked, and one refusal ends it"),
    ("2 of", "Two of them"),
    ("50 %", "Half of them"),
)
PRIORITY_NORMAL = 50
_COLLEAGUES_MAX = 200
_ASSIGNEES_MAX = 100


def add_new_task_routes(blueprint: Blueprint) -> None:
    """Add the form of a new task."""
    blueprint.add_url_rule("/documents/<document_id>/tasks/new", "new_task", show_new_task)
    blueprint.add_url_rule("/documents/<document_id>/tasks", "create_task", create_task, methods=["POST"])


def show_new_task(document_id: str) -> BaseResponse:
    """Show the form; only who administers the workflow has it."""
    if not steers():
        raise NotPermitted(verb="start a task")
    return _form(document_id, errors={}, error="", status=200)


def _form(document_id: str, *, errors: Mapping[str, str], error: str, status: int) -> BaseResponse:
    document = show_document(pages().call("read_document", document_id), calendar=calendar())
    people = pages().call("list_colleagues", limit=_COLLEAGUES_MAX)["items"]
    groups = pages().call("list_groups", limit=_COLLEAGUES_MAX)["items"]
    html = render_part(
        "documents/new_task.html",
        area="documents",
        document=document,
        people=[(str(one["username"]), str(one["full_name"])) for one in people],
        groups=[(f"group:{each['key']}", str(each.get("name") or each["key"])) for each in groups],
        modes=MODES,
        typed=request.form,
        chosen=request.form.getlist("person"),
        errors=errors,
        error=error,
        key=new_key(),
    )
    return make_response(html, status)


def create_task(document_id: str) -> BaseResponse:
    """Make the task and show the document again; what is wrong stands at its field, and what was typed stays."""
    try:
        body = pages().call("create_task", request=request_key(), **_arguments(document_id))
    except NotFound:
        raise
    except CountersignError as error:
        errors = _errors_of(error) if isinstance(error, InvalidRequest) else {}
        return _form(document_id, errors=errors, error=error.detail, status=status_of(error))
    names = ", ".join(str(each["user"]["full_name"]) for each in body["task"]["assignments"])
    flash(f"{body['task']['name']}: now with {names}.", "yes")
    return redirect(url_for("web.document", document_id=document_id), 303)


def _arguments(document_id: str) -> dict[str, Any]:
    form = request.form
    written = [each.strip()[:200] for each in form.get("others", "").split(",") if each.strip()]
    priority = read_number(form.get("priority", ""), field="priority")
    return {
        "document_id": document_id,
        "name": form.get("name", "").strip()[:1000],
        "assignees": [*form.getlist("person"), *written][: _ASSIGNEES_MAX + 1],
        "mode": form.get("mode", "any").strip()[:20],
        "due_at": read_moment(form.get("due_at", ""), calendar=calendar(), field="due_at"),
        "priority": PRIORITY_NORMAL if priority is None else priority,
        "instructions": form.get("instructions", "").strip()[:4000] or None,
    }


def _errors_of(error: InvalidRequest) -> dict[str, str]:
    """Return the faults by field of the form; those of single names belong to the field where names are written."""
    found: dict[str, str] = {}
    named = error.facts.get("errors")
    for path, texts in named.items() if isinstance(named, Mapping) else ():
        field = str(path).split(".")[0]
        found[field] = " ".join(filter(None, (found.get(field), *(str(text) for text in texts))))
    return found
