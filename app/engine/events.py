"""Events: what catches, what throws, and how a thrown event finds its catcher."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from app.engine.codec import freeze
from app.engine.errors import ErrorNotCaught
from app.engine.formulas import Formula
from app.engine.library import TaskState
from app.engine.nodes import FlowNode
from app.engine.timers import Timer, next_occurrence
from app.engine.tokens import Process, Scope, Token
from app.engine.values import EMPTY, Element, EndState, ThrownEvent

TriggerKind = Literal["none", "timer", "message", "signal", "error", "escalation", "conditional", "cancel", "terminate", "link"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """What an event catches or throws.

    `name` is the name of a message, signal or link, or the code of an error or escalation (empty catches every code);
    `variable` takes the payload that is caught, `payload` computes the one that is thrown.
    """

    kind: TriggerKind = "none"
    name: str = ""
    variable: str | None = None
    payload: Formula | None = None
    timer: Timer | None = None
    condition: Formula | None = None


class EventNode(FlowNode):
    """Any event, send task or receive task."""

    def __init__(self, graph: Any, element: Element, *, trigger: Trigger, name: str | None = None, **settings: Any) -> None:
        super().__init__(graph, element, name=name, **settings)
        self.trigger = trigger


class StartEvent(EventNode):
    """A start event; whoever creates the instance has seen its trigger already."""


class CatchEvent(EventNode):
    """An intermediate catch event or receive task: it waits for its trigger."""

    hold_state = TaskState.WAITING

    def __init__(self, graph: Any, element: Element, **settings: Any) -> None:
        super().__init__(graph, element, **settings)
        self.watches = self.trigger.kind == "conditional"

    def _update_hook(self, my_task: Token) -> bool:
        self.arm_boundary(my_task)
        if self.trigger.kind in ("none", "link"):
            return True
        self.arm(my_task)
        return False

    def arm(self, token: Token) -> None:
        """Let the token wait; a timer gets its schedule now."""
        if self.trigger.timer is not None:
            token.internal_data["timer"] = self.trigger.timer.arm(token)
        self.hold(token)

    def watch(self, token: Token) -> None:
        """Fire when the condition has become true; null counts as false, since what it reads may come later."""
        assert self.trigger.condition is not None, "a conditional event has a condition"
        value, _ = token.workflow.run.evaluate_with_warnings(token, self.trigger.condition)
        was_true = token.internal_data.get("was_true", False)
        token.internal_data["was_true"] = value is True
        if value is True and not was_true:
            self.fire(token)

    def fire(self, token: Token, payload: Any = None) -> None:
        """Let a waiting token go on with what came; the other events of its event-based gateway are cancelled."""
        self.keep_payload(token, payload)
        gate = token.internal_data.pop("gate", None)
        if gate is not None:
            for other in token.workflow.tokens():
                if other.internal_data.get("gate") == gate:
                    other.cancel()
        token.go_on()

    def keep_payload(self, token: Token, payload: Any) -> None:
        """Keep a payload in its variable, or, when it has named parts, as variables and under the element's id."""
        if self.trigger.variable:
            token.set_variable(self.trigger.variable, freeze(payload, name=self.trigger.variable))
        elif isinstance(payload, Mapping):
            self.receive(token, payload)
        elif payload is not None:
            self.set_result(token, None, payload)


class RecurringCatch(CatchEvent):
    """A catch event that stands beside the flow: it may interrupt, or fire again and again."""

    interrupts = True

    def record_end(self, token: Token, state: EndState) -> None:
        """Report it when it happened; that it did not is no element instance."""
        if state != "cancelled":
            super().record_end(token, state)

    def rearm(self, token: Token) -> None:
        """Let a second token wait in place of one that fires without interrupting."""
        run = token.workflow.run
        schedule = token.internal_data.get("timer")
        later = next_occurrence(schedule, run.ports.zone) if schedule is not None else None
        if schedule is not None and later is None:
            return
        again = token.workflow.add(self.name, above=token.host)
        again.internal_data.update({} if later is None else {"timer": later})
        if self.watches:
            again.internal_data["was_true"] = True
        self.hold(again)


class BoundaryEvent(RecurringCatch):
    """An event on the boundary of an activity; its token waits below the activity's."""

    def __init__(self, graph: Any, element: Element, *, interrupts: bool, **settings: Any) -> None:
        super().__init__(graph, element, **settings)
        self.interrupts = interrupts

    def fire(self, token: Token, payload: Any = None) -> None:
        """Cancel the activity, or leave it running and wait again; then go on from here."""
        host = token.host
        if self.interrupts:
            token.move_to_root()
            if host is not None:
                host.cancel()
        else:
            self.rearm(token)
            token.move_to_root()
        super().fire(token, payload)


class StandbyStart(RecurringCatch):
    """The start event of an event sub-process, waiting while the scope around it lives; it leads to the event sub-process."""

    is_visible = False
    is_standby = True

    def __init__(self, graph: Any, element: Element, *, interrupts: bool, **settings: Any) -> None:
        super().__init__(graph, element, **settings)
        self.interrupts = interrupts

    def fire(self, token: Token, payload: Any = None) -> None:
        """Cancel all else in the scope, or leave it running and wait again; then start the event sub-process."""
        if self.interrupts:
            token.workflow.cancel_tokens(besides=token)
        else:
            self.rearm(token)
        super().fire(token, payload)


class ThrowEvent(EventNode):
    """An intermediate throw event or send task."""

    def _run_hook(self, my_task: Token) -> bool:
        run, payload = my_task.workflow.run, self.trigger.payload
        if payload is not None:
            my_task.internal_data["payload"] = freeze(run.evaluate(my_task, payload), name=self.element.id)
        return True

    def after_leaving(self, token: Token) -> None:
        """Throw: a message to one that waits here, else outside; a signal to all; an escalation to the nearest that catches it."""
        run, payload = token.workflow.run, token.internal_data.get("payload")
        process = token.workflow.top_workflow
        name = self.trigger.name
        match self.trigger.kind:
            case "message":
                if deliver_message(process, name, payload, correlation=EMPTY):
                    return
                run.happened.events.append(ThrownEvent(element=self.element.id, kind="message", name=name, payload=payload))
            case "signal":
                deliver_signal(process, name, payload)
                run.happened.events.append(ThrownEvent(element=self.element.id, kind="signal", name=name, payload=payload))
            case "escalation":
                catcher = find_handler(token, "escalation", name)
                if catcher is None:
                    run.happened.events.append(ThrownEvent(element=self.element.id, kind="escalation", name=name, payload=payload))
                else:
                    fire_event(catcher, payload)


class EndEvent(ThrowEvent):
    """An end event."""

    def _run_hook(self, my_task: Token) -> bool:
        super()._run_hook(my_task)
        if self.trigger.kind == "error" and find_error_handler(my_task, self.trigger.name) is None:
            events = my_task.workflow.run.happened.events
            payload = my_task.internal_data.get("payload")
            events.append(ThrownEvent(element=self.element.id, kind="error", name=self.trigger.name, payload=payload))
            raise ErrorNotCaught(code=self.trigger.name, element=self.element.id)
        return True

    def after_leaving(self, token: Token) -> None:
        """Note the outcome, then throw, terminate the scope or cancel the transaction."""
        scope = token.workflow
        if isinstance(scope, Process):
            scope.outcome = self.element.name or self.element.id
        match self.trigger.kind:
            case "terminate":
                scope.cancel_tokens(besides=token)
            case "error":
                catcher = find_error_handler(token, self.trigger.name)
                assert catcher is not None, "the work of the end event found one"
                fire_event(catcher, token.internal_data.get("payload"))
            case "cancel":
                catcher = find_handler(token, "cancel", "")
                assert catcher is not None, "a transaction that can be cancelled has a cancel boundary event"
                fire_event(catcher)
            case _:
                super().after_leaving(token)


def fire_event(token: Token, payload: Any = None) -> None:
    """Let a waiting token go on with what came."""
    catch_of(token).fire(token, payload)


def catch_of(token: Token) -> CatchEvent:
    """Return the node of a token that waits for an event."""
    node = token.task_spec
    assert isinstance(node, CatchEvent), "only catch events wait for a trigger"
    return node


def waiting(process: Process, kind: TriggerKind, name: str) -> Iterator[Token]:
    """Yield the tokens that wait for this message or signal."""
    for token in process.everywhere():
        node = token.task_spec
        if isinstance(node, CatchEvent) and token.state == TaskState.WAITING and (node.trigger.kind, node.trigger.name) == (kind, name):
            yield token


def deliver_message(process: Process, name: str, payload: Any, *, correlation: Mapping[str, Any]) -> bool:
    """Give a message to the first token that waits for it and whose variables do not contradict `correlation`; return whether one did."""
    for token in list(waiting(process, "message", name)):
        names = token.workflow.run.names(token)
        if all(key not in names or names[key] == value for key, value in correlation.items()):
            fire_event(token, payload)
            return True
    return False


def deliver_signal(process: Process, name: str, payload: Any) -> int:
    """Give a signal to all tokens that wait for it; return how many there were."""
    count = 0
    for token in list(waiting(process, "signal", name)):
        if token.id in token.workflow.tasks and token.state == TaskState.WAITING:
            fire_event(token, payload)
            count += 1
    return count


def find_error_handler(token: Token, code: str) -> Token | None:
    """Return the waiting token that catches the error `code` when it is thrown at `token`."""
    return find_handler(token, "error", code)


def find_handler(token: Token, kind: TriggerKind, code: str) -> Token | None:
    """Return the nearest waiting token that catches an error, escalation or cancellation thrown at `token`, or None.

    1. The boundary of the activity itself, or of the multi-instance that it is an instance of.
    2. Event sub-processes of its scope, unless it is one of them.
    3. The same for the activity around the scope, and so on outwards.
    A catcher that names the code comes before one that catches all.
    """
    inside: Token | None = token
    while inside is not None:
        hosts = [inside, inside.repeated_by]
        found = [child for host in hosts if host is not None for child in host.below if _catches(child, kind, code)]
        if not found and not isinstance(inside.task_spec, StandbyStart) and not inside.task_spec.is_event_subprocess:
            found = [other for other in inside.workflow.tokens() if other.task_spec.is_standby and _catches(other, kind, code)]
        if found:
            return next((catcher for catcher in found if catch_of(catcher).trigger.name), found[0])
        scope: Scope = inside.workflow
        inside = scope.owner
    return None


def _catches(token: Token, kind: TriggerKind, code: str) -> bool:
    node = token.task_spec
    return (
        isinstance(node, RecurringCatch)
        and token.state == TaskState.WAITING
        and node.trigger.kind == kind
        and node.trigger.name in ("", code)
    )
