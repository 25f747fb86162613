"""Another setting of an approval type."""

from typing import Any

from app.domain.people import CONSULTANT
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.matrix.drafts.drafting import Drafting, Edited, edit_matrix
from app.operations.matrix.editing.checks import find_settings_faults, refuse, settings_warnings
from app.operations.matrix.views import approval_type_view, full_settings
from app.operations.system import System
from app.persistence.matrix_content import APPROVAL_TYPE


def change_approval_type(
    system: System,
    caller: Caller,
    type_id: str,
    *,
    description: str | None = None,
    revision: int | None = None,
    request: RequestKey | None = None,
    **settings: Any,
) -> Answer:
    """Draft other settings of an approval type; what is not named stays as it is, its key for ever.

    Raises:
        NotPermitted: the caller is no consultant.
        NotFound: there is no such approval type.
        StaleRevision: it was changed since.
        InvalidRequest: settings make no sense; all at once.
    Source: MXT-01..12, MXP-08.
    """

    def edit(drafting: Drafting) -> Edited:
        value = drafting.get(APPROVAL_TYPE, type_id, what="approval type", revision=revision)
        full = full_settings(value["settings"] | settings)
        refuse(list(find_settings_faults(full)), "approval type")
        drafting.warnings.extend(settings_warnings(full))
        text = value["description"] if description is None else description
        after = drafting.put(APPROVAL_TYPE, type_id, {**value, "description": text, "settings": full}) or value
        return Edited(text=f"approval type {value['key']}.", body=approval_type_view(type_id, after), revision=after["revision"])

    return edit_matrix(system, caller, edit, verb="keep approval types", roles=(CONSULTANT,), request=request)
