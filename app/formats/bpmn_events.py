"""Checks events: which triggers each host allows, and what boundary events and event sub-processes ask for."""

from collections.abc import Iterator
from typing import Final

from app.domain.diagnostics import Diagnostic
from app.formats.bpmn_expressions import is_expression_of
from app.formats.bpmn_model import ACTIVITIES, SUB_PROCESSES, BpmnModel, FlowNode, Scope, describe
from app.formats.xml import local_name

_ALLOWED: Final[dict[str, frozenset[str]]] = {
    "intermediateCatchEvent": frozenset({"message", "timer", "conditional", "link", "signal"}),
    "intermediateThrowEvent": frozenset({"message", "escalation", "link", "compensate", "signal"}),
    "boundaryEvent": frozenset({"message", "timer", "escalation", "error", "cancel", "compensate", "conditional", "signal"}),
    "endEvent": frozenset({"message", "escalation", "error", "cancel", "compensate", "signal", "terminate"}),
}
_START_OF_PROCESS: Final = frozenset({"message", "timer", "conditional", "signal"})
_START_OF_EVENT_SUB_PROCESS: Final = _START_OF_PROCESS | {"escalation", "error", "compensate"}
_ALWAYS_INTERRUPTING: Final = frozenset({"error", "cancel", "compensate"})


def check_events(model: BpmnModel) -> Iterator[Diagnostic]:
    """Return the events that stand where they may not, or have triggers that they may not have."""
    yield from _check_compensation(model)
    for scope in model.scopes:
        for node in scope.nodes:
            yield from _check_triggers(model, node)
            yield from _check_thrown_compensation(model, node)
            if node.kind in {"boundaryEvent", "endEvent"} and "cancel" in node.triggers:
                yield from _check_cancel(model, node)
            yield from _check_interrupting(model, node)
            yield from _check_loop(model, node)
        if scope.is_event_sub_process:
            yield from _check_event_sub_process(model, scope)
        if scope.kind == "adHocSubProcess":
            yield from _check_ad_hoc(model, scope)


def _check_triggers(model: BpmnModel, node: FlowNode) -> Iterator[Diagnostic]:
    allowed = _allowed_triggers(node)
    if allowed is None:
        return
    for trigger in node.triggers:
        if trigger not in allowed and trigger != "reference":
            listed = ", ".join(sorted(allowed)) or "none"
            yield model.diagnose(
                node.element,
                "trigger_not_allowed",
                f"The {describe(node.element)} has a {trigger} event definition, which is not allowed there.",
                f"Use one of: {listed}.",
            )
    if not node.triggers and node.kind in {"intermediateCatchEvent", "boundaryEvent"}:
        yield model.diagnose(
            node.element,
            "trigger_missing",
            f"The {describe(node.element)} has no event definition: it would wait for nothing.",
            f"Add one of: {', '.join(sorted(allowed))}.",
        )


def _allowed_triggers(node: FlowNode) -> frozenset[str] | None:
    if node.kind != "startEvent":
        return _ALLOWED.get(node.kind)
    if node.scope.is_event_sub_process:
        return _START_OF_EVENT_SUB_PROCESS
    return frozenset() if node.scope.kind in SUB_PROCESSES else _START_OF_PROCESS


def _check_cancel(model: BpmnModel, node: FlowNode) -> Iterator[Diagnostic]:
    if node.kind == "boundaryEvent":
        host = model.nodes.get(node.host_id)
        fits = host is None or host.kind == "transaction"
        remedy = "Attach it to a transaction, or use an error event."
    else:
        fits = _is_inside_transaction(node.scope)
        remedy = "Use it inside a transaction, or use an error end event."
    if not fits:
        message = f"The {describe(node.element)} is a cancel event, which belongs to transactions alone."
        yield model.diagnose(node.element, "cancel_outside_transaction", message, remedy)


def _is_inside_transaction(scope: Scope) -> bool:
    place: Scope | None = scope
    while place is not None:
        if place.kind == "transaction":
            return True
        place = place.parent
    return False


def _check_interrupting(model: BpmnModel, node: FlowNode) -> Iterator[Diagnostic]:
    attribute = {"boundaryEvent": "cancelActivity", "startEvent": "isInterrupting"}.get(node.kind)
    if attribute is None or (node.element.get(attribute) or "").strip() not in {"false", "0"}:
        return
    always = [trigger for trigger in node.triggers if trigger in (_ALWAYS_INTERRUPTING - {"compensate"})]
    if always:
        yield model.diagnose(
            node.element,
            "must_interrupt",
            f"The {describe(node.element)} has {attribute}=false, but {always[0]} events always interrupt.",
            f"Remove {attribute} or set it to true.",
        )


def _check_loop(model: BpmnModel, node: FlowNode) -> Iterator[Diagnostic]:
    for child in node.element:
        if local_name(child) != "multiInstanceLoopCharacteristics":
            continue
        if is_expression_of(child) and not any(local_name(part) in {"loopCardinality", "loopDataInputRef"} for part in child):
            yield model.diagnose(
                child,
                "loop_without_count",
                f"The multi-instance {describe(node.element)} has neither loopCardinality nor loopDataInputRef.",
                "Say how many instances: a number, or the list to go through.",
                kind="product",
            )


def _check_event_sub_process(model: BpmnModel, scope: Scope) -> Iterator[Diagnostic]:
    starts = scope.of_kind("startEvent")
    if len(starts) != 1:
        message = f"The event {describe(scope.element)} has {len(starts)} start events."
        remedy = "Give it exactly one start event, with a trigger."
        # One that holds nothing at all is drawn collapsed: what is in it is not said yet.
        severity: Final = "error" if scope.nodes else "warning"
        yield model.diagnose(scope.element, "event_sub_process_start", message, remedy, severity=severity)
    for node in starts:
        if not node.triggers:
            message = f"The {describe(node.element)} starts an event sub-process but has no trigger."
            remedy = "Give it a message, timer, signal, error, escalation or conditional trigger."
            yield model.diagnose(node.element, "event_sub_process_start", message, remedy)
    for event in scope.parent.of_kind("boundaryEvent") if scope.parent is not None else ():
        if event.host_id == scope.id:
            message = f"The {describe(event.element)} is attached to the event {describe(scope.element)}, which is no activity of the flow."
            yield model.diagnose(event.element, "host_not_in_flow", message, "Attach it to an activity, or put the event inside.")


def _check_ad_hoc(model: BpmnModel, scope: Scope) -> Iterator[Diagnostic]:
    for kind in ("startEvent", "endEvent"):
        for node in scope.of_kind(kind):
            message = f"The {describe(node.element)} stands in an ad hoc sub-process, which has no start and end events."
            yield model.diagnose(node.element, "event_in_ad_hoc", message, "Remove the event.")


def _check_compensation(model: BpmnModel) -> Iterator[Diagnostic]:
    """Return the compensation events without a handler, and the handlers that nothing leads to."""
    linked: dict[str, list[FlowNode]] = {}
    for association in model.iterate("association"):
        ends = [(association.get(name) or "").strip().rpartition(":")[2] for name in ("sourceRef", "targetRef")]
        for one, other in (ends, ends[::-1]):
            if other in model.nodes:
                linked.setdefault(one, []).append(model.nodes[other])
    for scope in model.scopes:
        for node in scope.nodes:
            partners = linked.get(node.id, [])
            if node.kind == "boundaryEvent" and "compensate" in node.triggers:
                yield from _check_handlers(model, node, partners)
            elif node.is_compensation and not any("compensate" in each.triggers for each in partners) and not node.is_event_sub_process:
                message = f"The {describe(node.element)} is for compensation, but no compensation event is associated with it."
                remedy = "Draw an association from a compensation boundary event to it."
                yield model.diagnose(node.element, "compensation_without_event", message, remedy, kind="unsound", severity="warning")


def _check_handlers(model: BpmnModel, node: FlowNode, partners: list[FlowNode]) -> Iterator[Diagnostic]:
    handlers = [each for each in partners if each.kind in ACTIVITIES]
    wrong = [each for each in handlers if not each.is_compensation]
    if wrong:
        message = f"The {describe(node.element)} is associated with the {describe(wrong[0].element)}, which is not for compensation."
        yield model.diagnose(node.element, "compensation_handler", message, 'Set isForCompensation="true" on that activity.')
    elif len(handlers) != 1:
        message = f"The {describe(node.element)} is associated with {len(handlers)} activities."
        remedy = "Associate it with exactly one activity for compensation; several belong into a sub-process."
        yield model.diagnose(node.element, "compensation_handler", message, remedy)
    elif handlers[0].scope is not node.scope:
        message = f"The {describe(node.element)} is associated with the {describe(handlers[0].element)} of another process or sub-process."
        yield model.diagnose(node.element, "compensation_handler", message, "Put the activity for compensation beside the event.")


def _check_thrown_compensation(model: BpmnModel, node: FlowNode) -> Iterator[Diagnostic]:
    """Return that an event compensates an activity that it does not see: one of its own scope or of the one around an event sub-process."""
    if node.kind not in {"intermediateThrowEvent", "endEvent"}:
        return
    for part in node.element:
        target = model.nodes.get((part.get("activityRef") or "").rpartition(":")[2])
        if local_name(part) != "compensateEventDefinition" or target is None:
            continue
        seen, place = {node.scope}, node.scope
        if place.is_event_sub_process and place.parent is not None:
            seen.add(place.parent)
        if target.scope not in seen:
            message = f"The {describe(node.element)} compensates the {describe(target.element)} of another process or sub-process."
            remedy = "Name an activity beside the event, or throw the event where the activity is."
            yield model.diagnose(node.element, "compensation_out_of_sight", message, remedy)
