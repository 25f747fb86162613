"""One scenario, from its document to its last expectation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from app.domain.deadlines import add_duration
from app.domain.errors import CountersignError
from app.formats.scenario_documents import XML_MEDIA_TYPE, write_document
from app.formats.scenario_steps import Act, Advance, Code, Expect, ExpectMail, ExpectNoMail, Send, Step, Worklist
from app.formats.scenarios import Scenario
from app.operations.answer import Answer, Caller
from app.operations.documents.code_lines import code_lines
from app.operations.documents.receive_document import receive_document
from app.operations.instances.start_instance import start_instance
from app.operations.messages.broadcast_signal import broadcast_signal
from app.operations.messages.correlate_message import correlate_message
from app.operations.scenarios.looking import Look
from app.operations.scenarios.stage import Stage
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.claim_task import claim_task
from app.operations.tasks.delegate_task import delegate_task
from app.operations.tasks.reject_task import reject_task
from app.operations.tasks.unclaim_task import unclaim_task
from app.operations.turn import read_environment

_DID: Final = {"approve": "approve", "reject": "reject", "delegate": "delegate", "claim": "claim", "unclaim": "unclaim"}


class ScenarioFailed(Exception):
    """Something else happened than the scenario expects."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioResult:
    """How a scenario went; `failure` is None when everything was as expected, else says in the analyst's words what was not."""

    scenario: Scenario
    failure: str | None = None
    path: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.failure is None:
            return self.scenario.name
        return f"{self.scenario.name}: {self.failure}\n    the path taken: {', '.join(self.path) or 'nothing was finished'}"


def play_scenario(stage: Stage, scenario: Scenario) -> ScenarioResult:
    """Play a scenario on a stage that holds nothing but the demo and the definitions, and return how it went."""
    stage.clock.at = scenario.at.astimezone(UTC)
    play = _Play(stage=stage, scenario=scenario)
    try:
        play.begin()
        for position, step in enumerate(scenario.steps, start=1):
            play.place = f"step {position}" + (f" (line {step.line})" if step.line is not None else "")
            play.take(step)
    except ScenarioFailed as failure:
        return ScenarioResult(scenario=scenario, failure=f"{play.place} {failure}", path=play.path())
    except CountersignError as error:
        return ScenarioResult(scenario=scenario, failure=f"{play.place} went wrong: {describe_error(error)}", path=play.path())
    return ScenarioResult(scenario=scenario, path=play.path())


def exact(value: Any) -> Any:
    """Return a value of TOML with its numbers exact: the shortest text of a floating point number is what the analyst wrote."""
    if isinstance(value, float):
        return Decimal(str(value))
    if isinstance(value, Mapping):
        return {name: exact(each) for name, each in value.items()}
    return [exact(each) for each in value] if isinstance(value, list) else value


def describe_error(error: CountersignError) -> str:
    """Return what an error says, with its code and the faults of single fields."""
    fields = error.facts.get("errors")
    more = "".join(f" {name}: {' '.join(texts)}" for name, texts in fields.items()) if isinstance(fields, Mapping) else ""
    return f"{error.detail} ({error.code}){more}"


@dataclass(kw_only=True)
class _Play:
    """A scenario under way."""

    stage: Stage
    scenario: Scenario
    place: str = "the start"
    look: Look | None = None
    mails_expected: int = 0
    mails_seen: set[int] = field(default_factory=set)

    @property
    def now(self) -> Look:
        """How things stand now; the instance is there since `begin`."""
        assert self.look is not None, "begin() comes before the first step"
        return self.look

    def path(self) -> tuple[str, ...]:
        """Return the elements that were finished, in order."""
        return self.look.path() if self.look is not None else ()

    def begin(self) -> None:
        """Send the document and start the instance, as an integrator would."""
        scenario, stage = self.scenario, self.stage
        starter = stage.caller(scenario.started_by)
        document_id = None
        if scenario.document is not None:
            content, media_type = self._document(scenario.document)
            document_id = receive_document(stage.system, starter, content=content, media_type=media_type).body["id"]
        answer = start_instance(
            stage.system, starter, definition=scenario.process, document_id=document_id, variables=exact(scenario.variables)
        )
        self.look = Look(stage=stage, environment_id=starter.environment_id, instance_id=answer.body["id"], document_id=document_id)
        stage.do_due_work()

    def _document(self, document: Mapping[str, Any]) -> tuple[bytes, str]:
        return (self.stage.read_file(document["file"]), XML_MEDIA_TYPE) if "file" in document else write_document(document)

    def take(self, step: Step) -> None:
        """Take one step."""
        match step:
            case Worklist():
                self._check(self.now.worklist_fault(step))
            case Act():
                self._act(step)
            case Code():
                self._code(step)
            case Advance():
                self._advance(step)
            case Send():
                self._send(step)
            case ExpectMail():
                self._check(self.now.mail_fault(step, self.mails_seen))
            case ExpectNoMail():
                self._check(self.now.no_mail_fault(self.mails_seen))
            case Expect():
                self._check(self.now.state_fault(step))

    def _check(self, fault: str | None) -> None:
        if fault is not None:
            raise ScenarioFailed(fault)

    def _act(self, step: Act) -> None:
        caller = self.stage.caller(step.who)
        task_id = self.now.task_at(step.element)
        what = f"{step.who} to {_DID[step.verb]} {step.element}"
        if task_id is None:
            raise ScenarioFailed(f"expected {what}, but no such task was ever there; {self.now.worklist_text()}.")
        self._try(what, step.refused, lambda: _VERBS[step.verb](self.stage, caller, task_id, step))

    def _code(self, step: Code) -> None:
        caller = self.stage.caller(step.who)
        document_id = self.now.document_id
        if document_id is None:
            raise ScenarioFailed(f"expected {step.who} to code lines, but there is no document.")
        lines = [dict(line) for line in step.lines]
        self._try(f"{step.who} to code the lines", step.refused, lambda: code_lines(self.stage.system, caller, document_id, lines=lines))

    def _send(self, step: Send) -> None:
        stage, caller = self.stage, self.stage.caller(self.scenario.started_by)
        correlation, payload = exact(step.correlation), exact(step.payload)

        def send() -> Answer:
            if step.kind == "signal":
                return broadcast_signal(stage.system, caller, name=step.name, payload=payload)
            return correlate_message(stage.system, caller, name=step.name, correlation=correlation, payload=payload)

        self._try(f"the {step.kind} {step.name} to come", step.refused, send)

    def _try(self, what: str, refused: str | None, work: Callable[[], Answer]) -> None:
        try:
            work()
        except CountersignError as error:
            if refused is None:
                raise ScenarioFailed(f"expected {what}, but: {describe_error(error)}") from error
            if error.code != refused:
                raise ScenarioFailed(f"expected {what} to be refused as {refused}, but: {describe_error(error)}") from error
        else:
            if refused is not None:
                raise ScenarioFailed(f"expected {what} to be refused as {refused}, but it was accepted.")
        self.stage.do_due_work()

    def _advance(self, step: Advance) -> None:
        clock = self.stage.clock
        until = step.until.astimezone(UTC) if step.until is not None else None
        if step.duration is not None:
            until = add_duration(clock.at, step.duration, self._zone())
        assert until is not None, "the reader gives a duration or an instant"
        if until < clock.at:
            raise ScenarioFailed(f"goes back in time: it is {clock.at.isoformat()} already.")
        self.stage.advance(until, self.now.instance_id)

    def _zone(self) -> ZoneInfo:
        with self.stage.system.database.read() as reading:
            return read_environment(reading, self.now.environment_id).zone


def _approve(stage: Stage, caller: Caller, task_id: str, step: Act) -> Answer:
    return approve_task(stage.system, caller, task_id, comment=step.text)


def _reject(stage: Stage, caller: Caller, task_id: str, step: Act) -> Answer:
    return reject_task(stage.system, caller, task_id, reason=step.text)


def _delegate(stage: Stage, caller: Caller, task_id: str, step: Act) -> Answer:
    return delegate_task(stage.system, caller, task_id, to=step.to or "", comment=step.text)


def _claim(stage: Stage, caller: Caller, task_id: str, step: Act) -> Answer:
    del step
    return claim_task(stage.system, caller, task_id)


def _unclaim(stage: Stage, caller: Caller, task_id: str, step: Act) -> Answer:
    del step
    return unclaim_task(stage.system, caller, task_id)


_VERBS: Final[Mapping[str, Callable[[Stage, Caller, str, Act], Answer]]] = {
    "approve": _approve,
    "reject": _reject,
    "delegate": _delegate,
    "claim": _claim,
    "unclaim": _unclaim,
}
