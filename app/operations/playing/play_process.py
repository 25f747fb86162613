"""One process, played in memory with a virtual clock."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, Literal

from app.domain.errors import CountersignError, StepLimitReached
from app.engine import ActiveElement, Definition, ElementEnd, Execution, Failure, NothingWaits, Ports, Progress
from app.formats.play_json import PlayedMessage, Question, read_question, write_elapsed, write_error
from app.operations.playing.answers import Answers, Services
from app.operations.playing.library import Library
from app.operations.playing.starting import Beginning, find_beginnings

EVENTS_MAX: Final = 10_000
TRACE_MAX: Final = 200_000
_CONTAINERS: Final = frozenset({"subProcess", "transaction", "callActivity", "adHocSubProcess"})


def play_process(library: Library, question: Question) -> dict[str, Any]:
    """Return what happens, in the form of API.md "countersign play".

    1. Start at the start event without a trigger; without one, when the trigger of another comes.
    2. Complete user tasks at once with their answers, in the order in which they are reached, unless they are held.
    3. Move the clock to the next message or timer, up to `until`; at one instant messages come first.
    4. More than EVENTS_MAX completions and timers, or TRACE_MAX element instances, are an incident: such a process does not end.

    Raises:
        InvalidInput: the process cannot be chosen, or an answer has not the form of its element.
        DefinitionInvalid: the process cannot run.
    """
    definition = library.definition(question.process)
    player = Player(question=question, definition=definition, answers=Answers(question=question, library=library))
    try:
        player.play()
    except StepLimitReached as error:
        player.failures.append(Failure(element_instance="", element=str(error.facts["element"]), error=error))
    return player.report()


@dataclass(kw_only=True)
class Player:
    """A play under way."""

    question: Question
    definition: Definition
    answers: Answers
    now: datetime = field(init=False)
    execution: Execution | None = None
    beginnings: Sequence[Beginning] = ()
    coming: deque[PlayedMessage] = field(default_factory=deque)
    kept: list[PlayedMessage] = field(default_factory=list)
    trace: list[ElementEnd] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    warnings: dict[str, None] = field(default_factory=dict)
    outcome: str | None = None
    events: int = 0

    def __post_init__(self) -> None:
        self.now = self.question.start
        self.coming.extend(message for message in self.question.messages if message.at <= self.question.until)
        self.warnings.update(dict.fromkeys(self.answers.unknown(self.definition)))

    def play(self) -> None:
        """Play to the end, to `until`, or to where nothing goes on."""
        self.beginnings = find_beginnings(self.definition, self.question.variables, self._ports())
        self._begin_if_due()
        while (moment := self._next_moment()) is not None:
            self._move_clock(moment)
            while self.coming and self.coming[0].at <= self.now:
                self._receive(self.coming.popleft())
            self._begin_if_due()
            self._fire_timers()

    def report(self) -> dict[str, Any]:
        """Return the answer of the play."""
        is_completed = self.execution is not None and self.execution.is_completed
        status: Literal["incident", "completed", "active"] = "incident" if self.failures else "completed" if is_completed else "active"
        answer: dict[str, Any] = {
            "status": status,
            "outcome": self.outcome if status == "completed" else None,
            "trace": [{"element": end.element, "state": end.state, "at": write_elapsed(self.question.start, end.at)} for end in self.trace],
            "variables": dict(self.question.variables) if self.execution is None else self.execution.variables(),
            "waiting": [] if is_completed else self._waiting(),
        }
        if self.failures:
            first = self.failures[0]
            answer["error"] = write_error(first.error, element=first.element)
        if self.warnings:
            answer["warnings"] = list(self.warnings)
        return answer

    def _ports(self) -> Ports:
        decide = partial(self.answers.decide, now=self.now, zone=UTC)
        return Ports(now=self.now, zone=UTC, services=Services(self.answers), decide=decide)

    def _next_moment(self) -> datetime | None:
        """Return when something happens next, None when nothing does up to `until`."""
        moments = [message.at for message in list(self.coming)[:1]]
        if self.execution is None:
            moments += [each.due_at for each in self.beginnings if each.due_at is not None]
        else:
            moments += [timer.due_at for timer in self.execution.timers()[:1]]
        if not moments:
            return None
        moment = max(min(moments), self.now)
        return moment if moment <= self.question.until else None

    def _move_clock(self, moment: datetime) -> None:
        if moment == self.now:
            return
        self.now = moment
        if self.execution is not None:
            self.execution = Execution.restore(self.definition, self.execution.dump(), self._ports())

    # Beginning.

    def _begin_if_due(self) -> None:
        if self.execution is not None:
            return
        due = next((each for each in self.beginnings if each.due_at is not None and each.due_at <= self.now), None)
        if due is not None:
            self._begin(due, None)

    def _begin(self, beginning: Beginning, payload: Any) -> None:
        self.execution = Execution.start(
            self.definition,
            self.question.variables,
            self._ports(),
            start_event=beginning.element,
            trigger=None if beginning.name is None else (beginning.kind, beginning.name),
            payload=payload,
        )
        self._settle(self.execution)

    # Going on.

    def _receive(self, message: PlayedMessage) -> None:
        """Let a message start the process, go to who waits for it, or be kept until somebody does; a signal goes to all who wait."""
        if self.execution is None:
            start = next((each for each in self.beginnings if each.name == message.name), None)
            if start is None:
                self.kept.append(message)
            else:
                self._begin(start, message.payload)
        elif self._deliver(self.execution, message) or self.execution.catch_signal(message.name, message.payload):
            self._settle(self.execution)
        else:
            self.kept.append(message)

    def _deliver(self, execution: Execution, message: PlayedMessage) -> bool:
        return execution.catch_message(message.name, message.payload, message.correlation)

    def _fire_timers(self) -> None:
        if self.execution is not None and (fired := self.execution.fire_timers()):
            self._count(fired)
            self._settle(self.execution)

    def _settle(self, execution: Execution) -> None:
        """Run on, complete what is not held, and hand out what was kept, until everything waits."""
        tasks = deque(self._run(execution))
        while True:
            while tasks:
                element_instance, element = tasks.popleft()
                try:
                    execution.complete(element_instance, self.answers.take_outputs(element))
                except NothingWaits:  # what was completed before has cancelled it
                    continue
                self._count(1, element)
                tasks.extend(self._run(execution))
            taken = next((message for message in self.kept if self._deliver(execution, message)), None)
            if taken is None:
                return
            self.kept.remove(taken)
            tasks.extend(self._run(execution))

    def _run(self, execution: Execution) -> list[tuple[str, str]]:
        """Run to the wait states and return the user tasks that were reached and are not held."""
        progress: Progress = execution.run()
        self.trace.extend(progress.left)
        self.failures.extend(progress.failures)
        self.warnings.update(dict.fromkeys(progress.warnings))
        self.outcome = progress.outcome
        if len(self.trace) > TRACE_MAX:
            raise StepLimitReached(limit=TRACE_MAX, element=self.trace[-1].element)
        return [(task.element_instance, task.element) for task in progress.entered if task.element not in self.question.hold]

    def _count(self, number: int, element: str | None = None) -> None:
        self.events += number
        if self.events > EVENTS_MAX:
            raise StepLimitReached(limit=EVENTS_MAX, element=element or (self.trace[-1].element if self.trace else self.definition.key))

    # What is left.

    def _waiting(self) -> list[dict[str, Any]]:
        if self.execution is None:
            return [each.to_json() for each in self.beginnings]
        due = {timer.element_instance: timer.due_at for timer in self.execution.timers()}
        names = {wait.element_instance: wait.name for wait in self.execution.waits()}
        return [
            _write_wait(each, due.get(each.element_instance), names.get(each.element_instance))
            for each in self.execution.active()
            if each.state == "active" and each.kind not in _CONTAINERS
        ]


def _write_wait(element: ActiveElement, due_at: datetime | None, name: str | None) -> dict[str, Any]:
    wait: dict[str, Any] = {"element": element.element, "name": element.name, "kind": element.kind}
    if due_at is not None:
        wait["due_at"] = due_at.isoformat().replace("+00:00", "Z")
    if name:
        wait["event"] = name
    return wait


def play_line(library: Library, line: bytes) -> dict[str, Any]:
    """Return the answer to one line of JSON; whatever is wrong with it is an answer too."""
    try:
        if library.diagnostics:
            return _refuse([each.to_json() for each in library.diagnostics])
        return play_process(library, read_question(line))
    except CountersignError as error:
        found = error.facts.get("diagnostics")
        if isinstance(found, list | tuple):
            return _refuse([each.to_json() for each in found])
        return {"error": write_error(error)}


def _refuse(diagnostics: list[dict[str, object]]) -> dict[str, Any]:
    return {"status": "refused", "diagnostics": diagnostics}
