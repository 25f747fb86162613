"""A new cost center."""

from app.operations.answer import Answer, Caller, RequestKey
from app.operations.matrix.drafts.drafting import Drafting, Edited, edit_matrix
from app.operations.matrix.editing.checks import Fault, read_register, refuse
from app.operations.matrix.editing.names import check_new_key
from app.operations.matrix.views import cost_center_view
from app.operations.system import System
from app.persistence.matrix_content import COST_CENTER


def create_cost_center(
    system: System,
    caller: Caller,
    *,
    key: str,
    name: str,
    company: str | None = None,
    status: str = "active",
    request: RequestKey | None = None,
) -> Answer:
    """Draft a cost center of one company, or of the chart for all; it is not linked yet.

    Raises:
        NotPermitted: the caller does not keep the approval matrix.
        InvalidRequest: the key is taken in its chart, or there is no such company.
    Source: MXO-01, MXO-03, MXO-05.
    """

    def edit(drafting: Drafting) -> Edited:
        faults: list[Fault] = list(check_new_key(drafting.content, COST_CENTER, key, company=company))
        if company is not None and company not in read_register(drafting.content, drafting.directory, codings=()).companies:
            faults.append(("company", f"There is no company {company}."))
        refuse(faults, "cost center")
        value = {"company": company, "key": key, "name": name, "parent": None, "status": status, "is_root": False}
        center_id = drafting.add(COST_CENTER, value)
        value = drafting.get(COST_CENTER, center_id, what="cost center")
        return Edited(text=f"cost center {key}.", body=cost_center_view(center_id, value), revision=1)

    return edit_matrix(system, caller, edit, verb="keep cost centers", request=request, status=201)
