"""The inbox: its tabs, filters and pages, and the filters that its owner keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from app.domain.errors import CountersignError, InvalidRequest, NotFound
from app.web import inbox
from app.web.context import calendar, caller, filter_arguments, pages, render_part, request_key, wants_partial
from app.web.formatting import seller_name, words
from app.web.forms import seen_revision
from app.web.inbox_filters import FIELDS, FLAGS, SORTS, STEPS, WHOSE, Asked, Chip, count_hidden, describe_filters, read_filters, show_chips
from app.web.session import flash_refusal


def add_inbox_routes(blueprint: Blueprint) -> None:
    """Add the inbox and its saved filters."""
    blueprint.add_url_rule("/inbox", "inbox", show_inbox)
    blueprint.add_url_rule("/inbox/count", "inbox_count", show_count)
    blueprint.add_url_rule("/inbox/filters", "save_filter", save_filter, methods=["POST"])
    blueprint.add_url_rule("/inbox/filters/<filter_id>", "change_filter", change_filter, methods=["POST"])
    blueprint.add_url_rule("/inbox/filters/<filter_id>/delete", "delete_filter", delete_filter, methods=["POST"])


def show_inbox() -> str:
    """Show the caller's tasks of one tab, filtered as the address says; htmx gets the further rows alone."""
    cursor = request.args.get("cursor") or None
    if wants_partial() and cursor:
        return render_part("tasks/_rows.html", **inbox_values(cursor=cursor))
    return render_part("tasks/inbox.html", area="inbox", chips=saved_chips(), **inbox_values(cursor=cursor))


def status_asked() -> str:
    """Return the tab that the address names."""
    status = request.args.get("status", "open")
    return status if status in dict(inbox.TABS) else "open"


def task_filters() -> dict[str, Any]:
    """Return the filters and the order of the inbox that the address carries."""
    return {**filter_arguments(*FIELDS)}


def inbox_arguments() -> dict[str, Any]:
    """Return all that the address says about the inbox: tab, filters and order."""
    status = status_asked()
    return ({"status": status} if status != "open" else {}) | task_filters()


def inbox_values(*, cursor: str | None = None) -> dict[str, Any]:
    """Return what a page of the inbox shows, as the address asks for it."""
    status, filters = status_asked(), task_filters()
    asked = read_filters(filters)
    errors = dict(asked.errors)
    body: Mapping[str, Any] = {"items": [], "next_cursor": None}
    if not errors:
        try:
            body = pages().call("list_tasks", status=status, limit=inbox.ROWS, cursor=cursor, **asked.options)
        except InvalidRequest as error:
            errors = _errors_of(error, filters)
    is_by_due = asked.options.get("sort", "due") == "due" and asked.options.get("order") != "desc"
    groups = inbox.show_groups(body["items"], status=status, me=caller().username, calendar=calendar(), is_by_due=is_by_due)
    return {
        "tabs": inbox.TABS,
        "status": status,
        "filters": filters,
        "filter_words": describe_filters(filters),
        "hidden_filters": count_hidden(filters),
        "errors": errors,
        "groups": groups,
        "shown": len(body["items"]),
        "next_cursor": body.get("next_cursor"),
        "organisations": _choices("organisation", filters, (seller_name(item.get("document") or {}) for item in body["items"]), body),
        "processes": [
            (key, words(key)) for key in _choices("process", filters, (str(item.get("process") or "") for item in body["items"]), {})
        ],
        "steps": [(step, words(step)) for step in STEPS],
        "sorts": SORTS,
        "flags": FLAGS,
        "whose": WHOSE,
        "after": request.args.get("after", ""),
        "first": cursor is None,
        "address": inbox_arguments(),
    }


def _errors_of(error: InvalidRequest, filters: Mapping[str, str]) -> dict[str, str]:
    """Return the faults by the field that shows them; what belongs to no field of the form stands at the first that is filled in."""
    named = error.facts.get("errors")
    found = {
        name: " ".join(str(text) for text in texts)
        for name, texts in (named.items() if isinstance(named, Mapping) else ())
        if name in filters
    }
    return found or {next((name for name in ("received_to", *filters) if name in filters), "q"): error.detail}


def _choices(name: str, filters: Mapping[str, str], shown: Any, body: Mapping[str, Any]) -> list[str]:
    known = body.get(f"{name}s")
    names = {str(each) for each in (known if known is not None else shown) if each}
    return sorted(names | ({filters[name]} if name in filters else set()))


def saved_chips() -> tuple[Chip, ...]:
    """Return the caller's saved filters with what they find now."""
    return show_chips(pages().call("list_filters")["items"], current=inbox_arguments())


def show_count() -> str:
    """Return the number of open tasks, for the badges."""
    return render_part("shell/_nav_count.html", place="badge")


def save_filter() -> BaseResponse:
    """Keep the filters of the address under a name."""
    asked: Asked = read_filters(task_filters())
    try:
        if asked.errors:
            raise InvalidRequest(next(iter(asked.errors.values())))
        if not asked.options and status_asked() == "open":
            raise InvalidRequest("Filter the inbox first; then there is something to save.")
        name = request.form.get("name", "").strip()[:200]
        pages().call("save_filter", name=name, query={"status": status_asked(), **asked.options}, request=request_key())
        flash(f"Saved as {name}.", "yes")
    except CountersignError as error:
        flash_refusal(error)
    return redirect(url_for("web.inbox", **inbox_arguments()), 303)


def change_filter(filter_id: str) -> BaseResponse:
    """Give a saved filter another name."""
    name = request.form.get("name", "").strip()[:200]
    return _with_filter("change_filter", filter_id, said=f"Renamed to {name}.", name=name)


def delete_filter(filter_id: str) -> BaseResponse:
    """Forget a saved filter; its tasks stay where they are."""
    return _with_filter("delete_filter", filter_id, said="Filter deleted.")


def _with_filter(operation: str, filter_id: str, *, said: str, **changes: Any) -> BaseResponse:
    try:
        pages().call(operation, filter_id, revision=seen_revision(), request=request_key(), **changes)
        flash(said, "yes")
    except NotFound:
        flash("That filter is gone already.", "no")
    except CountersignError as error:
        flash_refusal(error)
    return redirect(url_for("web.inbox", **inbox_arguments()), 303)
