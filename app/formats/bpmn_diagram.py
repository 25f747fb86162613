"""Checks the drawing: that shapes, edges and planes show elements that exist and may be shown so (BPMN 2.0, chapter 12)."""

from collections.abc import Iterator
from typing import Final

from lxml import etree

from app.domain.diagnostics import Diagnostic
from app.formats.bpmn_model import BPMN_DI, BpmnModel, describe, find_identified
from app.formats.bpmn_references import resolve
from app.formats.xml import local_name, namespace_of

_EDGES: Final = frozenset(
    {
        "sequenceFlow",
        "messageFlow",
        "association",
        "dataAssociation",
        "dataInputAssociation",
        "dataOutputAssociation",
        "conversationLink",
    }
)
_PLANES: Final = frozenset(
    {
        "process",
        "subProcess",
        "adHocSubProcess",
        "transaction",
        "callActivity",
        "collaboration",
        "globalConversation",
        "choreography",
        "globalChoreographyTask",
        "subChoreography",
        "callChoreography",
        "subConversation",
        "callConversation",
    }
)


def check_diagram(model: BpmnModel) -> Iterator[Diagnostic]:
    """Return the parts of the drawing that show nothing, or something that cannot be shown so."""
    drawn = {element.get("id", ""): element for element in find_identified(model.root) if namespace_of(element) == BPMN_DI}
    for element in model.root.iter(*(f"{{{BPMN_DI}}}{name}" for name in ("BPMNPlane", "BPMNShape", "BPMNEdge"))):
        yield from _check_element(model, element)
        for name, kinds in (("sourceElement", None), ("targetElement", None), ("choreographyActivityShape", "BPMNShape")):
            yield from _check_drawn(model, element, name, drawn, kinds)
    for label in model.root.iter(f"{{{BPMN_DI}}}BPMNLabel"):
        yield from _check_drawn(model, label, "labelStyle", drawn, "BPMNLabelStyle")


def _check_element(model: BpmnModel, element: etree._Element) -> Iterator[Diagnostic]:
    value = element.get("bpmnElement")
    local = resolve(element, value) if value else None
    if local is None:
        return
    shown = model.elements.get(local)
    part = local_name(element)
    if shown is None:
        message = f'The {part} {element.get("id", "")} draws "{value}", which does not exist.'
        yield model.diagnose(element, "dangling_reference", message, "Remove it from the drawing, or add the element to the model.")
        return
    kind = local_name(shown)
    fits = {"BPMNPlane": kind in _PLANES, "BPMNEdge": kind in _EDGES, "BPMNShape": kind not in _EDGES}[part]
    if not fits:
        message = f"The {part} {element.get('id', '')} draws the {describe(shown)}."
        remedy = "Draw flows and associations as edges, what they connect as shapes, and a process, collaboration or sub-process as plane."
        yield model.diagnose(element, "wrong_reference", message, remedy)


def _check_drawn(
    model: BpmnModel, element: etree._Element, name: str, drawn: dict[str, etree._Element], kind: str | None
) -> Iterator[Diagnostic]:
    value = element.get(name)
    local = resolve(element, value) if value else None
    if local is None:
        return
    target = drawn.get(local)
    if target is None or (kind is not None and local_name(target) != kind):
        message = f'{name} of the {local_name(element)} {element.get("id", "")} names "{value}", which is no part of the drawing that it can name.'
        yield model.diagnose(element, "dangling_reference", message, "Correct or remove the attribute.", severity="warning")
