"""Checks choreographies: who takes part, who begins, and that each initiator took part before (BPMN 2.0, chapter 11)."""

from collections.abc import Iterator
from typing import Final

from app.domain.diagnostics import Diagnostic
from app.formats.bpmn_model import ACTIVITIES, BPMN, CHOREOGRAPHY, BpmnModel, FlowNode, Scope, describe, text_of
from app.formats.bpmn_references import resolve

_SCOPES: Final = frozenset({"choreography", "subChoreography", "globalChoreographyTask"})
_DATA: Final = ("dataObject", "dataObjectReference", "dataStoreReference")
_STARTS: Final = frozenset({"timer", "conditional", "signal"})
_ENDS: Final = frozenset({"terminate", "cancel"})
_TASK_PARTICIPANTS: Final = 2


def check_choreography(model: BpmnModel) -> Iterator[Diagnostic]:
    """Return the faults of choreographies, and the choreography activities that stand elsewhere."""
    for scope in model.scopes:
        yield from _check_no_data(model, scope)
        for node in scope.nodes:
            yield from _check_place(model, scope, node)
            if node.kind in CHOREOGRAPHY:
                yield from _check_participants(model, node)
                yield from _check_initiator(model, node)


def _check_no_data(model: BpmnModel, scope: Scope) -> Iterator[Diagnostic]:
    """Return the data of a choreography, which nobody could keep for all participants (11.4)."""
    if scope.kind in _SCOPES:
        for data in scope.element.iterchildren(*(f"{{{BPMN}}}{name}" for name in _DATA)):
            message = f"The {describe(data)} stands in a choreography, which has no data of its own."
            yield model.diagnose(data, "data_in_choreography", message, "Keep data in the processes of the participants.")


def _check_place(model: BpmnModel, scope: Scope, node: FlowNode) -> Iterator[Diagnostic]:
    inside = scope.kind in _SCOPES
    if inside and node.kind in ACTIVITIES:
        message = f"The {describe(node.element)} stands in a choreography."
        yield model.diagnose(node.element, "activity_in_choreography", message, "Use a choreography task, or draw a process.")
    if not inside and node.kind in CHOREOGRAPHY:
        message = f"The {describe(node.element)} stands in a process."
        yield model.diagnose(node.element, "choreography_in_process", message, "Use a task, or draw a choreography.")
    allowed = {"startEvent": _STARTS, "endEvent": _ENDS}.get(node.kind)
    if inside and allowed is not None:
        for trigger in node.triggers:
            if trigger not in allowed and trigger != "reference":
                message = f"The {describe(node.element)} is a {trigger} event, which choreographies do not have."
                yield model.diagnose(node.element, "trigger_not_allowed", message, f"Use none, or one of: {', '.join(sorted(allowed))}.")


def _participants_of(node: FlowNode) -> list[str]:
    references = node.element.iterchildren(f"{{{BPMN}}}participantRef")
    return [resolve(each, text_of(each)) or text_of(each) for each in references]


def _initiator_of(node: FlowNode) -> str:
    value = node.element.get("initiatingParticipantRef", "")
    return resolve(node.element, value) or value


def _check_participants(model: BpmnModel, node: FlowNode) -> Iterator[Diagnostic]:
    participants = _participants_of(node)
    if participants and _initiator_of(node) not in participants:
        message = f"The {describe(node.element)} is initiated by {_initiator_of(node)}, who does not take part in it."
        yield model.diagnose(
            node.element, "initiator_not_participant", message, "Name one of its participants in initiatingParticipantRef."
        )
    if node.kind == "choreographyTask" and len(set(participants)) != _TASK_PARTICIPANTS:
        message = f"The {describe(node.element)} has {len(set(participants))} participants."
        yield model.diagnose(node.element, "choreography_participants", message, "A choreography task has exactly two participants.")
    elif node.kind == "choreographyTask":
        for reference in node.element.iterchildren(f"{{{BPMN}}}messageFlowRef"):
            flow = model.elements.get(resolve(reference, text_of(reference)) or "")
            ends = {resolve(flow, flow.get(name, "")) for name in ("sourceRef", "targetRef")} if flow is not None else set()
            parts = {end for end in ends if end is not None and _is_participant(model, end)}
            if flow is not None and not parts <= set(participants):
                message = f"The {describe(flow)} of the {describe(node.element)} is not between its two participants."
                yield model.diagnose(reference, "choreography_message", message, "Name message flows between its own participants.")


def _is_participant(model: BpmnModel, id_text: str) -> bool:
    element = model.elements.get(id_text)
    return element is not None and str(element.tag) == f"{{{BPMN}}}participant"


def _check_initiator(model: BpmnModel, node: FlowNode) -> Iterator[Diagnostic]:
    initiator = _initiator_of(node)
    for flow in node.incoming:
        before = flow.source
        if before.kind in CHOREOGRAPHY and initiator not in _participants_of(before):
            message = (
                f"The {describe(node.element)} is initiated by {initiator}, who took no part in the {describe(before.element)} "
                "and cannot know that it is over."
            )
            remedy = "Let somebody initiate it who took part in the activity before."
            yield model.diagnose(node.element, "initiator_not_involved", message, remedy)
