"""Filters that people keep of their inbox: how they are stored, checked and shown."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from app.domain.errors import InvalidRequest, NotFound, StaleRevision
from app.operations.answer import JsonObject
from app.operations.tasks.inbox_query import TaskFilters, check_order

FILTERS_MAX = 20
NAME_LENGTH_MAX = 60
_DAYS, _AMOUNTS, _ORDER = ("received_from", "received_to"), ("amount_from", "amount_to"), ("status", "sort", "order")
_FOR = "for"


def write_query(query: Mapping[str, Any]) -> JsonObject:
    """Return the conditions of a filter as they are stored and shown: by the names that the task list gives them.

    Raises:
        InvalidRequest: they are none that the task list would take.
    """
    order = {name: query.get(name) for name in _ORDER}
    check_order(status=order["status"] or "open", sort=order["sort"] or "due", order=order["order"])
    filters = TaskFilters(**{name: value for name, value in query.items() if name not in _ORDER})
    filters.check()
    written = {_FOR if name == "whose" else name: value for name, value in query.items() if value is not None}
    written |= {name: written[name].isoformat() for name in _DAYS if name in written}
    return written | {name: f"{written[name]:f}" for name in _AMOUNTS if name in written}


def read_query(stored: Mapping[str, Any]) -> tuple[str, TaskFilters]:
    """Return the tab and the filters that are stored."""
    given = {"whose" if name == _FOR else name: value for name, value in stored.items() if name not in _ORDER}
    given |= {name: date.fromisoformat(given[name]) for name in _DAYS if name in given}
    given |= {name: Decimal(given[name]) for name in _AMOUNTS if name in given}
    return str(stored.get("status", "open")), TaskFilters(**given)


def filter_view(row: Any, *, count: int | None = None) -> JsonObject:
    """Return a saved filter in the form of the API."""
    view = {"id": row.id, "name": row.name, "query": row.query, "position": row.position, "revision": row.revision}
    return view if count is None else view | {"count": count}


def check_name(name: str) -> str:
    """Return the name without blanks around it.

    Raises:
        InvalidRequest: nothing is left of it, or it is too long.
    """
    if not name.strip() or len(name.strip()) > NAME_LENGTH_MAX:
        raise InvalidRequest("The filter needs another name.", errors={"name": [f"Expected 1 to {NAME_LENGTH_MAX} characters."]})
    return name.strip()


def find_own(rows: Sequence[Any], filter_id: str, *, revision: int | None) -> Any:
    """Return the filter with this id.

    Raises:
        NotFound: the caller has none.
        StaleRevision: it changed since he has seen it.
    """
    row = next((each for each in rows if each.id == filter_id), None)
    if row is None:
        raise NotFound(what="saved filter", id=filter_id)
    if revision is not None and revision != row.revision:
        raise StaleRevision(what=f"saved filter {row.name}", expected=revision, actual=row.revision)
    return row
