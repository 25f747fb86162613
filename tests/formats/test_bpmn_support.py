"""What the checks refuse is what the engine refuses: nothing unsupported passes, nothing supported is refused."""

import pytest

from app.domain.errors import DefinitionInvalid
from app.engine import Definition
from app.formats.bpmn_checks import check_bpmn

HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:s="http://spiffworkflow.org/bpmn/schema/1.0/core" targetNamespace="urn:test" id="file" '
    'expressionLanguage="https://www.omg.org/spec/DMN/20191111/FEEL/">'
    '<message id="msg" name="Paid" /><signal id="sig" name="Stop" /><error id="err" name="Broken" errorCode="E1" />'
    '<escalation id="esc" name="Late" escalationCode="L1" />'
)
TIMER = "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>"
USER = '<extensionElements><s:properties><s:property name="assignees" value="[&quot;marc&quot;]" /></s:properties></extensionElements>'
INNER = '<startEvent id="S2" /><endEvent id="E2" /><sequenceFlow id="i" sourceRef="S2" targetRef="E2" />'


def model(middle: str, *, start: str = "", end: str = "", flows: str | None = None) -> bytes:
    default = '<sequenceFlow id="f1" sourceRef="S" targetRef="M" /><sequenceFlow id="f2" sourceRef="M" targetRef="E" />'
    return (
        f'{HEAD}<process id="p" isExecutable="true"><startEvent id="S">{start}</startEvent>{middle}<endEvent id="E">{end}</endEvent>'
        f"{default if flows is None else flows}</process></definitions>"
    ).encode()


def user(attributes: str = "", body: str = "") -> str:
    return f'<userTask id="M" {attributes}>{USER}{body}</userTask>'


def boundary(definition: str, attributes: str = "", host: str | None = None) -> bytes:
    flows = (
        '<sequenceFlow id="f1" sourceRef="S" targetRef="M" /><sequenceFlow id="f2" sourceRef="M" targetRef="E" />'
        '<sequenceFlow id="f3" sourceRef="B" targetRef="E" />'
    )
    return model(f'{host or user()}<boundaryEvent id="B" attachedToRef="M" {attributes}>{definition}</boundaryEvent>', flows=flows)


def throws(definition: str) -> bytes:
    return model(f'<intermediateThrowEvent id="M">{definition}</intermediateThrowEvent>')


def catches(definition: str) -> bytes:
    return model(f'<intermediateCatchEvent id="M">{definition}</intermediateCatchEvent>')


MESSAGE = '<messageEventDefinition messageRef="msg" />'
SIGNAL = '<signalEventDefinition signalRef="sig" />'
CONDITION = '<conditionalEventDefinition><condition xsi:type="tFormalExpression">paid = true</condition></conditionalEventDefinition>'
SUPPORTED = {
    "user task": model(user()),
    "manual task": model('<manualTask id="M" />'),
    "task": model('<task id="M" />'),
    "script task": model(
        '<scriptTask id="M" scriptFormat="feel"><extensionElements><s:properties><s:property name="result_variable" value="x" />'
        "</s:properties></extensionElements><script>1 + 1</script></scriptTask>"
    ),
    "send task": model('<sendTask id="M" messageRef="msg" />'),
    "receive task": model('<receiveTask id="M" messageRef="msg" />'),
    "sub-process": model(f'<subProcess id="M">{INNER}</subProcess>'),
    "transaction": model(f'<transaction id="M">{INNER}</transaction>'),
    "timer catch": catches(TIMER),
    "message catch": catches(MESSAGE),
    "signal catch": catches(SIGNAL),
    "conditional catch": catches(CONDITION),
    "message throw": throws(MESSAGE),
    "signal throw": throws(SIGNAL),
    "escalation throw": throws('<escalationEventDefinition escalationRef="esc" />'),
    "signal end": model(user(), end=SIGNAL),
    "error end": model(user(), end='<errorEventDefinition errorRef="err" />'),
    "terminate end": model(user(), end="<terminateEventDefinition />"),
    "timer boundary": boundary(TIMER),
    "timer boundary that does not interrupt": boundary(TIMER, 'cancelActivity="false"'),
    "message boundary": boundary(MESSAGE),
    "error boundary": boundary('<errorEventDefinition errorRef="err" />'),
    "escalation boundary": boundary('<escalationEventDefinition escalationRef="esc" />'),
    "conditional boundary": boundary(CONDITION),
    "event sub-process": model(
        f'{user()}<subProcess id="X" triggeredByEvent="true"><startEvent id="S2">{TIMER}</startEvent><endEvent id="E2" />'
        '<sequenceFlow id="i" sourceRef="S2" targetRef="E2" /></subProcess>'
    ),
    "implicit split": model(
        f'{user()}<manualTask id="A" />',
        flows='<sequenceFlow id="f1" sourceRef="S" targetRef="M" /><sequenceFlow id="f2" sourceRef="M" targetRef="E" />'
        '<sequenceFlow id="f3" sourceRef="M" targetRef="A" /><sequenceFlow id="f4" sourceRef="A" targetRef="E" />',
    ),
    "multi-instance": model(
        user(body="<multiInstanceLoopCharacteristics><loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics>")
    ),
    "standard loop": model(
        user(body='<standardLoopCharacteristics loopMaximum="3"><loopCondition>true</loopCondition></standardLoopCharacteristics>')
    ),
}
UNSUPPORTED = {
    "complex gateway": model('<complexGateway id="M" />'),
    "ad hoc sub-process": model('<adHocSubProcess id="M"><manualTask id="T" /></adHocSubProcess>'),
    "compensation throw": throws("<compensateEventDefinition />"),
    "compensation handler": model(f'{user()}<manualTask id="U" isForCompensation="true" />'),
    "event with two triggers": catches(TIMER + MESSAGE),
    "start quantity": model(user('startQuantity="2"')),
    "completion quantity": model(user('completionQuantity="2"')),
    "multi-instance that throws": model(
        user(
            body='<multiInstanceLoopCharacteristics behavior="One" oneBehaviorEventRef="sd"><loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics>'
        )
    ).replace(b'<message id="msg"', b'<signalEventDefinition id="sd" signalRef="sig" /><message id="msg"'),
    "receive task that creates": model('<receiveTask id="M" messageRef="msg" instantiate="true" />'),
    "pre-script": model(
        '<userTask id="M"><extensionElements><s:preScript>x = 1</s:preScript><s:properties><s:property name="assignees" value="[&quot;marc&quot;]" />'
        "</s:properties></extensionElements></userTask>"
    ),
}
# The engine runs these, but nothing creates the instance: no message, signal, timer or condition reaches a definition.
NEVER_STARTED = {
    "message start": model(user(), start=MESSAGE),
    "signal start": model(user(), start=SIGNAL),
    "timer start": model(user(), start=TIMER),
    "conditional start": model(user(), start=CONDITION),
}


def refusals(content: bytes) -> list[str]:
    return [each.code for each in check_bpmn(content, filename="m.bpmn") if each.kind == "unsupported" and each.severity == "error"]


def engine_accepts(content: bytes) -> bool:
    try:
        Definition.parse(content, filename="m.bpmn")
    except DefinitionInvalid:
        return False
    return True


@pytest.mark.parametrize("content", SUPPORTED.values(), ids=SUPPORTED.keys())
def test_what_the_engine_runs_is_accepted(content):
    errors = [each for each in check_bpmn(content, filename="m.bpmn") if each.severity == "error"]

    assert errors == []
    assert engine_accepts(content)


@pytest.mark.parametrize("content", UNSUPPORTED.values(), ids=UNSUPPORTED.keys())
def test_what_the_engine_refuses_is_refused_with_a_remedy(content):
    assert not engine_accepts(content)
    assert "unsupported_construct" in refusals(content)
    assert all(each.remedy for each in check_bpmn(content, filename="m.bpmn"))


@pytest.mark.parametrize("content", NEVER_STARTED.values(), ids=NEVER_STARTED.keys())
def test_a_start_that_nothing_triggers_is_refused(content):
    assert refusals(content) == ["unsupported_construct"]


def test_a_model_that_is_only_drawn_is_not_refused():
    content = UNSUPPORTED["complex gateway"].replace(b'isExecutable="true"', b'isExecutable="false"')

    assert refusals(content) == []
