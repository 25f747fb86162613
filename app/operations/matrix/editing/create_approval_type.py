"""A new approval type."""

from typing import Any

from app.domain.people import CONSULTANT
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.matrix.drafts.drafting import Drafting, Edited, edit_matrix
from app.operations.matrix.editing.checks import find_settings_faults, refuse, settings_warnings
from app.operations.matrix.editing.names import check_new_key
from app.operations.matrix.views import approval_type_view, full_settings
from app.operations.system import System
from app.persistence.matrix_content import APPROVAL_TYPE

UNNAMED = "With a second approval type, processes have to name theirs: the parameter approval_type of the task that resolves role players."


def create_approval_type(
    system: System, caller: Caller, *, key: str, description: str, request: RequestKey | None = None, **settings: Any
) -> Answer:
    """Draft an approval type; settings that are not given have their defaults.

    Raises:
        NotPermitted: the caller is no consultant.
        InvalidRequest: the key is taken, or settings make no sense; all at once.
    Source: MXT-01..12.
    """

    def edit(drafting: Drafting) -> Edited:
        full = full_settings(settings)
        refuse([*check_new_key(drafting.content, APPROVAL_TYPE, key), *find_settings_faults(full)], "approval type")
        drafting.warnings.extend(settings_warnings(full))
        if len(drafting.content.read_all(APPROVAL_TYPE)) == 1:
            drafting.warnings.append(UNNAMED)
        type_id = drafting.add(APPROVAL_TYPE, {"key": key, "description": description, "settings": full})
        value = drafting.get(APPROVAL_TYPE, type_id, what="approval type")
        return Edited(text=f"approval type {key}.", body=approval_type_view(type_id, value), revision=value["revision"])

    return edit_matrix(system, caller, edit, verb="keep approval types", roles=(CONSULTANT,), request=request, status=201)
