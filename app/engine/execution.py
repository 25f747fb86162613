"""One process instance: start or restore it, apply a verb, run it to its wait states, store it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from app.domain.deadlines import CalendarDuration, Repeat
from app.domain.errors import CountersignError, InvalidRequest
from app.engine.codec import freeze
from app.engine.definition import Definition
from app.engine.delivery import deliver_message, deliver_signal, message_receivers, throw_at
from app.engine.errors import NothingWaits
from app.engine.events import catch_of
from app.engine.formulas import compile_formula
from app.engine.inspection import describe_user_task, document_order, flatten, list_active, list_timers, list_waits, waiting_tokens
from app.engine.library import TaskState
from app.engine.migration import check_migration, migrate_content
from app.engine.moves import apply_move, check_move
from app.engine.repeats import Repeated, find_multi_instance
from app.engine.run import Run
from app.engine.starting import begin_process
from app.engine.state import dump_process, is_manual_wait, restore_content, restore_process
from app.engine.timers import due_timers, read_deadline
from app.engine.tokens import CHECK, ENTER, HOLD, LEAVE, WORK, Process, Token
from app.engine.values import (
    EMPTY,
    Activation,
    ActiveElement,
    EventWait,
    Happenings,
    Ports,
    Preview,
    Progress,
    Refusal,
    TimerWait,
    UserTaskWait,
)
from app.feel.errors import FeelError


class Execution:
    """An instance in memory. Verbs change it; `run` moves it on and says what happened; `dump` stores it."""

    def __init__(self, definition: Definition, process: Process, run: Run) -> None:
        self.definition = definition
        self._process = process
        self._run = run

    def __del__(self) -> None:
        self._process.fall_apart()  # its memory is free at once: collecting it as garbage took a twentieth of a busy server's time

    @classmethod
    def start(
        cls,
        definition: Definition,
        variables: Mapping[str, Any],
        ports: Ports,
        *,
        start_event: str | None = None,
        trigger: tuple[str, str] | None = None,
        payload: Any = None,
    ) -> Execution:
        """Return a new instance with its first token in place; nothing has run yet.

        Args:
            definition: what runs.
            variables: known to every expression of the instance.
            ports: the world as of one instant.
            start_event: id of the start event (or of another element of `start_triggers`) that was triggered; else the none start event.
            trigger: kind and name of the trigger that came, for a start event with several.
            payload: what the trigger brings.

        Raises:
            InvalidRequest: a variable that is no FEEL value, or a start event that is not there.
        """
        run = Run(definition, ports)
        process = Process(definition.graphs[definition.key], definition.graphs, run)
        process.data.update({name: freeze(value, name=name) for name, value in variables.items()})
        begin_process(process, start_event, trigger, payload)
        return cls(definition, process, run)

    @classmethod
    def restore(cls, definition: Definition, blob: bytes, ports: Ports) -> Execution:
        """Return the instance that `dump` stored; StateUnreadable when the blob is damaged or another definition's."""
        run = Run(definition, ports)
        process = restore_process(blob, definition, run)
        run.resume(process)
        return cls(definition, process, run)

    def dump(self) -> bytes:
        """Return the state as bytes: format, checksum, content, no part of the definition."""
        return dump_process(self._process, self.definition)

    def run(self) -> Progress:
        """Move to the wait states and return what happened since the last call.

        An element that cannot go on is a Failure, the others go on; so is a loop of more than STEPS_MAX steps without a wait.
        """
        self._run.advance(self._process)
        run, process = self._run, self._process
        happened, run.happened = run.happened, Happenings()
        entered, run.entered = run.entered, []
        return Progress(
            entered=tuple(describe_user_task(token) for token in entered if is_manual_wait(token) and token.is_alive),
            left=tuple(happened.left),
            flows=tuple(happened.flows),
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
        return [describe_user_task(token) for token in self._process.everywhere() if is_manual_wait(token)]

    def timers(self) -> list[TimerWait]:
        """Return the timers that wait, in the order in which they are due."""
        return list_timers(self._process)

    def waits(self) -> list[EventWait]:
        """Return what waits for a message, a signal, an error, an escalation or a condition."""
        return list(list_waits(self._process))

    def active(self) -> list[ActiveElement]:
        """Return the element instances that have not ended, in order of their beginning within each scope.

        Boundary events and event sub-processes that wait are not among them, nor is a multi-instance beside its instances.
        """
        return list_active(self._process)

    def variables(self, element_instance: str | None = None) -> dict[str, Any]:
        """Return the variables of the process, or all that an element instance sees, without lazy names."""
        if element_instance is None:
            return dict(self._process.data)
        return flatten(self._find(element_instance, "read"))

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

    def read_deadline(self, text: str, element_instance: str | None = None) -> datetime | date | CalendarDuration:
        """Return what a property such as `due` or `remind_after` says: a duration, a date, or a date and time.

        Raises:
            InvalidRequest: neither ISO 8601 text nor a FEEL expression.
            ExpressionFailed: the expression gives no such value.
        """
        token, where = self._place(element_instance)
        try:
            timer = read_deadline(text, element=where)
        except (ValueError, FeelError) as error:
            raise InvalidRequest(f'"{text[:200]}" gives no instant: {error}', errors={"expression": [str(error)]}) from error
        value = timer.value_for(token)
        assert not isinstance(value, Repeat), "a deadline is read as no cycle"
        return value

    def complete(self, element_instance: str, outputs: Mapping[str, Any] = EMPTY) -> None:
        """Complete a user task, or a service task whose service answers later, with its outputs.

        Raises:
            NothingWaits: it is not waiting for that.
            InvalidRequest: an output is no FEEL value.
        """
        token = self._find(element_instance, "complete")
        if not is_manual_wait(token) and not (self._is_pending_stage(token) and token.state == TaskState.STARTED):
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

    def add_instance(self, element: str, item: Any, variables: Mapping[str, Any] = EMPTY) -> str | None:
        """Add an instance to a multi-instance that runs; return its id, or None when it comes later in a sequence.

        Args:
            element: the activity's id, or the id of one of its instances when the activity runs several times.
            item: the element of the collection that it is for.
            variables: more variables of its own.

        Raises:
            NothingWaits: no such multi-instance runs, or several do.
        """
        outer = find_multi_instance(self._process, element)
        if outer is None:
            raise NothingWaits(verb="add an instance to", element_instance=element)
        added = outer.task_spec.add_instance(outer, item, variables)
        return None if added is None else added.id

    def fire_timers(self) -> int:
        """Fire the timers that are due by `Ports.now`, each timer once, in the order of their due times, then of the diagram; return how many.

        Between two timers the instance moves on, since the first may end what the second belongs to.
        """
        fired = 0
        due = [(*timer, token) for token in waiting_tokens(self._process) for timer in due_timers(token, len(catch_of(token).triggers))]
        order = document_order(self._process, due)
        for moment, at, token in sorted(due, key=lambda entry: (entry[0], order.get(entry[2].task_spec.element.id, 0))):
            if moment > self._run.now:
                break
            if token.is_alive and token.state == TaskState.WAITING:
                catch_of(token).catch(token, at)
                self._run.advance(self._process)
                fired += 1
        return fired

    def message_targets(self, name: str, payload: Any = None, correlation: Mapping[str, Any] = EMPTY) -> list[str]:
        """Return the element instances that `catch_message` would choose from; it takes the first."""
        return [token.id for token, _ in message_receivers(self._process, name, _frozen(payload), correlation)]

    def catch_message(self, name: str, payload: Any = None, correlation: Mapping[str, Any] = EMPTY) -> bool:
        """Give a message to the one that waits for it; False when nobody does.

        Args:
            name: of the message.
            payload: parts by name become variables of whoever gets it.
            correlation: values by correlation property, which else are read from the payload as the model says; or by variable name:
                who waits where a variable of that name has another value does not get it.
        """
        return deliver_message(self._process, name, _frozen(payload), correlation=correlation)

    def catch_signal(self, name: str, payload: Any = None) -> int:
        """Give a signal to all that wait for it; return how many did."""
        return deliver_signal(self._process, name, _frozen(payload))

    def catch_error(self, element_instance: str, code: str, payload: Any = None) -> bool:
        """Throw an error at an element instance; False when no boundary event or event sub-process catches it."""
        return throw_at(self._find(element_instance, "throw at"), "error", code, _frozen(payload))

    def set_variables(self, variables: Mapping[str, Any], element_instance: str | None = None) -> None:
        """Set variables of the process, or where an element instance would set them: in its called process or multi-instance instance."""
        token = None if element_instance is None else self._find(element_instance, "set variables of")
        for name, value in variables.items():
            frozen = freeze(value, name=name)
            if token is None:
                self._process.data[name] = frozen
            else:
                token.set_variable(name, frozen)

    def cancel(self) -> None:
        """Cancel everything; the instance is over."""
        self._process.success = False
        self._process.cancel_tokens()
        self._process.completed = True

    def check_move(self, *, cancel: Sequence[str] = (), activate: Sequence[str | Activation] = ()) -> tuple[Refusal, ...]:
        """Return every reason why the instance cannot be moved so; nothing changes."""
        return check_move(self._process, cancel, activate)

    def move(self, *, cancel: Sequence[str] = (), activate: Sequence[str | Activation] = (), variables: Mapping[str, Any] = EMPTY) -> None:
        """Cancel element instances and begin others; then `run`.

        Args:
            cancel: ids of elements (all their instances) or of element instances.
            activate: ids of elements, or activations.
            variables: of the process, set before anything else.

        Raises:
            MoveRefused: with every reason; nothing has changed.
            InvalidRequest: a variable that is no FEEL value.
        """
        apply_move(self._process, cancel, activate, {name: freeze(value, name=name) for name, value in variables.items()})

    def preview_move(
        self,
        *,
        cancel: Sequence[str] = (),
        activate: Sequence[str | Activation] = (),
        variables: Mapping[str, Any] = EMPTY,
        ports: Ports | None = None,
    ) -> Preview:
        """Return what a move would do, by doing it on a copy, with other ports when they are given; services are called."""
        refusals, before = self.check_move(cancel=cancel, activate=activate), tuple(self.active())
        if refusals:
            return Preview(refusals=refusals, before=before)
        copy = Execution.restore(self.definition, self.dump(), ports or self._run.ports)
        copy.move(cancel=cancel, activate=activate, variables=variables)
        progress = copy.run()
        return Preview(refusals=(), before=before, after=tuple(copy.active()), progress=progress)

    def check_migration(self, to: Definition, mapping: Mapping[str, str | None] = EMPTY) -> tuple[Refusal, ...]:
        """Return every reason why the instance cannot go on with the definition `to`; nothing changes."""
        return check_migration(self._process, to, mapping)

    def migrate(self, to: Definition, mapping: Mapping[str, str | None] = EMPTY, *, ports: Ports | None = None) -> Execution:
        """Return the instance with the definition `to`; then `run` and `dump`. This one must not be used any more.

        Args:
            to: the other definition.
            mapping: from ids of elements to other ids; None drops a boundary event or event sub-process that waits.
            ports: others than now.

        Raises:
            MigrationRefused: with every reason.
        """
        content, arm_new = migrate_content(self._process, self.definition, to, mapping)
        run = Run(to, ports or self._run.ports)
        process = restore_content(content, to, run)
        run.resume(process)
        arm_new(process)
        return Execution(to, process, run)

    def preview_migration(self, to: Definition, mapping: Mapping[str, str | None] = EMPTY, *, ports: Ports | None = None) -> Preview:
        """Return what a migration would do, by doing it on a copy; services are called when something is on its way."""
        refusals, before = self.check_migration(to, mapping), tuple(self.active())
        if refusals:
            return Preview(refusals=refusals, before=before)
        copy = Execution.restore(self.definition, self.dump(), ports or self._run.ports).migrate(to, mapping)
        progress = copy.run()
        applied = {each.element: mapping.get(each.element) or each.element for each in before}
        return Preview(refusals=(), before=before, after=tuple(copy.active()), progress=progress, mapping=applied)

    def _find(self, element_instance: str, verb: str) -> Token:
        token = self._process.find(element_instance)
        if token is not None:
            return token
        raise NothingWaits(verb=verb, element_instance=element_instance)

    def _place(self, element_instance: str | None) -> tuple[Token, str]:
        if element_instance is None:
            return self._process.task_tree, self.definition.key
        token = self._find(element_instance, "evaluate at")
        return token, token.task_spec.element.id

    def _is_pending_stage(self, token: Token) -> bool:
        return token.task_spec.element.kind == "serviceTask" and token.stage == HOLD

    def _release(self, token: Token, stage: str) -> None:
        token.mark(TaskState.STARTED)
        token.stage = stage
        self._run.queue(token)


def _frozen(payload: Any) -> Any:
    return freeze(payload, name="payload")
