"""Other lines or another description of an approval rule."""

from typing import Any

from app.operations.answer import Answer, Caller, RequestKey
from app.operations.matrix.drafts.drafting import Drafting, Edited, edit_matrix
from app.operations.matrix.editing.checks import find_limit_faults, read_register, refuse
from app.operations.matrix.editing.limits import plain_limits
from app.operations.matrix.views import approval_rule_view
from app.operations.system import System
from app.persistence.matrix_content import APPROVAL_RULE


def change_approval_rule(
    system: System,
    caller: Caller,
    rule_id: str,
    *,
    description: str | None = None,
    limits: list[dict[str, Any]] | None = None,
    revision: int | None = None,
    request: RequestKey | None = None,
) -> Answer:
    """Draft another description of an approval rule, or all its lines anew; type and key are its identity and stay.

    Raises:
        NotPermitted: the caller does not keep the approval matrix.
        NotFound: there is no such approval rule.
        StaleRevision: it was changed since.
        InvalidRequest: unknown company, a line that limits nothing or stands twice; all at once.
    Source: MXL-02..05.
    """

    def edit(drafting: Drafting) -> Edited:
        value = drafting.get(APPROVAL_RULE, rule_id, what="approval rule", revision=revision)
        register = read_register(drafting.content, drafting.directory, codings=())
        after = {**value}
        if description is not None:
            after["description"] = description
        if limits is not None:
            refuse(list(find_limit_faults(limits, register)), "approval rule")
            after["limits"] = plain_limits(limits)
        after = drafting.put(APPROVAL_RULE, rule_id, after) or value
        body = approval_rule_view(rule_id, after, register.types)
        return Edited(text=f"approval rule {value['key']} of {body['approval_type']}.", body=body, revision=after["revision"])

    return edit_matrix(system, caller, edit, verb="keep approval rules", request=request)
