"""Activities, gateways and events, each from its XML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from app.engine.activities import AdHocSubProcess, CallActivity, PlainTask, SubProcess, UserTask
from app.engine.bpmn_file import BpmnFile, local_name, text_of
from app.engine.data_reading import read_data
from app.engine.event_reading import read_message, read_triggers, with_data_payload
from app.engine.events import CatchEvent, EventNode, StartEvent
from app.engine.gateways import ComplexGateway, EventGateway, ExclusiveGateway, InclusiveGateway, ParallelGateway
from app.engine.nodes import FlowNode
from app.engine.task_reading import read_business_rule_task, read_repeated, read_script_task, read_service_task
from app.engine.throwing import EndEvent, ThrowEvent
from app.engine.values import Element

if TYPE_CHECKING:
    from lxml.etree import _Element as Node

    from app.engine.graph_reading import GraphReader, ProcessGraph

SCOPES: Final = ("subProcess", "transaction", "adHocSubProcess")
ACTIVITIES: Final = (
    "task", "userTask", "manualTask", "serviceTask", "scriptTask", "businessRuleTask", "sendTask", "receiveTask",
    "callActivity", *SCOPES,
)  # fmt: skip
GATEWAYS: Final = ("exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway", "complexGateway")
EVENTS: Final = ("startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent")
REFUSED: Final = ("callChoreography", "choreographyTask", "subChoreography")
QUANTITY_MAX: Final = 1_000


def read_refused(graph: ProcessGraph, element: Element) -> None:
    """Add a placeholder: the construct has its diagnostic, the flows around it shall not have one each because of it."""
    PlainTask(graph, element)


def read_activity(reader: GraphReader, graph: ProcessGraph, node: Node, element: Element) -> None:
    """Add an activity with its data, quantities and repetition."""
    file = reader.file
    match element.kind:
        case "userTask" | "manualTask":
            UserTask(graph, element)
        case "serviceTask":
            read_service_task(file, graph, node, element)
        case "scriptTask":
            read_script_task(file, graph, node, element)
        case "businessRuleTask":
            read_business_rule_task(file, graph, node, element)
        case "sendTask":
            ThrowEvent(graph, element, triggers=[read_message(file, node)])
        case "receiveTask":
            CatchEvent(graph, element, triggers=[read_message(file, node)]).instantiates = node.get("instantiate") in ("true", "1")
        case "callActivity":
            _read_call(reader, graph, node, element)
        case "subProcess" | "transaction" | "adHocSubProcess" if node.get("triggeredByEvent") == "true":
            reader.read_event_sub_process(graph, node, element)
            return
        case "subProcess" | "transaction":
            SubProcess(graph, element, inner=reader.read_sub_process(graph, node, element))
        case "adHocSubProcess":
            _read_ad_hoc(reader, graph, node, element)
        case _:
            PlainTask(graph, element)
    inner = graph.task_specs[element.id]
    _read_payload_data(file, node, inner)
    read_repeated(file, graph, node, element)
    outer = graph.at(element.id)
    assert outer is not None, "it has just been added"
    outer.is_handler = inner.is_handler = node.get("isForCompensation") in ("true", "1")
    outer.start_quantity = _quantity(file, node, "startQuantity")
    outer.completion_quantity = _quantity(file, node, "completionQuantity")


def _read_payload_data(file: BpmnFile, node: Node, flow_node: FlowNode) -> None:
    """Give a node its data associations; what flows into a throwing event is its payload."""
    read_data(file, node, flow_node)
    if isinstance(flow_node, ThrowEvent) and flow_node.inputs:
        names = tuple(dict.fromkeys(each.target[0] for each in flow_node.inputs))
        flow_node.triggers = tuple(with_data_payload(trigger, names, element=flow_node.element.id) for trigger in flow_node.triggers)


def _quantity(file: BpmnFile, node: Node, name: str) -> int:
    text = node.get(name, "1").strip()
    if text.isdecimal() and 1 <= int(text) <= QUANTITY_MAX:
        return int(text)
    file.fault(
        node, "quantity", f'{name} "{text}" is no whole number from 1 to {QUANTITY_MAX}.', "Write a number such as 2, or leave it out."
    )
    return 1


def _read_call(reader: GraphReader, graph: ProcessGraph, node: Node, element: Element) -> None:
    called = local_name(node.get("calledElement"))
    bound = f"{called}@{element.properties.get('binding')}"
    name = bound if bound in reader.callable else called
    if name not in reader.callable:
        message = f'The called process "{called}" is not there.' if called else "The call activity calls nothing."
        remedy = "Name a process that is in the file or deployed."
        reader.file.fault(node, "called_process_unknown", message, remedy, kind="product" if called else "invalid")
    else:
        reader.calls.append(name)
    CallActivity(graph, element, inner=name)


def _read_ad_hoc(reader: GraphReader, graph: ProcessGraph, node: Node, element: Element) -> None:
    text = text_of(node, "completionCondition")
    AdHocSubProcess(
        graph,
        element,
        inner=reader.read_sub_process(graph, node, element),
        is_sequential=node.get("ordering") == "Sequential",
        condition=reader.file.formula(node, text, element=element.id) if text else None,
        cancels_rest=node.get("cancelRemainingInstances", "true") in ("true", "1"),
    )


def read_gateway(file: BpmnFile, graph: ProcessGraph, node: Node, element: Element) -> None:
    """Add a gateway."""
    match element.kind:
        case "eventBasedGateway":
            instantiates = node.get("instantiate") in ("true", "1")
            parallel = node.get("eventGatewayType") == "Parallel"
            if parallel and not instantiates:
                message = "An event-based gateway of type Parallel must create instances."
                file.fault(node, "event_gateway_parallel", message, "Use a parallel gateway with the catch events behind it.")
            EventGateway(graph, element, instantiates=instantiates, is_parallel=parallel)
        case "complexGateway":
            text = text_of(node, "activationCondition")
            ComplexGateway(graph, element, activation=file.formula(node, text, element=element.id) if text else None)
        case kind:
            _GATEWAY_NODES[kind](graph, element)


def read_event(file: BpmnFile, graph: ProcessGraph, node: Node, element: Element, *, place: str) -> EventNode:
    """Add an event."""
    triggers = read_triggers(file, node, place=place)
    event = _EVENT_NODES[element.kind](graph, element, triggers=triggers, is_parallel=node.get("parallelMultiple") in ("true", "1"))
    _read_payload_data(file, node, event)
    return event


_GATEWAY_NODES: Final[Mapping[str, type[FlowNode]]] = {
    "exclusiveGateway": ExclusiveGateway,
    "parallelGateway": ParallelGateway,
    "inclusiveGateway": InclusiveGateway,
}
_EVENT_NODES: Final[Mapping[str, type[EventNode]]] = {
    "startEvent": StartEvent,
    "endEvent": EndEvent,
    "intermediateCatchEvent": CatchEvent,
    "intermediateThrowEvent": ThrowEvent,
}
