"""Where an instance begins, and when a start event would create one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from app.domain.errors import InvalidRequest
from app.engine.codec import freeze, read_instant
from app.engine.correlation import learn, values_of
from app.engine.events import CatchEvent, StartEvent
from app.engine.gateways import EventGateway
from app.engine.run import Run
from app.engine.timers import is_spent, next_occurrence
from app.engine.tokens import Process
from app.engine.values import EMPTY, Ports, StartSchedule

if TYPE_CHECKING:
    from app.engine.definition import Definition


def begin_process(process: Process, start_event: str | None, trigger: tuple[str, str] | None, payload: Any) -> None:
    """Put the first token in place: on the start event, on the task that creates instances, or on the gateway before it.

    Raises:
        InvalidRequest: there is nothing of that id that creates instances, or it has no such trigger.
    """
    if start_event is None:
        process.begin()
        return
    node = process.spec.task_specs.get(start_event)
    gateway = _gateway_before(process, start_event)
    if not isinstance(node, CatchEvent) or not (node.instantiates or gateway is not None):
        raise _unknown(process, start_event)
    kinds = [(each.kind, each.name) for each in node.triggers]
    if trigger is not None and trigger not in kinds:
        raise InvalidRequest(f"{start_event} has no trigger {' '.join(trigger)}.", errors={"trigger": ["unknown"]})
    at = kinds.index(trigger) if trigger is not None else 0
    place = node if gateway is None else gateway
    process.begin(place.name)
    token = next(each for each in process.tokens() if each.task_spec is place)
    came = [at, freeze(payload, name="payload")]
    if gateway is not None:
        token.internal_data["chosen"] = [node.name, came]
    elif not isinstance(node, StartEvent) or node.is_parallel or payload is not None:
        token.internal_data["came"] = came
    name = node.triggers[at].name
    if node.triggers[at].kind == "message":
        learn(process, name, values_of(process.run.definition.correlations, process.run, name, payload, EMPTY))


def _gateway_before(process: Process, element: str) -> EventGateway | None:
    for node in process.spec.nodes:
        if isinstance(node, EventGateway) and node.instantiates and any(flow.target == element for flow in node.outgoing):
            return node
    return None


def _unknown(process: Process, start_event: str) -> InvalidRequest:
    return InvalidRequest(f"{process.spec.name} has no start event {start_event}.", errors={"start_event": ["unknown"]})


def _start_event(definition: Definition, element: str) -> StartEvent:
    node = definition.graphs[definition.key].task_specs.get(element)
    if not isinstance(node, StartEvent):
        raise InvalidRequest(f"{definition.key} has no start event {element}.", errors={"start_event": ["unknown"]})
    return node


def next_start(definition: Definition, element: str, ports: Ports, previous: StartSchedule | None = None) -> StartSchedule | None:
    """Return when a timer start event creates its first instance, or the one after `previous`; None when none is left.

    Raises:
        InvalidRequest: no such start event, or one without a timer.
        ExpressionFailed: its expression gives no time.
    """
    node = _start_event(definition, element)
    timer = next((trigger.timer for trigger in node.triggers if trigger.timer is not None), None)
    if timer is None:
        raise InvalidRequest(f"The start event {element} has no timer.", errors={"start_event": ["no timer"]})
    if previous is None:
        process = Process(definition.graphs[definition.key], definition.graphs, Run(definition, ports))
        state = timer.arm(process.task_tree)
    else:
        later = next_occurrence(previous.state, ports.zone)
        if later is None:
            return None
        state = later
    return None if is_spent(state) else StartSchedule(due_at=read_instant(state["due"]), state=state)


def start_condition_holds(definition: Definition, element: str, variables: Mapping[str, Any], ports: Ports) -> bool:
    """Return whether the condition of a conditional start event is true for `variables`; null is not."""
    node = _start_event(definition, element)
    run = Run(definition, ports)
    process = Process(definition.graphs[definition.key], definition.graphs, run)
    process.data.update(variables)
    conditions = [trigger.condition for trigger in node.triggers if trigger.condition is not None]
    return any(run.evaluate_with_warnings(process.task_tree, condition)[0] is True for condition in conditions)
