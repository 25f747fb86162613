"""Files as the editors of others write them: valid ones pass, what is not used is told, and a repair is proposed; nothing ever breaks."""

import os
import random

import pytest
from lxml import etree

from app.formats.bpmn_checks import BYTES_MAX, check_bpmn
from app.formats.bpmn_repair import repair_bpmn
from tests.architecture.sources import ROOT
from tests.formats.bpmn_builder import chain, flow, process, simple
from tests.formats.test_bpmn_rules import RULES, drawn

MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"
DRAWING = (
    'xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:omgdc="http://www.omg.org/spec/DD/20100524/DC" '
    'xmlns:omgdi="http://www.omg.org/spec/DD/20100524/DI" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)
PURCHASE_INVOICE = ROOT / "processes" / "purchase_invoice" / "purchase_invoice.bpmn"
VENDORS = {
    "camunda 7": f"""<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="{MODEL}" {DRAWING} xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:bioc="http://bpmn.io/schema/bpmn/biocolor/1.0"
  xmlns:modeler="http://camunda.org/schema/modeler/1.0" id="D" targetNamespace="http://bpmn.io/schema/bpmn" exporter="Camunda Modeler"
  exporterVersion="5.20.0" modeler:executionPlatform="Camunda Platform" modeler:executionPlatformVersion="7.21.0">
  <bpmn:process id="loan" name="Loan" isExecutable="true" camunda:historyTimeToLive="180">
    <bpmn:startEvent id="S" camunda:formKey="embedded:x"><bpmn:outgoing>f1</bpmn:outgoing></bpmn:startEvent>
    <bpmn:sequenceFlow id="f1" sourceRef="S" targetRef="T" />
    <bpmn:userTask id="T" name="Check&#10;it" camunda:assignee="marc" camunda:candidateGroups="sales, ${{region}}">
      <bpmn:extensionElements><camunda:taskListener class="x.Y" event="create" /></bpmn:extensionElements>
      <bpmn:incoming>f1</bpmn:incoming><bpmn:outgoing>f2</bpmn:outgoing>
      <bpmn:multiInstanceLoopCharacteristics camunda:collection="xs" camunda:elementVariable="x" />
    </bpmn:userTask>
    <bpmn:exclusiveGateway id="G"><bpmn:incoming>f2</bpmn:incoming><bpmn:outgoing>f3</bpmn:outgoing><bpmn:outgoing>f4</bpmn:outgoing></bpmn:exclusiveGateway>
    <bpmn:sequenceFlow id="f2" sourceRef="T" targetRef="G" />
    <bpmn:sequenceFlow id="f3" sourceRef="G" targetRef="E"><bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">${{ok}}</bpmn:conditionExpression></bpmn:sequenceFlow>
    <bpmn:sequenceFlow id="f4" sourceRef="G" targetRef="W" />
    <bpmn:serviceTask id="W" camunda:type="external" camunda:topic="t"><bpmn:incoming>f4</bpmn:incoming><bpmn:outgoing>f5</bpmn:outgoing></bpmn:serviceTask>
    <bpmn:sequenceFlow id="f5" sourceRef="W" targetRef="E" />
    <bpmn:endEvent id="E"><bpmn:incoming>f3</bpmn:incoming><bpmn:incoming>f5</bpmn:incoming></bpmn:endEvent>
    <bpmn:boundaryEvent id="B" attachedToRef="W"><bpmn:outgoing>f6</bpmn:outgoing>
      <bpmn:timerEventDefinition><bpmn:timeCycle xsi:type="bpmn:tFormalExpression">0 0/5 * * * ?</bpmn:timeCycle></bpmn:timerEventDefinition></bpmn:boundaryEvent>
    <bpmn:sequenceFlow id="f6" sourceRef="B" targetRef="T" />
  </bpmn:process>
  <bpmndi:BPMNDiagram id="d"><bpmndi:BPMNPlane id="pl" bpmnElement="loan">
    <bpmndi:BPMNShape id="T_di" bpmnElement="T" bioc:stroke="#000" bioc:fill="#fff"><omgdc:Bounds x="1" y="2" width="3" height="4" /><bpmndi:BPMNLabel /></bpmndi:BPMNShape>
    <bpmndi:BPMNEdge id="f1_di" bpmnElement="f1"><omgdi:waypoint x="1" y="1" /><omgdi:waypoint x="2" y="2" /></bpmndi:BPMNEdge>
  </bpmndi:BPMNPlane></bpmndi:BPMNDiagram>
</bpmn:definitions>""",
    "camunda 8": f"""<?xml version="1.0"?>
<bpmn:definitions xmlns:bpmn="{MODEL}" {DRAWING} xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="http://bpmn.io/schema/bpmn">
  <bpmn:process id="order" isExecutable="true">
    <bpmn:startEvent id="S"><bpmn:outgoing>a</bpmn:outgoing></bpmn:startEvent>
    <bpmn:serviceTask id="W"><bpmn:extensionElements><zeebe:taskDefinition type="pay" retries="3" /><zeebe:ioMapping><zeebe:input source="=x" target="y" /></zeebe:ioMapping></bpmn:extensionElements></bpmn:serviceTask>
    <bpmn:callActivity id="C"><bpmn:extensionElements><zeebe:calledElement processId="ship" propagateAllChildVariables="false" /></bpmn:extensionElements></bpmn:callActivity>
    <bpmn:receiveTask id="R" messageRef="m" /><bpmn:endEvent id="E" />
    <bpmn:sequenceFlow id="a" sourceRef="S" targetRef="W" /><bpmn:sequenceFlow id="b" sourceRef="W" targetRef="C" />
    <bpmn:sequenceFlow id="c" sourceRef="C" targetRef="R" /><bpmn:sequenceFlow id="d" sourceRef="R" targetRef="E" />
  </bpmn:process>
  <bpmn:message id="m" name="paid"><bpmn:extensionElements><zeebe:subscription correlationKey="=id" /></bpmn:extensionElements></bpmn:message>
</bpmn:definitions>""",
    "no prefix, pools and lanes": f"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<definitions xmlns="{MODEL}" {DRAWING} xmlns:signavio="http://www.signavio.com" id="sid-1" exporter="Signavio Process Editor, http://www.signavio.com"
  exporterVersion="16" expressionLanguage="http://www.w3.org/TR/XPath" targetNamespace="http://www.signavio.com" typeLanguage="http://www.w3.org/2001/XMLSchema">
  <collaboration id="sid-2">
    <extensionElements><signavio:signavioDiagramMetaData metaKey="revisionid" metaValue="x" /></extensionElements>
    <participant id="sid-3" name="Buyer" processRef="sid-5"><extensionElements><signavio:signavioMetaData metaKey="bgcolor" metaValue="#fff" /></extensionElements></participant>
    <participant id="sid-4" name="Seller" />
    <messageFlow id="sid-6" sourceRef="sid-8" targetRef="sid-4" />
  </collaboration>
  <process id="sid-5" isClosed="false" isExecutable="false" name="Buyer" processType="None">
    <laneSet id="sid-7"><lane id="sid-l" name="Clerk"><flowNodeRef>sid-s</flowNodeRef><flowNodeRef>sid-8</flowNodeRef><flowNodeRef>sid-e</flowNodeRef></lane></laneSet>
    <startEvent id="sid-s" name=""><outgoing>sid-f1</outgoing></startEvent>
    <task completionQuantity="1" id="sid-8" isForCompensation="false" name="Order" startQuantity="1"><incoming>sid-f1</incoming><outgoing>sid-f2</outgoing></task>
    <endEvent id="sid-e" name=""><incoming>sid-f2</incoming></endEvent>
    <sequenceFlow id="sid-f1" name="" sourceRef="sid-s" targetRef="sid-8" /><sequenceFlow id="sid-f2" sourceRef="sid-8" targetRef="sid-e" />
    <textAnnotation id="sid-t" textFormat="text/plain"><text>Note</text></textAnnotation>
    <association associationDirection="None" id="sid-a" sourceRef="sid-8" targetRef="sid-t" />
  </process>
</definitions>""",
    "flowable": f"""<definitions xmlns="{MODEL}" {DRAWING} xmlns:flowable="http://flowable.org/bpmn" typeLanguage="http://www.w3.org/2001/XMLSchema"
  expressionLanguage="http://www.w3.org/1999/XPath" targetNamespace="http://www.flowable.org/processdef" xmlns:xsd="http://www.w3.org/2001/XMLSchema">
  <process id="leave" isExecutable="true" flowable:candidateStarterGroups="users">
    <dataObject id="days" name="days" itemSubjectRef="xsd:int"><extensionElements><flowable:value>3</flowable:value></extensionElements></dataObject>
    <startEvent id="S" flowable:initiator="who" /><userTask id="T" flowable:candidateUsers="ann,bob" flowable:dueDate="P1D" /><endEvent id="E" />
    <sequenceFlow id="f1" sourceRef="S" targetRef="T" /><sequenceFlow id="f2" sourceRef="T" targetRef="E" />
  </process>
</definitions>""",
    "jbpm": f"""<bpmn2:definitions xmlns:bpmn2="{MODEL}" {DRAWING} xmlns:drools="http://www.jboss.org/drools" xmlns:bpsim="http://www.bpsim.org/schemas/1.0" id="_d" exporter="jBPM Process Modeler" exporterVersion="2.0" targetNamespace="http://www.omg.org/bpmn20">
  <bpmn2:itemDefinition id="_xItem" structureRef="String" />
  <bpmn2:process id="com.acme.hire" drools:packageName="com.acme" drools:version="1.0" isExecutable="true" name="hire" processType="Public">
    <bpmn2:property id="x" itemSubjectRef="_xItem" name="x" />
    <bpmn2:startEvent id="_S"><bpmn2:outgoing>_f1</bpmn2:outgoing></bpmn2:startEvent>
    <bpmn2:userTask id="_T" name="Interview"><bpmn2:incoming>_f1</bpmn2:incoming><bpmn2:outgoing>_f2</bpmn2:outgoing>
      <bpmn2:ioSpecification><bpmn2:dataInput id="_T_in" drools:dtype="Object" itemSubjectRef="_xItem" name="TaskName" />
        <bpmn2:inputSet><bpmn2:dataInputRefs>_T_in</bpmn2:dataInputRefs></bpmn2:inputSet><bpmn2:outputSet /></bpmn2:ioSpecification>
      <bpmn2:dataInputAssociation><bpmn2:targetRef>_T_in</bpmn2:targetRef><bpmn2:assignment><bpmn2:from xsi:type="bpmn2:tFormalExpression">Interview</bpmn2:from><bpmn2:to xsi:type="bpmn2:tFormalExpression">_T_in</bpmn2:to></bpmn2:assignment></bpmn2:dataInputAssociation>
      <bpmn2:potentialOwner id="_o"><bpmn2:resourceAssignmentExpression><bpmn2:formalExpression>marc</bpmn2:formalExpression></bpmn2:resourceAssignmentExpression></bpmn2:potentialOwner>
    </bpmn2:userTask>
    <bpmn2:endEvent id="_E"><bpmn2:incoming>_f2</bpmn2:incoming></bpmn2:endEvent>
    <bpmn2:sequenceFlow id="_f1" sourceRef="_S" targetRef="_T" /><bpmn2:sequenceFlow id="_f2" sourceRef="_T" targetRef="_E" />
  </bpmn2:process>
  <bpmn2:relationship type="BPSimData"><bpmn2:extensionElements><bpsim:BPSimData /></bpmn2:extensionElements><bpmn2:source>_d</bpmn2:source><bpmn2:target>_d</bpmn2:target></bpmn2:relationship>
</bpmn2:definitions>""",
    "semantic prefix, typed extensions": f"""<?xml version="1.0" encoding="utf-8"?><!-- exported --><?editor version="9"?>
<semantic:definitions xmlns:semantic="{MODEL}" {DRAWING} xmlns:tri="http://www.trisotech.com/2014/triso/bpmn" targetNamespace="http://www.trisotech.com/definitions/_1" id="_1" name="x">
  <semantic:process id="_p" isExecutable="false" tri:kind="x">
    <semantic:extensionElements><tri:options xsi:type="tri:Options" a="1"><tri:inner /></tri:options></semantic:extensionElements>
    <semantic:subProcess id="_sp" name="Collapsed" /><semantic:adHocSubProcess id="_ad"><semantic:task id="_t"><semantic:multiInstanceLoopCharacteristics isSequential="true" /></semantic:task></semantic:adHocSubProcess>
    <semantic:sequenceFlow id="_f" sourceRef="_sp" targetRef="_ad" />
    <semantic:dataStoreReference id="_ds" name="Archive" /><semantic:dataObjectReference id="_dr" dataObjectRef="_do" /><semantic:dataObject id="_do" />
  </semantic:process>
</semantic:definitions>""",
}
MUTANTS = 5_000 if os.environ.get("COUNTERSIGN_THOROUGH") else 60
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252")


def check(content: bytes) -> list:
    return check_bpmn(content, filename="vendor.bpmn")


def standard_faults(content: bytes) -> list:
    return [each for each in check(content) if each.kind in {"invalid", "unsound"} and each.severity != "info"]


@pytest.mark.parametrize("text", VENDORS.values(), ids=VENDORS.keys())
def test_a_valid_file_of_another_editor_passes(text):
    assert standard_faults(text.encode()) == []


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_file_may_have_any_encoding_that_it_declares(encoding):
    name = encoding.removesuffix("-sig")
    text = VENDORS["flowable"].replace('id="T"', 'id="T" name="Prüfen"')

    found = check(f'<?xml version="1.0" encoding="{name}"?>\n{text}'.encode(encoding))

    assert [each for each in found if each.code == "not_readable"] == []
    assert 'user task T ("Prüfen")' in "".join(each.message for each in found)


def test_what_another_engine_reads_is_told_with_what_to_write_here():
    found = {each.message: each for each in check(VENDORS["camunda 7"].encode()) if each.code == "vendor_extension"}

    assignee = found['camunda:assignee of the user task T ("Check it") is not used here.']
    assert (assignee.severity, assignee.kind, assignee.remedy) == ("info", "product", "Write the property assignees.")
    assert any(message.startswith("camunda:topic") for message in found)


def test_a_diagram_that_is_only_drawn_is_told_nothing_of_extensions():
    content = VENDORS["camunda 7"].replace('isExecutable="true"', 'isExecutable="false"').encode()

    assert [each for each in check(content) if each.code == "vendor_extension"] == []


def repair(content: bytes) -> tuple[bytes, list[str]]:
    written, repairs = repair_bpmn(content, filename="vendor.bpmn", bytes_max=BYTES_MAX)
    return written, [each.what for each in repairs]


def test_a_repair_says_who_acts_in_our_words():
    written, told = repair(VENDORS["flowable"].encode())

    assert told == ['The user task T got the property assignees ["ann", "bob"].']
    assert "nobody_assigned" in {each.code for each in check(VENDORS["flowable"].encode())}
    assert "nobody_assigned" not in {each.code for each in check(written)}


def test_an_expression_of_another_engine_becomes_a_variable():
    written, told = repair(VENDORS["camunda 7"].encode())

    assert 'The user task T ("Check it") got the property candidate_groups ["sales", region].' in told
    assert b"got the property" not in written


BROKEN = {
    "a missing id": simple('<task id="M" /><task />'),
    "a drawing of nothing": drawn("BPMNShape", "gone"),
    "a default that is not marked": simple(
        '<exclusiveGateway id="M" /><task id="A" />', flows=flow("S", "M") + flow("M", "A", "x &gt; 1") + flow("M", "E") + flow("A", "E")
    ),
    "a default that does not exist": simple('<task id="M" default="gone" />'),
    "a flow that is listed wrongly": simple('<task id="M"><incoming>M_E</incoming></task>'),
    "a wrong direction": simple('<exclusiveGateway id="M" gatewayDirection="Diverging" />'),
    "an implied end": process('<startEvent id="S" /><task id="A" />' + chain("S", "A")),
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN.keys())
def test_a_repair_removes_its_fault_and_adds_none(content):
    before = {each.code for each in check(content) if each.severity == "error"}

    written, told = repair(content)

    after = {each.code for each in check(written) if each.severity == "error"}
    assert told
    assert after <= before - {"id_missing", "dangling_reference", "missing_condition", "flow_mismatch", "gateway_direction", "missing_end"}
    assert repair(written) == (written, [])


def test_what_is_right_is_not_repaired():
    content = PURCHASE_INVOICE.read_bytes()

    assert repair(content) == (content, [])


def test_a_repaired_file_keeps_its_comments():
    content = BROKEN["a default that does not exist"].replace(b"<startEvent", b"<!-- keep me --><startEvent")

    assert b"<!-- keep me -->" in repair(content)[0]


def mutate(rng: random.Random, content: bytes) -> bytes:
    """Return the file with a few elements and attributes removed, exchanged, doubled or moved."""
    root = etree.fromstring(content)
    for _ in range(rng.randint(1, 4)):
        elements = list(root.iter("{*}*"))
        element, other = rng.choice(elements), rng.choice(elements)
        attributes = sorted(element.attrib)
        match rng.randrange(6):
            case 0 if element is not root:
                element.getparent().remove(element)
            case 1 if attributes:
                del element.attrib[rng.choice(attributes)]
            case 2 if attributes:
                element.set(rng.choice(attributes), rng.choice([*other.attrib.values(), "", "-1", "x:y", "true", "\u2028"]))
            case 3:
                element.text = rng.choice(["", "= 1 +", "P1X", "gone", other.get("id") or ""])
            case 4 if element is not root and other not in list(element.iter()):
                other.append(element)
            case 5:
                element.tag = other.tag
    return etree.tostring(root)


@pytest.mark.parametrize("seed", range(MUTANTS))
def test_a_broken_file_is_answered_with_diagnostics_and_never_with_an_exception(seed):
    rng = random.Random(seed)
    sources = [PURCHASE_INVOICE.read_bytes(), *(text.encode() for text in VENDORS.values()), *(good for _, _, good in RULES.values())]
    content = mutate(rng, rng.choice(sources))

    found = check(content)
    written, told = repair(content)

    assert all(each.message and each.remedy and each.code for each in found)
    assert (written == content) == (not told)
    check(written)
