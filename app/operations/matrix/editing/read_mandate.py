"""One mandate."""

from app.operations.answer import Answer, Caller
from app.operations.matrix.editing.reading import read_object
from app.operations.matrix.views import mandate_views
from app.operations.system import System
from app.persistence.matrix_content import MANDATE


def read_mandate(system: System, caller: Caller, mandate_id: str, *, draft: str | None = None) -> Answer:
    """Return a legal mandate with its financial ones, as a draft has it or as it is in force.

    Raises:
        NotPermitted: the caller may not read the approval matrix.
        NotFound: there is no such mandate.
    Source: MXO-11, MXM-01..08.
    """
    return read_object(system, caller, MANDATE, mandate_id, mandate_views, what="mandate", draft=draft)
