"""What a case of the catalogue is, and how it is put at the top, into a sub-process, or into a called process."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from lxml import etree

from app.engine import Execution
from tests.engine.diagrams import BPMN, Play, bpmn, parse, ports, sequence

ROOTS = (
    '<message id="m" name="Paid"/><message id="m2" name="Sent"/><signal id="s" name="Stop"/><error id="e" name="No stock" errorCode="NO_STOCK"/>'
    '<error id="e2" name="Other" errorCode="OTHER"/><escalation id="x" name="Late" escalationCode="LATE"/>'
    '<escalation id="x2" name="Very late" escalationCode="VERY_LATE"/>'
)
_LAST = ("association", "complexBehaviorDefinition", "completionCondition")
LEVELS = ("top", "nested", "called")
Step = tuple[Any, ...]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A small model, what is done to it, and its trace.

    Attributes:
        steps: ("complete", element, outputs), ("message", name, payload), ("signal", name, payload), ("set", variables, elements that see them),
            ("later", days) and ("cancel_instance", element).
        trace: what ended, in order; `A cancelled` and `A failed` say how.
        waiting: user tasks that wait at the end; nothing means that the instance is over.
        values: variables at the end, of those that are named.
        events: names of messages, signals and escalations that left the instance.
        stays: a token stays at a join, as the diagram has it.
        levels: where the model makes sense.
    """

    name: str
    body: str
    flows: Sequence[str] = ()
    steps: Sequence[Step] = ()
    trace: str = ""
    waiting: str = ""
    variables: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    events: str = ""
    stays: bool = False
    levels: Sequence[str] = LEVELS
    roots: str = ""
    start_event: str | None = None

    @property
    def path(self) -> list[str]:
        """The trace as a list."""
        return [part.strip() for part in self.trace.split(",") if part.strip()]


def write(case: Case, level: str) -> bytes:
    """Return the BPMN file of a case at a level, its parts in the order of the schema."""
    root = etree.fromstring(_write(case, level))
    for name in _LAST:
        for node in list(root.iter(f"{{{BPMN}}}{name}")):
            parent = node.getparent()
            parent.remove(node)
            parent.append(node)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _write(case: Case, level: str) -> bytes:
    roots = ROOTS + case.roots
    if level == "top":
        return bpmn(case.body, *case.flows, roots=roots)
    if level == "nested":
        inner = f'<subProcess id="Outer">{case.body}{sequence(*case.flows)}</subProcess>'
        return bpmn('<startEvent id="OS"/>' + inner + '<endEvent id="OE"/>', "OS > Outer > OE", roots=roots)
    called = bpmn(case.body, *case.flows, process="inner").decode()
    called = called[called.index("<process") : called.index("</definitions>")]
    body = '<startEvent id="OS"/><callActivity id="Outer" calledElement="inner"/><endEvent id="OE"/>'
    return bpmn(body, "OS > Outer > OE", roots=roots).replace(b"</definitions>", called.encode() + b"</definitions>")


def expected_path(case: Case, level: str) -> list[str]:
    """Return the trace of a case at a level: what is around it ends when it is over."""
    if level == "top":
        return case.path
    return ["OS", *case.path, *([] if case.waiting or case.stays else ["Outer", "OE"])]


class Restored:
    """An instance that is stored and restored before and after every step."""

    def __init__(self, definition: Any, case: Case) -> None:
        self.play = Play(definition, case.variables, start_event=case.start_event)
        self.events = list(self.play.progress.events)

    def step(self, step: Step) -> None:
        """Do a step."""
        verb, *rest = step
        match verb:
            case "complete":
                self.play.complete(rest[0], rest[1] if len(rest) > 1 else {})
            case "later":
                self.play.later(days=rest[0])
            case "cancel_instance":
                self.play.do("cancel_instance", self.play.waiting_at(rest[0])[0])
            case "set":
                found = [each for element in rest[1].split() for each in self.play.waiting_at(element)]
                self.play.do("set_variables", rest[0], found[0])
            case _:
                self.play.do(f"catch_{verb}", *rest)
        self.events += self.play.progress.events

    @property
    def outcome(self) -> tuple[Any, ...]:
        """Return path, waiting tasks, thrown events, whether it is over, and its variables."""
        end = self.play.restore()
        waiting = sorted(task.element for task in end.user_tasks())
        return self.play.path, waiting, [each.name for each in self.events], end.is_completed, end.variables()


class Straight:
    """An instance in memory from its beginning to its end; only the clock makes it begin anew."""

    def __init__(self, definition: Any, case: Case) -> None:
        self.definition = definition
        self.after = timedelta(0)
        self.execution = Execution.start(definition, case.variables, ports(), start_event=case.start_event)
        self.path: list[str] = []
        self.events: list[str] = []
        self.take()

    def take(self) -> None:
        """Run, and keep what happened."""
        progress = self.execution.run()
        self.path += [end.element if end.state == "completed" else f"{end.element} {end.state}" for end in progress.left]
        self.events += [each.name for each in progress.events]

    def step(self, step: Step) -> None:
        """Do a step."""
        verb, *rest = step
        find = lambda element: next(each.element_instance for each in self.execution.active() if each.element == element)  # noqa: E731
        match verb:
            case "complete":
                self.execution.complete(find(rest[0]), rest[1] if len(rest) > 1 else {})
            case "later":
                self.after += timedelta(days=rest[0])
                self.execution = Execution.restore(self.definition, self.execution.dump(), ports(self.after))
                self.execution.fire_timers()
            case "cancel_instance":
                self.execution.cancel_instance(find(rest[0]))
            case "set":
                found = [each.element_instance for each in self.execution.active() if each.element in rest[1].split()]
                self.execution.set_variables(rest[0], found[0])
            case _:
                getattr(self.execution, f"catch_{verb}")(*rest)
        self.take()

    @property
    def outcome(self) -> tuple[Any, ...]:
        """Return path, waiting tasks, thrown events, whether it is over, and its variables."""
        waiting = sorted(task.element for task in self.execution.user_tasks())
        return self.path, waiting, self.events, self.execution.is_completed, self.execution.variables()


def read(case: Case, level: str) -> Any:
    """Return the definition of a case at a level."""
    return parse(write(case, level))
