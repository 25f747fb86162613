"""Where a token can come to from an element of a diagram: what a move could skip, and what it would repeat."""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from lxml import etree

from app.formats.bpmn_checks import BYTES_MAX
from app.formats.bpmn_model import BPMN, EXTENSION
from app.formats.xml import local_name, parse_xml

_SCOPES: Final = frozenset({"process", "subProcess", "transaction", "adHocSubProcess"})
_EXTENSIONS: Final = f"{{{BPMN}}}extensionElements"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """The flow between the elements of a diagram and of those that it calls.

    Attributes:
        successors: elements that a token may come to next, inner scopes and boundary events included.
        steps: the approval step of each user task that has one.
        services: the operation of each service task.
        ends: names of end events, else their ids.
    """

    successors: Mapping[str, frozenset[str]]
    steps: Mapping[str, str]
    services: Mapping[str, str]
    ends: Mapping[str, str]

    def from_elements(self, elements: Iterable[str], *, stop_at: Collection[str] = ()) -> set[str]:
        """Return the elements themselves and all that can be reached from them, going no further than `stop_at`."""
        found: set[str] = set()
        todo = deque(elements)
        while todo:
            element = todo.popleft()
            if element in found:
                continue
            found.add(element)
            if element not in stop_at:
                todo.extend(self.successors.get(element, ()))
        return found

    def first_steps(self, elements: Iterable[str]) -> set[str]:
        """Return the approval steps that a token on these elements comes to first."""
        return {self.steps[element] for element in self.from_elements(elements, stop_at=self.steps.keys()) if element in self.steps}


def read_reach(contents: Iterable[bytes]) -> Reach:
    """Return the flow of diagrams that have passed the checks."""
    successors: dict[str, set[str]] = {}
    steps: dict[str, str] = {}
    services: dict[str, str] = {}
    ends: dict[str, str] = {}
    for content in contents:
        root = parse_xml(content, what="BPMN file", bytes_max=BYTES_MAX)
        for scope in root.iter(f"{{{BPMN}}}*"):
            if local_name(scope) not in _SCOPES:
                continue
            for source, target in _edges(scope):
                successors.setdefault(source, set()).add(target)
            for node in scope.iterchildren(f"{{{BPMN}}}*"):
                _note(node, steps, services, ends)
    return Reach(
        successors={element: frozenset(targets) for element, targets in successors.items()}, steps=steps, services=services, ends=ends
    )


def _edges(scope: etree._Element) -> Iterator[tuple[str, str]]:
    nodes = [node for node in scope.iterchildren(f"{{{BPMN}}}*") if node.get("id") and local_name(node) != "sequenceFlow"]
    targets: set[str] = set()
    for flow in scope.iterchildren(f"{{{BPMN}}}sequenceFlow"):
        targets.add(flow.get("targetRef") or "")
        yield flow.get("sourceRef") or "", flow.get("targetRef") or ""
    own = scope.get("id") or ""
    for node in nodes:
        name = node.get("id") or ""
        if host := (node.get("attachedToRef") or "").strip().rpartition(":")[2]:
            yield host, name
        elif name not in targets:
            yield own, name  # the scope begins here, or an event sub-process may
        if local_name(scope) != "process":
            yield name, own  # and goes on when what is inside has ended
        if local_name(node) == "callActivity":
            called = (node.get("calledElement") or "").rpartition(":")[2]
            yield name, called
    yield from _links(nodes)


def _links(nodes: Iterable[etree._Element]) -> Iterator[tuple[str, str]]:
    throws: dict[str, list[str]] = {}
    catches: dict[str, list[str]] = {}
    for node in nodes:
        for link in node.iterchildren(f"{{{BPMN}}}linkEventDefinition"):
            there = throws if local_name(node) == "intermediateThrowEvent" else catches
            there.setdefault(link.get("name") or "", []).append(node.get("id") or "")
    for name, sources in throws.items():
        for source in sources:
            for target in catches.get(name, ()):
                yield source, target


def _note(node: etree._Element, steps: dict[str, str], services: dict[str, str], ends: dict[str, str]) -> None:
    name = node.get("id") or ""
    match local_name(node):
        case "userTask":
            for each in node.iterfind(f"{_EXTENSIONS}/{{{EXTENSION}}}properties/{{{EXTENSION}}}property"):
                if each.get("name") == "approval_step" and each.get("value"):
                    steps[name] = each.get("value") or ""
        case "serviceTask":
            operator = node.find(f"{_EXTENSIONS}/{{{EXTENSION}}}serviceTaskOperator")
            if operator is not None:
                services[name] = operator.get("id") or ""
        case "endEvent":
            ends[name] = " ".join((node.get("name") or "").split()) or name
