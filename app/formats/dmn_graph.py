"""The decision requirement graph of a file and what it imports: its elements by reference, checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from app.formats.dmn_file import DmnFile, read_name

KINDS: Final = ("inputData", "decision", "businessKnowledgeModel", "decisionService")
ELEMENTS_MAX: Final = 2_000
REQUIREMENTS: Final = (
    ("informationRequirement", "requiredInput", ("inputData",)),
    ("informationRequirement", "requiredDecision", ("decision",)),
    ("knowledgeRequirement", "requiredKnowledge", ("businessKnowledgeModel", "decisionService")),
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrgElement:
    """An element of a graph; `key` is its id, after the number of its file when that is imported."""

    file: DmnFile
    element: etree._Element
    kind: str
    key: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Requirement:
    """What an element requires; `prefix` is the name of the import that it comes from, "" for its own file."""

    target: DrgElement
    prefix: str
    place: etree._Element


@dataclass(frozen=True, slots=True, kw_only=True)
class Drg:
    """The elements of all files: by namespace and id, and by kind in file order."""

    files: Sequence[DmnFile]
    by_place: Mapping[tuple[int, str], DrgElement]
    by_kind: Mapping[str, Sequence[DrgElement]]
    requirements: dict[str, tuple[Requirement, ...]] = field(default_factory=dict)

    def required(self, part: DrgElement) -> tuple[Requirement, ...]:
        """Return what a decision or business knowledge model requires: input data, decisions, knowledge."""
        if part.key not in self.requirements:
            found: list[Requirement] = []
            for requirement, reference, kinds in REQUIREMENTS:
                for place in part.file.children(part.element, requirement):
                    for child in part.file.children(place, reference):
                        target = self.find(part.file, child, kinds)
                        if target is not None and all(each.target is not target for each in found):
                            found.append(Requirement(target=target, prefix=_prefix_of(part.file, target.file), place=child))
            self.requirements[part.key] = tuple(found)
        return self.requirements[part.key]

    def list_references(self, part: DrgElement, name: str, kind: str) -> tuple[Requirement, ...]:
        """Return what a decision service names by its child elements `name`."""
        found: list[Requirement] = []
        for place in part.file.children(part.element, name):
            target = self.find(part.file, place, (kind,))
            if target is not None and all(each.target is not target for each in found):
                found.append(Requirement(target=target, prefix=_prefix_of(part.file, target.file), place=place))
        return tuple(found)

    def find(self, file: DmnFile, reference: etree._Element, kinds: Sequence[str]) -> DrgElement | None:
        """Return the element that a reference's href names; None and a fault when there is none of these kinds."""
        href = (reference.get("href") or "").strip()
        uri, _, key = href.rpartition("#")
        place = file if uri in ("", file.uri) else self._find_file(uri)
        target = None if place is None else self.by_place.get((place.number, key))
        if target is not None and target.kind in kinds:
            if target.file is not file and target.file not in file.imports.values():
                message = f"{href!r} is in a file that this one does not import."
                file.fault(reference, "dmn-import-missing", message, "Import the file.", severity="warning")
            return target
        message = f"There is no {' or '.join(kinds)} {href!r}."
        file.fault(reference, "dmn-reference-unknown", message, "Draw the requirement to an element of this file or of an imported one.")
        return None

    def _find_file(self, uri: str) -> DmnFile | None:
        return next((file for file in self.files if file.uri == uri), None)


def _prefix_of(file: DmnFile, other: DmnFile) -> str:
    return "" if file is other else next((prefix for prefix, imported in file.imports.items() if imported is other), "")


def read_graph(files: Sequence[DmnFile]) -> Drg:
    """Return the graph of the files; names and ids that stand twice, and circles, are faults."""
    by_place: dict[tuple[int, str], DrgElement] = {}
    by_kind: dict[str, list[DrgElement]] = {kind: [] for kind in KINDS}
    for file in files:
        names: set[str] = set()
        for kind in KINDS:
            for part in _read_kind(file, kind):
                _check_identity(part, by_place, names)
                by_place.setdefault((file.number, part.element.get("id") or f" {len(by_place)}"), part)
                by_kind[kind].append(part)
    graph = Drg(files=files, by_place=by_place, by_kind=by_kind)
    _check_circles(graph)
    return graph


def _read_kind(file: DmnFile, kind: str) -> Iterable[DrgElement]:
    elements = file.children(file.root, kind)
    if len(elements) > ELEMENTS_MAX:
        message = f"The file has {len(elements)} elements {kind}; at most {ELEMENTS_MAX} are run."
        file.fault(file.root, "dmn-size", message, "Split the file.", kind="unsupported")
        return
    for position, element in enumerate(elements):
        name = file.name(element)
        key = element.get("id") or name or f"{kind} {position}"
        yield DrgElement(file=file, element=element, kind=kind, key=f"{file.number} {key}" if file.number else key, name=name)


def _check_identity(part: DrgElement, by_place: Mapping[tuple[int, str], DrgElement], names: set[str]) -> None:
    key = part.element.get("id")
    if key and (part.file.number, key) in by_place:
        part.file.fault(part.element, "dmn-id-twice", f"Two elements have the id {key!r}.", "Give one of them another id.")
    if part.name and part.name in names:
        part.file.fault(part.element, "dmn-name-twice", f"Two elements are named {part.name!r}.", "Rename one of them.")
    names.add(part.name)


@dataclass(slots=True)
class _Walk:
    done: set[str] = field(default_factory=set)
    open: dict[str, DrgElement] = field(default_factory=dict)


def _check_circles(graph: Drg) -> None:
    """A decision or knowledge model that requires itself by way of others is a fault; a function may call itself."""
    walk = _Walk()
    for part in (*graph.by_kind["decision"], *graph.by_kind["businessKnowledgeModel"], *graph.by_kind["decisionService"]):
        _visit(graph, part, walk)


def _visit(graph: Drg, start: DrgElement, walk: _Walk) -> None:
    """Search in depth with a stack of our own, so that a long chain is no deep recursion."""
    if start.key in walk.done:
        return
    stack = [(start, iter(_followed(graph, start)))]
    walk.open = {start.key: start}
    while stack:
        part, rest = stack[-1]
        following = next(rest, None)
        if following is None:
            stack.pop()
            walk.open.pop(part.key)
            walk.done.add(part.key)
        elif following.key in walk.open:
            around = list(walk.open.values())
            circle = [*around[around.index(following) :], following]
            path = " → ".join(each.name for each in circle)
            message = f"The requirements go in a circle: {path}."
            following.file.fault(following.element, "dmn-requirement-cycle", message, "Remove one of the requirements.")
        elif following.key not in walk.done:
            stack.append((following, iter(_followed(graph, following))))
            walk.open[following.key] = following


def _followed(graph: Drg, part: DrgElement) -> list[DrgElement]:
    if part.kind == "decisionService":
        return [each.target for each in graph.list_references(part, "outputDecision", "decision")]
    targets = [each.target for each in graph.required(part)]
    return [target for target in targets if target.kind != "inputData" and (target is not part or part.kind == "decision")]


def name_of_variable(part: DrgElement) -> str:
    """Return the name that expressions use: that of the element's variable, else its own."""
    variable = part.file.child(part.element, "variable")
    return (read_name(variable) if variable is not None else "") or part.name
