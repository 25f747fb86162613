"""Checks ids and references of a BPMN file: unique, not dangling, of the right kind, within their scope."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from lxml import etree

from app.domain.diagnostics import Diagnostic
from app.formats.bpmn_model import (
    ACTIVITIES,
    BPMN,
    CHOREOGRAPHY,
    EVENT_DEFINITIONS,
    FLOW_NODES,
    BpmnModel,
    describe,
    find_identified,
    line_of,
    text_of,
)
from app.formats.xml import local_name, namespace_of

_CONVERSATIONS: Final = frozenset({"conversation", "subConversation", "callConversation"})
_CALLABLE: Final = frozenset(
    {"process", "globalTask", "globalUserTask", "globalManualTask", "globalScriptTask", "globalBusinessRuleTask", "globalChoreographyTask"}
)
_ITEMS: Final = frozenset({"dataObject", "dataObjectReference", "dataStore", "dataStoreReference", "dataInput", "dataOutput", "property"})
_ATTRIBUTES: Final[dict[str, frozenset[str] | None]] = {
    "messageRef": frozenset({"message"}),
    "signalRef": frozenset({"signal"}),
    "errorRef": frozenset({"error"}),
    "escalationRef": frozenset({"escalation"}),
    "operationRef": frozenset({"operation"}),
    "dataObjectRef": frozenset({"dataObject"}),
    "dataStoreRef": frozenset({"dataStore"}),
    "itemSubjectRef": frozenset({"itemDefinition"}),
    "itemRef": frozenset({"itemDefinition"}),
    "processRef": frozenset({"process"}),
    "attachedToRef": ACTIVITIES | CHOREOGRAPHY,
    "activityRef": frozenset(ACTIVITIES),
    "categoryValueRef": frozenset({"categoryValue"}),
    "correlationKeyRef": frozenset({"correlationKey"}),
    "correlationPropertyRef": frozenset({"correlationProperty"}),
    "definitionalCollaborationRef": frozenset({"collaboration", "globalConversation", "choreography", "globalChoreographyTask"}),
    "parameterRef": frozenset({"resourceParameter"}),
    "initiatingParticipantRef": frozenset({"participant"}),
    "noneBehaviorEventRef": EVENT_DEFINITIONS,
    "oneBehaviorEventRef": EVENT_DEFINITIONS,
    "calledChoreographyRef": frozenset({"choreography", "globalChoreographyTask"}),
    "calledCollaborationRef": frozenset({"collaboration", "globalConversation", "choreography", "globalChoreographyTask"}),
    "innerMessageFlowRef": frozenset({"messageFlow"}),
    "outerMessageFlowRef": frozenset({"messageFlow"}),
    "innerConversationNodeRef": _CONVERSATIONS,
    "outerConversationNodeRef": _CONVERSATIONS,
    "inputDataRef": frozenset({"dataInput", "inputSet"}),
    "outputDataRef": frozenset({"dataOutput", "outputSet"}),
    "evaluatesToTypeRef": frozenset({"itemDefinition"}),
    "partitionElementRef": None,
}
_TEXTS: Final[dict[str, frozenset[str] | None]] = {
    "incoming": frozenset({"sequenceFlow"}),
    "outgoing": frozenset({"sequenceFlow"}),
    "flowNodeRef": frozenset(FLOW_NODES),
    "eventDefinitionRef": frozenset(EVENT_DEFINITIONS),
    "operationRef": frozenset({"operation"}),
    "messageFlowRef": frozenset({"messageFlow"}),
    "participantRef": frozenset({"participant"}),
    "innerParticipantRef": frozenset({"participant"}),
    "outerParticipantRef": frozenset({"participant"}),
    "correlationPropertyRef": frozenset({"correlationProperty"}),
    "dataInputRefs": frozenset({"dataInput"}),
    "optionalInputRefs": frozenset({"dataInput"}),
    "whileExecutingInputRefs": frozenset({"dataInput"}),
    "outputSetRefs": frozenset({"outputSet"}),
    "dataOutputRefs": frozenset({"dataOutput"}),
    "optionalOutputRefs": frozenset({"dataOutput"}),
    "whileExecutingOutputRefs": frozenset({"dataOutput"}),
    "inputSetRefs": frozenset({"inputSet"}),
    "resourceRef": frozenset({"resource"}),
    "inMessageRef": frozenset({"message"}),
    "outMessageRef": frozenset({"message"}),
    "errorRef": frozenset({"error"}),
    "categoryValueRef": frozenset({"categoryValue"}),
    "interfaceRef": frozenset({"interface"}),
    "supportedInterfaceRef": frozenset({"interface"}),
    "endPointRef": frozenset({"endPoint"}),
    "choreographyRef": frozenset({"choreography", "globalChoreographyTask"}),
    "supports": frozenset({"process"}),
    "sourceRef": _ITEMS,
    "targetRef": _ITEMS,
}
_NAMED: Final[dict[frozenset[str], str]] = {
    ACTIVITIES: "an activity",
    ACTIVITIES | CHOREOGRAPHY: "an activity",
    FLOW_NODES: "a flow node",
    EVENT_DEFINITIONS: "an event definition",
    _ITEMS: "data",
    _CALLABLE: "a process or global task",
}
_REFERRING: Final = frozenset(_ATTRIBUTES) | {"default"}


def check_ids(model: BpmnModel) -> Iterator[Diagnostic]:
    """Return every use of an id after the first one."""
    seen: dict[str, etree._Element] = {}
    for element in find_identified(model.root):
        id_text = element.get("id", "")
        if not _is_standard(element):
            continue
        first = seen.setdefault(id_text, element)
        if first is not element:
            yield model.diagnose(
                element,
                "duplicate_id",
                f"Id {id_text} is used by the {describe(element)} and in line {line_of(first)} by the {describe(first)}.",
                "Give every element an id of its own.",
            )


def repeated_ids(model: BpmnModel) -> frozenset[str]:
    """Return the ids that more than one element has."""
    uses = Counter(element.get("id", "") for element in find_identified(model.root) if _is_standard(element))
    return frozenset(id_text for id_text, count in uses.items() if count > 1)


def check_references(model: BpmnModel) -> Iterator[Diagnostic]:
    """Return the references that name nothing, or something of the wrong kind."""
    for element in model.root.iter(f"{{{BPMN}}}*"):
        if not _REFERRING.isdisjoint(element.keys()):
            yield from _check_attributes(model, element)
    for element in model.iterate(*_TEXTS):
        yield from _check_one(model, element, local_name(element), text_of(element), _TEXTS[local_name(element)])
    for element in model.iterate("sequenceFlow"):
        yield from _check_flow_ends(model, element)
    for element in model.iterate("messageFlow", "conversationLink", "association"):
        for end in ("sourceRef", "targetRef"):
            yield from _check_one(model, element, end, element.get(end, ""), None)
    for element in model.iterate("callActivity"):
        called = model.elements.get(resolve(element, element.get("calledElement", "")) or "")
        if called is not None:
            yield from _check_one(model, element, "calledElement", element.get("calledElement", ""), _CALLABLE)
    yield from _check_events(model)
    for element in model.iterate("loopDataInputRef", "loopDataOutputRef"):
        yield from _check_collection(model, element)
    for element in model.iterate("boundaryEvent"):
        yield from _check_host(model, element)
    for element in model.iterate("incoming", "outgoing"):
        yield from _check_listed_flow(model, element)


def _check_events(model: BpmnModel) -> Iterator[Diagnostic]:
    """Return the faults of what link events name, and of the data of signals, errors and escalations."""
    for link in model.iterate("linkEventDefinition"):
        for end in link.iterchildren(f"{{{BPMN}}}source", f"{{{BPMN}}}target"):
            yield from _check_one(model, end, local_name(end), text_of(end), frozenset({"linkEventDefinition"}))
    for thrown in model.iterate("signal", "error", "escalation"):
        structure = thrown.get("structureRef")
        if structure is not None:
            yield from _check_one(model, thrown, "structureRef", structure, frozenset({"itemDefinition"}))


def _check_collection(model: BpmnModel, element: etree._Element) -> Iterator[Diagnostic]:
    """Return the fault of a multi-instance's list; that it names a variable and no element of the file is common, and only warned of."""
    for fault in _check_one(model, element, local_name(element), text_of(element), _ITEMS):
        yield replace(fault, severity="warning" if fault.code == "dangling_reference" else "error")


def _is_standard(element: etree._Element) -> bool:
    namespace = namespace_of(element)
    return namespace == BPMN or namespace.startswith("http://www.omg.org/spec/")


def _check_attributes(model: BpmnModel, element: etree._Element) -> Iterator[Diagnostic]:
    for name, kinds in _ATTRIBUTES.items():
        value = element.get(name)
        if value is not None:
            yield from _check_one(model, element, name, value, kinds)
    if element.get("default") is not None and local_name(element) in FLOW_NODES:
        yield from _check_default(model, element)


def _check_one(model: BpmnModel, element: etree._Element, name: str, value: str, kinds: frozenset[str] | None) -> Iterator[Diagnostic]:
    local = resolve(element, value)
    if local is None:
        return
    target = model.elements.get(local)
    if target is not None and (kinds is None or local_name(target) in kinds):
        return
    owner = element if name != local_name(element) else element.getparent()
    what = describe(owner if owner is not None else element)
    if target is None:
        yield model.diagnose(
            element,
            "dangling_reference",
            f'{name} of the {what} names "{value}", which does not exist.',
            f'Define "{value}" in this file, or name an element that exists.',
        )
    else:
        assert kinds is not None, "without kinds any element that exists is right"
        expected = _NAMED.get(kinds) or " or ".join(sorted(kinds))
        yield model.diagnose(
            element,
            "wrong_reference",
            f"{name} of the {what} names the {describe(target)}, but expects {expected}.",
            "Name an element of the expected kind.",
        )


def resolve(element: etree._Element, value: str) -> str | None:
    """Return the local id that a reference names; None where a prefix points into another namespace (an import)."""
    prefix, colon, local = value.strip().partition(":")
    if not colon:
        return prefix
    namespace = element.nsmap.get(prefix)
    own = element.getroottree().getroot().get("targetNamespace")
    if namespace is None:
        return value.strip()
    return local if namespace in {own, BPMN} else None


def _check_flow_ends(model: BpmnModel, element: etree._Element) -> Iterator[Diagnostic]:
    ends = []
    for name in ("sourceRef", "targetRef"):
        value = element.get(name)
        if value is None:
            continue
        faults = list(_check_one(model, element, name, value, FLOW_NODES))
        yield from faults
        if not faults:
            ends.append(model.nodes.get(value))
    if len(ends) < 2 or ends[0] is None or ends[1] is None:
        return
    if ends[0].scope is not ends[1].scope:
        yield model.diagnose(
            element,
            "flow_crosses_scope",
            f"The {describe(element)} goes from the {describe(ends[0].element)} to the {describe(ends[1].element)} in another process or sub-process.",
            "Keep sequence flows within one process or sub-process; between pools use a message flow.",
        )
    elif element.getparent() is not ends[0].scope.element:
        yield model.diagnose(
            element,
            "flow_in_wrong_scope",
            f"The {describe(element)} does not stand in the process or sub-process of its two ends.",
            "Move the sequence flow to the element that holds its source and target.",
        )


def _check_host(model: BpmnModel, element: etree._Element) -> Iterator[Diagnostic]:
    node = model.nodes.get(element.get("id", ""))
    host = model.nodes.get(node.host_id) if node is not None else None
    if host is None or node is None or host.kind not in ACTIVITIES | CHOREOGRAPHY:
        return
    if host.scope is not node.scope:
        yield model.diagnose(
            element,
            "host_in_other_scope",
            f"The {describe(element)} is attached to the {describe(host.element)} in another process or sub-process.",
            "Put the boundary event beside the activity it is attached to.",
        )


def _check_listed_flow(model: BpmnModel, element: etree._Element) -> Iterator[Diagnostic]:
    owner = element.getparent()
    flow = model.elements.get(resolve(element, text_of(element)) or "")
    if owner is None or flow is None or local_name(flow) != "sequenceFlow":
        return
    end = "targetRef" if local_name(element) == "incoming" else "sourceRef"
    if local_name(owner) in FLOW_NODES and flow.get(end) != owner.get("id"):
        yield model.diagnose(
            element,
            "flow_mismatch",
            f"The {describe(owner)} lists the {describe(flow)} as {local_name(element)}, but its {end} is {flow.get(end)}.",
            f"Correct {end} of the flow, or remove the line from the element.",
        )


def _check_default(model: BpmnModel, element: etree._Element) -> Iterator[Diagnostic]:
    value = element.get("default", "")
    faults = list(_check_one(model, element, "default", value, frozenset({"sequenceFlow"})))
    yield from faults
    flow = model.elements.get(resolve(element, value) or "")
    if not faults and flow is not None and flow.get("sourceRef") != element.get("id"):
        yield model.diagnose(
            element,
            "default_of_other",
            f"The default flow {value} of the {describe(element)} does not leave it.",
            "Name one of the sequence flows that leave the element.",
        )
