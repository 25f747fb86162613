"""One organisation."""

from app.operations.answer import Answer, Caller
from app.operations.matrix.editing.reading import CODERS, read_object
from app.operations.matrix.views import organisation_view
from app.operations.system import System
from app.persistence.matrix_content import ORGANISATION


def read_organisation(system: System, caller: Caller, organisation_id: str, *, draft: str | None = None) -> Answer:
    """Return an organisation, as a draft has it or as it is in force.

    Raises:
        NotPermitted: the caller neither codes nor reads the approval matrix.
        NotFound: there is no such organisation.
    Source: MXP-01.
    """
    return read_object(
        system,
        caller,
        ORGANISATION,
        organisation_id,
        lambda _content, _directory, values: [organisation_view(each, value) for each, value in values.items()],
        what="organisation",
        draft=draft,
        roles=CODERS,
    )
