"""The supplier organisations."""

from app.operations.answer import Answer, Caller
from app.operations.matrix.editing.reading import CODERS, list_objects
from app.operations.matrix.views import organisation_view
from app.operations.system import System
from app.persistence.matrix_content import ORGANISATION


def list_organisations(
    system: System,
    caller: Caller,
    *,
    key: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Answer:
    """Return one page of the supplier organisations in force, by key.

    Raises:
        NotPermitted: the caller neither codes nor reads the approval matrix.
    Source: MXP-01.
    """
    filters = {name: value for name, value in {"key": key}.items() if value is not None}
    return list_objects(
        system,
        caller,
        ORGANISATION,
        lambda _content, _directory, values: [organisation_view(each, value) for each, value in values.items()],
        where=lambda _content, _directory: filters,
        limit=limit,
        cursor=cursor,
        roles=CODERS,
    )
