"""A new supplier organisation."""

from app.operations.answer import Answer, Caller, RequestKey
from app.operations.matrix.drafts.drafting import Drafting, Edited, edit_matrix
from app.operations.matrix.editing.checks import refuse
from app.operations.matrix.editing.names import check_new_key
from app.operations.matrix.views import organisation_view
from app.operations.system import System
from app.persistence.matrix_content import ORGANISATION


def create_organisation(
    system: System, caller: Caller, *, key: str, name: str, legal_id: str | None = None, request: RequestKey | None = None
) -> Answer:
    """Draft a supplier organisation, which mandates and codings may name.

    Raises:
        NotPermitted: the caller does not keep the approval matrix.
        InvalidRequest: the key is taken.
    Source: MXP-01.
    """

    def edit(drafting: Drafting) -> Edited:
        refuse(list(check_new_key(drafting.content, ORGANISATION, key)), "organisation")
        organisation_id = drafting.add(ORGANISATION, {"key": key, "name": name, "legal_id": legal_id})
        value = drafting.get(ORGANISATION, organisation_id, what="organisation")
        return Edited(text=f"organisation {key}.", body=organisation_view(organisation_id, value), revision=1)

    return edit_matrix(system, caller, edit, verb="keep organisations", request=request, status=201)
