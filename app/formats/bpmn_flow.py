"""Checks where sequence flows may and must be, and that every flow node can be reached and left."""

from collections.abc import Iterator
from typing import Final

from app.domain.diagnostics import Diagnostic, Severity
from app.formats.bpmn_expressions import is_expression_of
from app.formats.bpmn_model import ACTIVITIES, CHOREOGRAPHY, GATEWAYS, BpmnModel, FlowNode, Scope, describe, is_true, link_name

_INTERMEDIATE: Final = frozenset({"intermediateCatchEvent", "intermediateThrowEvent"})


def check_flow(model: BpmnModel) -> Iterator[Diagnostic]:
    """Return the faults of connection: flows where none may be, flow nodes that nothing leads to or away from."""
    for scope in model.scopes:
        for node in scope.nodes:
            yield from _check_forbidden_flows(model, node)
            yield from _check_gateway(model, node)
            yield from _check_conditions(model, node)
        if scope.kind not in {"adHocSubProcess", "globalChoreographyTask"}:
            yield from _check_start_and_end(model, scope)
            yield from _check_connection(model, scope)
        yield from _check_links(model, scope)


def _check_forbidden_flows(model: BpmnModel, node: FlowNode) -> Iterator[Diagnostic]:
    if node.incoming and (reason := _why_no_incoming(node)):
        yield model.diagnose(
            node.incoming[0].element,
            "incoming_not_allowed",
            f"The {describe(node.element)} has an incoming sequence flow, but {reason}.",
            "Remove the sequence flow or let it go to the next flow node.",
        )
    if node.outgoing and (reason := _why_no_outgoing(node)):
        yield model.diagnose(
            node.outgoing[0].element,
            "outgoing_not_allowed",
            f"The {describe(node.element)} has an outgoing sequence flow, but {reason}.",
            "Remove the sequence flow or let it leave another flow node.",
        )


def _why_no_incoming(node: FlowNode) -> str | None:
    if node.kind == "startEvent":
        return "a start event begins the flow"
    if node.kind == "boundaryEvent":
        return "a boundary event is triggered by the activity it is attached to"
    if node.kind == "intermediateCatchEvent" and node.is_link:
        return "a catching link event continues from its throwing link event"
    return _why_outside_flow(node)


def _why_no_outgoing(node: FlowNode) -> str | None:
    if node.kind == "endEvent":
        return "an end event ends the flow"
    if node.kind == "boundaryEvent" and "compensate" in node.triggers:
        return "a compensation event leads to its handler by an association"
    if node.kind == "intermediateThrowEvent" and node.is_link:
        return "a throwing link event continues at its catching link event"
    return _why_outside_flow(node)


def _why_outside_flow(node: FlowNode) -> str | None:
    if node.is_event_sub_process:
        return "an event sub-process is started by its event alone"
    if node.is_compensation:
        return "a compensation activity is started by its compensation event alone"
    return None


def _check_gateway(model: BpmnModel, node: FlowNode) -> Iterator[Diagnostic]:
    if node.kind not in GATEWAYS:
        return
    incoming, outgoing = len(node.incoming), len(node.outgoing)
    direction = node.element.get("gatewayDirection", "Unspecified")
    fits = {"Diverging": incoming <= 1 < outgoing, "Converging": outgoing <= 1 < incoming, "Mixed": incoming > 1 and outgoing > 1}
    if not fits.get(direction, True):
        yield model.diagnose(
            node.element,
            "gateway_direction",
            f"The {describe(node.element)} says gatewayDirection {direction}, but has {incoming} incoming and {outgoing} outgoing sequence flows.",
            "Correct the flows, or gatewayDirection: Diverging splits, Converging merges, Mixed does both.",
        )
    elif incoming <= 1 and outgoing <= 1 and (incoming or outgoing):
        yield model.diagnose(
            node.element,
            "gateway_without_purpose",
            f"The {describe(node.element)} neither splits nor merges.",
            "Remove the gateway, or draw the missing sequence flow.",
            severity="warning",
        )


def _check_conditions(model: BpmnModel, node: FlowNode) -> Iterator[Diagnostic]:
    chooses = node.kind in {"exclusiveGateway", "inclusiveGateway", "complexGateway"} or node.kind in ACTIVITIES
    for flow in node.outgoing:
        if flow.condition is None:
            continue
        if not chooses:
            yield model.diagnose(
                flow.element,
                "condition_not_allowed",
                f"The {describe(flow.element)} has a condition, but leaves the {describe(node.element)}, which does not choose.",
                "Remove the condition, or let the flow leave an exclusive or inclusive gateway.",
            )
        elif flow.is_default:
            yield model.diagnose(
                flow.element,
                "condition_on_default",
                f"The {describe(flow.element)} is the default flow; its condition is never read.",
                "Remove the condition, or the default mark.",
                severity="warning",
            )
        elif node.kind in ACTIVITIES and len(node.outgoing) == 1:
            yield model.diagnose(
                flow.element,
                "condition_without_alternative",
                f"The {describe(flow.element)} has a condition, but is the only one that leaves the {describe(node.element)}.",
                "Remove the condition, or draw the flow to take otherwise.",
            )
    if node.kind in {"exclusiveGateway", "inclusiveGateway"} and len(node.outgoing) > 1:
        yield from _check_choice(model, node)


def _check_choice(model: BpmnModel, node: FlowNode) -> Iterator[Diagnostic]:
    if all(flow.condition is not None for flow in node.outgoing):
        yield model.diagnose(
            node.element,
            "missing_default",
            f"The {describe(node.element)} has no default flow: when no condition is true, the process instance stops there with an incident.",
            "Mark one outgoing sequence flow as default.",
            kind="unsound",
            severity="warning",
        )
    for flow in node.outgoing:
        if flow.condition is None and not flow.is_default and is_expression_of(flow.element):
            yield model.diagnose(
                flow.element,
                "missing_condition",
                f"The {describe(flow.element)} leaves the {describe(node.element)} without a condition and is not its default.",
                "Give it a condition, or mark it as default.",
                kind="product",
            )


def _check_start_and_end(model: BpmnModel, scope: Scope) -> Iterator[Diagnostic]:
    starts, ends = scope.of_kind("startEvent"), scope.of_kind("endEvent")
    if starts and not ends:
        message = f"The {describe(scope.element)} has a start event but no end event."
        yield model.diagnose(scope.element, "missing_end", message, "Draw an end event where the flow ends.")
    if ends and not starts and not any(is_true(node.element, "instantiate") for node in scope.nodes):
        message = f"The {describe(scope.element)} has an end event but no start event."
        yield model.diagnose(scope.element, "missing_start", message, "Draw a start event where the flow begins.")


def _check_connection(model: BpmnModel, scope: Scope) -> Iterator[Diagnostic]:
    has_start, has_end = bool(scope.of_kind("startEvent")), bool(scope.of_kind("endEvent"))
    for node in scope.nodes:
        if not node.incoming and _must_be_entered(node, has_start=has_start):
            message = f"No sequence flow leads to the {describe(node.element)}."
            yield model.diagnose(node.element, "no_incoming", message, "Connect it, or remove it.")
        if not node.outgoing and _must_be_left(node, has_end=has_end):
            message = f"No sequence flow leaves the {describe(node.element)}: the flow ends there without an end event."
            # An activity without outgoing flow ends its path by the letter of the standard (10.3); an event or gateway may not.
            severity: Severity = "warning" if node.kind in ACTIVITIES | CHOREOGRAPHY else "error"
            yield model.diagnose(node.element, "no_outgoing", message, "Lead it on, or to an end event.", severity=severity)


def _must_be_entered(node: FlowNode, *, has_start: bool) -> bool:
    if _why_no_incoming(node) is not None or is_true(node.element, "instantiate"):
        return False
    if node.kind == "endEvent" or node.kind in _INTERMEDIATE:
        return True
    return has_start


def _must_be_left(node: FlowNode, *, has_end: bool) -> bool:
    if _why_no_outgoing(node) is not None:
        return False
    if node.kind in {"startEvent", "boundaryEvent"} or node.kind in _INTERMEDIATE:
        return True
    return has_end


def _check_links(model: BpmnModel, scope: Scope) -> Iterator[Diagnostic]:
    throws = [node for node in scope.of_kind("intermediateThrowEvent") if node.is_link]
    catches = [node for node in scope.of_kind("intermediateCatchEvent") if node.is_link]
    names = [link_name(node) for node in catches]
    thrown = {link_name(node) for node in throws}
    for node in throws:
        if link_name(node) not in names:
            message = f'The {describe(node.element)} throws link "{link_name(node)}", which nothing in its process or sub-process catches.'
            yield model.diagnose(node.element, "link_without_target", message, "Add a catching link event with the same link name.")
    for position, node in enumerate(catches):
        if link_name(node) in names[:position]:
            message = f'Link "{link_name(node)}" has more than one catching event.'
            yield model.diagnose(node.element, "link_with_several_targets", message, "Keep one catching link event for a link name.")
        if link_name(node) not in thrown:
            message = f'The {describe(node.element)} catches link "{link_name(node)}", which nothing in its process or sub-process throws.'
            yield model.diagnose(node.element, "link_without_source", message, "Add a throwing link event with the same link name.")
