"""One approval type."""

from app.operations.answer import Answer, Caller
from app.operations.matrix.editing.reading import read_object
from app.operations.matrix.views import approval_type_view
from app.operations.system import System
from app.persistence.matrix_content import APPROVAL_TYPE


def read_approval_type(system: System, caller: Caller, type_id: str, *, draft: str | None = None) -> Answer:
    """Return an approval type with all its settings, as a draft has it or as it is in force.

    Raises:
        NotPermitted: the caller may not read the approval matrix.
        NotFound: there is no such approval type.
    Source: MXT-01..12.
    """
    return read_object(
        system,
        caller,
        APPROVAL_TYPE,
        type_id,
        lambda _content, _directory, values: [approval_type_view(each, value) for each, value in values.items()],
        what="approval type",
        draft=draft,
    )
