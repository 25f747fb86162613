"""From the XML of a process to the graph that tokens move on."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from app.engine.activities import SubProcess
from app.engine.bpmn_file import GLOBAL_TASKS, BpmnFile, kind_of, local_name, tag
from app.engine.data_reading import name_of, read_data
from app.engine.event_reading import read_triggers
from app.engine.events import BoundaryEvent, CatchEvent, CompensationBoundary, StandbyStart, StartEvent
from app.engine.flow_reading import connect, connect_links, nodes_before
from app.engine.gateways import ComplexGateway, EventGateway, WaitingJoin
from app.engine.library import BpmnProcessSpec
from app.engine.node_reading import ACTIVITIES, EVENTS, GATEWAYS, REFUSED, read_activity, read_event, read_gateway, read_refused
from app.engine.nodes import Flow, FlowNode, RepeatedActivity
from app.engine.triggers import THROWS_OUT
from app.engine.values import Element

if TYPE_CHECKING:
    from lxml.etree import _Element as Node

_KINDS: Final = frozenset((*ACTIVITIES, *GATEWAYS, *EVENTS, *REFUSED))


class ProcessGraph(BpmnProcessSpec):
    """The graph of one process or sub-process.

    Attributes:
        element: the process or sub-process.
        initial: nodes on which tokens begin: the none start event, else the only start event, else all that nothing leads to.
        standby: start events of event sub-processes.
        undo: the compensation event sub-process.
        inputs, outputs: variables that a called process declares; None when it declares none.
    """

    def __init__(self, name: str, element: Element) -> None:
        super().__init__(name)
        self.task_specs = {}
        self.element = element
        self.initial: tuple[str, ...] = ()
        self.standby: tuple[str, ...] = ()
        self.undo: str | None = None
        self.inputs: tuple[str, ...] | None = None
        self.outputs: tuple[str, ...] | None = None

    def at(self, element: str) -> FlowNode | None:
        """Return the node on which a token that reaches `element` is placed."""
        found = self.task_specs.get(f"{element}[]") or self.task_specs.get(element)
        return found if isinstance(found, FlowNode) else None

    @property
    def nodes(self) -> list[FlowNode]:
        """All nodes, in the order of the diagram; of a repeated activity the outer and the inner one."""
        return [node for node in self.task_specs.values() if isinstance(node, FlowNode)]


class GraphReader:
    """Reads a process with all its sub-processes into `graphs`, and notes faults in the file."""

    def __init__(self, file: BpmnFile, *, callable_names: Iterable[str]) -> None:
        self.file = file
        self.graphs: dict[str, ProcessGraph] = {}
        self.calls: list[str] = []
        self.callable = set(callable_names)
        self._todo: deque[tuple[Node, str]] = deque()

    def read(self, process: Node, name: str) -> None:
        """Read one process, or global task, as the graph `name`; `calls` names the processes that it calls."""
        if kind_of(process) in GLOBAL_TASKS:
            element = self.file.element(process, scope="")
            graph = self.graphs[name] = ProcessGraph(name, element)
            read_activity(self, graph, process, element)
            graph.initial = (element.id,)
            self._declare_data(graph, process)
            return
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
        connect(self.file, graph, scope)
        connect_links(self.file, graph, scope)
        self._choose_start(graph, scope)
        if scope.tag == tag("process"):
            self._declare_data(graph, scope)
        for gateway in graph.nodes:
            if isinstance(gateway, WaitingJoin):
                gateway.reaching = {flow: nodes_before(graph, flow, gateway.name) for flow in gateway.incoming}
            if isinstance(gateway, ComplexGateway):
                gateway.flow_names = {
                    flow.get("id", ""): flow.get("name", "") for flow in scope.iterfind(tag("sequenceFlow")) if flow.get("name")
                }
                self._check_activation(gateway, scope)

    def _read_node(self, graph: ProcessGraph, scope: Node, node: Node) -> None:
        kind, name = kind_of(node), node.get("id", "")
        if kind not in _KINDS:
            return
        if not name:
            self.file.fault(node, "id_missing", f"A {kind} has no id.", "Save the diagram again in a modeler.")
            return
        if name in graph.task_specs:
            return
        element = self.file.element(node, scope=scope.get("id", ""))
        if kind in REFUSED:
            read_refused(graph, element)
        elif kind in ACTIVITIES:
            read_activity(self, graph, node, element)
        elif kind in GATEWAYS:
            read_gateway(self.file, graph, node, element)
        else:
            place = kind
            if kind == "startEvent" and scope.tag != tag("process"):
                place = "event sub-process" if scope.get("triggeredByEvent") == "true" else "sub-process"
            event = read_event(self.file, graph, node, element, place=place)
            if event.has("cancel"):
                self._check_cancel(scope, node)
            for trigger in event.triggers:
                if trigger.kind == "compensate" and trigger.name and place != "event sub-process":
                    self._check_compensated(scope, node, trigger.name)

    def read_sub_process(self, graph: ProcessGraph, node: Node, element: Element) -> str:
        """Put a sub-process on the list of what is to be read; return the name of its graph."""
        inner = f"{graph.name}/{element.id}"
        self._todo.append((node, inner))
        return inner

    def read_event_sub_process(self, graph: ProcessGraph, node: Node, element: Element) -> None:
        """Add an event sub-process, with the token that waits for its start event."""
        inner = self.read_sub_process(graph, node, element)
        starts = node.findall(tag("startEvent"))
        if len(starts) != 1:
            message = f"The event sub-process has {len(starts)} start events."
            self.file.fault(node, "event_subprocess_start", message, "Give it exactly one, with a trigger.")
            return
        start = starts[0]
        known = len(self.file.faults)
        triggers = read_triggers(self.file, start, place="event sub-process")
        del self.file.faults[known:]  # The same faults are noted when the start event itself is read.
        body = SubProcess(graph, element, inner=inner, is_event_subprocess=True)
        kinds = {trigger.kind for trigger in triggers}
        if "compensate" in kinds:
            graph.undo = body.name
            return
        interrupts = start.get("isInterrupting", "true") in ("true", "1") or "error" in kinds
        start_element = self.file.element(start, scope=element.id)
        parallel = start.get("parallelMultiple") in ("true", "1")
        standby = StandbyStart(graph, start_element, name=f"{element.id}!", triggers=triggers, is_parallel=parallel, interrupts=interrupts)
        standby.outgoing = (Flow(id=standby.name, target=body.name),)
        graph.standby += (standby.name,)

    def _check_cancel(self, scope: Node, node: Node) -> None:
        boundary = [
            event
            for event in self.file.root.iter(tag("boundaryEvent"))
            if local_name(event.get("attachedToRef")) == scope.get("id") and event.find(tag("cancelEventDefinition")) is not None
        ]
        if kind_of(scope) != "transaction" or not boundary:
            message = "A cancel end event needs a transaction around it with a cancel boundary event."
            self.file.fault(node, "cancel_outside_transaction", message, "Make the sub-process a transaction with a cancel boundary event.")

    def _check_compensated(self, scope: Node, node: Node, activity: str) -> None:
        around = [scope]
        while around[-1].get("triggeredByEvent") == "true" and (parent := around[-1].getparent()) is not None:
            around.append(parent)
        if not any(child.get("id") == activity and kind_of(child) in ACTIVITIES for each in around for child in each):
            message = f'{node.get("id")} compensates "{activity}", which is no activity of its scope.'
            self.file.fault(
                node, "compensation_activity", message, "Choose an activity of the same process or sub-process, or none for all."
            )

    def _check_activation(self, gateway: ComplexGateway, scope: Node) -> None:
        if gateway.activation is None and len(gateway.incoming) > 1:
            node = next(child for child in scope if child.get("id") == gateway.element.id)
            if node.find(tag("activationCondition")) is None:
                self.file.refuse(node, "complex_gateway_condition")

    def _attach_boundary_events(self, graph: ProcessGraph, scope: Node) -> None:
        for node in scope.iterfind(tag("boundaryEvent")):
            element = self.file.element(node, scope=scope.get("id", ""))
            host = graph.at(local_name(node.get("attachedToRef")))
            if host is None or host.element.kind not in ACTIVITIES or element.id in graph.task_specs:
                message = f'The boundary event is not attached to an activity of its scope ("{node.get("attachedToRef")}").'
                self.file.fault(node, "boundary_host", message, "Attach it to an activity.")
                continue
            triggers = read_triggers(self.file, node, place="boundaryEvent")
            kinds = {trigger.kind for trigger in triggers}
            if "compensate" in kinds:
                self._attach_handler(graph, scope, node, host, element)
                continue
            if "cancel" in kinds and host.element.kind != "transaction":
                self.file.fault(node, "cancel_outside_transaction", "A cancel event stands on no transaction.", "Use an error event.")
            interrupts = node.get("cancelActivity", "true") in ("true", "1") or not kinds.isdisjoint(THROWS_OUT)
            parallel = node.get("parallelMultiple") in ("true", "1")
            event = BoundaryEvent(graph, element, triggers=triggers, is_parallel=parallel, interrupts=interrupts)
            read_data(self.file, node, event)
            host.boundary += (event,)

    def _attach_handler(self, graph: ProcessGraph, scope: Node, node: Node, host: FlowNode, element: Element) -> None:
        event = CompensationBoundary(graph, element)
        targets = [local_name(each.get("targetRef")) for each in scope.iterfind(tag("association")) if each.get("sourceRef") == element.id]
        targets += [local_name(each.get("sourceRef")) for each in scope.iterfind(tag("association")) if each.get("targetRef") == element.id]
        handlers = [handler for target in targets if (handler := graph.at(target)) is not None and handler.is_handler]
        if len(handlers) != 1:
            message = f"The compensation event {element.id} leads to {len(handlers)} activities that are marked as for compensation."
            remedy = "Draw an association from it to one activity with isForCompensation."
            self.file.fault(node, "compensation_handler", message, remedy)
            return
        inner = graph.task_specs[host.element.id]
        host.handler = inner.handler = (event.name, handlers[0].name)

    def _choose_start(self, graph: ProcessGraph, scope: Node) -> None:
        starts = [node for node in graph.nodes if isinstance(node, StartEvent)]
        plain = [node for node in starts if node.trigger.kind == "none"]
        if scope.tag != tag("process") and len(starts) > 1:
            self.file.fault(scope, "start_events", "The sub-process has several start events.", "Keep one.")
        if starts:
            graph.initial = ((plain or starts)[0].name,)
            return
        inner = {node.repeated for node in graph.nodes if isinstance(node, RepeatedActivity)}
        free = [
            node
            for node in graph.nodes
            if not node.incoming
            and node.name not in inner
            and not isinstance(node, (BoundaryEvent, CompensationBoundary, StandbyStart))
            and not node.is_event_subprocess
            and not node.is_handler
        ]
        creating = [node for node in free if isinstance(node, (EventGateway, CatchEvent)) and node.instantiates]
        graph.initial = tuple(node.name for node in creating[:1] or free)
        if not graph.initial and scope.tag == tag("process"):
            self.file.fault(scope, "start_missing", "The process has no beginning.", "Draw a start event.")

    def _declare_data(self, graph: ProcessGraph, scope: Node) -> None:
        declared = scope.find(tag("ioSpecification"))
        if declared is None:
            return
        inputs = tuple(name_of(item) for item in declared.iterfind(tag("dataInput")))
        outputs = tuple(name_of(item) for item in declared.iterfind(tag("dataOutput")))
        graph.inputs, graph.outputs = inputs or None, outputs or None


def mark_records(graphs: dict[str, ProcessGraph]) -> None:
    """Mark the activities whose completion has to be remembered because compensation may reach them.

    Those are the ones with a handler, and sub-processes and calls with a compensation event sub-process or such an activity inside.
    """
    nodes = [(graph, node) for graph in graphs.values() for node in graph.nodes]
    for _, node in nodes:
        node.keeps_record = node.handler is not None
    changed = True
    while changed:
        changed = False
        for graph, node in nodes:
            body = graph.task_specs[node.repeated] if isinstance(node, RepeatedActivity) else node
            inner = graphs.get(body.inner)
            if node.keeps_record or inner is None:
                continue
            if inner.undo is not None or any(each.keeps_record for each in inner.nodes):
                node.keeps_record = changed = True
