"""Another name or status of a cost center."""

from app.operations.answer import Answer, Caller, RequestKey
from app.operations.matrix.drafts.drafting import Drafting, Edited, edit_matrix
from app.operations.matrix.views import cost_center_view
from app.operations.system import System
from app.persistence.matrix_content import COST_CENTER


def change_cost_center(
    system: System,
    caller: Caller,
    center_id: str,
    *,
    name: str | None = None,
    status: str | None = None,
    revision: int | None = None,
    request: RequestKey | None = None,
) -> Answer:
    """Draft another name or status of a cost center: active, dummy (a node of the chart alone) or blocked (not codable).

    Raises:
        NotPermitted: the caller does not keep the approval matrix.
        NotFound: there is no such cost center.
        StaleRevision: it was changed since.
    Source: MXO-05.
    """

    def edit(drafting: Drafting) -> Edited:
        value = drafting.get(COST_CENTER, center_id, what="cost center", revision=revision)
        changed = {**value, "name": name or value["name"], "status": status or value["status"]}
        after = drafting.put(COST_CENTER, center_id, changed) or value
        return Edited(text=f"cost center {value['key']}.", body=cost_center_view(center_id, after), revision=after["revision"])

    return edit_matrix(system, caller, edit, verb="keep cost centers", request=request)
