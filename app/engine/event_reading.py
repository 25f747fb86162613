"""Event definitions of a diagram as triggers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.engine.bpmn_file import BpmnFile, extension, kind_of, local_name, tag, text_of
from app.engine.events import Trigger, TriggerKind
from app.engine.timers import Timer, TimerKind, read_timer
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
}
_ALLOWED: Final[dict[str, tuple[TriggerKind, ...]]] = {
    "startEvent": ("none", "timer", "message", "signal", "conditional"),
    "sub-process": ("none",),
    "event sub-process": ("timer", "message", "signal", "error", "escalation", "conditional"),
    "intermediateCatchEvent": ("timer", "message", "signal", "conditional", "link"),
    "intermediateThrowEvent": ("none", "message", "signal", "escalation", "link"),
    "boundaryEvent": ("timer", "message", "signal", "error", "escalation", "conditional", "cancel"),
    "endEvent": ("none", "message", "signal", "error", "escalation", "cancel", "terminate"),
}


def read_trigger(file: BpmnFile, node: Node, *, place: str) -> Trigger:
    """Return what an event catches or throws; a none trigger, with a fault, where that cannot be read.

    Args:
        file: for its messages, errors and the like, and for faults.
        node: the event.
        place: the element's kind; for a start event "sub-process" or "event sub-process" when it stands in one.
    """
    definitions = [child for child in node if kind_of(child) in _KINDS]
    kind: TriggerKind = _KINDS[kind_of(definitions[0])] if definitions else "none"
    allowed = _ALLOWED[place]
    if kind not in allowed:
        if not any(kind_of(child) == "compensateEventDefinition" for child in node):
            what = "no trigger" if kind == "none" else f"the trigger {kind}"
            message = f"{node.get('id')} cannot have {what}."
            file.fault(node, "event_trigger", message, f"Choose one of: {', '.join(allowed)}.")
        return Trigger()
    if not definitions:
        return Trigger()
    definition = definitions[0]
    match kind:
        case "timer":
            return Trigger(kind=kind, timer=_read_timer(file, node, definition))
        case "conditional":
            condition = definition.find(tag("condition"))
            text = condition.text if condition is not None else None
            formula = file.formula(definition, text, element=node.get("id", ""))
            return Trigger(kind=kind, condition=formula)
        case "link":
            return Trigger(kind=kind, name=definition.get("name") or node.get("name") or "")
        case "cancel" | "terminate":
            return Trigger(kind=kind)
    return _read_reference(file, node, definition, kind)


def read_message(file: BpmnFile, node: Node) -> Trigger:
    """Return the message of a send or receive task; a task without one completes at once."""
    return _read_reference(file, node, node, "message") if node.get("messageRef") else Trigger()


def _read_reference(file: BpmnFile, node: Node, definition: Node, kind: TriggerKind) -> Trigger:
    reference = definition.get(f"{kind}Ref")
    root = file.roots.get(local_name(reference)) if reference else None
    if reference and (root is None or kind_of(root) != kind):
        file.fault(node, "reference_unknown", f'There is no {kind} "{reference}".', f"Choose or create a {kind} in the modeler.")
        return Trigger()
    if kind in ("error", "escalation"):
        code = "" if root is None else root.get(f"{kind}Code") or root.get("name") or root.get("id") or ""
        if not code and kind_of(node) in ("endEvent", "intermediateThrowEvent"):
            file.fault(node, "code_missing", f"The {kind} that is thrown has no code.", f"Choose a {kind} with a code.")
        name = code
    else:
        name = (root.get("name") or root.get("id") or "") if root is not None else node.get("name") or ""
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
