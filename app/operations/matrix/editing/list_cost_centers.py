"""The cost centers."""

from app.operations.answer import Answer, Caller
from app.operations.matrix.editing.reading import CODERS, list_objects
from app.operations.matrix.views import cost_center_view
from app.operations.system import System
from app.persistence.matrix_content import COST_CENTER


def list_cost_centers(
    system: System,
    caller: Caller,
    *,
    key: str | None = None,
    company: str | None = None,
    status: str | None = None,
    parent: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Answer:
    """Return one page of the cost centers in force, by key.

    Raises:
        NotPermitted: the caller neither codes nor reads the approval matrix.
    Source: MXO-03, MXO-05.
    """
    filters = {
        name: value for name, value in {"key": key, "company": company, "status": status, "parent": parent}.items() if value is not None
    }
    return list_objects(
        system,
        caller,
        COST_CENTER,
        lambda _content, _directory, values: [cost_center_view(each, value) for each, value in values.items()],
        where=lambda _content, _directory: filters,
        limit=limit,
        cursor=cursor,
        roles=CODERS,
    )
