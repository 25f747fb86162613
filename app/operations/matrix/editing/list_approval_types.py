"""The approval types."""

from app.operations.answer import Answer, Caller
from app.operations.matrix.editing.reading import list_objects
from app.operations.matrix.views import approval_type_view
from app.operations.system import System
from app.persistence.matrix_content import APPROVAL_TYPE


def list_approval_types(system: System, caller: Caller, *, key: str | None = None, limit: int = 50, cursor: str | None = None) -> Answer:
    """Return one page of the approval types in force, by key.

    Raises:
        NotPermitted: the caller may not read the approval matrix.
    Source: MXT-01, MXT-02.
    """
    return list_objects(
        system,
        caller,
        APPROVAL_TYPE,
        lambda _content, _directory, values: [approval_type_view(type_id, value) for type_id, value in values.items()],
        where=lambda _content, _directory: {} if key is None else {"key": key},
        limit=limit,
        cursor=cursor,
    )
