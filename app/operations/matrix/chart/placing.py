"""What the verbs on cost centers' places share."""

from collections.abc import Mapping
from typing import Any

from app.domain.errors import NotFound
from app.operations.answer import JsonObject
from app.operations.matrix.chart.parents import Parents
from app.operations.matrix.drafts.drafting import Drafting, Edited
from app.operations.matrix.views import cost_center_view
from app.persistence.matrix_content import COST_CENTER, Value


def place(drafting: Drafting, center_id: str, value: Value, *, parent: str | None, is_root: bool = False) -> Value:
    """Put the cost center below `parent`, or outside the chart when it is None and no root is wanted; return it as it is then."""
    return drafting.put(COST_CENTER, center_id, {**value, "parent": parent, "is_root": is_root}) or value


def placed(drafting: Drafting, center_id: str, text: str, **more: Any) -> Edited:
    """Return the answer of a verb on one cost center's place."""
    value = drafting.get(COST_CENTER, center_id, what="cost center")
    return Edited(text=text, body=cost_center_view(center_id, value) | more, revision=value["revision"])


def find_center(parents: Parents, company: str | None, key: str) -> tuple[str, Value]:
    """Return a cost center by its company (None: the chart for all) and key.

    Raises:
        NotFound: there is none.
    """
    found = parents.centers.get((company, key))
    if found is None:
        raise NotFound(what="cost center", id=key)
    return found


def node_view(parents: Parents, company: str | None, key: str, *, level: int, mandates: Mapping[str, int]) -> JsonObject:
    """Return a cost center as a node of the chart: how deep it is, whether it has children, and how many mandate rows name it."""
    center_id, value = parents.centers[company, key]
    children = parents.children.get((company, key), ())
    return cost_center_view(center_id, value) | {
        "level": level,
        "has_children": bool(children),
        "children": len(children),
        "mandates": mandates.get(key, 0),
    }
