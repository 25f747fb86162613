"""One cost center."""

from app.operations.answer import Answer, Caller
from app.operations.matrix.editing.reading import CODERS, read_object
from app.operations.matrix.views import cost_center_view
from app.operations.system import System
from app.persistence.matrix_content import COST_CENTER


def read_cost_center(system: System, caller: Caller, center_id: str, *, draft: str | None = None) -> Answer:
    """Return a cost center, as a draft has it or as it is in force.

    Raises:
        NotPermitted: the caller neither codes nor reads the approval matrix.
        NotFound: there is no such cost center.
    Source: MXO-05.
    """
    return read_object(
        system,
        caller,
        COST_CENTER,
        center_id,
        lambda _content, _directory, values: [cost_center_view(each, value) for each, value in values.items()],
        what="cost center",
        draft=draft,
        roles=CODERS,
    )
