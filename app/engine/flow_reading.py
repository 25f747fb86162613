"""Sequence flows and links of a scope."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.engine.bpmn_file import BpmnFile, tag
from app.engine.events import CatchEvent, EventNode
from app.engine.nodes import Flow, FlowNode

if TYPE_CHECKING:
    from lxml.etree import _Element as Node

    from app.engine.graph_reading import ProcessGraph

_UNCONDITIONAL: Final = (
    "parallelGateway", "eventBasedGateway", "startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent",
)  # fmt: skip


def connect(file: BpmnFile, graph: ProcessGraph, scope: Node) -> None:
    """Put the sequence flows of a scope on its nodes."""
    flows = {flow.get("id", ""): flow for flow in scope.iterfind(tag("sequenceFlow"))}
    leaving: dict[str, list[Node]] = {}
    for flow in flows.values():
        ends = [graph.at(flow.get(end, "")) for end in ("sourceRef", "targetRef")]
        if None in ends:
            message = "The sequence flow does not connect two nodes of its scope."
            file.fault(flow, "flow_end_unknown", message, "Connect it again, or delete it.")
            continue
        leaving.setdefault(flow.get("sourceRef", ""), []).append(flow)
    for node in scope:
        source = graph.at(node.get("id", ""))
        if source is None or source.element.id != node.get("id"):
            continue
        order = {(item.text or "").strip(): at for at, item in enumerate(node.iterfind(tag("outgoing")))}
        found = sorted(leaving.get(source.element.id, ()), key=lambda flow: order.get(flow.get("id", ""), len(order)))
        _connect_node(file, graph, node, source, found)


def _connect_node(file: BpmnFile, graph: ProcessGraph, node: Node, source: FlowNode, flows: list[Node]) -> None:
    default = node.get("default")
    if default and default not in [flow.get("id") for flow in flows]:
        file.fault(node, "default_unknown", f'The default flow "{default}" does not leave here.', "Choose the default flow again.")
    chosen: list[Flow] = []
    for flow in flows:
        target = graph.at(flow.get("targetRef", ""))
        assert target is not None, "flows with unknown ends were left out"
        condition = flow.find(tag("conditionExpression"))
        text = (condition.text or "").strip() if condition is not None else ""
        is_default = flow.get("id") == default
        _check_flow(file, source, flow, has_condition=bool(text) or is_default, alone=len(flows) == 1)
        formula = file.formula(flow, text, element=source.element.id) if text and not is_default else None
        read = Flow(id=flow.get("id", ""), target=target.name, condition=formula)
        target.incoming += (read.id,)
        if is_default:
            source.default = read
        else:
            chosen.append(read)
    source.outgoing = tuple(chosen)


def _check_flow(file: BpmnFile, source: FlowNode, flow: Node, *, has_condition: bool, alone: bool) -> None:
    kind = source.element.kind
    if kind in ("exclusiveGateway", "inclusiveGateway") and not has_condition and not alone:
        message = f"A flow out of {source.element.id} has no condition and is not the default."
        file.fault(flow, "condition_missing", message, "Give it a condition, or make it the default flow.")
    if kind in _UNCONDITIONAL and has_condition:
        message = f"A flow out of {source.element.id} has a condition, but a {kind} does not evaluate any."
        file.fault(flow, "condition_not_allowed", message, "Put an exclusive or inclusive gateway in between.")


def connect_links(file: BpmnFile, graph: ProcessGraph, scope: Node) -> None:
    """Let throwing links lead to the catching link of their name."""
    nodes = [node for node in graph.task_specs.values() if isinstance(node, EventNode) and node.trigger.kind == "link"]
    catching = {node.trigger.name: node for node in nodes if isinstance(node, CatchEvent)}
    if len(catching) < sum(isinstance(node, CatchEvent) for node in nodes):
        file.fault(scope, "link_target_twice", "Two catching links have the same name.", "Give each its own name.")
    for node in nodes:
        if isinstance(node, CatchEvent):
            continue
        target = catching.get(node.trigger.name)
        if target is None:
            message = f'The link "{node.trigger.name}" of {node.element.id} leads nowhere.'
            file.fault(scope, "link_target_missing", message, "Draw a catching link event of that name in the same scope.")
            continue
        flow = Flow(id=f"{node.element.id}>", target=target.name)
        node.outgoing = (flow,)
        target.incoming += (flow.id,)


def nodes_before(graph: ProcessGraph, flow: str, gateway: str) -> frozenset[str]:
    """Return the nodes from which a path leads to `flow`, an incoming flow of `gateway`, without visiting the gateway."""
    before: dict[str, set[str]] = {}
    found: set[str] = set()
    for node in graph.task_specs.values():
        for leaving in (*node.outgoing, *([node.default] if node.default else ())):
            before.setdefault(leaving.target, set()).add(node.name)
            if leaving.id == flow:
                found.add(node.name)
        for event in node.boundary:
            before.setdefault(event.name, set()).add(node.name)
    found.discard(gateway)
    todo = list(found)
    while todo:
        for name in before.get(todo.pop(), ()):
            if name != gateway and name not in found:
                found.add(name)
                todo.append(name)
    return frozenset(found)
