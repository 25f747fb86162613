"""What the check says of the property `notify`, which names who gets a mail about a status."""

import pytest

from app.domain.people import ROLES
from app.formats.bpmn_checks import check_bpmn
from tests.operations.diagrams import chain, user_task


def faults(value, *, at):
    """Return code and severity of what is wrong with a `notify` at the end event, or at the user task."""
    rows = f"<spiffworkflow:properties><spiffworkflow:property name='notify' value='{value}' /></spiffworkflow:properties>"
    plain = '<bpmn:endEvent id="End" name="Done" />'
    told = f'<bpmn:endEvent id="End" name="Done"><bpmn:extensionElements>{rows}</bpmn:extensionElements></bpmn:endEvent>'
    task = user_task("Look", assignees='["marc"]', **({"notify": value} if at == "task" else {}))
    content = chain("one", task).replace(plain.encode(), told.encode() if at == "end" else plain.encode())
    return [(each.code, each.severity) for each in check_bpmn(content, filename="one.bpmn", roles=ROLES)]


@pytest.mark.parametrize("at", ["end", "task"])
@pytest.mark.parametrize(
    ("value", "found"),
    [
        ('["owner", "supplier_contact"]', []),
        ('"owner"', []),
        ("[]", []),
        ('["marc", "role:coding"]', []),
        ("if document.total > 100 then [] else null", []),
        ("triage.notify", []),
        ('["owner"', [("expression_invalid", "error")]),
        ("[1]", [("property_value", "error")]),
        ("1 + 2", [("property_value", "error")]),
        ('["role:painter"]', [("unknown_role", "error")]),
        ('["owners"]', [("unknown_receiver", "warning")]),
        ('["supplier_contacts"]', [("unknown_receiver", "warning")]),
    ],
)
def test_notify_names_receivers(value, found, at):
    """HND-09."""
    assert faults(value, at=at) == found


def test_notify_is_refused_where_nothing_would_come_of_it():
    start = chain("one", user_task("Look", assignees='["marc"]')).replace(
        b'<bpmn:startEvent id="Begin" name="Begin" />',
        b'<bpmn:startEvent id="Begin" name="Begin"><bpmn:extensionElements><spiffworkflow:properties>'
        b"<spiffworkflow:property name='notify' value='[]' /></spiffworkflow:properties></bpmn:extensionElements></bpmn:startEvent>",
    )

    assert [each.code for each in check_bpmn(start, filename="one.bpmn")] == ["unknown_property"]
