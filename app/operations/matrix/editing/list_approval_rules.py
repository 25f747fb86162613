"""The approval rules."""

from collections.abc import Mapping
from typing import Any

from app.domain.people import Directory
from app.operations.answer import Answer, Caller, JsonObject
from app.operations.matrix.content import Content
from app.operations.matrix.editing.reading import list_objects
from app.operations.matrix.views import approval_rule_view
from app.operations.system import System
from app.persistence.matrix_content import APPROVAL_RULE, APPROVAL_TYPE, Value


def list_approval_rules(
    system: System,
    caller: Caller,
    *,
    approval_type: str | None = None,
    key: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Answer:
    """Return one page of the approval rules in force, by key, with their lines.

    Raises:
        NotPermitted: the caller may not read the approval matrix.
    Source: MXL-01, MXL-02.
    """

    def where(content: Content, _directory: Directory) -> Mapping[str, Any] | None:
        filters: dict[str, Any] = {} if key is None else {"key": key}
        if approval_type is not None:
            filters["approval_type_id"] = list(content.select(APPROVAL_TYPE, "key", [approval_type]))
        return filters

    return list_objects(system, caller, APPROVAL_RULE, rule_views, where=where, limit=limit, cursor=cursor)


def rule_views(content: Content, _directory: Directory, values: Mapping[str, Value]) -> list[JsonObject]:
    """Return rules in the form of the API."""
    types = content.select(APPROVAL_TYPE, "id", sorted({value["approval_type_id"] for value in values.values()}))
    return [approval_rule_view(rule_id, value, types) for rule_id, value in values.items()]
