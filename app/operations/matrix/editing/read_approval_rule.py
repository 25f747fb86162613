"""One approval rule."""

from app.operations.answer import Answer, Caller
from app.operations.matrix.editing.list_approval_rules import rule_views
from app.operations.matrix.editing.reading import read_object
from app.operations.system import System
from app.persistence.matrix_content import APPROVAL_RULE


def read_approval_rule(system: System, caller: Caller, rule_id: str, *, draft: str | None = None) -> Answer:
    """Return an approval rule with its lines, as a draft has it or as it is in force.

    Raises:
        NotPermitted: the caller may not read the approval matrix.
        NotFound: there is no such approval rule.
    Source: MXL-01..04.
    """
    return read_object(system, caller, APPROVAL_RULE, rule_id, rule_views, what="approval rule", draft=draft)
