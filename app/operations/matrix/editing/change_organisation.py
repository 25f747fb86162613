"""Another name or legal id of a supplier organisation."""

from typing import Any

from app.operations.answer import Answer, Caller, RequestKey
from app.operations.matrix.drafts.drafting import Drafting, Edited, edit_matrix
from app.operations.matrix.views import organisation_view
from app.operations.system import System
from app.persistence.matrix_content import ORGANISATION


def change_organisation(
    system: System,
    caller: Caller,
    organisation_id: str,
    *,
    revision: int | None = None,
    request: RequestKey | None = None,
    **changes: Any,
) -> Answer:
    """Draft another `name` or `legal_id` of a supplier organisation; what is not named stays as it is.

    Raises:
        NotPermitted: the caller does not keep the approval matrix.
        NotFound: there is no such organisation.
        StaleRevision: it was changed since.
    Source: MXP-01.
    """

    def edit(drafting: Drafting) -> Edited:
        value = drafting.get(ORGANISATION, organisation_id, what="organisation", revision=revision)
        after = drafting.put(ORGANISATION, organisation_id, value | changes) or value
        return Edited(text=f"organisation {value['key']}.", body=organisation_view(organisation_id, after), revision=after["revision"])

    return edit_matrix(system, caller, edit, verb="keep organisations", request=request)
