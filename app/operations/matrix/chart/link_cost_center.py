"""A cost center gets its place in the organisation chart."""

from app.domain.errors import ChartCycle, InvalidRequest
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.matrix.chart.parents import Parents
from app.operations.matrix.chart.placing import place, placed
from app.operations.matrix.drafts.drafting import Drafting, Edited, edit_matrix
from app.operations.system import System
from app.persistence.matrix_content import COST_CENTER


def link_cost_center(
    system: System,
    caller: Caller,
    center_id: str,
    *,
    parent: str | None,
    revision: int | None = None,
    request: RequestKey | None = None,
) -> Answer:
    """Draft the cost center, with all below it, as a child of `parent` in the same chart, or as a root when that is None.

    Raises:
        NotPermitted: the caller does not keep the approval matrix.
        NotFound: there is no such cost center.
        StaleRevision: it was changed since.
        InvalidRequest: there is no such parent in its chart.
        ChartCycle: the parent stands below it.
    Source: MXO-03, MXO-07, MXO-10.
    """

    def edit(drafting: Drafting) -> Edited:
        value = drafting.get(COST_CENTER, center_id, what="cost center", revision=revision)
        if parent is not None:
            parents = Parents.of(drafting.content)
            _check_parent(parents, value["company"], value["key"], parent)
        place(drafting, center_id, value, parent=parent, is_root=parent is None)
        where = f"below {parent}" if parent is not None else "as a root"
        return placed(drafting, center_id, f"cost center {value['key']} linked {where}.")

    return edit_matrix(system, caller, edit, verb="change the organisation chart", request=request)


def _check_parent(parents: Parents, company: str | None, key: str, parent: str) -> None:
    if (company, parent) not in parents.centers:
        text = f"There is no cost center {parent} in the chart of {company or 'all companies'}."
        raise InvalidRequest(text, errors={"parent": [text]})
    above = parents.chain(company, parent)
    if key in above:
        raise ChartCycle(path=" > ".join([key, *above[: above.index(key) + 1]]))
