"""The organisation chart, from a place in it."""

from collections.abc import Iterator
from typing import Literal

from app.domain.errors import NotFound
from app.operations.answer import Answer, Caller, JsonObject
from app.operations.matrix.chart.parents import Parents
from app.operations.matrix.chart.placing import find_center, node_view
from app.operations.matrix.editing.reading import READERS, content_seen
from app.operations.system import System
from app.operations.visibility import require_role
from app.persistence.matrix import count_mandates, read_companies

NODES_MAX = 2000

ShowFrom = Literal["cost_center", "parent", "root"]


def read_chart(
    system: System,
    caller: Caller,
    *,
    company: str | None = None,
    cost_center: str | None = None,
    show_from: ShowFrom = "cost_center",
    depth: int = 3,
    draft: str | None = None,
) -> Answer:
    """Return the chart of a company (None: the one for all) in the order in which a tree is drawn, each node with its level.

    With a cost center the chart is zoomed: it begins at that center, at its parent, or at the root above it; `path` leads from there up.
    Without one it begins at the roots. Nodes `depth` levels down are the last; their `has_children` tells whether more are below them.
    `truncated` tells that there are more than NODES_MAX.

    Raises:
        NotPermitted: the caller may not read the approval matrix.
        NotFound: there is no such company, cost center or draft.
        ChartCycle: the chart leads in a circle above the cost center.
    Source: MXO-01, MXO-05, MXO-12.
    """
    require_role(caller, *READERS, verb="read the organisation chart")
    with system.database.read() as reading:
        if company is not None and company not in read_companies(reading, caller.environment_id):
            raise NotFound(what="company", id=company)
        content, draft_id = content_seen(reading, caller, draft=draft)
        parents = Parents.of(content)
        mandates = count_mandates(reading, caller.environment_id)
    path: list[str] = []
    starts = [key for (scope, key), (_, value) in parents.centers.items() if scope == company and value["is_root"]]
    if cost_center is not None:
        find_center(parents, company, cost_center)
        chain = parents.chain(company, cost_center)
        above = {"cost_center": 0, "parent": min(1, len(chain) - 1), "root": len(chain) - 1}[show_from]
        path, starts = chain[above:], [chain[above]]
    nodes: list[JsonObject] = []
    for level, key in _walk(parents, company, starts, depth=depth):
        if len(nodes) == NODES_MAX:
            break
        nodes.append(node_view(parents, company, key, level=level, mandates=mandates))
    total = sum(1 for _ in _walk(parents, company, starts, depth=depth)) if len(nodes) == NODES_MAX else len(nodes)
    body = {"company": company, "draft": draft_id, "path": path, "items": nodes, "truncated": total > len(nodes), "next_cursor": None}
    return Answer(body=body)


def _walk(parents: Parents, company: str | None, starts: list[str], *, depth: int) -> Iterator[tuple[int, str]]:
    """Give the nodes below `starts` with their levels, each before its children; a circle is walked once."""
    waiting = [(0, key) for key in reversed(starts)]
    seen: set[str] = set()
    while waiting:
        level, key = waiting.pop()
        if key in seen or (company, key) not in parents.centers:
            continue
        seen.add(key)
        yield level, key
        if level < depth:
            waiting += [(level + 1, child) for child in reversed(parents.children.get((company, key), ()))]
