"""Coding on the pages: the cost center, project and ledger of each line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, make_response, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from app.domain.errors import CountersignError, InvalidRequest, NotFound
from app.web.context import pages, render_part, request_key
from app.web.errors import status_of
from app.web.forms import seen_revision
from app.web.routes.task_values import task_values
from app.web.session import flash_refusal, local_path

CODES = ("cost_center", "parameter_3", "parameter_4")
LINES_MAX = 10_000  # as many as a document has


def add_coding_routes(blueprint: Blueprint) -> None:
    """Add the coding of a document's lines."""
    blueprint.add_url_rule("/documents/<document_id>/lines", "code_lines", code_lines, methods=["POST"])


def code_lines(document_id: str) -> BaseResponse:
    """Store the coding that was filled in; faults are shown at their fields, and what was typed stays."""
    ids = request.form.getlist("line")[:LINES_MAX]
    typed = {name: request.form.get(name, "").strip()[:100] for name in request.form if name.startswith(CODES)}
    lines: list[dict[str, str | None]] = [{"id": line, **{code: typed.get(f"{code}-{line}") or None for code in CODES}} for line in ids]
    try:
        pages().call("code_lines", document_id, lines=lines, revision=seen_revision(), request=request_key())
        flash("Coding saved.", "yes")
    except NotFound:
        raise
    except InvalidRequest as error:
        flash_refusal(error)
        if task_id := request.form.get("task"):
            return _show_again(task_id, error, coding={"typed": typed, "errors": field_errors(error, ids)})
    except CountersignError as error:
        flash_refusal(error)
    return redirect(local_path(request.form.get("next", "/")), 303)


def _show_again(task_id: str, error: InvalidRequest, *, coding: Mapping[str, Any]) -> BaseResponse:
    values = task_values(task_id)
    shown = values | {"coding": coding if values["coding"] else None}
    return make_response(render_part("tasks/task.html", lost=None, error=None, **shown), status_of(error))


def field_errors(error: InvalidRequest, ids: list[str]) -> dict[str, str]:
    """Return the text of each fault by field name: "lines.0.cost_center" becomes "cost_center-<id of the first line>"."""
    found: dict[str, str] = {}
    errors = error.facts.get("errors")
    for path, texts in errors.items() if isinstance(errors, Mapping) else ():
        parts = str(path).split(".")
        if len(parts) == 3 and parts[1].isdecimal() and int(parts[1]) < len(ids):
            found[f"{parts[2]}-{ids[int(parts[1])]}"] = " ".join(str(text) for text in texts)
    return found
