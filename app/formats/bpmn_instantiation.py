"""Checks event-based gateways, and what creates process instances (BPMN 2.0, chapters 10.3.3, 10.6.6 and 13.2)."""

from collections.abc import Iterator
from typing import Final

from app.domain.diagnostics import Diagnostic
from app.formats.bpmn_model import CHOREOGRAPHY, BpmnModel, FlowNode, describe, is_true

_WAITED_FOR: Final = frozenset({"message", "signal", "timer", "conditional", "reference"})
_MESSAGES: Final = frozenset({"message", "reference"})
_REMEDY: Final = "Let the gateway lead to two or more catching events (message, signal, timer, conditional) or receive tasks, each reached from it alone."


def check_instantiation(model: BpmnModel) -> Iterator[Diagnostic]:
    """Return the faults of event-based gateways and of elements that create instances."""
    for scope in model.scopes:
        for node in scope.nodes:
            if node.kind == "eventBasedGateway":
                yield from _check_targets(model, node)
                yield from _check_gateway_type(model, node)
            if node.kind in {"eventBasedGateway", "receiveTask"} and is_true(node.element, "instantiate"):
                yield from _check_creation(model, node)


def _check_targets(model: BpmnModel, node: FlowNode) -> Iterator[Diagnostic]:
    if len(node.outgoing) < 2:
        message = f"The {describe(node.element)} needs two or more outgoing sequence flows."
        yield model.diagnose(node.element, "event_gateway_flows", message, _REMEDY)
    hosts = {event.host_id for event in node.scope.of_kind("boundaryEvent")}
    for flow in node.outgoing:
        target = flow.target
        if not _waits(target):
            message = f"The {describe(node.element)} leads to the {describe(target.element)}, which does not wait for an event."
            yield model.diagnose(flow.element, "event_gateway_target", message, _REMEDY)
        elif len(target.incoming) > 1:
            message = f"The {describe(target.element)} follows the {describe(node.element)} and has other incoming sequence flows too."
            yield model.diagnose(target.element, "event_gateway_target", message, _REMEDY)
        elif target.kind == "receiveTask" and target.id in hosts:
            message = f"The {describe(target.element)} follows the {describe(node.element)} and has a boundary event."
            yield model.diagnose(target.element, "event_gateway_target", message, "Remove the boundary event, or draw a message event.")
    kinds = {flow.target.kind for flow in node.outgoing}
    if "receiveTask" in kinds and any(_is_message_event(flow.target) for flow in node.outgoing):
        message = f"The {describe(node.element)} leads to message events and to receive tasks."
        yield model.diagnose(node.element, "event_gateway_target", message, "Use either message events or receive tasks.")


def _waits(node: FlowNode) -> bool:
    """Return whether an event-based gateway may lead to it; a choreography task waits for the message of its initiator (11.7.2)."""
    if node.kind in CHOREOGRAPHY:
        return True
    return node.kind == "receiveTask" or (node.kind == "intermediateCatchEvent" and set(node.triggers) <= _WAITED_FOR)


def _is_message_event(node: FlowNode) -> bool:
    return node.kind == "intermediateCatchEvent" and "message" in node.triggers


def _check_gateway_type(model: BpmnModel, node: FlowNode) -> Iterator[Diagnostic]:
    if node.element.get("eventGatewayType") == "Parallel" and not is_true(node.element, "instantiate"):
        message = f"The {describe(node.element)} is parallel, but does not create instances."
        remedy = 'Set instantiate="true" where it begins the process, or eventGatewayType to Exclusive.'
        yield model.diagnose(node.element, "event_gateway_type", message, remedy)
    elif node.element.get("eventGatewayType") == "Parallel":
        for flow in node.outgoing:
            if _waits(flow.target) and not set(flow.target.triggers) <= _MESSAGES:
                message = f"The {describe(node.element)} is parallel, but the {describe(flow.target.element)} waits for something else than messages."
                yield model.diagnose(
                    flow.element, "event_gateway_type", message, "Let a parallel event-based gateway wait for messages alone."
                )


def _check_creation(model: BpmnModel, node: FlowNode) -> Iterator[Diagnostic]:
    """Return that an element creates instances although the flow comes to it: at most a start event may lead to it."""
    others = [flow for flow in node.incoming if flow.source.kind != "startEvent"]
    if others or len(node.incoming) > 1:
        message = f"The {describe(node.element)} creates process instances, but the flow leads to it within an instance."
        remedy = 'Remove its incoming sequence flows, or instantiate="true".'
        yield model.diagnose(node.element, "instantiate_with_incoming", message, remedy)
    elif not node.incoming and node.kind == "receiveTask" and node.scope.of_kind("startEvent"):
        message = f"The {describe(node.element)} creates process instances beside the start event of the process."
        remedy = "Lead the start event to it, or remove one of the two."
        yield model.diagnose(node.element, "instantiate_beside_start", message, remedy)
    if node.scope.kind != "process":
        message = f"The {describe(node.element)} creates process instances, but stands in a {node.scope.kind}."
        yield model.diagnose(node.element, "instantiate_in_sub_process", message, 'Remove instantiate="true".')
