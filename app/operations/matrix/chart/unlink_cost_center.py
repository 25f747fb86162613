"""A cost center leaves its parent."""

from app.operations.answer import Answer, Caller, RequestKey
from app.operations.matrix.chart.placing import place, placed
from app.operations.matrix.drafts.drafting import Drafting, Edited, edit_matrix
from app.operations.system import System
from app.persistence.matrix_content import COST_CENTER


def unlink_cost_center(
    system: System, caller: Caller, center_id: str, *, revision: int | None = None, request: RequestKey | None = None
) -> Answer:
    """Draft the cost center out of the chart; its children stay below it, so that the sub-tree moves out whole.

    Raises:
        NotPermitted: the caller does not keep the approval matrix.
        NotFound: there is no such cost center.
        StaleRevision: it was changed since.
    Source: MXO-08.
    """

    def edit(drafting: Drafting) -> Edited:
        value = drafting.get(COST_CENTER, center_id, what="cost center", revision=revision)
        place(drafting, center_id, value, parent=None)
        return placed(drafting, center_id, f"cost center {value['key']} unlinked.")

    return edit_matrix(system, caller, edit, verb="change the organisation chart", request=request)
