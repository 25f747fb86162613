"""One process instance: start or restore it, apply a verb, run it to its wait states, store it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.domain.errors import CountersignError, InvalidRequest
from app.engine.codec import freeze, read_instant
from app.engine.definition import Definition
from app.engine.errors import NothingWaits
from app.engine.events import (
    BoundaryEvent,
    CatchEvent,
    StartEvent,
    catch_of,
    deliver_message,
    deliver_signal,
    find_error_handler,
    fire_event,
)
from app.engine.formulas import compile_formula
from app.engine.library import TaskState
from app.engine.repeats import Repeated
from app.engine.run import Run
from app.engine.state import dump_process, is_manual_wait, restore_process
from app.engine.timers import due_at, read_deadline
from app.engine.tokens import CHECK, ENTER, HOLD, LEAVE, WORK, Process, Token
from app.engine.values import EMPTY, ActiveElement, EventWait, Happenings, Ports, Progress, TimerWait, UserTaskWait
from app.feel.errors import FeelError


class Execution:
    """An instance in memory. Verbs change it; `run` moves it on and says what happened; `dump` stores it."""

    def __init__(self, definition: Definition, process: Process, run: Run) -> None:
        self.definition = definition
        self._process = process
        self._run = run

    @classmethod
    def start(cls, definition: Definition, variables: Mapping[str, Any], ports: Ports, *, start_event: str | None = None) -> Execution:
        """Return a new instance with its first token in place; nothing has run yet.

        Args:
            definition: what runs.
            variables: known to every expression of the instance.
            ports: the world as of one instant.
            start_event: id of the start event that was triggered; else the none start event.

        Raises:
            InvalidRequest: a variable that is no FEEL value, or a start event that is not there.
        """
        run = Run(definition, ports)
        graph = definition.graphs[definition.key]
        process = Process(graph, definition.graphs, run)
        process.data.update({name: freeze(value, name=name) for name, value in variables.items()})
        if start_event is not None and not isinstance(graph.task_specs.get(start_event), StartEvent):
            raise InvalidRequest(f"{definition.key} has no start event {start_event}.", errors={"start_event": ["unknown"]})
        process.begin(start_event)
        return cls(definition, process, run)

    @classmethod
    def restore(cls, definition: Definition, blob: bytes, ports: Ports) -> Execution:
        """Return the instance that `dump` stored; StateUnreadable when the blob is damaged or another definition's."""
        run = Run(definition, ports)
        process = restore_process(blob, definition, run)
        run.resume(process)
        return cls(definition, process, run)

    def dump(self) -> bytes:
        """Return the state as bytes: format, checksum, compressed content, no part of the definition."""
        return dump_process(self._process, self.definition)

    # What happened, and what is.

    def run(self) -> Progress:
        """Move to the wait states and return what happened since the last call.

        An element that cannot go on is a Failure, the others go on; so is a loop of more than STEPS_MAX steps without a wait.
        """
        self._run.advance(self._process)
        run, process = self._run, self._process
        happened, run.happened = run.happened, Happenings()
        entered, run.entered = run.entered, []
        return Progress(
            entered=tuple(self._user_task(token) for token in entered if is_manual_wait(token) and self._is_alive(token)),
            left=tuple(happened.left),
            failures=tuple(happened.failures),
            timers=tuple(self.timers()),
            decisions=tuple(happened.decisions),
            services=tuple(happened.services),
            events=tuple(happened.events),
            warnings=tuple(happened.warnings),
            completed=process.completed,
            outcome=process.outcome if process.completed else None,
        )

    @property
    def is_completed(self) -> bool:
        """Whether nothing is left to do: it has reached its end, or was cancelled."""
        return self._process.completed

    @property
    def is_cancelled(self) -> bool:
        """Whether it was cancelled."""
        return not self._process.success

    @property
    def outcome(self) -> str | None:
        """Name, else id, of the end event that was reached last."""
        return self._process.outcome

    def user_tasks(self) -> list[UserTaskWait]:
        """Return the user tasks and manual tasks that wait."""
        return [self._user_task(token) for token in self._process.everywhere() if is_manual_wait(token)]

    def timers(self) -> list[TimerWait]:
        """Return the timers that wait, in the order in which they are due."""
        found = [(due, token) for token in self._waiting() if (due := due_at(token)) is not None]
        return [
            TimerWait(element_instance=token.id, element=token.task_spec.element.id, kind=token.task_spec.element.kind, due_at=due)
            for due, token in sorted(found, key=lambda entry: entry[0])
        ]

    def waits(self) -> list[EventWait]:
        """Return what waits for a message, a signal, an error, an escalation or a condition."""
        return [
            EventWait(
                element_instance=token.id,
                element=token.task_spec.element.id,
                event=catch_of(token).trigger.kind,
                name=catch_of(token).trigger.name,
            )
            for token in self._waiting()
            if catch_of(token).trigger.kind not in ("timer", "none", "link")
        ]

    def active(self) -> list[ActiveElement]:
        """Return the element instances that have not ended, in order of their beginning within each scope.

        Boundary events and event sub-processes that wait are not among them, nor is a multi-instance beside its instances.
        """
        found = []
        for token in self._process.everywhere():
            node, failed = token.task_spec, token.state == TaskState.ERROR
            if not failed and (isinstance(node, (Repeated, BoundaryEvent)) or token.is_standing_by):
                continue
            since = datetime.fromisoformat(token.internal_data["failed_at"]) if failed else token.entered_at
            found.append(
                ActiveElement(
                    element_instance=token.id,
                    element=node.element.id,
                    name=node.element.name,
                    kind=node.element.kind,
                    state="failed" if failed else "active",
                    since=since,
                )
            )
        return found

    def variables(self, element_instance: str | None = None) -> dict[str, Any]:
        """Return the variables of the process, or all that an element instance sees, without lazy names."""
        if element_instance is None:
            return dict(self._process.data)
        return _flatten(self._find(element_instance, "read"))

    def evaluate(self, text: str, element_instance: str | None = None) -> Any:
        """Return the value of a FEEL expression, as an element instance or the process sees it.

        Raises:
            InvalidRequest: the text is no FEEL expression.
            ExpressionFailed: a bound is exceeded.
        """
        token, where = self._place(element_instance)
        try:
            formula = compile_formula(text, element=where, names=self.definition.names)
        except FeelError as error:
            raise InvalidRequest(f'"{text[:200]}" is no FEEL expression: {error}', errors={"expression": [str(error)]}) from error
        return self._run.evaluate(token, formula)

    def due_at(self, text: str, element_instance: str | None = None) -> datetime:
        """Return the instant that a property such as `due` or `remind_after` means: a duration from now, a date, or a date and time.

        Days, months and years are steps of the calendar in the zone of the ports, hours are exact, as for timers.

        Raises:
            InvalidRequest: neither ISO 8601 text nor a FEEL expression.
            ExpressionFailed: the expression gives no such value.
        """
        token, where = self._place(element_instance)
        try:
            timer = read_deadline(text, element=where)
        except (ValueError, FeelError) as error:
            raise InvalidRequest(f'"{text[:200]}" gives no instant: {error}', errors={"expression": [str(error)]}) from error
        return read_instant(timer.arm(token)["due"])

    # Verbs.

    def complete(self, element_instance: str, outputs: Mapping[str, Any] = EMPTY) -> None:
        """Complete a user task, or a service task whose service answers later, with its outputs.

        Raises:
            NothingWaits: it is not waiting for that.
            InvalidRequest: an output is no FEEL value.
        """
        token = self._find(element_instance, "complete")
        if not is_manual_wait(token) and not self._is_pending(token):
            raise NothingWaits(verb="complete", element_instance=element_instance)
        token.task_spec.receive(token, outputs)
        self._release(token, LEAVE)

    def fail(self, element_instance: str, error: CountersignError) -> None:
        """Mark an active element instance as failed, because of something outside; `retry` lets it wait again."""
        token = self._find(element_instance, "fail")
        if token.state not in (TaskState.READY, TaskState.STARTED, TaskState.WAITING):
            raise NothingWaits(verb="fail", element_instance=element_instance)
        self._run.fail(token, error)

    def retry(self, element_instance: str) -> None:
        """Let a failed element instance try again what it could not do; what it had done is not repeated."""
        token = self._find(element_instance, "retry")
        if token.state != TaskState.ERROR:
            raise NothingWaits(verb="retry", element_instance=element_instance)
        if self._is_pending_stage(token):
            token.stage = WORK
        self._run.retry(token)

    def skip_failed(self, element_instance: str, outputs: Mapping[str, Any] = EMPTY) -> None:
        """Let a failed element instance leave as if it had done its work, with `outputs` as its result."""
        token = self._find(element_instance, "skip")
        if token.state != TaskState.ERROR or token.stage == ENTER or isinstance(token.task_spec, Repeated):
            raise NothingWaits(verb="skip", element_instance=element_instance)
        token.internal_data.pop("failed_at", None)
        if outputs:
            token.task_spec.receive(token, outputs)
        self._release(token, LEAVE)

    def cancel_instance(self, element_instance: str) -> None:
        """Cancel one instance of a multi-instance activity; the activity completes when it was the last."""
        token = self._find(element_instance, "cancel")
        outer = token.repeated_by
        if outer is None:
            raise NothingWaits(verb="cancel", element_instance=element_instance)
        token.cancel()
        outer.stage = CHECK
        self._run.queue(outer)

    def fire_timers(self) -> int:
        """Fire the timers that are due by `Ports.now`, each timer once, in the order of their due times; return how many.

        Between two timers the instance moves on, since the first may end what the second belongs to.
        """
        fired = 0
        due = [(moment, token) for token in self._waiting() if (moment := due_at(token)) is not None and moment <= self._run.now]
        for _, token in sorted(due, key=lambda entry: entry[0]):
            if self._is_alive(token) and token.state == TaskState.WAITING:
                fire_event(token)
                self._run.advance(self._process)
                fired += 1
        return fired

    def catch_message(self, name: str, payload: Any = None, correlation: Mapping[str, Any] = EMPTY) -> bool:
        """Give a message to the one that waits for it; False when nobody does.

        Args:
            name: of the message.
            payload: parts by name become variables of whoever gets it.
            correlation: values by variable name; who waits where a variable of that name has another value does not get it.
        """
        return deliver_message(self._process, name, _frozen(payload), correlation=correlation)

    def catch_signal(self, name: str, payload: Any = None) -> int:
        """Give a signal to all that wait for it; return how many did."""
        return deliver_signal(self._process, name, _frozen(payload))

    def catch_error(self, element_instance: str, code: str, payload: Any = None) -> bool:
        """Throw an error at an element instance; False when no boundary event or event sub-process catches it."""
        catcher = find_error_handler(self._find(element_instance, "throw at"), code)
        if catcher is None:
            return False
        fire_event(catcher, _frozen(payload))
        return True

    def set_variables(self, variables: Mapping[str, Any]) -> None:
        """Set variables of the process."""
        for name, value in variables.items():
            self._process.data[name] = freeze(value, name=name)

    def cancel(self) -> None:
        """Cancel everything; the instance is over."""
        self._process.success = False
        self._process.cancel_tokens()
        self._process.completed = True

    # Inside.

    def _user_task(self, token: Token) -> UserTaskWait:
        element = token.task_spec.element
        return UserTaskWait(
            element_instance=token.id,
            element=element.id,
            name=element.name,
            kind=element.kind,
            properties=element.properties,
            variables=_flatten(token),
            since=token.entered_at,
        )

    def _find(self, element_instance: str, verb: str) -> Token:
        for scope in (self._process, *self._process.subprocesses.values()):
            token: Token | None = scope.tasks.get(element_instance)
            if token is not None and token is not scope.task_tree:
                return token
        raise NothingWaits(verb=verb, element_instance=element_instance)

    def _place(self, element_instance: str | None) -> tuple[Token, str]:
        if element_instance is None:
            return self._process.task_tree, self.definition.key
        token = self._find(element_instance, "evaluate at")
        return token, token.task_spec.element.id

    def _is_alive(self, token: Token) -> bool:
        return token.id in token.workflow.tasks

    def _is_pending(self, token: Token) -> bool:
        return token.task_spec.element.kind == "serviceTask" and token.state == TaskState.STARTED and token.stage == HOLD

    def _is_pending_stage(self, token: Token) -> bool:
        return token.task_spec.element.kind == "serviceTask" and token.stage == HOLD

    def _release(self, token: Token, stage: str) -> None:
        token.mark(TaskState.STARTED)
        token.stage = stage
        self._run.queue(token)

    def _waiting(self) -> list[Token]:
        return [
            token for token in self._process.everywhere() if token.state == TaskState.WAITING and isinstance(token.task_spec, CatchEvent)
        ]


def _flatten(token: Token) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for variables in reversed(token.scopes()):
        seen.update(variables)
    return seen


def _frozen(payload: Any) -> Any:
    return freeze(payload, name="payload")
