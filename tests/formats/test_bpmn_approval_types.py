"""A process has exactly one approval type."""

import pytest

from app.formats.bpmn_checks import check_bpmn
from tests.formats.bpmn_builder import chain, process


def task(name, approval_type):
    value = "" if approval_type is None else f'<s:parameter id="approval_type" type="str" value="&quot;{approval_type}&quot;"/>'
    operator = f'<s:serviceTaskOperator id="resolve_role_players" resultVariable="route"><s:parameters>{value}</s:parameters></s:serviceTaskOperator>'
    return f'<serviceTask id="{name}" name="{name}"><extensionElements>{operator}</extensionElements></serviceTask>'


def found(first, second):
    ends = '<startEvent id="Start" /><endEvent id="End" />'
    content = process(ends + task("First", first) + task("Second", second) + chain("Start", "First", "Second", "End"))
    checked = check_bpmn(content, filename="model.bpmn", service_tasks={"resolve_role_players"})
    return [(each.code, each.element) for each in checked if each.severity == "error"]


@pytest.mark.parametrize(("first", "second"), [("PI", "PI"), (None, None), ("PI", None)])
def test_one_approval_type_is_fine(first, second):
    """MXT-02."""
    assert found(first, second) == []


def test_two_approval_types_are_refused():
    """MXT-02: a process with two is refused."""
    assert found("PI", "ORDER") == [("several_approval_types", "Second")]
