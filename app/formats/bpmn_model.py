"""A BPMN file as the checks see it: flow nodes, sequence flows and scopes, found once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from lxml import etree

from app.domain.diagnostics import Diagnostic, DiagnosticClass, Severity
from app.formats.xml import local_name, namespace_of

BPMN: Final = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMN_DI: Final = "http://www.omg.org/spec/BPMN/20100524/DI"
EXTENSION: Final = "http://spiffworkflow.org/bpmn/schema/1.0/core"

TASKS: Final = frozenset({"task", "userTask", "manualTask", "serviceTask", "scriptTask", "businessRuleTask", "sendTask", "receiveTask"})
SUB_PROCESSES: Final = frozenset({"subProcess", "adHocSubProcess", "transaction"})
ACTIVITIES: Final = TASKS | SUB_PROCESSES | {"callActivity"}
GATEWAYS: Final = frozenset({"exclusiveGateway", "inclusiveGateway", "parallelGateway", "complexGateway", "eventBasedGateway"})
EVENTS: Final = frozenset({"startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"})
CHOREOGRAPHY: Final = frozenset({"choreographyTask", "subChoreography", "callChoreography"})
FLOW_NODES: Final = ACTIVITIES | GATEWAYS | EVENTS | CHOREOGRAPHY | {"implicitThrowEvent", "event"}
SCOPES: Final = SUB_PROCESSES | {"process", "subChoreography", "choreography", "globalChoreographyTask"}
EVENT_DEFINITIONS: Final = frozenset(
    {
        "messageEventDefinition",
        "timerEventDefinition",
        "conditionalEventDefinition",
        "signalEventDefinition",
        "errorEventDefinition",
        "escalationEventDefinition",
        "compensateEventDefinition",
        "cancelEventDefinition",
        "linkEventDefinition",
        "terminateEventDefinition",
    }
)
_NODE_TAGS: Final = {f"{{{BPMN}}}{kind}": kind for kind in FLOW_NODES}
_SCOPE_TAGS: Final = {f"{{{BPMN}}}{kind}": kind for kind in SCOPES}
_COUNT: Final = etree.XPath("count(descendant-or-self::*)")
_IDENTIFIED: Final = etree.XPath("descendant-or-self::*[@id]")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SequenceFlow:
    """A sequence flow whose two ends exist in its own scope."""

    id: str
    element: etree._Element
    source: "FlowNode"
    target: "FlowNode"
    condition: etree._Element | None
    is_default: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FlowNode:
    """An activity, event or gateway; `triggers` are the kinds of its event definitions, such as "timer"."""

    id: str
    kind: str
    element: etree._Element
    scope: "Scope"
    triggers: tuple[str, ...]
    incoming: list[SequenceFlow] = field(default_factory=list)
    outgoing: list[SequenceFlow] = field(default_factory=list)

    @property
    def is_compensation(self) -> bool:
        """Whether it is a compensation activity, which stands outside the normal flow."""
        return is_true(self.element, "isForCompensation")

    @property
    def is_event_sub_process(self) -> bool:
        """Whether it is a sub-process that an event starts."""
        return self.kind in SUB_PROCESSES and is_true(self.element, "triggeredByEvent")

    @property
    def host_id(self) -> str:
        """The id of the activity that a boundary event is attached to, without a prefix; "" for what is attached to nothing."""
        return (self.element.get("attachedToRef") or "").strip().rpartition(":")[2]

    @property
    def is_link(self) -> bool:
        """Whether it is a link event, which goes on without a sequence flow."""
        return "link" in self.triggers


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scope:
    """A process or sub-process with the flow nodes that are directly in it."""

    id: str
    kind: str
    element: etree._Element
    parent: "Scope | None"
    nodes: list[FlowNode] = field(default_factory=list)
    flows: list[SequenceFlow] = field(default_factory=list)

    @property
    def is_event_sub_process(self) -> bool:
        """Whether an event starts it."""
        return is_true(self.element, "triggeredByEvent")

    def of_kind(self, kind: str) -> list[FlowNode]:
        """Return its flow nodes of one kind, in document order."""
        return [node for node in self.nodes if node.kind == kind]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BpmnModel:
    """One file. `elements` finds what an id names; where an id is used twice, the first one counts."""

    file: str
    root: etree._Element
    elements: dict[str, etree._Element]
    scopes: list[Scope]
    nodes: dict[str, FlowNode]

    def diagnose(
        self,
        place: etree._Element,
        code: str,
        message: str,
        remedy: str,
        *,
        kind: DiagnosticClass = "invalid",
        severity: Severity = "error",
    ) -> Diagnostic:
        """Return a diagnostic at `place`; its element is the nearest one that has an id."""
        return Diagnostic(
            severity=severity,
            file=self.file,
            line=line_of(place),
            element=nearest_id(place),
            code=code,
            message=message,
            remedy=remedy,
            kind=kind,
        )

    def iterate(self, *names: str) -> Iterator[etree._Element]:
        """Return the BPMN elements with these local names, in document order."""
        return self.root.iter(*(f"{{{BPMN}}}{name}" for name in names))

    @property
    def executable_processes(self) -> list[Scope]:
        """The processes that are declared executable."""
        return [scope for scope in self.scopes if scope.kind == "process" and is_true(scope.element, "isExecutable")]


def read_model(root: etree._Element, *, file: str) -> BpmnModel:
    """Return the model below `root`, a `definitions` element that may have any fault below it."""
    elements: dict[str, etree._Element] = {}
    for element in find_identified(root):
        if namespace_of(element) == BPMN:
            elements.setdefault(element.get("id", ""), element)
    scopes: list[Scope] = []
    nodes: dict[str, FlowNode] = {}
    for child in root:
        if _SCOPE_TAGS.get(str(child.tag)) is not None:
            _read_scope(child, None, scopes, nodes, elements)
    for scope in scopes:
        _read_flows(scope, nodes)
    return BpmnModel(file=file, root=root, elements=elements, scopes=scopes, nodes=nodes)


def _read_scope(
    element: etree._Element, parent: Scope | None, scopes: list[Scope], nodes: dict[str, FlowNode], elements: Mapping[str, etree._Element]
) -> None:
    # The depth of the recursion is bounded by the depth of the XML.
    scope = Scope(id=element.get("id", ""), kind=local_name(element), element=element, parent=parent)
    scopes.append(scope)
    for child in element:
        kind = _NODE_TAGS.get(str(child.tag))
        if kind is None:
            continue
        node = FlowNode(id=child.get("id", ""), kind=kind, element=child, scope=scope, triggers=_read_triggers(child, elements))
        scope.nodes.append(node)
        if node.id:
            nodes.setdefault(node.id, node)
        if kind in SCOPES:
            _read_scope(child, scope, scopes, nodes, elements)


def find_identified(root: etree._Element) -> list[etree._Element]:
    """Return the elements that have an id, of whatever namespace, in document order."""
    return find_all(_IDENTIFIED, root)


def count_elements(root: etree._Element) -> int:
    """Return how many elements there are, the root included."""
    found: Any = _COUNT(root)
    return int(found)


def find_all(query: etree.XPath, root: etree._Element) -> list[etree._Element]:
    """Return the elements that a query for elements finds, in document order."""
    found: Any = query(root)
    return list(found)


def _read_triggers(element: etree._Element, elements: Mapping[str, etree._Element]) -> tuple[str, ...]:
    """Return the kinds of an event's definitions, its own and those that it refers to; "reference" for one that is not in the file."""
    found: list[str] = []
    for child in element:
        name = local_name(child)
        if name == "eventDefinitionRef":
            shared = elements.get(text_of(child).rpartition(":")[2])
            name = local_name(shared) if shared is not None else name
            found.append(name.removesuffix("EventDefinition") if name in EVENT_DEFINITIONS else "reference")
        elif name in EVENT_DEFINITIONS:
            found.append(name.removesuffix("EventDefinition"))
    return tuple(found)


def _read_flows(scope: Scope, nodes: dict[str, FlowNode]) -> None:
    for element in scope.element.iterchildren(f"{{{BPMN}}}sequenceFlow"):
        source = nodes.get(element.get("sourceRef", ""))
        target = nodes.get(element.get("targetRef", ""))
        if source is None or target is None or source.scope is not target.scope:
            continue
        id_text = element.get("id", "")
        flow = SequenceFlow(
            id=id_text,
            element=element,
            source=source,
            target=target,
            condition=element.find(f"{{{BPMN}}}conditionExpression"),
            is_default=bool(id_text) and source.element.get("default") == id_text,
        )
        scope.flows.append(flow)
        source.outgoing.append(flow)
        target.incoming.append(flow)


def link_name(node: FlowNode) -> str:
    """Return the name of the link that a link event throws or catches."""
    return next((child.get("name", "") for child in node.element if local_name(child) == "linkEventDefinition"), "")


def is_true(element: etree._Element, attribute: str) -> bool:
    """Return whether an XSD boolean attribute is true; absent is false."""
    return (element.get(attribute) or "").strip() in {"true", "1"}


def line_of(element: etree._Element) -> int | None:
    """Return the line in the file, counted from 1."""
    return cast("int | None", element.sourceline)


def nearest_id(element: etree._Element) -> str | None:
    """Return the id of the element, else that of the nearest one around it."""
    place: etree._Element | None = element
    while place is not None:
        id_text = place.get("id")
        if id_text:
            return id_text
        place = place.getparent()
    return None


def text_of(element: etree._Element | None) -> str:
    """Return the text directly in the element, without white space around it."""
    return (element.text or "").strip() if element is not None else ""


def describe(element: etree._Element) -> str:
    """Return how messages call an element: its kind in words, its id and, where it has one, its name."""
    kind = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in local_name(element))
    id_text, name = element.get("id"), " ".join((element.get("name") or "").split())[:60]
    words = f"{kind} {id_text}" if id_text else f"{kind} without id"
    return f'{words} ("{name}")' if name and name != id_text else words
