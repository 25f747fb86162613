"""What goes into the engine and what comes out of it: plain immutable values, no library type among them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from types import MappingProxyType
from typing import Any, Literal, NamedTuple
from uuid import uuid4

from app.domain.errors import CountersignError

EMPTY: Mapping[str, Any] = MappingProxyType({})
EndState = Literal["completed", "cancelled", "failed"]
EventKind = Literal["message", "signal", "error", "escalation"]


def _empty() -> Mapping[str, Any]:
    return EMPTY


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One element of a diagram; `kind` is the BPMN element name, `scope` the id of the sub-process or process around it."""

    id: str
    name: str
    kind: str
    scope: str
    properties: Mapping[str, str] = field(default_factory=_empty)
    documentation: str = ""
    lane: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StartTrigger:
    """A start event of the process: what would create an instance there.

    `reference` is the name of the message or signal, the text of the timer or condition, and empty for a none start event;
    `correlation` names the correlation properties of the message.
    """

    element: str
    kind: str
    reference: str = ""
    correlation: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StartSchedule:
    """When a timer start event is due next; `state` is JSON-ready and leads to the one after."""

    due_at: datetime
    state: Mapping[str, Any]


class ServiceCall(NamedTuple):
    """A service task asks for its operation; `parameters` are evaluated, `variables` are read-only."""

    element: Element
    element_instance: str
    operation: str
    parameters: Mapping[str, Any]
    variables: Mapping[str, Any]


class DecisionCall(NamedTuple):
    """A business rule task asks for a decision; `binding` is `latest`, `tag:…` or `version:…`; `variables` read lazily."""

    element: Element
    element_instance: str
    decision: str
    binding: str
    variables: Mapping[str, Any]


class DecisionAnswer(NamedTuple):
    """What a decision gave: FEEL outputs, the inputs it read and the rules that matched; `version` is the deployed one that answered."""

    outputs: Any
    inputs: Mapping[str, Any] = EMPTY
    matched_rules: tuple[Mapping[str, Any], ...] = ()
    warnings: tuple[str, ...] = ()
    version: int | None = None


class BpmnError(Exception):
    """A service raises it to throw the BPMN error `code` at its element; an error boundary event may catch it."""

    def __init__(self, code: str, payload: Mapping[str, Any] = EMPTY) -> None:
        super().__init__(code)
        self.code = code
        self.payload = payload


def _no_decision(call: DecisionCall) -> DecisionAnswer:
    raise CountersignError(f"There are no decisions here, so {call.decision} cannot be evaluated.")


def new_id() -> str:
    """Return a fresh random identifier of an element instance."""
    return str(uuid4())


class Ports(NamedTuple):
    """What an execution may use of the world: one instant, one time zone, registered services, decisions, lazy names.

    `lazy` names are visible to every expression, win over variables of the same name, and are loaded when first read. An instant
    without a time zone is refused where something runs with it.
    """

    now: datetime
    zone: tzinfo
    services: Mapping[str, Callable[[ServiceCall], Any]] = EMPTY
    decide: Callable[[DecisionCall], DecisionAnswer] = _no_decision
    lazy: Mapping[str, Callable[[], object]] = EMPTY
    new_id: Callable[[], str] = new_id


class UserTaskWait(NamedTuple):
    """A user task (or manual task) that waits for somebody."""

    element_instance: str
    element: str
    name: str
    kind: str
    properties: Mapping[str, str]
    variables: Mapping[str, Any]
    since: datetime


class ElementEnd(NamedTuple):
    """An element instance that ended, and how.

    A failed one is not over: after a retry the same element instance comes again, completed or cancelled.
    """

    element_instance: str
    element: str
    name: str
    kind: str
    state: EndState
    started_at: datetime
    at: datetime


class ActiveElement(NamedTuple):
    """An element instance that is not finished: it waits, works, or has failed and waits for a retry."""

    element_instance: str
    element: str
    name: str
    kind: str
    state: Literal["active", "failed"]
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerWait:
    """A timer that waits: a row for the ticker. `kind` is boundaryEvent, intermediateCatchEvent or startEvent."""

    element_instance: str
    element: str
    kind: str
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EventWait:
    """An element that waits for a message, signal or condition; `name` is the message's or signal's.

    `correlation` holds the values, by correlation property, that a message must have.
    """

    element_instance: str
    element: str
    event: str
    name: str
    correlation: Mapping[str, Any] = field(default_factory=_empty)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An element instance that could not go on, kept so that `Execution.retry` continues where it stopped."""

    element_instance: str
    element: str
    error: CountersignError


class DecisionTrace(NamedTuple):
    """A decision that was evaluated."""

    element_instance: str
    element: str
    decision: str
    inputs: Mapping[str, Any]
    outputs: Any
    matched_rules: tuple[Mapping[str, Any], ...]
    warnings: tuple[str, ...]
    version: int | None = None


class ServiceTrace(NamedTuple):
    """A service that answered."""

    element_instance: str
    element: str
    operation: str
    parameters: Mapping[str, Any]
    result: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ThrownEvent:
    """An event that left the instance: messages and signals to pass on, errors and escalations that nobody caught.

    A message that somebody inside caught is not among them; a signal always is, for the other instances.
    """

    element: str
    kind: EventKind
    name: str
    payload: Any = None
    element_instance: str = ""
    correlation: Mapping[str, Any] = field(default_factory=_empty)


class Progress(NamedTuple):
    """What happened since the last `Execution.run`, in order; `timers` are all that wait now, `flows` the sequence flows that were taken."""

    entered: tuple[UserTaskWait, ...] = ()
    left: tuple[ElementEnd, ...] = ()
    flows: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()
    timers: tuple[TimerWait, ...] = ()
    decisions: tuple[DecisionTrace, ...] = ()
    services: tuple[ServiceTrace, ...] = ()
    events: tuple[ThrownEvent, ...] = ()
    warnings: tuple[str, ...] = ()
    completed: bool = False
    outcome: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Activation:
    """An element at which a move puts a token.

    `within` is the element instance of the sub-process, call or multi-instance instance that it shall begin in, needed when there are
    several; `variables` belong to the new element instance alone.
    """

    element: str
    within: str | None = None
    variables: Mapping[str, Any] = field(default_factory=_empty)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A reason why an instance cannot be moved or migrated."""

    code: str
    element: str | None
    message: str
    remedy: str
    element_instance: str | None = None

    def to_json(self) -> dict[str, str | None]:
        """Return the refusal for an answer."""
        return {
            "code": self.code,
            "element": self.element,
            "element_instance": self.element_instance,
            "message": self.message,
            "remedy": self.remedy,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a move or a migration would do; without `progress` when it is refused. `mapping` is of a migration."""

    refusals: tuple[Refusal, ...]
    before: tuple[ActiveElement, ...]
    after: tuple[ActiveElement, ...] = ()
    progress: Progress | None = None
    mapping: Mapping[str, str] = field(default_factory=_empty)


class Happenings:
    """The growing lists behind the next Progress."""

    def __init__(self) -> None:
        self.left: list[ElementEnd] = []
        self.flows: list[str] = []
        self.failures: list[Failure] = []
        self.decisions: list[DecisionTrace] = []
        self.services: list[ServiceTrace] = []
        self.events: list[ThrownEvent] = []
        self.warnings: list[str] = []
