"""What the editors and engines of others write beside the standard: said to be unused, with what to write instead."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from lxml import etree

from app.domain.diagnostics import Diagnostic
from app.formats.bpmn_expressions import is_expression_of
from app.formats.bpmn_model import BPMN, EXTENSION, BpmnModel, describe
from app.formats.xml import local_name, namespace_of

PEOPLE: Final[Mapping[str, str]] = {"assignee": "assignees", "candidateUsers": "assignees", "candidateGroups": "candidate_groups"}
_ENGINES: Final[Mapping[str, str]] = {
    "http://camunda.org/schema/1.0/bpmn": "camunda",
    "http://camunda.org/schema/zeebe/1.0": "zeebe",
    "http://activiti.org/bpmn": "activiti",
    "http://flowable.org/bpmn": "flowable",
    "http://www.jboss.org/drools": "drools",
}
_INSTEAD: Final[Mapping[str, str]] = {
    **{name: f"the property {ours}" for name, ours in PEOPLE.items()},
    "dueDate": "the property due",
    "followUpDate": "the property remind_after",
    "priority": "the property priority",
    "decisionRef": "spiffworkflow:calledDecisionId",
    "resultVariable": "the property result_variable",
    "formKey": "the property form",
    "formRef": "the property form",
    **dict.fromkeys(("class", "delegateExpression", "expression", "topic"), "spiffworkflow:serviceTaskOperator"),
    "assignmentDefinition": "the property assignees",
    "taskDefinition": "spiffworkflow:serviceTaskOperator",
    "calledDecision": "spiffworkflow:calledDecisionId",
    "calledElement": "the attribute calledElement",
    "formDefinition": "the property form",
    "script": "a script in FEEL",
    "ioMapping": "data associations",
    "inputOutput": "data associations",
}
_PLAIN_VALUE: Final = re.compile(r"[\w.@-]+")
_VARIABLE: Final = re.compile(r"(?:[$#]\{\s*|=\s*)([A-Za-z_]\w*)\s*\}?")


def check_vendors(model: BpmnModel) -> Iterator[Diagnostic]:
    """Return, as information, what engines of others read in an executable process and this one does not; each name once an element."""
    told: set[str] = set()
    for node in model.nodes.values():
        if not is_expression_of(node.element):
            continue
        for name in sorted(set(_foreign_names(node.element))):
            prefix, plain = name.split(":")
            instead = _INSTEAD.get(plain)
            if instead is None and name in told:
                continue
            told.add(name)
            message = f"{name} of the {describe(node.element)} is not used here."
            remedy = f"Write {instead}." if instead else f"Nothing needs to be done if what {prefix} does with it is not needed."
            yield model.diagnose(node.element, "vendor_extension", message, remedy, kind="product", severity="info")


def _foreign_names(element: etree._Element) -> Iterator[str]:
    for attribute in element.attrib:
        namespace, _, plain = str(attribute).rpartition("}")
        if namespace[1:] in _ENGINES:
            yield f"{_ENGINES[namespace[1:]]}:{plain}"
    for part in element.iterfind(f"{{{BPMN}}}extensionElements/*"):
        prefix = _ENGINES.get(namespace_of(part))
        if prefix is not None:
            yield f"{prefix}:{local_name(part)}"


def read_people(element: etree._Element) -> dict[str, str]:
    """Return the FEEL lists that say what a vendor's attributes say of who does a user task; what cannot be said for sure is left out."""
    lists: dict[str, list[str]] = {}
    for attribute, value in element.attrib.items():
        namespace, _, plain = str(attribute).rpartition("}")
        if namespace[1:] in _ENGINES and plain in PEOPLE:
            names = [_to_feel(part.strip()) for part in str(value).split(",")]
            if all(name is not None for name in names):
                lists.setdefault(PEOPLE[plain], []).extend(name for name in names if name is not None)
    return {name: f"[{', '.join(values)}]" for name, values in lists.items()}


def _to_feel(value: str) -> str | None:
    variable = _VARIABLE.fullmatch(value)
    if variable is not None:
        return variable.group(1)
    return f'"{value}"' if _PLAIN_VALUE.fullmatch(value) else None


def has_assignment(element: etree._Element) -> bool:
    """Return whether one of our properties says already who does a task."""
    ours = {"approval_step", "assignees", "candidate_roles", "candidate_groups"}
    found = element.iterfind(f"{{{BPMN}}}extensionElements/{{{EXTENSION}}}properties/{{{EXTENSION}}}property")
    return any(each.get("name") in ours for each in found)
