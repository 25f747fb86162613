"""Events that throw: intermediate throw events, send tasks and end events."""

from __future__ import annotations

from typing import Any

from app.engine.codec import freeze
from app.engine.compensation import advance_undo, begin_undo, collect_running, take_records
from app.engine.correlation import by_name, learn, values_of
from app.engine.delivery import deliver_message, deliver_signal, find_handler, throw_at
from app.engine.errors import ErrorNotCaught
from app.engine.events import EventNode
from app.engine.tokens import CHECK, LEAVE, Process, Scope, Token
from app.engine.triggers import Trigger
from app.engine.values import EMPTY, EventKind, ThrownEvent


class ThrowEvent(EventNode):
    """An intermediate throw event or send task."""

    def do_work(self, token: Token) -> bool | None:
        """Read the payloads while the event can still fail, and compensate."""
        run = token.workflow.run
        payloads = [
            None if trigger.payload is None else freeze(run.evaluate(token, trigger.payload), name=self.element.id)
            for trigger in self.triggers
        ]
        if any(payload is not None for payload in payloads):
            token.internal_data["payloads"] = payloads
        return None if self.has("compensate") and self._compensate(token) else True

    def _compensate(self, token: Token) -> bool:
        """Compensate; return whether the event has to wait for that."""
        triggers = [trigger for trigger in self.triggers if trigger.kind == "compensate"]
        steps = [step for trigger in triggers for step in take_records(token.workflow, trigger.name)]
        if not steps:
            return False
        if any(trigger.waits for trigger in triggers):
            self.hold(token)
            return not begin_undo(token, steps)
        aside = token.workflow.add(self.name)
        aside.internal_data["aside"] = "compensate"
        begin_undo(aside, steps)
        aside.stage = CHECK
        token.workflow.run.queue(aside)
        return False

    def check(self, token: Token) -> None:
        """Go on with a compensation; when it is over, leave, or cancel the transaction."""
        if not advance_undo(token):
            self.hold(token)
            return
        aside = token.internal_data.get("aside")
        if aside is None:
            token.stage = LEAVE
            token.workflow.run.queue(token, first=True)
        elif aside == "compensate":
            token.workflow.discard(token)
        else:
            self.cancel_transaction(token)

    def cancel_transaction(self, token: Token) -> None:
        """Leave the transaction at its cancel boundary event."""
        caught = throw_at(token, "cancel", "")
        assert caught, "a transaction that can be cancelled has a cancel boundary event"

    def after_leaving(self, token: Token) -> None:
        """Throw each trigger."""
        payloads = token.internal_data.get("payloads") or [None] * len(self.triggers)
        for trigger, payload in zip(self.triggers, payloads, strict=True):
            self.throw(token, trigger, payload)

    def throw(self, token: Token, trigger: Trigger, payload: Any) -> None:
        """Throw one trigger."""
        throw_trigger(token, trigger, payload)


class EndEvent(ThrowEvent):
    """An end event."""

    def do_work(self, token: Token) -> bool | None:
        """Fail before anything is thrown when nobody catches an error."""
        done = super().do_work(token)
        for at, trigger in enumerate(self.triggers):
            if trigger.kind == "error" and find_handler(token, "error", trigger.name) is None:
                payload = (token.internal_data.get("payloads") or [None] * len(self.triggers))[at]
                _report(token, "error", trigger.name, payload)
                raise ErrorNotCaught(code=trigger.name, element=self.element.id)
        return done

    def after_leaving(self, token: Token) -> None:
        """Note the outcome, then throw."""
        process = _ended_process(token.workflow)
        if process is not None:
            process.outcome = self.element.name or self.element.id
        super().after_leaving(token)

    def throw(self, token: Token, trigger: Trigger, payload: Any) -> None:
        """Throw, terminate the scope or cancel the transaction."""
        scope = token.workflow
        match trigger.kind:
            case "terminate":
                scope.cancel_tokens(besides=token)
            case "error":
                if token.is_alive:
                    caught = throw_at(token, "error", trigger.name, payload)
                    assert caught, "the work of the end event found a handler"
            case "cancel":
                steps = [*collect_running(scope), *take_records(scope, "")]
                scope.cancel_tokens(besides=token)
                if not steps:
                    self.cancel_transaction(token)
                    return
                aside = scope.add(self.name)
                aside.internal_data["aside"] = "cancel"
                begin_undo(aside, steps)
                aside.stage = CHECK
                scope.run.queue(aside)
            case _:
                super().throw(token, trigger, payload)


def _ended_process(scope: Scope) -> Process | None:
    """Return the process that ends where a scope does: itself, or the one around an event sub-process that interrupted it."""
    if isinstance(scope, Process):
        return scope
    owner = scope.owner
    if owner is None or not isinstance(owner.workflow, Process):
        return None
    process = owner.workflow
    starts = [process.spec.task_specs[name] for name in process.spec.standby]
    interrupted = any(start.interrupts and start.outgoing[0].target == owner.task_spec.name for start in starts)
    return process if interrupted else None


def throw_trigger(token: Token, trigger: Trigger, payload: Any) -> None:
    """Throw from `token`: a message to one that waits here, else outside; a signal to all; an escalation to the nearest that catches it."""
    process: Process = token.workflow.top_workflow
    match trigger.kind:
        case "message":
            if not deliver_message(process, trigger.name, payload, correlation=EMPTY):
                _report(token, "message", trigger.name, payload)
        case "signal":
            deliver_signal(process, trigger.name, payload)
            _report(token, "signal", trigger.name, payload)
        case "escalation":
            if not throw_at(token, "escalation", trigger.name, payload):
                _report(token, "escalation", trigger.name, payload)
        case "error":
            if not throw_at(token, "error", trigger.name, payload):
                _report(token, "error", trigger.name, payload)
                raise ErrorNotCaught(code=trigger.name, element=token.task_spec.element.id)


def _report(token: Token, kind: EventKind, name: str, payload: Any) -> None:
    """Report an event that leaves the instance; a message takes its correlation values along."""
    run = token.workflow.run
    model = run.definition.correlations
    values: dict[str, Any] = {}
    if kind == "message" and model.properties:
        values = values_of(model, run, name, payload, EMPTY)
        learn(token.workflow.top_workflow, name, values)
    run.happened.events.append(
        ThrownEvent(
            element=token.task_spec.element.id,
            element_instance=token.id,
            kind=kind,
            name=name,
            payload=payload,
            correlation=by_name(model, values),
        )
    )
