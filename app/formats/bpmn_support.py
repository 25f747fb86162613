"""Refuses what is valid BPMN but would not run here as the standard says. No silent semantics.

The engine refuses the same when it reads a diagram (`app/engine/constructs.py`); a test holds the two together.
"""

from collections.abc import Iterator
from typing import Final

from lxml import etree

from app.domain.diagnostics import Diagnostic
from app.formats.bpmn_model import BPMN, EXTENSION, BpmnModel, FlowNode, Scope, describe, is_true, text_of
from app.formats.xml import local_name

_DRAW_UNDO: Final = "Draw the activities that undo the work on a path of their own."
_KINDS: Final[dict[str, tuple[str, str]]] = {
    "complexGateway": ("complex gateways", "Use an inclusive or parallel gateway, or a multi-instance with a completion condition."),
    "adHocSubProcess": ("ad hoc sub-processes", "Draw the order of the activities, with gateways where one is optional."),
    "choreographyTask": ("choreographies", "Draw the process of one participant."),
    "subChoreography": ("choreographies", "Draw the process of one participant."),
    "callChoreography": ("choreographies", "Draw the process of one participant."),
    "implicitThrowEvent": ("implicit throw events", "Draw an intermediate throw event."),
    "event": ("events without a kind", "Say what kind of event it is."),
}
_TRIGGERS: Final[dict[str, tuple[str, str]]] = {
    "compensate": ("compensation events", _DRAW_UNDO),
    "reference": ("shared event definitions", "Put the event definition into the event itself."),
}
_STARTS: Final = frozenset({"message", "signal", "timer", "conditional"})


def check_support(model: BpmnModel) -> Iterator[Diagnostic]:
    """Return the constructs of executable processes that do not run here; what is only drawn is left alone."""
    for scope in model.scopes:
        if not _is_executable(scope):
            continue
        yield from _check_starts(model, scope)
        for node in scope.nodes:
            yield from _check_node(model, node)
            yield from _check_multi_instance(model, node)
            yield from _check_data(model, node)
            yield from _check_scripts(model, node)


def _is_executable(scope: Scope) -> bool:
    while scope.parent is not None:
        scope = scope.parent
    return scope.kind == "process" and is_true(scope.element, "isExecutable")


def _refuse(model: BpmnModel, place: etree._Element, what: str, remedy: str) -> Diagnostic:
    message = f"The {describe(place)}: {what} are not supported."
    return model.diagnose(place, "unsupported_construct", message, remedy, kind="unsupported")


def _check_starts(model: BpmnModel, scope: Scope) -> Iterator[Diagnostic]:
    if scope.kind != "process":
        return
    for node in scope.of_kind("startEvent"):
        for trigger in node.triggers:
            if trigger in _STARTS:
                remedy = "Use a start event without trigger, and start the instance by the API."
                yield _refuse(model, node.element, f"{trigger} start events of a process", remedy)


def _check_node(model: BpmnModel, node: FlowNode) -> Iterator[Diagnostic]:
    if node.kind in _KINDS:
        yield _refuse(model, node.element, *_KINDS[node.kind])
    for trigger in dict.fromkeys(node.triggers):
        if trigger in _TRIGGERS:
            yield _refuse(model, node.element, *_TRIGGERS[trigger])
    if len(node.triggers) > 1:
        yield _refuse(model, node.element, "events with several triggers", "Draw one event for each trigger, or an event-based gateway.")
    if node.is_compensation:
        yield _refuse(model, node.element, "compensation activities", _DRAW_UNDO)
    if node.kind == "eventBasedGateway":
        if is_true(node.element, "instantiate"):
            yield _refuse(model, node.element, "event-based gateways that create instances", "Draw a start event without trigger.")
        if node.element.get("eventGatewayType", "Exclusive") != "Exclusive":
            yield _refuse(model, node.element, "parallel event-based gateways", "Draw a parallel gateway with the catch events behind it.")
    if node.kind == "receiveTask" and is_true(node.element, "instantiate"):
        yield _refuse(model, node.element, "receive tasks that create instances", "Draw a start event without trigger.")
    for attribute in ("startQuantity", "completionQuantity"):
        if (node.element.get(attribute) or "1").strip() != "1":
            yield _refuse(
                model, node.element, f"values of {attribute} other than 1", "Draw a parallel gateway, or a multi-instance activity."
            )


def _check_multi_instance(model: BpmnModel, node: FlowNode) -> Iterator[Diagnostic]:
    loop = node.element.find(f"{{{BPMN}}}multiInstanceLoopCharacteristics")
    if loop is not None and ((loop.get("behavior") or "All") != "All" or loop.find(f"{{{BPMN}}}complexBehaviorDefinition") is not None):
        yield _refuse(
            model, node.element, "multi-instance activities that throw events", "Set behavior to All; throw the event on a flow of its own."
        )


def _check_data(model: BpmnModel, node: FlowNode) -> Iterator[Diagnostic]:
    for part in node.element:
        if local_name(part) not in {"dataInputAssociation", "dataOutputAssociation"}:
            continue
        if part.find(f"{{{BPMN}}}assignment") is not None or part.find(f"{{{BPMN}}}transformation") is not None:
            yield _refuse(model, node.element, "assignments and transformations of data", "Compute the value in a script task.")
        ends = part.iter(f"{{{BPMN}}}sourceRef", f"{{{BPMN}}}targetRef")
        targets = [model.elements.get(text_of(end)) for end in ends]
        if any(target is not None and local_name(target) in {"dataStore", "dataStoreReference"} for target in targets):
            yield _refuse(model, node.element, "data stores", "Read and write them in a service task.")


def _check_scripts(model: BpmnModel, node: FlowNode) -> Iterator[Diagnostic]:
    for name in ("preScript", "postScript"):
        for script in node.element.iterfind(f"{{{BPMN}}}extensionElements/{{{EXTENSION}}}{name}"):
            if text_of(script):
                remedy = 'Put the expression into a script task of its own, with scriptFormat="feel".'
                yield _refuse(model, node.element, f"{name}s", remedy)
