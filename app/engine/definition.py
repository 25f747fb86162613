"""Process definitions: read once, checked, and shared by any number of instances."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock
from typing import TYPE_CHECKING, Any

from app.domain.errors import DefinitionInvalid
from app.engine.bpmn_file import BpmnFile
from app.engine.constructs import refuse_constructs
from app.engine.correlation import CorrelationModel, by_name, values_of
from app.engine.data_reading import read_correlations, read_data_names
from app.engine.events import CatchEvent, StartEvent
from app.engine.gateways import EventGateway
from app.engine.graph_reading import GraphReader, ProcessGraph, mark_records
from app.engine.nodes import FlowNode
from app.engine.run import Run
from app.engine.values import EMPTY, Element, Ports, StartTrigger

if TYPE_CHECKING:
    from lxml.etree import _Element as Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A process definition that can run.

    Attributes:
        key: id of the process.
        hash: of the files it was read from; a stored state belongs to exactly one.
        elements: what the diagram says about each element, sub-processes and called processes included.
        names: ids that FEEL reads as one name only when it is told.
        start_triggers: the start events of the process, in the order of the diagram.
        graphs, correlations: for the engine alone.
    """

    key: str
    name: str
    hash: str
    elements: Mapping[str, Element]
    names: frozenset[str]
    start_triggers: tuple[StartTrigger, ...]
    graphs: Mapping[str, ProcessGraph]
    correlations: CorrelationModel

    @classmethod
    def parse(
        cls, bpmn: bytes, *, filename: str, called: Mapping[str, bytes] = EMPTY, process: str | None = None, simulated: bool = False
    ) -> Definition:
        """Return the definition that a BPMN file writes.

        1. Choose the process: `process`, else the only executable one, else the only one that no other calls.
        2. Read it and what it calls, from the same file or from `called`.

        Args:
            bpmn: the file.
            filename: for the diagnostics.
            called: BPMN files of called processes, by the name that the call activities use; `name@binding` is meant by those alone that
                have this binding.
            process: id of the process that is meant, when the file has several.
            simulated: whether a service or business rule task need not say what it calls; then that is its own id.

        Raises:
            DefinitionInvalid: with one diagnostic for each fault; constructs that would not run as the standard says have the
                class "unsupported".
        """
        own = _open(bpmn, filename, simulated)
        places: dict[str, tuple[BpmnFile, Node]] = {name: (own, node) for name, node in {**own.globals, **own.processes}.items()}
        files = [own]
        for name, content in called.items():
            file = _open(content, name, simulated)
            files.append(file)
            plain = name.partition("@")[0]
            node = file.processes.get(plain, file.globals.get(plain))
            places[name] = (file, node if node is not None else _choose_process(file, None))
        main = _choose_process(own, process)
        graphs = _read_graphs(places, main.get("id", ""))
        correlations = read_correlations(own, main)
        faults = [fault for file in files for fault in file.faults]
        if faults:
            raise DefinitionInvalid(diagnostics=faults)
        graph = graphs[main.get("id", "")]
        mark_records(graphs)
        return cls(
            key=graph.element.id,
            name=graph.element.name or graph.element.id,
            hash=hash_files(bpmn, called=called, process=process),
            elements=_elements(graphs),
            names=own.names,
            start_triggers=tuple(_start_triggers(graph, correlations)),
            graphs=graphs,
            correlations=correlations,
        )

    def correlation_of(self, name: str, payload: Any, ports: Ports, correlation: Mapping[str, Any] = EMPTY) -> dict[str, Any]:
        """Return the correlation values of a message by property, as this definition reads them; those that are given win."""
        values = values_of(self.correlations, Run(self, ports), name, payload, correlation)
        return by_name(self.correlations, values)

    def element(self, name: str) -> Element | None:
        """Return what the diagram says about an element, None when there is none of that id."""
        return self.elements.get(name)


def hash_files(bpmn: bytes, *, called: Mapping[str, bytes] = EMPTY, process: str | None = None) -> str:
    """Return the hash of a definition: SHA-256 of its file, or of the hashes of its files when there are several."""
    own = sha256(bpmn).hexdigest()
    if not called and process is None:
        return own
    parts = [own, process or "", *(f"{name}={sha256(content).hexdigest()}" for name, content in sorted(called.items()))]
    return sha256("\n".join(parts).encode()).hexdigest()


class DefinitionCache:
    """Parsed definitions by hash, the least recently used leaving first; safe to share between threads."""

    def __init__(self, maxsize: int = 128) -> None:
        self._maxsize = maxsize
        self._entries: OrderedDict[str, Definition] = OrderedDict()
        self._lock = Lock()

    def get(self, key: str, load: Callable[[], bytes | Definition]) -> Definition:
        """Return the definition whose hash is `key`; `load` gives its file, or the definition when it has called processes."""
        with self._lock:
            found = self._entries.get(key)
            if found is not None:
                self._entries.move_to_end(key)
                return found
        loaded = load()
        definition = loaded if isinstance(loaded, Definition) else Definition.parse(loaded, filename=f"{key[:12]}.bpmn")
        with self._lock:
            self._entries[key] = definition
            while len(self._entries) > self._maxsize:
                self._entries.popitem(last=False)
        return definition


def _open(content: bytes, filename: str, is_simulated: bool) -> BpmnFile:  # noqa: FBT001 - passed on
    file = BpmnFile(content, filename=filename, is_simulated=is_simulated)
    file.data_names = read_data_names(file.root)
    return file


def _choose_process(file: BpmnFile, name: str | None) -> Node:
    processes = file.processes
    if name is not None and name in processes:
        return processes[name]
    executable = {key: node for key, node in processes.items() if node.get("isExecutable") == "true"}
    if not executable:
        executable = {key: node for key, node in processes.items() if node.get("isExecutable") is None}
    if len(executable) > 1:
        calls = {(call.get("calledElement") or "").rpartition(":")[2] for call in file.root.iter("{*}callActivity")}
        executable = {key: node for key, node in executable.items() if key not in calls}
    if len(executable) == 1 and name is None:
        return next(iter(executable.values()))
    if name is not None:
        message = f'There is no process "{name}" in the file.'
    elif not processes:
        message = "The file has no process."
    elif executable:
        message = f"The file has several executable processes: {', '.join(executable)}."
    else:
        message = "The file has no executable process."
    file.fault(file.root, "process_missing", message, 'Set isExecutable="true" on the process that is meant.', kind="unsupported")
    raise DefinitionInvalid(diagnostics=file.faults)


def _read_graphs(places: Mapping[str, tuple[BpmnFile, Node]], main: str) -> dict[str, ProcessGraph]:
    """Return the graphs of a process, its sub-processes and all that they call."""
    graphs: dict[str, ProcessGraph] = {}
    todo = deque([main])
    while todo:
        name = todo.popleft()
        if name in graphs:
            continue
        file, node = places[name]
        refuse_constructs(file, node)
        reader = GraphReader(file, callable_names=places)
        reader.read(node, name)
        graphs.update(reader.graphs)
        todo.extend(reader.calls)
    return graphs


def _elements(graphs: Mapping[str, ProcessGraph]) -> dict[str, Element]:
    elements: dict[str, Element] = {}
    for graph in graphs.values():
        for node in graph.task_specs.values():
            if isinstance(node, FlowNode):
                elements.setdefault(node.element.id, node.element)
    return elements


def _start_triggers(graph: ProcessGraph, correlations: CorrelationModel) -> Iterator[StartTrigger]:
    for node in graph.nodes:
        if isinstance(node, StartEvent):
            yield from _triggers_of(node, correlations)
        elif isinstance(node, EventGateway) and node.instantiates and not node.incoming:
            for flow in node.outgoing:
                yield from _triggers_of(graph.task_specs[flow.target], correlations)
        elif isinstance(node, CatchEvent) and node.instantiates and not node.incoming:
            yield from _triggers_of(node, correlations)


def _triggers_of(node: Any, correlations: CorrelationModel) -> Iterator[StartTrigger]:
    for trigger in node.triggers if isinstance(node, CatchEvent) else ():
        reference = trigger.name
        if trigger.timer is not None:
            reference = trigger.timer.text
        elif trigger.condition is not None:
            reference = trigger.condition.expression.text
        names = correlations.names_of(trigger.name) if trigger.kind == "message" else ()
        yield StartTrigger(element=node.element.id, kind=trigger.kind, reference=reference, correlation=names)
