"""A new mandate."""

from datetime import date
from typing import Any

from app.operations.answer import Answer, Caller, RequestKey
from app.operations.matrix.drafts.drafting import Drafting, Edited, edit_matrix
from app.operations.matrix.editing.checks import Fault, find_legal_faults, legal_warnings, read_register, refuse
from app.operations.matrix.editing.financial import find_row_faults, new_row, warn_of_rows
from app.operations.matrix.editing.names import find_rule_id, find_user_id
from app.operations.matrix.views import mandate_views
from app.operations.system import System
from app.persistence.matrix_content import FINANCIAL_MANDATE, MANDATE, Value


def create_mandate(
    system: System,
    caller: Caller,
    *,
    user: str,
    approval_type: str,
    rule: str,
    responsible: str,
    starts_on: date | None = None,
    ends_on: date | None = None,
    financial: list[dict[str, Any]],
    request: RequestKey | None = None,
) -> Answer:
    """Draft a legal mandate, user to rule, with its financial ones: steps and coding parameters, each null meaning any.

    Raises:
        NotPermitted: the caller does not keep the approval matrix.
        InvalidRequest: unknown user, rule, company, cost center or organisation, a rule of another type, a user who is not full, an end
            before the start, a row without steps; all at once.
    Source: MXM-01..10, MXU-01, MXL-05.
    """

    def edit(drafting: Drafting) -> Edited:
        register = read_register(drafting.content, drafting.directory, codings=financial)
        user_id, faults = find_user_id(drafting.directory, user, place="user")
        responsible_id, more = find_user_id(drafting.directory, responsible, place="responsible")
        rule_id, yet_more = find_rule_id(register, approval_type, rule)
        value: Value = {
            "user_id": user_id,
            "rule_id": rule_id,
            "responsible_id": responsible_id,
            "starts_on": None if starts_on is None else starts_on.isoformat(),
            "ends_on": None if ends_on is None else ends_on.isoformat(),
            "status": "active",
            "copied_from": None,
        }
        all_faults: list[Fault] = [*faults, *more, *yet_more, *find_row_faults(financial, register)]
        if user_id is not None and responsible_id is not None:
            all_faults += find_legal_faults(value, register)
        refuse(all_faults, "mandate")
        drafting.warnings.extend(legal_warnings(value, register))
        warn_of_rows(drafting, value, financial, register)
        mandate_id = drafting.add(MANDATE, value)
        for row in financial:
            drafting.add(FINANCIAL_MANDATE, new_row(mandate_id, row))
        (body,) = mandate_views(drafting.content, drafting.directory, drafting.content.select(MANDATE, "id", [mandate_id]))
        return Edited(text=f"a mandate of {user} by rule {rule}.", body=body, revision=body["revision"])

    return edit_matrix(system, caller, edit, verb="keep mandates", request=request, status=201)
