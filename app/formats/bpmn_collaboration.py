"""Checks what stands between and beside processes: pools, message flows, lanes, conversations (BPMN 2.0, chapters 7.6, 9 and 10.8)."""

from collections.abc import Iterator, Mapping
from typing import Final

from lxml import etree

from app.domain.diagnostics import Diagnostic
from app.formats.bpmn_model import ACTIVITIES, BPMN, BpmnModel, FlowNode, describe, text_of
from app.formats.bpmn_references import resolve
from app.formats.xml import local_name

_CONVERSATIONS: Final = frozenset({"conversation", "subConversation", "callConversation"})
_SENDING_EVENTS: Final = frozenset({"intermediateThrowEvent", "endEvent"})
_RECEIVING_EVENTS: Final = frozenset({"startEvent", "intermediateCatchEvent", "boundaryEvent"})


def check_collaboration(model: BpmnModel) -> Iterator[Diagnostic]:
    """Return the faults of message flows, participants, lanes and conversation links."""
    pools = _index_pools(model)
    for flow in model.iterate("messageFlow"):
        yield from _check_message_flow(model, flow, pools)
    for participant in model.iterate("participant"):
        yield from _check_multiplicity(model, participant)
    for lane_set in model.iterate("laneSet", "childLaneSet"):
        yield from _check_lanes(model, lane_set)
    for link in model.iterate("conversationLink"):
        yield from _check_conversation_link(model, link)


def _index_pools(model: BpmnModel) -> Mapping[str, str]:
    """Return the pool of each process by its id; a process that several participants have is in none of them alone."""
    pools: dict[str, str] = {}
    for participant in model.iterate("participant"):
        process = resolve(participant, participant.get("processRef") or "")
        if process:
            pools[process] = "" if process in pools else participant.get("id", "")
    return pools


def _check_message_flow(model: BpmnModel, flow: etree._Element, pools: Mapping[str, str]) -> Iterator[Diagnostic]:
    parent = flow.getparent()
    in_choreography = parent is not None and "horeography" in local_name(parent)
    ends: list[etree._Element] = []
    for name, verb in (("sourceRef", "send"), ("targetRef", "receive")):
        end = model.elements.get(resolve(flow, flow.get(name, "")) or "")
        if end is None:
            continue
        ends.append(end)
        if not _is_interaction_node(end):
            yield model.diagnose(
                flow,
                "message_flow_end",
                f"The {describe(flow)} is connected to the {describe(end)}, which can neither send nor receive messages.",
                "Let message flows begin and end at pools, activities or message events.",
            )
        elif reason := _why_not(model.nodes.get(end.get("id", "")), verb):
            message = f"The {describe(flow)} makes the {describe(end)} {verb} a message, but {reason}."
            remedy = "Turn the message flow round, or connect it to a message event or an activity."
            yield model.diagnose(flow, "message_flow_end", message, remedy)
    if len(ends) == 2 and not in_choreography:
        first, second = (_pool_of(end, pools) for end in ends)
        if first is not None and first == second:
            message = f"The {describe(flow)} stays within one pool: it goes from the {describe(ends[0])} to the {describe(ends[1])}."
            remedy = "Use a sequence flow within a pool; message flows go from one pool to another."
            yield model.diagnose(flow, "message_flow_in_pool", message, remedy)


def _is_interaction_node(element: etree._Element) -> bool:
    kind = local_name(element)
    return kind in ACTIVITIES or kind in _SENDING_EVENTS | _RECEIVING_EVENTS | _CONVERSATIONS | {"participant"}


def _why_not(node: FlowNode | None, verb: str) -> str | None:
    if node is None or node.kind in ACTIVITIES:
        return None
    if verb == "send" and node.kind not in _SENDING_EVENTS:
        return "it is an event that only receives"
    if verb == "receive" and node.kind not in _RECEIVING_EVENTS:
        return "it is an event that only sends"
    if not node.triggers and node.kind in _SENDING_EVENTS:
        return "it has no message event definition"
    if node.triggers and "message" not in node.triggers and "reference" not in node.triggers:
        return f"it is a {node.triggers[0]} event"
    return None


def _pool_of(element: etree._Element, pools: Mapping[str, str]) -> str | None:
    """Return what stands for the pool of an element: its participant, else its process; None where that is not clear."""
    place: etree._Element | None = element
    while place is not None:
        kind = local_name(place)
        if kind == "participant":
            return place.get("id")
        if kind == "process":
            process = place.get("id", "")
            return pools.get(process, f"process {process}") or None
        place = place.getparent()
    return None


def _check_multiplicity(model: BpmnModel, participant: etree._Element) -> Iterator[Diagnostic]:
    multiplicity = participant.find(f"{{{BPMN}}}participantMultiplicity")
    if multiplicity is None:
        return
    least, most = _number(multiplicity.get("minimum")), _number(multiplicity.get("maximum"))
    if (least is not None and least < 0) or (most is not None and most < 1) or (least is not None and most is not None and most < least):
        yield model.diagnose(
            multiplicity,
            "participant_multiplicity",
            f"The {describe(participant)} has the multiplicity {multiplicity.get('minimum', '0')} to {multiplicity.get('maximum', '1')}.",
            "The minimum is 0 or more; the maximum is 1 or more and not below the minimum.",
        )


def _number(text: str | None) -> int | None:
    try:
        return int(text) if text is not None else None
    except ValueError:
        return None


def _check_lanes(model: BpmnModel, lane_set: etree._Element) -> Iterator[Diagnostic]:
    process = _process_of(lane_set)
    lanes: dict[str, etree._Element] = {}
    for lane in lane_set.iterchildren(f"{{{BPMN}}}lane"):
        for reference in lane.iterchildren(f"{{{BPMN}}}flowNodeRef"):
            id_text = text_of(reference)
            node = model.nodes.get(id_text)
            if node is not None and _process_of(node.element) is not process:
                message = f"The {describe(lane)} lists the {describe(node.element)} of another process."
                yield model.diagnose(reference, "lane_of_other_process", message, "List flow nodes of the lane's own process alone.")
            other = lanes.setdefault(id_text, lane)
            if other is not lane and node is not None:
                message = f"The {describe(node.element)} is in the {describe(other)} and in the {describe(lane)}."
                yield model.diagnose(reference, "node_in_two_lanes", message, "Keep it in one lane of the lane set.")


def _process_of(element: etree._Element) -> etree._Element | None:
    place: etree._Element | None = element
    while place is not None and local_name(place) != "process":
        place = place.getparent()
    return place


def _check_conversation_link(model: BpmnModel, link: etree._Element) -> Iterator[Diagnostic]:
    ends = [model.elements.get(resolve(link, link.get(name, "")) or "") for name in ("sourceRef", "targetRef")]
    known = [end for end in ends if end is not None]
    if len(known) == 2 and sum(local_name(end) in _CONVERSATIONS for end in known) != 1:
        yield model.diagnose(
            link,
            "conversation_link_ends",
            f"The {describe(link)} goes from the {describe(known[0])} to the {describe(known[1])}.",
            "Connect a conversation with a participant.",
        )
