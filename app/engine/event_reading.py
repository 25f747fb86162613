"""Event definitions of a diagram as triggers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from app.engine.bpmn_file import BpmnFile, extension, kind_of, local_name, tag, text_of
from app.engine.formulas import compile_formula
from app.engine.timers import Timer, TimerKind, read_timer
from app.engine.triggers import NONE, Trigger, TriggerKind
from app.feel.errors import FeelError

if TYPE_CHECKING:
    from lxml.etree import _Element as Node

_TIMERS: Final[tuple[TimerKind, ...]] = ("timeDate", "timeDuration", "timeCycle")
_KINDS: Final[dict[str, TriggerKind]] = {
    "timerEventDefinition": "timer",
    "messageEventDefinition": "message",
    "signalEventDefinition": "signal",
    "errorEventDefinition": "error",
    "escalationEventDefinition": "escalation",
    "conditionalEventDefinition": "conditional",
    "cancelEventDefinition": "cancel",
    "terminateEventDefinition": "terminate",
    "linkEventDefinition": "link",
    "compensateEventDefinition": "compensate",
}
_ALLOWED: Final[dict[str, tuple[TriggerKind, ...]]] = {
    "startEvent": ("none", "timer", "message", "signal", "conditional"),
    "sub-process": ("none",),
    "event sub-process": ("timer", "message", "signal", "error", "escalation", "conditional", "compensate"),
    "intermediateCatchEvent": ("timer", "message", "signal", "conditional", "link"),
    "intermediateThrowEvent": ("none", "message", "signal", "escalation", "link", "compensate"),
    "boundaryEvent": ("timer", "message", "signal", "error", "escalation", "conditional", "cancel", "compensate"),
    "endEvent": ("none", "message", "signal", "error", "escalation", "cancel", "terminate", "compensate"),
}
_ALONE: Final[tuple[TriggerKind, ...]] = ("link", "compensate")


def read_triggers(file: BpmnFile, node: Node, *, place: str) -> tuple[Trigger, ...]:
    """Return what an event catches or throws; a none trigger, with a fault, where that cannot be read.

    Args:
        file: for its messages, errors and the like, and for faults.
        node: the event.
        place: the element's kind; for a start event "sub-process" or "event sub-process" when it stands in one.
    """
    definitions = _definitions(file, node)
    if not definitions and "none" in _ALLOWED[place]:
        return (NONE,)
    if not definitions:
        return (_refuse_trigger(file, node, "no trigger", place=place),)
    found = tuple(_read_trigger(file, node, definition, place=place) for definition in definitions)
    if len(found) > 1 and any(trigger.kind in _ALONE for trigger in found) and place != "endEvent":
        message = f"{node.get('id')} combines a link or compensation with other triggers."
        file.fault(node, "event_trigger", message, "Give the link or the compensation an event of its own.")
        return (NONE,)
    return found


def _definitions(file: BpmnFile, node: Node) -> list[Node]:
    """Return the event definitions of an event, shared ones included."""
    found = []
    for child in node:
        if kind_of(child) in _KINDS:
            found.append(child)
        elif kind_of(child) == "eventDefinitionRef":
            shared = file.event_definitions.get(local_name(child.text))
            if shared is None:
                message = f'There is no event definition "{child.text}".'
                file.fault(node, "reference_unknown", message, "Put the event definition into the event itself.")
            else:
                found.append(shared)
    return found


def _read_trigger(file: BpmnFile, node: Node, definition: Node, *, place: str) -> Trigger:
    kind = _KINDS[kind_of(definition)]
    if kind not in _ALLOWED[place]:
        return _refuse_trigger(file, node, f"the trigger {kind}", place=place)
    return read_definition(file, node, definition)


def _refuse_trigger(file: BpmnFile, node: Node, what: str, *, place: str) -> Trigger:
    file.fault(node, "event_trigger", f"{node.get('id')} cannot have {what}.", f"Choose one of: {', '.join(_ALLOWED[place])}.")
    return NONE


def read_definition(file: BpmnFile, node: Node, definition: Node) -> Trigger:
    """Return the trigger that one event definition of the element `node` writes."""
    kind = _KINDS[kind_of(definition)]
    match kind:
        case "timer":
            return Trigger(kind=kind, timer=_read_timer(file, node, definition))
        case "conditional":
            condition = definition.find(tag("condition"))
            text = condition.text if condition is not None else None
            return Trigger(kind=kind, condition=file.formula(definition, text, element=node.get("id", "")))
        case "link":
            return Trigger(kind=kind, name=definition.get("name") or node.get("name") or "")
        case "compensate":
            waits = definition.get("waitForCompletion", "true") in ("true", "1")
            return Trigger(kind=kind, name=local_name(definition.get("activityRef")), waits=waits)
        case "cancel" | "terminate":
            return Trigger(kind=kind)
    return _read_reference(file, node, definition, kind)


def read_message(file: BpmnFile, node: Node) -> Trigger:
    """Return the message of a send or receive task; a task without one completes at once."""
    if node.get("messageRef"):
        return _read_reference(file, node, node, "message")
    message = _operation_message(file, node)
    return Trigger(kind="message", name=message) if message else NONE


def with_data_payload(trigger: Trigger, names: tuple[str, ...], *, element: str) -> Trigger:
    """Return a trigger that throws the data inputs of its event, when it says nothing else."""
    if trigger.payload is not None or not names:
        return trigger
    text = names[0] if len(names) == 1 else "{" + ", ".join(f"{name}: {name}" for name in names) + "}"
    return replace(trigger, payload=compile_formula(text, element=element, names=names))


def _operation_message(file: BpmnFile, definition: Node) -> str:
    """Return the name of the message of an operation: what comes in for who receives, also for a send task, which calls it."""
    reference = definition.get("operationRef") or text_of(definition, "operationRef")
    operation = file.operations.get(local_name(reference))
    if operation is None:
        return ""
    message = file.roots.get(local_name(text_of(operation, "inMessageRef")))
    return (message.get("name") or message.get("id") or "") if message is not None else ""


def _read_reference(file: BpmnFile, node: Node, definition: Node, kind: TriggerKind) -> Trigger:
    reference = definition.get(f"{kind}Ref")
    root = file.roots.get(local_name(reference)) if reference else None
    if reference and (root is None or kind_of(root) != kind):
        file.fault(node, "reference_unknown", f'There is no {kind} "{reference}".', f"Choose or create a {kind} in the modeler.")
        return NONE
    if kind in ("error", "escalation"):
        name = "" if root is None else root.get(f"{kind}Code") or root.get("name") or root.get("id") or ""
        if not name and kind_of(node) in ("endEvent", "intermediateThrowEvent"):
            file.fault(node, "code_missing", f"The {kind} that is thrown has no code.", f"Choose an {kind} with a code.")
    else:
        name = (root.get("name") or root.get("id") or "") if root is not None else ""
        name = name or (_operation_message(file, definition) if kind == "message" else "") or node.get("name") or ""
        if not name:
            file.fault(node, "reference_missing", f"The {kind} has no name.", f"Choose or create a {kind} in the modeler.")
    sources = [source for source in (definition, root, node) if source is not None]
    variable = _first(sources, "messageVariable" if kind == "message" else "variableName")
    text = _first(sources, "messagePayload" if kind == "message" else "payloadExpression")
    payload = file.formula(node, text, element=node.get("id", "")) if text else None
    return Trigger(kind=kind, name=name, variable=variable, payload=payload)


def _first(sources: list[Node], name: str) -> str | None:
    return next((found for source in sources if (found := extension(source, name))), None)


def _read_timer(file: BpmnFile, node: Node, definition: Node) -> Timer | None:
    kinds: list[TimerKind] = [kind for kind in _TIMERS if text_of(definition, kind)]
    if len(kinds) != 1:
        file.fault(node, "timer_missing", "The timer has no date, duration or cycle.", 'Give it exactly one, such as "P3D".')
        return None
    try:
        return read_timer(text_of(definition, kinds[0]), kind=kinds[0], element=node.get("id", ""))
    except (ValueError, FeelError) as error:
        remedy = "Write ISO 8601 text (P3D, PT4H, R3/PT1H, 2026-07-01T09:00:00Z) or a FEEL expression that gives such a value."
        file.fault(node, "timer_invalid", f"The timer cannot be read: {error}", remedy, kind="product")
        return None
