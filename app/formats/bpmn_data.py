"""Checks data and the attributes of activities: input and output sets, data associations, quantities, compensation, operations.

BPMN 2.0, chapters 8.4, 10.3 and 10.4.
"""

from collections.abc import Iterator
from typing import Final

from lxml import etree

from app.domain.diagnostics import Diagnostic
from app.formats.bpmn_model import ACTIVITIES, BPMN, BpmnModel, FlowNode, describe, text_of
from app.formats.bpmn_references import resolve
from app.formats.xml import local_name

_SUBSETS: Final = {
    "inputSet": ("dataInputRefs", ("optionalInputRefs", "whileExecutingInputRefs")),
    "outputSet": ("dataOutputRefs", ("optionalOutputRefs", "whileExecutingOutputRefs")),
}
_QUANTITIES: Final = ("startQuantity", "completionQuantity")


def check_data(model: BpmnModel) -> Iterator[Diagnostic]:
    """Return the faults of data and of what activities say about themselves."""
    for part in model.iterate(*_SUBSETS):
        yield from _check_set(model, part)
    for part in model.iterate("dataInputAssociation", "dataOutputAssociation"):
        yield from _check_association(model, part)
    for scope in model.scopes:
        for node in scope.nodes:
            if node.kind in ACTIVITIES:
                yield from _check_quantities(model, node)
            yield from _check_operation(model, node)


def _check_set(model: BpmnModel, part: etree._Element) -> Iterator[Diagnostic]:
    """Return the data that a set has as optional or while executing without having it."""
    all_name, names = _SUBSETS[local_name(part)]
    held = {text_of(each) for each in part.iterchildren(f"{{{BPMN}}}{all_name}")}
    for name in names:
        for each in part.iterchildren(f"{{{BPMN}}}{name}"):
            if text_of(each) not in held:
                message = f"{name} of the {describe(part)} names {text_of(each)}, which is not in its {all_name}."
                yield model.diagnose(each, "data_set_incomplete", message, f"List it in {all_name} too.")


def _check_association(model: BpmnModel, part: etree._Element) -> Iterator[Diagnostic]:
    """Return an association whose own end is data of another activity."""
    owner = part.getparent()
    name, expected = ("targetRef", "dataInput") if local_name(part) == "dataInputAssociation" else ("sourceRef", "dataOutput")
    for end in part.iterchildren(f"{{{BPMN}}}{name}"):
        data = model.elements.get(resolve(end, text_of(end)) or "")
        if data is None or owner is None or local_name(data) not in {"dataInput", "dataOutput"}:
            continue
        if local_name(data) != expected:
            message = f"{name} of the {describe(part)} names the {describe(data)}."
            yield model.diagnose(end, "data_association_direction", message, f"Name a {expected} of the element it belongs to.")
        elif not _is_within(data, owner):
            message = f"The {describe(part)} of the {describe(owner)} names the {describe(data)} of another element."
            yield model.diagnose(end, "data_of_other_element", message, f"Name a {expected} of the element it belongs to.")


def _is_within(element: etree._Element, place: etree._Element) -> bool:
    around: etree._Element | None = element
    while around is not None:
        if around is place:
            return True
        around = around.getparent()
    return False


def _check_quantities(model: BpmnModel, node: FlowNode) -> Iterator[Diagnostic]:
    for name in _QUANTITIES:
        value = (node.element.get(name) or "1").strip()
        if value.lstrip("-+").isdigit() and int(value) < 1:
            message = f"The {describe(node.element)} has {name} {value}."
            yield model.diagnose(node.element, "quantity_too_small", message, f"Write 1 or more, or remove {name}.")


def _check_operation(model: BpmnModel, node: FlowNode) -> Iterator[Diagnostic]:
    """Return the message that is not the one its operation takes."""
    for part in (node.element, *node.element.iterchildren(f"{{{BPMN}}}messageEventDefinition")):
        message_id = resolve(part, part.get("messageRef", ""))
        named = part.get("operationRef") or text_of(part.find(f"{{{BPMN}}}operationRef"))
        operation = model.elements.get(resolve(part, named) or "") if named else None
        if operation is None or not message_id:
            continue
        taken = {
            resolve(each, text_of(each))
            for name in ("inMessageRef", "outMessageRef")
            for each in operation.iterchildren(f"{{{BPMN}}}{name}")
        }
        if message_id not in taken:
            message = f"The {describe(node.element)} has the message {message_id}, but its {describe(operation)} does not."
            yield model.diagnose(part, "operation_message", message, "Name the message that the operation takes or gives.")
