"""Process instances: the list, one with its diagram, and what an administrator does with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from app.domain.errors import CountersignError, NotFound, NotPermitted
from app.web import instance as view
from app.web.context import calendar, caller, filter_arguments, new_key, pages, render_part, request_key, wants_partial
from app.web.route import show_rail
from app.web.session import flash_refusal

ROWS = 50
INCIDENTS_MAX = 20
FILTERS = ("status", "definition", "business_key")
_VERBS = {"suspend": "Suspended.", "resume": "Resumed.", "cancel": "Cancelled."}
_INCIDENT_VERBS = {"retry": "Tried again.", "resolve": "Resolved."}


def add_instance_routes(blueprint: Blueprint) -> None:
    """Add the pages of process instances."""
    blueprint.add_url_rule("/process-instances", "instances", show_instances)
    blueprint.add_url_rule("/process-instances/<instance_id>", "instance", show_instance_page)
    blueprint.add_url_rule("/process-definitions/<key>/versions/<int(max=2147483647):version>/bpmn", "bpmn", show_bpmn)
    for verb in _VERBS:
        blueprint.add_url_rule(f"/process-instances/<instance_id>/{verb}", f"{verb}_instance", _act_on_instance(verb), methods=["POST"])
    for verb in _INCIDENT_VERBS:
        blueprint.add_url_rule(
            f"/process-instances/<instance_id>/incidents/<incident_id>/{verb}", f"{verb}_incident", _act_on_incident(verb), methods=["POST"]
        )


def show_instances() -> str:
    """Show the process instances that the caller may see, newest first."""
    filters = filter_arguments(*FILTERS)
    if filters.get("status") not in dict(view.STATUSES):
        filters.pop("status", None)
    cursor = request.args.get("cursor") or None
    body = pages().call("list_instances", limit=ROWS, cursor=cursor, **filters)
    rows = [view.show_instance(item, calendar=calendar()) for item in body["items"]]
    values = {
        "area": "instances",
        "rows": rows,
        "filters": filters,
        "statuses": view.STATUSES,
        "next_cursor": body.get("next_cursor"),
        "first": cursor is None,
    }
    return render_part("instances/_rows.html" if wants_partial() and cursor else "instances/list.html", **values)


def show_instance_page(instance_id: str) -> str:
    """Show one instance: incidents first, the diagram with its marks, elements, route and variables."""
    body: Mapping[str, Any] = pages().call("read_instance", instance_id)
    elements = pages().call("list_elements", instance_id)["items"]
    names = {str(item["element"]): str(item["name"]) for item in elements if item.get("name")}
    every = request.args.get("elements", "") == "all"
    rows = view.show_elements(elements, calendar=calendar())
    running = [row for row in rows if row.active]
    return render_part(
        "instances/instance.html",
        area="instances",
        instance=view.show_instance(body, calendar=calendar()),
        incidents=[view.show_incident(item, calendar=calendar(), names=names) for item in (body.get("incidents") or ())[:INCIDENTS_MAX]],
        elements=rows if every or not running else running,
        elements_all=len(rows),
        elements_active=len(running),
        every=every or not running,
        marks=view.show_marks(elements),
        rail=show_rail(body.get("route"), me=caller().username, calendar=calendar(), outcome=str(body.get("outcome") or "")),
        variables=_variables(instance_id),
        key=new_key,
    )


def _variables(instance_id: str) -> tuple[tuple[str, str], ...] | None:
    try:
        return view.show_variables(pages().call("read_variables", instance_id))
    except NotPermitted:
        return None


def show_bpmn(key: str, version: int) -> Response:
    """Give the diagram to the viewer; a version never changes."""
    answer = pages().call("read_bpmn", key, version)
    content = answer[0] if isinstance(answer, tuple) else answer
    response = make_response(content)
    response.mimetype = "application/xml"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return response


def _act_on_instance(verb: str) -> Any:
    def act(instance_id: str) -> BaseResponse:
        return _act(instance_id, f"{verb}_instance", _VERBS[verb], instance_id)

    act.__doc__ = f"{verb.capitalize()} a process instance."
    return act


def _act_on_incident(verb: str) -> Any:
    def act(instance_id: str, incident_id: str) -> BaseResponse:
        return _act(instance_id, f"{verb}_incident", _INCIDENT_VERBS[verb], incident_id)

    act.__doc__ = f"{verb.capitalize()} an incident."
    return act


def _act(instance_id: str, operation: str, said: str, subject: str) -> BaseResponse:
    try:
        pages().call(operation, subject, request=request_key())
        flash(said, "yes")
    except NotFound:
        raise
    except CountersignError as error:
        flash_refusal(error)
    return redirect(url_for("web.instance", instance_id=instance_id), 303)
