"""The mandates."""

from collections.abc import Mapping
from typing import Any

from app.domain.people import Directory
from app.operations.answer import Answer, Caller
from app.operations.matrix.content import Content
from app.operations.matrix.editing.reading import list_objects
from app.operations.matrix.views import mandate_views
from app.operations.system import System
from app.persistence.matrix_content import APPROVAL_RULE, APPROVAL_TYPE, MANDATE, mandates_for


def list_mandates(
    system: System,
    caller: Caller,
    *,
    user: str | None = None,
    approval_type: str | None = None,
    rule: str | None = None,
    cost_center: str | None = None,
    status: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Answer:
    """Return one page of the legal mandates in force with their financial ones, the oldest first.

    Raises:
        NotPermitted: the caller may not read the approval matrix.
    Source: MXM-01, MXM-05, MXO-11.
    """

    def where(content: Content, directory: Directory) -> Mapping[str, Any] | None:
        filters: dict[str, Any] = {} if status is None else {"status": status}
        if user is not None:
            person = directory.find(user)
            if person is None:
                return None
            filters["user_id"] = person.id
        if rule is not None or approval_type is not None:
            filters["rule_id"] = _rule_ids(content, approval_type, rule)
        if cost_center is not None:
            filters["id"] = mandates_for(content.environment_id, cost_center)
        return filters

    return list_objects(system, caller, MANDATE, mandate_views, where=where, limit=limit, cursor=cursor)


def _rule_ids(content: Content, approval_type: str | None, rule: str | None) -> list[str]:
    rules = content.read_all(APPROVAL_RULE) if rule is None else content.select(APPROVAL_RULE, "key", [rule])
    if approval_type is None:
        return list(rules)
    types = content.select(APPROVAL_TYPE, "key", [approval_type])
    return [rule_id for rule_id, value in rules.items() if value["approval_type_id"] in types]
