"""What moves the tokens of one instance: an agenda instead of tree walks, with a cap on steps."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from datetime import UTC
from typing import TYPE_CHECKING, Any

from app.domain.errors import CountersignError, ExpressionFailed, StepLimitReached
from app.engine.formulas import Formula, LazyNames, Names
from app.engine.library import TaskState
from app.engine.tokens import CHECK, ENTER, HOLD, LEAVE, WORK, Process, Token
from app.engine.values import EMPTY, ElementEnd, EndState, Failure, Happenings, Ports

if TYPE_CHECKING:
    from app.engine.definition import Definition

STEPS_MAX = 10_000


class Run:
    """The agenda of one execution, its ports, and what happened since it was last asked.

    Every token on the agenda has one thing to do, named by its stage. A token that cannot do it is kept as failed, and the others go on.
    """

    def __init__(self, definition: Definition, ports: Ports) -> None:
        if ports.now.utcoffset() is None:
            raise ValueError("Expected an aware instant as `now`.")
        self.definition = definition
        self.ports = ports
        self.now = ports.now.astimezone(UTC)
        self.lazy = LazyNames(ports.lazy)
        self.happened = Happenings()
        self.entered: list[Token] = []
        self._agenda: deque[Token] = deque()

    def queue(self, token: Token, *, first: bool = False) -> None:
        """Put a token on the agenda, once."""
        if not token.queued:
            token.queued = True
            self._agenda.appendleft(token) if first else self._agenda.append(token)

    def wake(self, token: Token | None) -> None:
        """Let a token that is alive look again whether it can go on."""
        if token is not None and token.state != TaskState.ERROR:
            token.stage = CHECK
            self.queue(token)

    def advance(self, process: Process) -> None:
        """Move tokens until all wait.

        1. Do what is on the agenda, in order.
        2. When it is empty, look at what depends on the whole: conditional events, then inclusive gateways. One that is due goes on the agenda.
        3. More than STEPS_MAX steps without a wait fail all that is on the agenda.
        """
        steps, agenda = 0, self._agenda
        while True:
            while agenda:
                token = agenda.popleft()
                token.queued = False
                if not token.is_alive:
                    continue
                steps += 1
                if steps > STEPS_MAX:
                    self._stop([token, *agenda])
                    return
                stage = token.stage
                try:
                    if stage == WORK:
                        token.work()
                    elif stage == ENTER:
                        token.task_spec.let_in(token)
                    elif stage == LEAVE:
                        token.complete()
                    elif stage == CHECK:
                        token.task_spec.check(token)
                except CountersignError as error:
                    self.fail(token, error)
            if not self._settle(process):
                return

    def _settle(self, process: Process) -> bool:
        """Return whether something that depends on the whole instance could go on."""
        watching = [token for token in process.everywhere() if token.task_spec.watches and token.state == TaskState.WAITING]
        for token in watching:
            try:
                token.task_spec.watch(token)
            except CountersignError as error:
                self.fail(token, error)
            if self._agenda:
                return True
        return False

    def _stop(self, tokens: list[Token]) -> None:
        self._agenda.clear()
        for token in tokens:
            token.queued = False
            if token.is_alive:
                self.fail(token, StepLimitReached(limit=STEPS_MAX, element=token.task_spec.element.id))

    def fail(self, token: Token, error: CountersignError) -> None:
        """Keep a token as failed; what it had armed on entering is undone, since a retry enters again."""
        if not token.is_alive:
            return
        if token.stage == ENTER:
            for child in token.below:
                child.cancel()
        token.error()
        token.internal_data["failed_at"] = self.now.isoformat()
        self.record_end(token, "failed")
        self.happened.failures.append(Failure(element_instance=token.id, element=token.task_spec.element.id, error=error))

    def retry(self, token: Token) -> None:
        """Put a failed token back to where it failed."""
        token.internal_data.pop("failed_at", None)
        waits = token.stage == HOLD
        state = {ENTER: TaskState.FUTURE, WORK: TaskState.READY, HOLD: token.task_spec.hold_state}.get(token.stage, TaskState.STARTED)
        token.mark(state)
        if not waits and not (token.stage == WORK and token.task_spec.manual):
            self.queue(token)

    def resume(self, process: Process) -> None:
        """Put on the agenda what was on it when the state was stored."""
        for token in process.everywhere():
            if token.state in (TaskState.ERROR, TaskState.WAITING) or token.stage == HOLD:
                continue
            if not (token.stage == WORK and token.task_spec.manual):
                self.queue(token)

    def names(self, token: Token, extra: Mapping[str, Any] = EMPTY) -> Names:
        """Return what an expression at `token` sees."""
        return Names(token.scopes(), self.lazy, extra)

    def evaluate(self, token: Token, formula: Formula, extra: Mapping[str, Any] = EMPTY) -> Any:
        """Return the value of an expression at `token`."""
        value, warnings = self.evaluate_with_warnings(token, formula, extra)
        self.happened.warnings.extend(f"{formula.element}: {warning}" for warning in warnings)
        return value

    def evaluate_with_warnings(self, token: Token, formula: Formula, extra: Mapping[str, Any] = EMPTY) -> tuple[Any, tuple[str, ...]]:
        """Return the value of an expression at `token` and FEEL's warnings."""
        return formula.evaluate(Names(token.scopes(), self.lazy, extra), now=self.now, zone=self.ports.zone)

    def holds(self, token: Token, formula: Formula, extra: Mapping[str, Any] = EMPTY) -> bool:
        """Return whether a condition is true at `token`.

        Raises:
            ExpressionFailed: the condition gives null or anything else that is neither true nor false. An approval must not take the
                default way because a name was misspelt.
        """
        value, warnings = self.evaluate_with_warnings(token, formula, extra)
        if value is True or value is False:
            return value
        raise formula.refuse(value, "true or false", warnings)

    def record_end(self, token: Token, state: EndState) -> None:
        """Note that an element instance ended."""
        element = token.task_spec.element
        self.happened.left.append(ElementEnd(token.id, element.id, element.name, element.kind, state, token.entered_at, self.now))


def count_of(formula: Formula, value: Any, warnings: tuple[str, ...], *, maximum: int) -> int:
    """Return `value` as a whole number from 0 to `maximum`; ExpressionFailed when it is none."""
    if isinstance(value, bool) or value is None or not hasattr(value, "__int__") or isinstance(value, str) or int(value) != value:
        raise formula.refuse(value, "a whole number", warnings)
    if not 0 <= value <= maximum:
        raise ExpressionFailed(element=formula.element, reason=f"{value} is not between 0 and {maximum}")
    return int(value)
