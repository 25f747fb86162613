"""From the XML of a process to the graph that tokens move on."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from app.engine.activities import CallActivity, PlainTask, SubProcess, UserTask
from app.engine.bpmn_file import BpmnFile, kind_of, local_name, tag
from app.engine.event_reading import read_message, read_trigger
from app.engine.events import BoundaryEvent, CatchEvent, EndEvent, EventNode, StandbyStart, StartEvent, ThrowEvent
from app.engine.gateways import EventGateway, ExclusiveGateway, InclusiveGateway, ParallelGateway
from app.engine.library import BpmnProcessSpec
from app.engine.nodes import Flow, FlowNode
from app.engine.task_reading import read_business_rule_task, read_repeated, read_script_task, read_service_task
from app.engine.values import Element

if TYPE_CHECKING:
    from lxml.etree import _Element as Node

_SCOPES: Final = ("subProcess", "transaction")
_ACTIVITIES: Final = (
    "task", "userTask", "manualTask", "serviceTask", "scriptTask", "businessRuleTask", "sendTask", "receiveTask",
    "callActivity", *_SCOPES,
)  # fmt: skip
_GATEWAYS: Final = ("exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway")
_EVENTS: Final = ("startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent")
_REFUSED: Final = ("complexGateway", "adHocSubProcess", "callChoreography")
_UNCONDITIONAL: Final = ("parallelGateway", "eventBasedGateway", *_EVENTS, "boundaryEvent")


class ProcessGraph(BpmnProcessSpec):
    """The graph of one process or sub-process.

    Attributes:
        element: the process or sub-process.
        initial: nodes on which tokens begin: the none start event, else the only start event, else all that nothing leads to.
        standby: start events of event sub-processes.
        inputs, outputs: variables that a called process declares; None when it declares none.
    """

    def __init__(self, name: str, element: Element) -> None:
        super().__init__(name)
        self.task_specs = {}
        self.element = element
        self.initial: tuple[str, ...] = ()
        self.standby: tuple[str, ...] = ()
        self.inputs: tuple[str, ...] | None = None
        self.outputs: tuple[str, ...] | None = None

    def at(self, element: str) -> FlowNode | None:
        """Return the node on which a token that reaches `element` is placed."""
        found = self.task_specs.get(f"{element}[]") or self.task_specs.get(element)
        return found if isinstance(found, FlowNode) else None


class GraphReader:
    """Reads a process with all its sub-processes into `graphs`, and notes faults in the file."""

    def __init__(self, file: BpmnFile, *, callable_names: Iterable[str]) -> None:
        self.file = file
        self.graphs: dict[str, ProcessGraph] = {}
        self.calls: list[str] = []
        self._callable = set(callable_names)
        self._todo: deque[tuple[Node, str]] = deque()

    def read(self, process: Node, name: str) -> None:
        """Read one process as the graph `name`; `calls` names the processes that it calls."""
        self._todo.append((process, name))
        while self._todo:
            node, name = self._todo.popleft()
            self._read_scope(node, name)

    def _read_scope(self, scope: Node, name: str) -> None:
        graph = ProcessGraph(name, self.file.element(scope, scope=""))
        self.graphs[name] = graph
        for node in scope:
            self._read_node(graph, scope, node)
        self._attach_boundary_events(graph, scope)
        self._connect(graph, scope)
        self._connect_links(graph, scope)
        self._choose_start(graph, scope)
        self._declare_data(graph, scope)
        for gateway in graph.task_specs.values():
            if isinstance(gateway, InclusiveGateway):
                gateway.reaching = {flow: _nodes_before(graph, flow, gateway.name) for flow in gateway.incoming}

    def _read_node(self, graph: ProcessGraph, scope: Node, node: Node) -> None:
        kind, name = kind_of(node), node.get("id", "")
        if kind not in _ACTIVITIES and kind not in _GATEWAYS and kind not in _EVENTS and kind not in _REFUSED:
            return
        if not name:
            self.file.fault(node, "id_missing", f"A {kind} has no id.", "Save the diagram again in a modeler.")
            return
        if name in graph.task_specs:
            return
        element = self.file.element(node, scope=scope.get("id", ""))
        if kind in _REFUSED:
            PlainTask(graph, element)  # The construct has its diagnostic; the flows around it shall not have one each because of it.
        elif kind in _ACTIVITIES:
            self._read_activity(graph, node, element)
        elif kind in _GATEWAYS:
            _GATEWAY_NODES[kind](graph, element)
        else:
            place = kind
            if kind == "startEvent" and scope.tag != tag("process"):
                place = "event sub-process" if scope.get("triggeredByEvent") == "true" else "sub-process"
            trigger = read_trigger(self.file, node, place=place)
            if trigger.kind == "cancel":
                self._check_cancel(scope, node)
            _EVENT_NODES[kind](graph, element, trigger=trigger)

    def _read_activity(self, graph: ProcessGraph, node: Node, element: Element) -> None:
        file = self.file
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
                ThrowEvent(graph, element, trigger=read_message(file, node))
            case "receiveTask":
                CatchEvent(graph, element, trigger=read_message(file, node))
            case "callActivity":
                self._read_call(graph, node, element)
            case "subProcess" | "transaction":
                self._read_sub_process(graph, node, element)
            case _:
                PlainTask(graph, element)
        if node.get("triggeredByEvent") != "true":
            read_repeated(file, graph, node, element)

    def _read_call(self, graph: ProcessGraph, node: Node, element: Element) -> None:
        called = local_name(node.get("calledElement"))
        if called not in self._callable:
            message = f'The called process "{called}" is not there.' if called else "The call activity calls nothing."
            remedy = "Name a process that is in the file or deployed."
            self.file.fault(node, "called_process_unknown", message, remedy, kind="product" if called else "invalid")
        else:
            self.calls.append(called)
        CallActivity(graph, element, inner=called)

    def _read_sub_process(self, graph: ProcessGraph, node: Node, element: Element) -> None:
        inner = f"{graph.name}/{element.id}"
        self._todo.append((node, inner))
        if node.get("triggeredByEvent") != "true":
            SubProcess(graph, element, inner=inner)
            return
        starts = node.findall(tag("startEvent"))
        if len(starts) != 1:
            message = f"The event sub-process has {len(starts)} start events."
            self.file.fault(node, "event_subprocess_start", message, "Give it exactly one, with a trigger.")
            return
        start = starts[0]
        trigger = read_trigger(self.file, start, place="event sub-process")
        body = SubProcess(graph, element, inner=inner, is_event_subprocess=True)
        interrupts = start.get("isInterrupting", "true") == "true" or trigger.kind == "error"
        start_element = self.file.element(start, scope=element.id)
        standby = StandbyStart(graph, start_element, name=f"{element.id}!", trigger=trigger, interrupts=interrupts)
        standby.outgoing = (Flow(id=standby.name, target=body.name),)
        graph.standby += (standby.name,)

    def _check_cancel(self, scope: Node, node: Node) -> None:
        boundary = [
            event
            for event in self.file.root.iter(tag("boundaryEvent"))
            if event.get("attachedToRef") == scope.get("id") and event.find(tag("cancelEventDefinition")) is not None
        ]
        if kind_of(scope) != "transaction" or not boundary:
            message = "A cancel end event needs a transaction around it with a cancel boundary event."
            self.file.fault(node, "cancel_outside_transaction", message, "Make the sub-process a transaction with a cancel boundary event.")

    def _attach_boundary_events(self, graph: ProcessGraph, scope: Node) -> None:
        for node in scope.iterfind(tag("boundaryEvent")):
            element = self.file.element(node, scope=scope.get("id", ""))
            host = graph.at(local_name(node.get("attachedToRef")))
            if host is None or host.element.kind not in _ACTIVITIES or element.id in graph.task_specs:
                message = f'The boundary event is not attached to an activity of its scope ("{node.get("attachedToRef")}").'
                self.file.fault(node, "boundary_host", message, "Attach it to an activity.")
                continue
            trigger = read_trigger(self.file, node, place="boundaryEvent")
            if trigger.kind == "cancel" and host.element.kind != "transaction":
                self.file.fault(node, "cancel_outside_transaction", "A cancel event stands on no transaction.", "Use an error event.")
            interrupts = node.get("cancelActivity", "true") == "true" or trigger.kind in ("error", "cancel")
            host.boundary += (BoundaryEvent(graph, element, trigger=trigger, interrupts=interrupts),)

    def _connect(self, graph: ProcessGraph, scope: Node) -> None:
        flows = {flow.get("id", ""): flow for flow in scope.iterfind(tag("sequenceFlow"))}
        leaving: dict[str, list[Node]] = {}
        for flow in flows.values():
            ends = [graph.at(flow.get(end, "")) for end in ("sourceRef", "targetRef")]
            if None in ends:
                message = "The sequence flow does not connect two nodes of its scope."
                self.file.fault(flow, "flow_end_unknown", message, "Connect it again, or delete it.")
                continue
            leaving.setdefault(flow.get("sourceRef", ""), []).append(flow)
        for node in scope:
            source = graph.at(node.get("id", ""))
            if source is None or source.element.id != node.get("id"):
                continue
            order = {(item.text or "").strip(): at for at, item in enumerate(node.iterfind(tag("outgoing")))}
            found = sorted(leaving.get(source.element.id, ()), key=lambda flow: order.get(flow.get("id", ""), len(order)))
            self._connect_node(graph, node, source, found)

    def _connect_node(self, graph: ProcessGraph, node: Node, source: FlowNode, flows: list[Node]) -> None:
        default = node.get("default")
        if default and default not in [flow.get("id") for flow in flows]:
            self.file.fault(node, "default_unknown", f'The default flow "{default}" does not leave here.', "Choose the default flow again.")
        chosen: list[Flow] = []
        for flow in flows:
            target = graph.at(flow.get("targetRef", ""))
            assert target is not None, "flows with unknown ends were left out"
            condition = flow.find(tag("conditionExpression"))
            text = (condition.text or "").strip() if condition is not None else ""
            is_default = flow.get("id") == default
            self._check_flow(source, flow, has_condition=bool(text) or is_default, alone=len(flows) == 1)
            formula = self.file.formula(flow, text, element=source.element.id) if text and not is_default else None
            read = Flow(id=flow.get("id", ""), target=target.name, condition=formula)
            target.incoming += (read.id,)
            if is_default:
                source.default = read
            else:
                chosen.append(read)
        source.outgoing = tuple(chosen)

    def _check_flow(self, source: FlowNode, flow: Node, *, has_condition: bool, alone: bool) -> None:
        kind = source.element.kind
        if kind in ("exclusiveGateway", "inclusiveGateway") and not has_condition and not alone:
            message = f"A flow out of {source.element.id} has no condition and is not the default."
            self.file.fault(flow, "condition_missing", message, "Give it a condition, or make it the default flow.")
        if kind in _UNCONDITIONAL and has_condition:
            message = f"A flow out of {source.element.id} has a condition, but a {kind} does not evaluate any."
            self.file.fault(flow, "condition_not_allowed", message, "Put an exclusive or inclusive gateway in between.")

    def _connect_links(self, graph: ProcessGraph, scope: Node) -> None:
        nodes = [node for node in graph.task_specs.values() if isinstance(node, EventNode) and node.trigger.kind == "link"]
        catching = {node.trigger.name: node for node in nodes if isinstance(node, CatchEvent)}
        if len(catching) < sum(isinstance(node, CatchEvent) for node in nodes):
            self.file.fault(scope, "link_target_twice", "Two catching links have the same name.", "Give each its own name.")
        for node in nodes:
            if isinstance(node, CatchEvent):
                continue
            target = catching.get(node.trigger.name)
            if target is None:
                message = f'The link "{node.trigger.name}" of {node.element.id} leads nowhere.'
                self.file.fault(scope, "link_target_missing", message, "Draw a catching link event of that name in the same scope.")
                continue
            flow = Flow(id=f"{node.element.id}>", target=target.name)
            node.outgoing = (flow,)
            target.incoming += (flow.id,)

    def _choose_start(self, graph: ProcessGraph, scope: Node) -> None:
        starts = [node for node in graph.task_specs.values() if isinstance(node, StartEvent)]
        plain = [node for node in starts if node.trigger.kind == "none"]
        if scope.tag != tag("process") and len(starts) > 1:
            self.file.fault(scope, "start_events", "The sub-process has several start events.", "Keep one.")
        if starts:
            graph.initial = ((plain or starts)[0].name,)
            return
        inner = {node.repeated for node in graph.task_specs.values() if getattr(node, "repeated", "")}
        graph.initial = tuple(
            node.name
            for node in graph.task_specs.values()
            if not node.incoming
            and node.name not in inner
            and not isinstance(node, (BoundaryEvent, StandbyStart))
            and not node.is_event_subprocess
        )
        if not graph.initial and scope.tag == tag("process"):
            self.file.fault(scope, "start_missing", "The process has no beginning.", "Draw a start event.")

    def _declare_data(self, graph: ProcessGraph, scope: Node) -> None:
        declared = scope.find(tag("ioSpecification"))
        if declared is None:
            return
        inputs = tuple(item.get("name") or item.get("id") or "" for item in declared.iterfind(tag("dataInput")))
        outputs = tuple(item.get("name") or item.get("id") or "" for item in declared.iterfind(tag("dataOutput")))
        graph.inputs, graph.outputs = inputs or None, outputs or None


def _nodes_before(graph: ProcessGraph, flow: str, gateway: str) -> frozenset[str]:
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


_GATEWAY_NODES: Final[Mapping[str, type[FlowNode]]] = {
    "exclusiveGateway": ExclusiveGateway,
    "parallelGateway": ParallelGateway,
    "inclusiveGateway": InclusiveGateway,
    "eventBasedGateway": EventGateway,
}
_EVENT_NODES: Final[Mapping[str, type[EventNode]]] = {
    "startEvent": StartEvent,
    "endEvent": EndEvent,
    "intermediateCatchEvent": CatchEvent,
    "intermediateThrowEvent": ThrowEvent,
}
