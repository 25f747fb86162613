"""The decision requirement graph of a file: its elements by reference, checked and put in order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from app.formats.dmn_file import DmnFile, read_name
from app.formats.xml import local_name

KINDS: Final = ("inputData", "decision", "businessKnowledgeModel", "decisionService")
ELEMENTS_MAX: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Drg:
    """The elements of a file by their id, and by kind in file order."""

    file: DmnFile
    by_id: Mapping[str, etree._Element]
    by_kind: Mapping[str, tuple[etree._Element, ...]]

    def require(self, element: etree._Element, requirement: str, reference: str, kinds: tuple[str, ...]) -> list[etree._Element]:
        """Return the elements that `element` names by requirement/reference; one that is not there is a fault."""
        found: list[etree._Element] = []
        for part in self.file.children(element, requirement):
            for child in self.file.children(part, reference) if reference else [part]:
                target = self.find(child, kinds)
                if target is not None:
                    found.append(target)
        return found

    def find(self, reference: etree._Element, kinds: tuple[str, ...]) -> etree._Element | None:
        """Return the element that a reference's href names; None and a fault when there is none of these kinds."""
        href = (reference.get("href") or "").strip()
        _, separator, key = href.rpartition("#")
        target = self.by_id.get(key) if separator else None
        if target is not None and local_name(target) in kinds:
            return target
        message = f"There is no {' or '.join(kinds)} {href!r}."
        self.file.fault(reference, "dmn-reference-unknown", message, "Draw the requirement to an element of this file.")
        return None

    def required(self, element: etree._Element) -> list[etree._Element]:
        """Return what a decision or business knowledge model requires: input data, decisions, knowledge."""
        return [
            *self.require(element, "informationRequirement", "requiredInput", ("inputData",)),
            *self.require(element, "informationRequirement", "requiredDecision", ("decision",)),
            *self.require(element, "knowledgeRequirement", "requiredKnowledge", ("businessKnowledgeModel", "decisionService")),
        ]


def read_graph(file: DmnFile) -> Drg:
    """Return the graph of the file; names and ids that stand twice, and circles, are faults."""
    by_id: dict[str, etree._Element] = {}
    by_kind: dict[str, tuple[etree._Element, ...]] = {}
    names: dict[str, etree._Element] = {}
    for kind in KINDS:
        elements = file.children(file.root, kind)
        if len(elements) > ELEMENTS_MAX:
            message = f"The file has {len(elements)} elements {kind}; at most {ELEMENTS_MAX} are run."
            file.fault(file.root, "dmn-size", message, "Split the file.", kind="unsupported")
            elements = []
        by_kind[kind] = tuple(elements)
        for element in elements:
            key, name = element.get("id"), file.name(element)
            if not key:
                file.fault(element, "dmn-id-missing", f"The {kind} {name!r} has no id.", "Give it an id.")
            elif key in by_id:
                file.fault(element, "dmn-id-twice", f"Two elements have the id {key!r}.", "Give one of them another id.")
            by_id.setdefault(key or f" {len(by_id)}", element)
            if name in names:
                file.fault(element, "dmn-name-twice", f"Two elements are named {name!r}.", "Rename one of them.")
            names.setdefault(name, element)
    graph = Drg(file=file, by_id=by_id, by_kind=by_kind)
    _check_circles(graph)
    return graph


@dataclass(slots=True)
class _Walk:
    done: set[etree._Element] = field(default_factory=set)
    open: list[etree._Element] = field(default_factory=list)


def _check_circles(graph: Drg) -> None:
    """A decision or knowledge model that requires itself, directly or not, is a fault; a function may call itself."""
    walk = _Walk()
    for element in (*graph.by_kind["decision"], *graph.by_kind["businessKnowledgeModel"]):
        _visit(graph, element, walk)


def _visit(graph: Drg, start: etree._Element, walk: _Walk) -> None:
    """Search in depth with a stack of our own, so that a long chain is no deep recursion."""
    if start in walk.done:
        return
    stack = [(start, iter(_followed(graph, start)))]
    walk.open = [start]
    while stack:
        element, rest = stack[-1]
        following = next(rest, None)
        if following is None:
            stack.pop()
            walk.open.pop()
            walk.done.add(element)
        elif following in walk.open:
            circle = [*walk.open[walk.open.index(following) :], following]
            path = " → ".join(read_name(part) for part in circle)
            message = f"The requirements go in a circle: {path}."
            graph.file.fault(following, "dmn-requirement-cycle", message, "Remove one of the requirements.")
        elif following not in walk.done:
            stack.append((following, iter(_followed(graph, following))))
            walk.open.append(following)


def _followed(graph: Drg, element: etree._Element) -> Iterable[etree._Element]:
    return [part for part in graph.required(element) if part is not element and local_name(part) in ("decision", "businessKnowledgeModel")]
