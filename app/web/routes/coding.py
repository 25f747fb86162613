"""Coding on the pages: the cost center, project and ledger of each line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, request, session
from werkzeug.wrappers import Response as BaseResponse

from app.domain.errors import CountersignError, InvalidRequest, NotFound
from app.domain.people import CODING
from app.web.context import caller, pages, request_key
from app.web.forms import seen_revision
from app.web.session import flash_refusal, local_path
from app.web.task import TaskView

CODES = ("cost_center", "parameter_3", "parameter_4")
LINES_MAX = 500
_KEPT = "coding"


def add_coding_routes(blueprint: Blueprint) -> None:
    """Add the coding of a document's lines."""
    blueprint.add_url_rule("/documents/<document_id>/lines", "code_lines", code_lines, methods=["POST"])


def may_code(task: TaskView) -> bool:
    """Return whether the task page offers the coding form: a task that is no signature, for a person of the role coding."""
    return task.is_mine and task.kind == "task" and not task.is_signature and bool(task.document.id) and caller().has_role(CODING)


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
        session[_KEPT] = {"document_id": document_id, "typed": typed, "errors": field_errors(error, ids)}
        flash_refusal(error)
    except CountersignError as error:
        flash_refusal(error)
    return redirect(local_path(request.form.get("next", "/")), 303)


def field_errors(error: InvalidRequest, ids: list[str]) -> dict[str, str]:
    """Return the text of each fault by field name: "lines.0.cost_center" becomes "cost_center-<id of the first line>"."""
    found: dict[str, str] = {}
    errors = error.facts.get("errors")
    for path, texts in errors.items() if isinstance(errors, Mapping) else ():
        parts = str(path).split(".")
        if len(parts) == 3 and parts[1].isdecimal() and int(parts[1]) < len(ids):
            found[f"{parts[2]}-{ids[int(parts[1])]}"] = " ".join(str(text) for text in texts)
    return found


def kept_coding(document_id: str) -> dict[str, Any]:
    """Return what was typed and what is wrong with it, once."""
    kept = session.get(_KEPT)
    if not isinstance(kept, dict) or kept.get("document_id") != document_id:
        return {"typed": {}, "errors": {}}
    session.pop(_KEPT)
    return kept
