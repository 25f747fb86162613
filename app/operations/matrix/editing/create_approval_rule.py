"""A new approval rule."""

from typing import Any

from app.operations.answer import Answer, Caller, RequestKey
from app.operations.matrix.drafts.drafting import Drafting, Edited, edit_matrix
from app.operations.matrix.editing.checks import Fault, find_limit_faults, read_register, refuse
from app.operations.matrix.editing.limits import plain_limits
from app.operations.matrix.editing.names import check_new_key
from app.operations.matrix.views import approval_rule_view
from app.operations.system import System
from app.persistence.matrix_content import APPROVAL_RULE, Value


def create_approval_rule(
    system: System,
    caller: Caller,
    *,
    approval_type: str,
    key: str,
    description: str,
    limits: list[dict[str, Any]],
    request: RequestKey | None = None,
) -> Answer:
    """Draft an approval rule of one approval type; each of its lines is `{company, currency, amount, unlimited}`.

    Raises:
        NotPermitted: the caller does not keep the approval matrix.
        InvalidRequest: unknown type or company, key taken, a line that limits nothing or stands twice; all at once.
    Source: MXL-01..05.
    """

    def edit(drafting: Drafting) -> Edited:
        register = read_register(drafting.content, drafting.directory, codings=())
        type_id = next((each for each, value in register.types.items() if value["key"] == approval_type), None)
        faults: list[Fault] = list(find_limit_faults(limits, register))
        if type_id is None:
            faults.append(("approval_type", f"There is no approval type {approval_type}."))
        faults += check_new_key(drafting.content, APPROVAL_RULE, key, approval_type_id=type_id)
        refuse(faults, "approval rule")
        value: Value = {"approval_type_id": type_id, "key": key, "description": description, "limits": plain_limits(limits)}
        rule_id = drafting.add(APPROVAL_RULE, value)
        value = drafting.get(APPROVAL_RULE, rule_id, what="approval rule")
        body = approval_rule_view(rule_id, value, register.types)
        return Edited(text=f"approval rule {key} of {approval_type}.", body=body, revision=value["revision"])

    return edit_matrix(system, caller, edit, verb="keep approval rules", request=request, status=201)
