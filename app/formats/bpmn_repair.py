"""Proposes a repaired file: only repairs that leave the meaning as it is, each of them told."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lxml import etree

from app.formats.bpmn_model import ACTIVITIES, BPMN, BPMN_DI, EXTENSION, FLOW_NODES, BpmnModel, FlowNode, describe, read_model, text_of
from app.formats.bpmn_references import resolve
from app.formats.bpmn_vendors import has_assignment, read_people
from app.formats.xml import local_name, parse_xml

_GATEWAYS_THAT_CHOOSE: Final = frozenset({"exclusiveGateway", "inclusiveGateway"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """One change of a file: the element's id and what was done, as a sentence."""

    element: str | None
    what: str


def repair_bpmn(content: bytes, *, filename: str, bytes_max: int) -> tuple[bytes, tuple[Repair, ...]]:
    """Return the repaired file and what was changed; without a change the content is returned as it is.

    Ids are given, references from the drawing to nothing removed, defaults marked, implicit ends drawn, and what other engines say of who
    does a task is said in our properties. Comments are kept.

    Raises:
        NotParseable, TooLarge: it is no XML that is accepted.
    """
    root = parse_xml(content, what="BPMN file", bytes_max=bytes_max, keeps_comments=True)
    given = tuple(_give_ids(read_model(root, file=filename)))
    model = read_model(root, file=filename)
    repairs = (
        *given,
        *_drop_dangling_drawing(model),
        *_correct_lists(model),
        *_correct_defaults(model),
        *_correct_direction(model),
        *_draw_ends(model),
        *_assign_people(model),
    )
    if not repairs:
        return content, ()
    return etree.tostring(root.getroottree(), encoding="UTF-8", xml_declaration=True), repairs


def _give_ids(model: BpmnModel) -> Iterator[Repair]:
    for element in model.iterate(*sorted(FLOW_NODES), "sequenceFlow", "process", "lane", "participant", "messageFlow"):
        if not element.get("id"):
            id_text = _free_id(model, local_name(element)[0].upper() + local_name(element)[1:])
            element.set("id", id_text)
            model.elements[id_text] = element
            yield Repair(element=id_text, what=f"The {describe(element)} got an id.")


def _free_id(model: BpmnModel, stem: str) -> str:
    number = 1
    while f"{stem}_{number}" in model.elements:
        number += 1
    return f"{stem}_{number}"


def _drop_dangling_drawing(model: BpmnModel) -> Iterator[Repair]:
    for element in list(model.root.iter(f"{{{BPMN_DI}}}BPMNShape", f"{{{BPMN_DI}}}BPMNEdge")):
        value = element.get("bpmnElement")
        local = resolve(element, value) if value else None
        parent = element.getparent()
        if local is not None and local not in model.elements and parent is not None:
            parent.remove(element)
            yield Repair(element=element.get("id"), what=f"The {local_name(element)} of {value}, which does not exist, was removed.")


def _correct_lists(model: BpmnModel) -> Iterator[Repair]:
    """Remove the incoming and outgoing that the flows themselves contradict."""
    for element in list(model.iterate("incoming", "outgoing")):
        owner = element.getparent()
        flow = model.elements.get(resolve(element, text_of(element)) or "")
        end = "targetRef" if local_name(element) == "incoming" else "sourceRef"
        if owner is not None and owner.get("id") and (flow is None or flow.get(end) != owner.get("id")):
            owner.remove(element)
            yield Repair(element=owner.get("id"), what=f"{local_name(element)} {text_of(element)} of the {describe(owner)} was removed.")


def _correct_defaults(model: BpmnModel) -> Iterator[Repair]:
    for node in model.nodes.values():
        default = node.element.get("default")
        if default is not None and default not in model.elements:
            del node.element.attrib["default"]
            yield Repair(
                element=node.id, what=f"The default flow {default} of the {describe(node.element)}, which does not exist, was removed."
            )
        open_flows = [flow for flow in node.outgoing if flow.condition is None]
        unmarked = node.kind in _GATEWAYS_THAT_CHOOSE and node.element.get("default") is None
        if unmarked and len(node.outgoing) > 1 and len(open_flows) == 1 and open_flows[0].id:
            node.element.set("default", open_flows[0].id)
            yield Repair(element=node.id, what=f"The flow {open_flows[0].id} became the default of the {describe(node.element)}.")


def _correct_direction(model: BpmnModel) -> Iterator[Repair]:
    for node in model.nodes.values():
        incoming, outgoing = len(node.incoming), len(node.outgoing)
        fits = {"Diverging": incoming <= 1 < outgoing, "Converging": outgoing <= 1 < incoming, "Mixed": incoming > 1 and outgoing > 1}
        direction = node.element.get("gatewayDirection")
        if direction is not None and not fits.get(direction, True):
            del node.element.attrib["gatewayDirection"]
            yield Repair(element=node.id, what=f"gatewayDirection {direction} of the {describe(node.element)} was removed.")


def _draw_ends(model: BpmnModel) -> Iterator[Repair]:
    """Draw the end events that activities without outgoing flows imply."""
    for scope in model.scopes:
        if scope.kind == "adHocSubProcess" or not scope.of_kind("startEvent"):
            continue
        for node in scope.nodes:
            if node.kind in ACTIVITIES and not node.outgoing and not _is_outside_flow(node):
                end_id = _free_id(model, "EndEvent")
                end = etree.Element(f"{{{BPMN}}}endEvent", {"id": end_id})
                model.elements[end_id] = end
                flow_id = _free_id(model, "SequenceFlow")
                flow = etree.Element(f"{{{BPMN}}}sequenceFlow", {"id": flow_id, "sourceRef": node.id, "targetRef": end_id})
                model.elements[flow_id] = flow
                node.element.addnext(flow)
                node.element.addnext(end)
                yield Repair(
                    element=end_id, what=f"An end event was added behind the {describe(node.element)}; the drawing does not show it yet."
                )


def _is_outside_flow(node: FlowNode) -> bool:
    return node.is_event_sub_process or node.is_compensation or not node.id


def _assign_people(model: BpmnModel) -> Iterator[Repair]:
    for task in model.iterate("userTask"):
        people = {} if has_assignment(task) else read_people(task)
        for name, value in people.items():
            etree.SubElement(_properties_of(task), f"{{{EXTENSION}}}property", {"name": name, "value": value})
            yield Repair(element=task.get("id"), what=f"The {describe(task)} got the property {name} {value}.")


def _properties_of(task: etree._Element) -> etree._Element:
    extensions = task.find(f"{{{BPMN}}}extensionElements")
    if extensions is None:
        extensions = etree.Element(f"{{{BPMN}}}extensionElements")
        documentation = [position for position, child in enumerate(task) if local_name(child) == "documentation"]
        task.insert(documentation[-1] + 1 if documentation else 0, extensions)
    properties = extensions.find(f"{{{EXTENSION}}}properties")
    if properties is None:
        properties = etree.SubElement(extensions, f"{{{EXTENSION}}}properties", nsmap={"spiffworkflow": EXTENSION})
    return properties
