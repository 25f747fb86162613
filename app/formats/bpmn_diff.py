"""What changed between two versions of a diagram, in the words of its elements; where they are drawn is no change."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from lxml import etree

from app.formats.bpmn_checks import BYTES_MAX
from app.formats.bpmn_model import BPMN, EXTENSION
from app.formats.xml import local_name, namespace_of, parse_xml

_ASSIGNMENT: Final = frozenset(
    {"approval_step", "assignees", "candidate_roles", "candidate_groups", "mode", "escalate_to", "escalate_mode"}
)
_TIMES: Final = frozenset(
    {
        "due",
        "remind_after",
        "escalate_after",
        "remind_every",
        "remind_before_due",
        "on_overdue",
        "timeDate",
        "timeDuration",
        "timeCycle",
        "calendar",
    }
)
_SILENT: Final = frozenset({"incoming", "outgoing", "documentation", "flowNodeRef"})
_CONTAINERS: Final = frozenset(
    {"process", "subProcess", "transaction", "adHocSubProcess", "laneSet", "lane", "collaboration", "definitions"}
)
_ROOTS: Final = frozenset({"message", "signal", "error", "escalation", "correlationProperty", "dataStore", "itemDefinition"})
_FLOW_ENDS: Final = frozenset({"sourceRef", "targetRef", "attachedToRef"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing about an element that is not as it was; `what` is a kind that stays the same, `name` says which."""

    what: str
    name: str
    before: str | None
    after: str | None

    def to_json(self) -> dict[str, str | None]:
        """Return the change for an answer."""
        return {"what": self.what, "name": self.name, "before": self.before, "after": self.after}


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementDiff:
    """An element that is only in one version, or in both with changes."""

    element: str
    name: str
    kind: str
    changes: tuple[Change, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the element for an answer."""
        shown: dict[str, Any] = {"element": self.element, "name": self.name, "kind": self.kind}
        return shown | ({"changes": [each.to_json() for each in self.changes]} if self.changes else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class BpmnDiff:
    """The difference between two versions, each list in the order of its diagram."""

    added: tuple[ElementDiff, ...]
    removed: tuple[ElementDiff, ...]
    changed: tuple[ElementDiff, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the difference for an answer."""
        lists = {"added": self.added, "removed": self.removed, "changed": self.changed}
        return {name: [each.to_json() for each in found] for name, found in lists.items()}


def diff_bpmn(before: bytes, after: bytes) -> BpmnDiff:
    """Return what an instance would notice of the change from `before` to `after`.

    1. Elements are the same when their ids are.
    2. Their facts are compared: name, kind, scope, conditions, timers, who is asked, what is called, what is caught or thrown, ends of flows.
    3. Drawing, documentation, and the order of elements in the file are no facts; the order of conditions out of a gateway is one.

    Raises:
        NotParseable, TooLarge: a file is no XML that is accepted.
    """
    old, new = _elements(before), _elements(after)
    changed = []
    for key, element in new.items():
        if key in old and (changes := tuple(_compare(old[key], element))):
            changed.append(_describe(element, changes))
    return BpmnDiff(
        added=tuple(_describe(element) for key, element in new.items() if key not in old),
        removed=tuple(_describe(element) for key, element in old.items() if key not in new),
        changed=tuple(changed),
    )


def _elements(content: bytes) -> dict[str, etree._Element]:
    """Return the elements that have a meaning of their own, by id: flow nodes, flows, data, lanes, and what events refer to."""
    root = parse_xml(content, what="BPMN file", bytes_max=BYTES_MAX)
    return {each.get("id") or "": each for each in root.iter(f"{{{BPMN}}}*") if each.get("id") and _stands_alone(each)}


def _stands_alone(element: etree._Element) -> bool:
    name = local_name(element)
    above = element.getparent()
    if above is None or name.endswith(("EventDefinition", "Characteristics", "Expression")):
        return False
    return name in _CONTAINERS | _ROOTS or (namespace_of(above) == BPMN and local_name(above) in _CONTAINERS - {"lane", "definitions"})


def _describe(element: etree._Element, changes: tuple[Change, ...] = ()) -> ElementDiff:
    return ElementDiff(
        element=element.get("id") or "", name=" ".join((element.get("name") or "").split()), kind=local_name(element), changes=changes
    )


def _compare(before: etree._Element, after: etree._Element) -> Iterator[Change]:
    old, new = _facts(before), _facts(after)
    for key in dict.fromkeys((*old, *new)):
        if old.get(key) != new.get(key):
            what, name = key
            yield Change(what=what, name=name, before=old.get(key), after=new.get(key))


def _facts(element: etree._Element) -> dict[tuple[str, str], str]:
    """Return what is said about an element, by kind and name of the fact."""
    above = element.getparent()
    facts: dict[tuple[str, str], str] = {("kind", "kind"): local_name(element)}
    if above is not None and local_name(above) != "definitions":
        facts["scope", "scope"] = above.get("id") or ""
    for name, value in element.attrib.items():
        if name != "id":
            facts[_kind_of_attribute(str(name)), str(name)] = " ".join(str(value).split())
    for path, value in _parts(element.iterchildren(), ""):
        key = (_kind_of_part(path), path)
        facts[key] = f"{facts[key]}, {value}" if key in facts else value
    order = [flow.get("id") or "" for flow in _conditional_flows(element)]
    if len(order) > 1:
        facts["flow", "order"] = ", ".join(order)
    return facts


def _kind_of_attribute(name: str) -> str:
    if name in _FLOW_ENDS or name == "default":
        return "flow"
    return name if name == "name" else "attribute"


def _kind_of_part(path: str) -> str:
    last = path.rpartition("/")[2].partition("@")[0]
    if last in _ASSIGNMENT:
        return "assignment"
    if last in _TIMES:
        return "timer"
    if last in ("conditionExpression", "condition", "completionCondition", "loopCondition"):
        return "condition"
    if "EventDefinition" in path:
        return "event"
    if "LoopCharacteristics" in path:
        return "multi_instance"
    return "decision" if last == "calledDecisionId" else "service" if "serviceTaskOperator" in path else "detail"


def _parts(children: Iterable[etree._Element], above: str) -> Iterator[tuple[str, str]]:
    """Yield path and value of whatever stands inside an element and is no element of its own."""
    for child in children:
        name = local_name(child)
        if name in _SILENT or (namespace_of(child) == BPMN and _stands_alone(child)):
            continue
        if namespace_of(child) == EXTENSION and name == "property":
            yield f"{child.get('name')}", child.get("value") or ""
            continue
        inside = "" if name in ("extensionElements", "properties") else f"{above}/{name}" if above else name
        if inside:
            yield from _own_parts(child, inside)
        yield from _parts(child.iterchildren(), inside)


def _own_parts(child: etree._Element, path: str) -> Iterator[tuple[str, str]]:
    text = " ".join((child.text or "").split())
    attributes: Mapping[str, str] = {str(key): str(value) for key, value in child.attrib.items() if not str(key).endswith(("}type", "id"))}
    if local_name(child) in ("serviceTaskOperator", "parameter"):
        attributes = {str(key): str(value) for key, value in child.attrib.items()}
    if text or (not attributes and not len(child)):
        yield path, text
    for key, value in attributes.items():
        yield f"{path}@{key}", value


def _conditional_flows(element: etree._Element) -> Iterator[etree._Element]:
    above = element.getparent()
    if above is None or local_name(element) not in ("exclusiveGateway", "complexGateway"):
        return
    for flow in above.iterchildren(f"{{{BPMN}}}sequenceFlow"):
        if flow.get("sourceRef") == element.get("id") and flow.find(f"{{{BPMN}}}conditionExpression") is not None:
            yield flow
