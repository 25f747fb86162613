"""Small diagrams for tests, written as flows: `S > A > E`, with a condition as `G > B [amount > 10]`."""

import itertools
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from app.engine import Definition, Execution, Ports, Progress

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"
NOON = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
_STEP = re.compile(r"\s*([\w!]+)\s*(?:\[(.*)\])?\s*\Z", re.DOTALL)


def bpmn(body: str, *flows: str, roots: str = "", process: str = "p", attributes: str = 'isExecutable="true"') -> bytes:
    """Return a BPMN file with one process."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><definitions xmlns="{BPMN}" xmlns:s="{SPIFF}" id="d" targetNamespace="http://example.com">'
        f'{roots}<process id="{process}" {attributes}>{body}{sequence(*flows)}</process></definitions>'
    ).encode()


def sequence(*flows: str) -> str:
    """Return sequence flows, with ids `A_B`."""
    written = []
    for line in flows:
        names = [_STEP.match(part) for part in re.split(r" > (?![^\[]*\])", line)]
        assert all(names), line
        for source, target in itertools.pairwise(names):
            condition = target[2]
            inner = f"<conditionExpression><![CDATA[{condition}]]></conditionExpression>" if condition else ""
            written.append(
                f'<sequenceFlow id="{source[1]}_{target[1]}" sourceRef="{source[1]}" targetRef="{target[1]}">{inner}</sequenceFlow>'
            )
    return "".join(written)


def start(name: str = "S", trigger: str = "") -> str:
    """Return a start event."""
    return f'<startEvent id="{name}">{trigger}</startEvent>'


def end(name: str = "E", trigger: str = "", *, label: str = "") -> str:
    """Return an end event."""
    return f'<endEvent id="{name}" name="{label}">{trigger}</endEvent>'


def user(name: str, inner: str = "", *, label: str = "", **properties: str) -> str:
    """Return a user task with properties."""
    return f'<userTask id="{name}" name="{label}">{extensions(properties)}{inner}</userTask>'


def service(name: str, operation: str, *, result: str = "", **parameters: str) -> str:
    """Return a service task."""
    written = "".join(f'<s:parameter id="{key}" type="any" value="{escape(value)}"/>' for key, value in parameters.items())
    operator = (
        f'<s:serviceTaskOperator id="{operation}" resultVariable="{result}"><s:parameters>{written}</s:parameters></s:serviceTaskOperator>'
    )
    return f'<serviceTask id="{name}"><extensionElements>{operator}</extensionElements></serviceTask>'


def script(name: str, text: str, *, result: str = "") -> str:
    """Return a FEEL script task."""
    properties = extensions({"result_variable": result} if result else {})
    return f'<scriptTask id="{name}" scriptFormat="feel">{properties}<script>{escape(text)}</script></scriptTask>'


def gateway(kind: str, name: str, *, default: str = "") -> str:
    """Return a gateway: exclusive, parallel, inclusive or eventBased."""
    return f'<{kind}Gateway id="{name}"' + (f' default="{default}"' if default else "") + "/>"


def boundary(name: str, host: str, trigger: str, *, interrupts: bool = True) -> str:
    """Return a boundary event."""
    return f'<boundaryEvent id="{name}" attachedToRef="{host}" cancelActivity="{str(interrupts).lower()}">{trigger}</boundaryEvent>'


def catch(name: str, trigger: str) -> str:
    """Return an intermediate catch event."""
    return f'<intermediateCatchEvent id="{name}">{trigger}</intermediateCatchEvent>'


def throw(name: str, trigger: str) -> str:
    """Return an intermediate throw event."""
    return f'<intermediateThrowEvent id="{name}">{trigger}</intermediateThrowEvent>'


def sub(name: str, body: str, *flows: str, tag: str = "subProcess", attributes: str = "", inner: str = "") -> str:
    """Return a sub-process."""
    return f'<{tag} id="{name}" {attributes}>{inner}{body}{sequence(*flows)}</{tag}>'


def timer(kind: str, text: str) -> str:
    """Return a timer: date, duration or cycle."""
    name = {"date": "timeDate", "duration": "timeDuration", "cycle": "timeCycle"}[kind]
    return f"<timerEventDefinition><{name}>{escape(text)}</{name}></timerEventDefinition>"


def refer(kind: str, name: str = "") -> str:
    """Return an event definition: message, signal, error, escalation, terminate, cancel."""
    return f"<{kind}EventDefinition {f'{kind}Ref={chr(34)}{name}{chr(34)}' if name else ''}/>"


def condition(text: str) -> str:
    """Return a conditional event definition."""
    return f"<conditionalEventDefinition><condition>{escape(text)}</condition></conditionalEventDefinition>"


def several(collection: str = "", *, item: str = "", output: str = "", output_item: str = "", cardinality: str = "",
            until: str = "", sequential: bool = False) -> str:  # fmt: skip
    """Return multi-instance characteristics."""
    parts = [
        f"<loopCardinality>{escape(cardinality)}</loopCardinality>" if cardinality else "",
        f"<loopDataInputRef>{collection}</loopDataInputRef>" if collection else "",
        f"<loopDataOutputRef>{output}</loopDataOutputRef>" if output else "",
        f'<inputDataItem id="{item}"/>' if item else "",
        f'<outputDataItem id="{output_item}"/>' if output_item else "",
        f"<completionCondition>{escape(until)}</completionCondition>" if until else "",
    ]
    return f'<multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}">{"".join(parts)}</multiInstanceLoopCharacteristics>'


def extensions(properties: Mapping[str, str]) -> str:
    """Return our properties as extension elements."""
    if not properties:
        return ""
    written = "".join(f'<s:property name="{name}" value="{escape(value)}"/>' for name, value in properties.items())
    return f"<extensionElements><s:properties>{written}</s:properties></extensionElements>"


def escape(text: str) -> str:
    """Return text for XML."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def ports(after: timedelta = timedelta(0), *, zone: tzinfo = UTC, **settings: Any) -> Ports:
    """Return ports at noon of 1 January 2026, or later."""
    return Ports(now=NOON + after, zone=zone, **settings)


def parse(content: bytes, **settings: Any) -> Definition:
    """Return a definition."""
    return Definition.parse(content, filename="test.bpmn", **settings)


class Play:
    """One instance that is stored and restored before every verb, as in the product; `path` lists what ended."""

    def __init__(
        self, content: bytes | Definition, variables: Mapping[str, Any] | None = None, *, start_event: str | None = None, **settings: Any
    ):
        self.definition = content if isinstance(content, Definition) else parse(content)
        self.settings = settings
        self.after = timedelta(0)
        self.path: list[str] = []
        self.progress = Progress()
        execution = Execution.start(self.definition, variables or {}, self.ports(), start_event=start_event)
        self._take(execution)

    def ports(self) -> Ports:
        return ports(self.after, **self.settings)

    def restore(self) -> Execution:
        return Execution.restore(self.definition, self.blob, self.ports())

    def _take(self, execution: Execution) -> "Play":
        self.progress = execution.run()
        self.path += [end.element if end.state == "completed" else f"{end.element} {end.state}" for end in self.progress.left]
        self.blob = execution.dump()
        return self

    def do(self, verb: str, *arguments: Any) -> "Play":
        """Apply a verb of Execution."""
        execution = self.restore()
        self.answer = getattr(execution, verb)(*arguments)
        return self._take(execution)

    def complete(self, element: str, outputs: Mapping[str, Any] | None = None, *, at: int = 0) -> "Play":
        """Complete the user task, the first of several."""
        return self.do("complete", self.waiting_at(element)[at], outputs or {})

    def waiting_at(self, element: str) -> list[str]:
        """Return the element instances that are active or failed at an element."""
        return [active.element_instance for active in self.restore().active() if active.element == element]

    def later(self, **duration: float) -> "Play":
        """Let time pass and fire what is due."""
        self.after += timedelta(**duration)
        return self.do("fire_timers")

    @property
    def tasks(self) -> list[str]:
        return [task.element for task in self.restore().user_tasks()]

    @property
    def variables(self) -> dict[str, Any]:
        return self.restore().variables()

    @property
    def timers(self) -> list[tuple[str, datetime]]:
        return [(timer.element, timer.due_at) for timer in self.restore().timers()]
