"""countersign bench engine: what a step of a process instance costs, and whether it stays so."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import click

from app.bench.report import Figure, figure, print_report, progress, time_calls
from app.engine import DecisionAnswer, Definition, Execution, Ports

RESTORE_MILLISECONDS: Final = 0.2
NOW: Final = datetime(2026, 1, 1, 12, tzinfo=UTC)
_HEAD: Final = (
    '<?xml version="1.0" encoding="UTF-8"?><definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:s="http://spiffworkflow.org/bpmn/schema/1.0/core" id="d" targetNamespace="http://countersign.example"><process id="p" isExecutable="true">'
)
_TAIL: Final = "</process></definitions>"
_VOTES: Final = (
    "<multiInstanceLoopCharacteristics><loopDataInputRef>approvers</loopDataInputRef><loopDataOutputRef>votes</loopDataOutputRef>"
    '<inputDataItem id="approver"/><outputDataItem id="vote"/></multiInstanceLoopCharacteristics>'
)
_RULE: Final = "<extensionElements><s:calledDecisionId>route</s:calledDecisionId></extensionElements>"
APPROVAL: Final = (
    f'{_HEAD}<startEvent id="S"/><scriptTask id="Total" scriptFormat="feel"><script>amount * 1.21</script></scriptTask>'
    '<exclusiveGateway id="G" default="G_V"/><userTask id="V">' + _VOTES + "</userTask>"
    '<boundaryEvent id="T" attachedToRef="V"><timerEventDefinition><timeDuration>P3D</timeDuration></timerEventDefinition></boundaryEvent>'
    f'<businessRuleTask id="D">{_RULE}</businessRuleTask><userTask id="A"/><endEvent id="E"/>'
    '<sequenceFlow id="f1" sourceRef="S" targetRef="Total"/><sequenceFlow id="f2" sourceRef="Total" targetRef="G"/>'
    '<sequenceFlow id="G_V" sourceRef="G" targetRef="V"/><sequenceFlow id="f3" sourceRef="G" targetRef="A">'
    "<conditionExpression>amount &lt; 100</conditionExpression></sequenceFlow>"
    '<sequenceFlow id="f4" sourceRef="V" targetRef="D"/><sequenceFlow id="f5" sourceRef="D" targetRef="A"/>'
    f'<sequenceFlow id="f6" sourceRef="A" targetRef="E"/><sequenceFlow id="f7" sourceRef="T" targetRef="A"/>{_TAIL}'
).encode()
LOOP: Final = (
    f'{_HEAD}<startEvent id="S"/><exclusiveGateway id="M"/><userTask id="A"/><exclusiveGateway id="X" default="X_E"/><endEvent id="E"/>'
    '<sequenceFlow id="f1" sourceRef="S" targetRef="M"/><sequenceFlow id="f2" sourceRef="M" targetRef="A"/>'
    '<sequenceFlow id="f3" sourceRef="A" targetRef="X"/><sequenceFlow id="X_E" sourceRef="X" targetRef="E"/>'
    '<sequenceFlow id="f4" sourceRef="X" targetRef="M"><conditionExpression>again</conditionExpression></sequenceFlow>'
    f"{_TAIL}"
).encode()


@click.command("engine")
@click.option("--runs", default=300, show_default=True, type=click.IntRange(3, 100_000), help="Samples of each figure.")
@click.option("--iterations", default=3_000, show_default=True, type=click.IntRange(30, 100_000), help="Iterations of the loop.")
@click.option("--instances", default=200, show_default=True, type=click.IntRange(2, 1_000), help="Instances of the multi-instance.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
def command(*, runs: int, iterations: int, instances: int, as_json: bool) -> None:
    """Measure a typical approval, a long loop and a large multi-instance, without a database."""
    progress("A typical approval: three votes, a timer, a decision, a signature …")
    figures = measure_approval(runs)
    progress(f"A loop of {iterations} iterations, stored and restored at each …")
    figures += measure_loop(iterations)
    progress(f"A multi-instance of {instances} …")
    figures += measure_instances(instances, runs=max(3, runs // 30))
    print_report("engine", figures, as_json=as_json)


def ports() -> Ports:
    """Return a world that stands still."""
    return Ports(now=NOW, zone=UTC, decide=lambda call: DecisionAnswer(outputs=call.decision))


def begin(definition: Definition, approvers: int) -> Execution:
    """Return an approval that waits for its votes."""
    execution = Execution.start(definition, {"amount": 20_000, "approvers": [f"person {at}" for at in range(approvers)]}, ports())
    execution.run()
    return execution


def vote(definition: Definition, blob: bytes) -> bytes:
    """Restore, complete the first user task, run, and store: the engine's part of a turn."""
    execution = Execution.restore(definition, blob, ports())
    execution.complete(execution.user_tasks()[0].element_instance, {"vote": "approved"})
    execution.run()
    return execution.dump()


def measure_approval(runs: int) -> list[Figure]:
    """Return the figures of a typical approval."""
    definition = Definition.parse(APPROVAL, filename="approval.bpmn")
    waiting = begin(definition, 3)
    blob = waiting.dump()
    figures = [
        _milliseconds("parse", time_calls(lambda: Definition.parse(APPROVAL, filename="approval.bpmn"), runs=max(3, runs // 10))),
        _milliseconds("start and run to the votes", time_calls(lambda: begin(definition, 3), runs=runs)),
        _milliseconds("restore", time_calls(lambda: Execution.restore(definition, blob, ports()), runs=runs), budget=RESTORE_MILLISECONDS),
        _milliseconds("store", time_calls(waiting.dump, runs=runs)),
        _milliseconds("restore, complete, run, store", time_calls(lambda: vote(definition, blob), runs=runs), budget=1.0),
    ]
    figures.append(figure("state while it waits", [len(blob)], unit="bytes"))
    return figures


def measure_loop(iterations: int) -> list[Figure]:
    """Return what an iteration costs at the beginning and at the end of a long loop, and the largest state."""
    definition = Definition.parse(LOOP, filename="loop.bpmn")
    execution = Execution.start(definition, {}, ports())
    execution.run()
    blob, samples, sizes = execution.dump(), [], []
    for _ in range(iterations):
        began = time.perf_counter()
        execution = Execution.restore(definition, blob, ports())
        execution.complete(execution.user_tasks()[0].element_instance, {"again": True})
        execution.run()
        blob = execution.dump()
        samples.append(time.perf_counter() - began)
        sizes.append(len(blob))
    part = max(1, iterations // 10)
    return [
        _milliseconds("loop: an iteration, first tenth", samples[:part]),
        _milliseconds("loop: an iteration, last tenth", samples[-part:]),
        figure("loop: state", sizes, unit="bytes"),
    ]


def measure_instances(instances: int, *, runs: int) -> list[Figure]:
    """Return what a large multi-instance costs: to begin, for each vote, and to store."""
    definition = Definition.parse(APPROVAL, filename="approval.bpmn")
    starts = time_calls(lambda: begin(definition, instances), runs=runs)
    blob = begin(definition, instances).dump()
    size, samples = len(blob), []
    for _ in range(instances):
        began = time.perf_counter()
        blob = vote(definition, blob)
        samples.append(time.perf_counter() - began)
    return [
        _milliseconds(f"{instances} instances: start", starts),
        _milliseconds(f"{instances} instances: a vote", samples),
        figure(f"{instances} instances: state", [size], unit="bytes"),
    ]


def _milliseconds(name: str, seconds: Sequence[float], **settings: Any) -> Figure:
    return figure(name, [each * 1_000 for each in seconds], unit="ms", **settings)
