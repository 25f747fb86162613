"""A cost center and its children leave the chart."""

from app.domain.errors import UnlinkNotConfirmed
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.matrix.chart.parents import Parents
from app.operations.matrix.chart.placing import place, placed
from app.operations.matrix.drafts.drafting import Drafting, Edited, edit_matrix
from app.operations.system import System
from app.persistence.matrix_content import COST_CENTER

NAMED_MAX = 200


def unlink_all(
    system: System,
    caller: Caller,
    center_id: str,
    *,
    confirm: bool = False,
    revision: int | None = None,
    request: RequestKey | None = None,
) -> Answer:
    """Draft the cost center out of the chart, and its direct children away from it; what is deeper stays below those children.

    Raises:
        NotPermitted: the caller does not keep the approval matrix.
        NotFound: there is no such cost center.
        StaleRevision: it was changed since.
        UnlinkNotConfirmed: says how many it would unlink, and which.
    Source: MXO-09.
    """

    def edit(drafting: Drafting) -> Edited:
        value = drafting.get(COST_CENTER, center_id, what="cost center", revision=revision)
        parents = Parents.of(drafting.content)
        company, key = value["company"], value["key"]
        children = list(parents.children.get((company, key), ()))
        if not confirm:
            raise UnlinkNotConfirmed(cost_center=key, children=len(children), unlinked=[key, *children][:NAMED_MAX])
        place(drafting, center_id, value, parent=None)
        for child in children:
            child_id, below = parents.centers[company, child]
            place(drafting, child_id, below, parent=None)
        text = f"cost center {key} and its {len(children)} children unlinked."
        return placed(drafting, center_id, text, unlinked=[key, *children][:NAMED_MAX], unlinked_count=len(children) + 1)

    return edit_matrix(system, caller, edit, verb="change the organisation chart", request=request)
