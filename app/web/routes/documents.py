"""Documents: the list, one document with its timeline, and its original."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, flash, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from app.domain.errors import CountersignError, NotFound
from app.web.attachments import show_attachments
from app.web.context import calendar, filter_arguments, pages, render_part, request_key, wants_partial
from app.web.document import show_document
from app.web.downloads import give_file
from app.web.formatting import names_in
from app.web.instance import show_instance
from app.web.routes.task_values import steers
from app.web.session import flash_refusal
from app.web.task import show_lines
from app.web.timeline import FILTERS, show_timeline

STATUSES = ("", "Received", "In process", "Approved for payment", "Rejected", "Paid")
ROWS = 50
ORIGINAL_SHOWN_MAX = 200_000
_TEXT_TYPES = ("application/xml", "text/xml", "application/json", "text/plain")


def add_document_routes(blueprint: Blueprint) -> None:
    """Add the pages of documents."""
    blueprint.add_url_rule("/documents", "documents", show_documents)
    blueprint.add_url_rule("/documents/<document_id>", "document", show_document_page)
    blueprint.add_url_rule("/documents/<document_id>/timeline", "document_timeline", show_document_timeline)
    blueprint.add_url_rule("/documents/<document_id>/original", "original", show_original)
    blueprint.add_url_rule("/documents/<document_id>/original/file", "original_file", download_original)
    blueprint.add_url_rule(
        "/documents/<document_id>/confirm-not-duplicate", "confirm_not_duplicate", confirm_not_duplicate, methods=["POST"]
    )


def show_documents() -> str:
    """Show the documents that the caller may see, newest first."""
    filters = filter_arguments("status")
    cursor = request.args.get("cursor") or None
    body = pages().call("list_documents", limit=ROWS, cursor=cursor, **filters)
    rows = [show_document(item, calendar=calendar()) for item in body["items"]]
    values = {
        "area": "documents",
        "rows": rows,
        "filters": filters,
        "statuses": STATUSES,
        "next_cursor": body.get("next_cursor"),
        "first": cursor is None,
    }
    return render_part("documents/_rows.html" if wants_partial() and cursor else "documents/list.html", **values)


def _timeline(document_id: str) -> Any:
    return pages().call("read_timeline", document_id)["items"]


def show_document_page(document_id: str) -> str:
    """Show one document: facts, lines, findings, its process instances and its timeline."""
    only = request.args.get("timeline", "all")
    document: Mapping[str, Any] = pages().call("read_document", document_id)
    view = show_document(document, calendar=calendar())
    return render_part(
        "documents/document.html",
        area="documents",
        document=view,
        lines=show_lines(document),
        instances=[show_instance(item, calendar=calendar()) for item in document.get("process_instances") or ()],
        can=frozenset(document.get("can") or ()),
        attachments=show_attachments(pages().call("list_attachments", document_id)["items"], calendar=calendar()),
        steers=steers(),
        days=show_timeline(_timeline(document_id), calendar=calendar(), only=only, names=names_in(document)),
        only=only,
        timeline_filters=FILTERS,
        timeline_url=url_for("web.document_timeline", document_id=document_id),
    )


def show_document_timeline(document_id: str) -> Any:
    """Return the timeline alone, filtered; without htmx, the whole page."""
    only = request.args.get("timeline", "all")
    if not wants_partial():
        return redirect(url_for("web.document", document_id=document_id, timeline=only, _anchor="timeline"), 303)
    days = show_timeline(_timeline(document_id), calendar=calendar(), only=only)
    url = url_for("web.document_timeline", document_id=document_id)
    return render_part("shell/_timeline.html", days=days, only=only, timeline_filters=FILTERS, timeline_url=url)


def _original(document_id: str) -> tuple[bytes, str, str]:
    answer = pages().call("read_original", document_id)
    if isinstance(answer, Mapping):
        return answer["content"], answer["media_type"], answer["filename"]
    content, media_type, filename = answer
    return content, media_type, filename


def show_original(document_id: str) -> str:
    """Show the original as text; it never runs as a page of this site."""
    content, media_type, filename = _original(document_id)
    text = ""
    if media_type.split(";")[0].strip() in _TEXT_TYPES:
        text = content[:ORIGINAL_SHOWN_MAX].decode("utf-8", errors="replace")
    document = show_document(pages().call("read_document", document_id), calendar=calendar())
    return render_part(
        "documents/original.html",
        area="documents",
        document=document,
        text=text,
        size=len(content),
        cut=len(content) > ORIGINAL_SHOWN_MAX,
        filename=filename,
    )


def download_original(document_id: str) -> Response:
    """Give the original bytes as a file."""
    return give_file(*_original(document_id))


def confirm_not_duplicate(document_id: str) -> BaseResponse:
    """Let a held document go on: it is not the second copy of another."""
    try:
        pages().call("confirm_not_duplicate", document_id, request=request_key())
        flash("Confirmed: this is not a duplicate.", "yes")
    except NotFound:
        raise
    except CountersignError as error:
        flash_refusal(error)
    return redirect(url_for("web.document", document_id=document_id), 303)
