"""Where the lines above several cost centers meet."""

from collections.abc import Sequence

from app.operations.answer import Answer, Caller
from app.operations.matrix.chart.parents import Parents
from app.operations.matrix.chart.placing import find_center
from app.operations.matrix.editing.reading import READERS, content_seen
from app.operations.system import System
from app.operations.visibility import require_role


def find_intersection(
    system: System, caller: Caller, *, cost_centers: Sequence[str], company: str | None = None, draft: str | None = None
) -> Answer:
    """Return the lowest cost center at or above all of them, None when there is none, and the path from each to its root.

    Raises:
        NotPermitted: the caller may not read the approval matrix.
        NotFound: there is no such cost center or draft.
        ChartCycle: the chart leads in a circle above one of them.
    Source: MXO-06, MXO-13.
    """
    require_role(caller, *READERS, verb="read the organisation chart")
    with system.database.read() as reading:
        content, _ = content_seen(reading, caller, draft=draft)
        parents = Parents.of(content)
    for key in cost_centers:
        find_center(parents, company, key)
    paths = [parents.chain(company, key) for key in cost_centers]
    shared = set(paths[0]).intersection(*paths[1:])
    meeting = next((key for key in paths[0] if key in shared), None)
    return Answer(body={"cost_center": meeting, "paths": [{"cost_center": path[0], "path": path} for path in paths]})
