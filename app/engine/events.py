"""Events that catch: start, intermediate and boundary events, receive tasks, and the starts of event sub-processes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.engine.codec import freeze
from app.engine.library import TaskState
from app.engine.nodes import FlowNode
from app.engine.timers import due_timers, next_occurrence, timer_key
from app.engine.tokens import Token
from app.engine.triggers import Trigger
from app.engine.values import Element, EndState


class EventNode(FlowNode):
    """Any event, send task or receive task.

    Attributes:
        triggers: at least one; a none event has a none trigger.
        is_parallel: whether all triggers must come, not any.
        data_outputs: data outputs of the event that a data association reads: the payload goes there.
    """

    def __init__(
        self,
        graph: Any,
        element: Element,
        *,
        triggers: Sequence[Trigger],
        is_parallel: bool = False,
        name: str | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(graph, element, name=name, **settings)
        self.triggers = tuple(triggers)
        self.is_parallel = is_parallel and len(self.triggers) > 1

    @property
    def trigger(self) -> Trigger:
        """The first trigger, of most events the only one."""
        return self.triggers[0]

    def has(self, kind: str) -> bool:
        """Whether one of the triggers is of that kind."""
        return any(trigger.kind == kind for trigger in self.triggers)


class CatchEvent(EventNode):
    """An intermediate catch event or receive task: it waits for its trigger."""

    hold_state = TaskState.WAITING
    instantiates = False

    def __init__(self, graph: Any, element: Element, **settings: Any) -> None:
        super().__init__(graph, element, **settings)
        self.watches = self.has("conditional")

    def _update_hook(self, my_task: Token) -> bool:
        self.arm_boundary(my_task)
        if self.has("none") or self.has("link"):
            return True
        self.arm(my_task)
        came = my_task.internal_data.pop("came", None)
        if came is not None:
            self.catch(my_task, *came)
        return False

    def arm(self, token: Token) -> None:
        """Let the token wait; a timer gets its schedule now."""
        for at, trigger in enumerate(self.triggers):
            if trigger.timer is not None:
                token.internal_data[timer_key(at)] = trigger.timer.arm(token)
        self.hold(token)

    def watch(self, token: Token) -> None:
        """Catch when a condition has become true; null counts as false, since what it reads may come later."""
        for at, trigger in enumerate(self.triggers):
            if trigger.condition is None or at in token.internal_data.get("seen", ()):
                continue
            value, _ = token.workflow.run.evaluate_with_warnings(token, trigger.condition)
            key = f"was_true{at or ''}"
            was_true = token.internal_data.get(key, False)
            token.internal_data[key] = value is True
            if value is True and not was_true:
                self.catch(token, at)
                return

    def index_of(self, token: Token, kind: str, name: str) -> int | None:
        """Return the number of the trigger of that kind and name that the token still waits for."""
        seen = token.internal_data.get("seen", ())
        for at, trigger in enumerate(self.triggers):
            if trigger.kind == kind and trigger.name == name and at not in seen:
                return at
        return None

    def catch(self, token: Token, at: int, payload: Any = None) -> None:
        """Take note that trigger number `at` came; fire, unless others must come too."""
        if self.is_parallel:
            seen = token.internal_data.setdefault("seen", [])
            seen.append(at)
            if len(seen) < len(self.triggers):
                self.keep_payload(token, at, payload)
                schedule = token.internal_data.pop(timer_key(at), None)
                token.internal_data.setdefault("past", {}).update({timer_key(at): schedule} if schedule else {})
                return
        self.fire(token, at, payload)

    def fire(self, token: Token, at: int, payload: Any = None) -> None:
        """Let a waiting token go on with what came; the other events of its event-based gateway are cancelled."""
        self.keep_payload(token, at, payload)
        token.internal_data.pop("past", None)
        gate = token.internal_data.pop("gate", None)
        if gate is not None:
            for other in token.workflow.tokens():
                if other.internal_data.get("gate") == gate:
                    other.cancel()
        token.go_on()

    def keep_payload(self, token: Token, at: int, payload: Any) -> None:
        """Keep a payload in the data outputs of the event, else its variable, else as variables by part and under the element's id."""
        variable = self.triggers[at].variable
        if self.local_outputs:
            parts = payload if isinstance(payload, Mapping) and len(self.local_outputs) > 1 else {self.local_outputs[0]: payload}
            token.data.update({name: freeze(parts.get(name), name=name) for name in self.local_outputs})
        elif variable:
            token.set_variable(variable, freeze(payload, name=variable))
        elif isinstance(payload, Mapping):
            self.receive(token, payload)
        elif payload is not None:
            self.set_result(token, None, payload)


class StartEvent(CatchEvent):
    """A start event; whoever creates the instance has seen its trigger, or the first of several that must all come."""

    instantiates = True

    def _update_hook(self, my_task: Token) -> bool:
        came = my_task.internal_data.pop("came", None)
        if came is None:
            return True
        if self.is_parallel:
            self.arm(my_task)
            self.catch(my_task, *came)
            return False
        self.keep_payload(my_task, *came)
        return True


class RecurringCatch(CatchEvent):
    """A catch event that stands beside the flow: it may interrupt, or fire again and again."""

    interrupts = True

    def record_end(self, token: Token, state: EndState) -> None:
        """Report it when it happened; that it did not is no element instance."""
        if state != "cancelled":
            super().record_end(token, state)

    def rearm(self, token: Token, at: int) -> None:
        """Let a second token wait in place of one that fires without interrupting."""
        run, data = token.workflow.run, token.internal_data
        schedules = {key: value for key, value in data.items() if key.startswith("timer")} | data.get("past", {})
        fired = range(len(self.triggers)) if self.is_parallel else [at]
        for each in fired:
            schedule = schedules.pop(timer_key(each), None)
            later = next_occurrence(schedule, run.ports.zone) if schedule is not None else None
            if later is not None:
                schedules[timer_key(each)] = later
            elif schedule is not None and (self.is_parallel or len(self.triggers) == 1):
                return
        again = token.workflow.add(self.name, above=token.host)
        again.internal_data.update(schedules)
        again.internal_data.update({f"was_true{each or ''}": True for each, trigger in enumerate(self.triggers) if trigger.condition})
        self.hold(again)


class BoundaryEvent(RecurringCatch):
    """An event on the boundary of an activity; its token waits below the activity's."""

    def __init__(self, graph: Any, element: Element, *, interrupts: bool, **settings: Any) -> None:
        super().__init__(graph, element, **settings)
        self.interrupts = interrupts

    def fire(self, token: Token, at: int, payload: Any = None) -> None:
        """Cancel the activity, or leave it running and wait again; then go on from here."""
        host = token.host
        if self.interrupts:
            token.move_to_root()
            if host is not None:
                host.cancel()
        else:
            self.rearm(token, at)
            token.move_to_root()
        super().fire(token, at, payload)


class CompensationBoundary(FlowNode):
    """A compensation event on the boundary of an activity: no token waits there, it happens when the activity is compensated."""


class StandbyStart(RecurringCatch):
    """The start event of an event sub-process, waiting while the scope around it lives; it leads to the event sub-process."""

    is_visible = False
    is_standby = True

    def __init__(self, graph: Any, element: Element, *, interrupts: bool, **settings: Any) -> None:
        super().__init__(graph, element, **settings)
        self.interrupts = interrupts

    def fire(self, token: Token, at: int, payload: Any = None) -> None:
        """Cancel all else in the scope, or leave it running and wait again; then start the event sub-process."""
        if self.interrupts:
            token.workflow.cancel_tokens(besides=token)
        else:
            self.rearm(token, at)
        super().fire(token, at, payload)


def catch_of(token: Token) -> CatchEvent:
    """Return the node of a token that waits for an event."""
    node = token.task_spec
    assert isinstance(node, CatchEvent), "only catch events wait for a trigger"
    return node


def is_waiting(token: Token) -> bool:
    """Whether a token waits for a trigger."""
    return isinstance(token.task_spec, CatchEvent) and token.state == TaskState.WAITING and not token.is_hidden


def next_timer(token: Token) -> tuple[Any, int] | None:
    """Return when the next timer of a waiting token is due and the number of its trigger; None when there is none."""
    found = due_timers(token, len(catch_of(token).triggers))
    return found[0] if found else None
