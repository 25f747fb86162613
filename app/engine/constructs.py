"""Constructs of BPMN that the engine does not run as the standard says: refused with their element and a remedy, never run otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from app.engine.bpmn_file import BPMN, SPIFF, BpmnFile, kind_of, tag

if TYPE_CHECKING:
    from lxml.etree import _Element as Node

_WHOLE: Final = {
    "complexGateway": ("A complex gateway", "Use an inclusive or parallel gateway, or a multi-instance with a completion condition."),
    "adHocSubProcess": ("An ad-hoc sub-process", "Draw the order of the activities, with gateways where one is optional."),
    "compensateEventDefinition": ("Compensation", "Draw the activities that undo the work on an explicit path."),
    "callChoreography": ("A choreography", "Draw the process of one participant."),
}
_EVENTS: Final = ("startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent")


def refuse_constructs(file: BpmnFile, process: Node) -> None:
    """Note every construct of a process that is not supported."""
    for node in process.iter(f"{{{BPMN}}}*"):
        kind = kind_of(node)
        whole = _WHOLE.get(kind)
        if whole is not None:
            file.refuse(node, *whole)
        _refuse_attributes(file, node)
        check = _CHECKS.get(kind)
        if check is not None:
            check(file, node)
        if kind in _EVENTS:
            _refuse_multiple(file, node)
        for name in ("preScript", "postScript"):
            for script in node.iterfind(f"{tag('extensionElements')}/{{{SPIFF}}}{name}"):
                if (script.text or "").strip():
                    file.refuse(node, f"A {name}", "Put the expression into a script task of its own, with FEEL as its script format.")


def _refuse_attributes(file: BpmnFile, node: Node) -> None:
    if node.get("isForCompensation") == "true":
        file.refuse(node, "A compensation handler", "Draw the activities that undo the work on an explicit path.")
    for name in ("startQuantity", "completionQuantity"):
        if node.get(name, "1") != "1":
            file.refuse(node, f"A {name} other than 1", "Draw a parallel gateway, or a multi-instance activity.")


def _refuse_multiple(file: BpmnFile, node: Node) -> None:
    definitions = [child for child in node if kind_of(child).endswith("EventDefinition") or kind_of(child) == "eventDefinitionRef"]
    if len(definitions) > 1:
        file.refuse(node, "An event with several triggers", "Draw one event for each trigger, or an event-based gateway.")
    if any(kind_of(child) == "eventDefinitionRef" for child in definitions):
        file.refuse(node, "A shared event definition", "Put the event definition into the event itself.")


def _refuse_event_gateway(file: BpmnFile, node: Node) -> None:
    if node.get("instantiate") == "true":
        file.refuse(node, "An event-based gateway that creates instances", "Draw one start event for each of its events.")
    if node.get("eventGatewayType", "Exclusive") != "Exclusive":
        file.refuse(node, "A parallel event-based gateway", "Draw a parallel gateway with the catch events behind it.")


def _refuse_receive_task(file: BpmnFile, node: Node) -> None:
    if node.get("instantiate") == "true":
        file.refuse(node, "A receive task that creates instances", "Draw a message start event.")


def _refuse_multi_instance(file: BpmnFile, node: Node) -> None:
    if node.get("behavior", "All") != "All" or node.find(tag("complexBehaviorDefinition")) is not None:
        file.refuse(node, "A multi-instance that throws events", "Set behavior to All, and throw the event on a flow of its own.")


def _refuse_association(file: BpmnFile, node: Node) -> None:
    if node.find(tag("assignment")) is not None or node.find(tag("transformation")) is not None:
        file.refuse(node, "An assignment or transformation in a data association", "Compute the value in a script task.")


def _refuse_store(file: BpmnFile, node: Node) -> None:
    name = node.get("id")
    ends = [end for kind in ("sourceRef", "targetRef") for end in node.iter(tag(kind))]
    stores = {store.get("id") for store in file.root.iter(tag("dataStoreReference"), tag("dataStore"))}
    if any((end.text or "").strip() in stores for end in ends):
        file.refuse(node, f"The data store of {name or 'an association'}", "Read and write it in a service task.")


def _refuse_data_association(file: BpmnFile, node: Node) -> None:
    _refuse_association(file, node)
    _refuse_store(file, node)


_CHECKS: Final[dict[str, Callable[[BpmnFile, Node], None]]] = {
    "eventBasedGateway": _refuse_event_gateway,
    "receiveTask": _refuse_receive_task,
    "multiInstanceLoopCharacteristics": _refuse_multi_instance,
    "dataInputAssociation": _refuse_data_association,
    "dataOutputAssociation": _refuse_data_association,
}
