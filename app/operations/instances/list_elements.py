"""What happened to each element of an instance's diagram."""

from typing import Any

from app.operations.answer import Answer, Caller, JsonObject, page
from app.operations.instances.read_instance import find_visible_instance
from app.operations.system import System
from app.operations.wording import instant
from app.persistence import instances


def list_elements(system: System, caller: Caller, instance_id: str) -> Answer:
    """Return each element that was reached, with its state, times and count; active ones stand as active whatever they were before.

    Raises:
        NotFound: there is no such instance, or the caller may not see it.
    """
    with system.database.read() as reading:
        row, _ = find_visible_instance(system, reading, caller, instance_id)
        ended = instances.ended_elements(reading, instance_id)
    items: dict[str, JsonObject] = {}
    for each in ended:
        items[each.element] = _ended_item(each, items.pop(each.element, None))
    for active in row.active:
        before = items.pop(active["element"], None)
        items[active["element"]] = {
            "element": active["element"],
            "name": active["name"],
            "kind": active["kind"],
            "state": active["state"],
            "started_at": active["since"],
            "ended_at": None,
            "count": 1 + (before["count"] if before else 0),
        }
    return Answer(body=page(list(items.values())))


def _ended_item(row: Any, before: JsonObject | None) -> JsonObject:
    return {
        "element": row.element,
        "name": row.name,
        "kind": row.kind,
        "state": row.state,
        "started_at": instant(row.started_at),
        "ended_at": instant(row.ended_at),
        "count": 1 + (before["count"] if before else 0),
    }
