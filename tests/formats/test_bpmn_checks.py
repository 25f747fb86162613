"""The checks of a BPMN file: every fault with its place and remedy, no alarm about what is right."""

import re
from pathlib import Path

import pytest

from app.domain.diagnostics import Diagnostic
from app.formats.bpmn_checks import check_bpmn
from tests.formats.bpmn_builder import chain, definitions, flow, process, prop, simple

ROOT = Path(__file__).parents[2]


def user_task(**properties: str) -> bytes:
    return simple(
        '<userTask id="M"><extensionElements><s:properties>'
        + prop(**(properties or {"approval_step": "first_line"}))
        + "</s:properties></extensionElements></userTask>"
    )


def check(content: bytes, **known) -> list[Diagnostic]:
    known = {"decisions": {"triage"}, "service_tasks": {"resolve_role_players"}, "roles": {"coding", "analyst"}} | known
    return check_bpmn(content, filename="model.bpmn", **known)


def codes(found: list[Diagnostic], *, severity: str = "error") -> list[str]:
    return [each.code for each in found if each.severity == severity]


def standard_errors(found: list[Diagnostic]) -> list[Diagnostic]:
    return [each for each in found if each.severity == "error" and each.kind in {"invalid", "unsound"}]


@pytest.mark.parametrize("key", ["purchase_invoice", "expense_claim"])
def test_the_processes_that_come_with_the_product_have_no_findings(key):
    content = (ROOT / "processes" / key / f"{key}.bpmn").read_bytes()

    found = check_bpmn(
        content,
        filename=f"{key}.bpmn",
        decisions={"invoice_triage", "expense_triage"},
        service_tasks={"resolve_role_players"},
        roles={"coding"},
    )

    assert found == []


def test_a_diagnostic_names_file_line_element_code_and_remedy():
    content = simple('\n<userTask id="M" name="Approve it" />\n')

    [found] = check(content)

    assert found.file == "model.bpmn"
    assert content.decode().splitlines()[found.line - 1].startswith('<userTask id="M"')
    assert (found.element, found.code, found.kind, found.severity) == ("M", "nobody_assigned", "product", "error")
    assert found.message == 'The user task M ("Approve it") does not say who is to do it.'
    assert "approval_step" in found.remedy
    assert found.to_json()["class"] == "product"


def test_all_faults_are_told_at_once_in_the_order_of_the_file():
    content = process(
        '<startEvent id="S" />\n<userTask id="A" default="nope" />\n<exclusiveGateway id="G" />\n'
        '<sequenceFlow id="f1" sourceRef="S" targetRef="A" />\n<sequenceFlow id="f2" sourceRef="A" targetRef="gone" />\n'
    )

    found = check(content)

    assert {"nobody_assigned", "dangling_reference", "missing_end", "no_incoming"} <= set(codes(found))
    assert [each.line for each in found] == sorted(each.line for each in found)


class TestXml:
    def test_text_that_is_no_xml_is_one_clear_fault(self):
        [found] = check(b"<definitions>")

        assert (found.code, found.kind) == ("not_readable", "invalid")

    def test_a_document_type_is_refused(self):
        [found] = check(b'<!DOCTYPE definitions [<!ENTITY a "b">]><definitions>&a;</definitions>')

        assert found.code == "not_readable"
        assert "DOCTYPE" in found.message

    def test_another_kind_of_file_is_named(self):
        [found] = check(b'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="x" />')

        assert found.code == "not_bpmn"
        assert "DMN" in found.message

    def test_an_empty_file_is_refused(self):
        assert codes(check(b"")) == ["not_readable"]


SCHEMA_FAULTS = {
    "an unknown element": simple('<approvalTask id="M" />'),
    "an unknown attribute": simple('<userTask id="M" assignee="marc" />'),
    "a flow without target": process('<startEvent id="S" /><endEvent id="E" /><sequenceFlow id="f" sourceRef="S" />'),
    "a wrong boolean": process("", executable="perhaps"),
    "a wrong gateway direction": simple('<exclusiveGateway id="M" gatewayDirection="Splitting" />'),
    "elements in the wrong order": simple('<userTask id="M"><outgoing>M_E</outgoing><incoming>S_M</incoming></userTask>'),
    "an id that is no name": simple('<manualTask id="1 M" />', flows=""),
    "no target namespace": simple('<manualTask id="M" />').replace(b' targetNamespace="urn:test"', b""),
}


@pytest.mark.parametrize("content", SCHEMA_FAULTS.values(), ids=SCHEMA_FAULTS.keys())
def test_what_the_schema_forbids_is_invalid(content):
    found = check(content)

    assert "schema" in codes(found)
    assert all("{http" not in each.message for each in found)
    assert standard_errors(found)


def test_a_schema_fault_names_the_element_it_is_in():
    content = simple('<userTask id="M" assignee="marc" />')

    [fault] = [each for each in check(content) if each.code == "schema"]

    assert fault.element == "M"
    assert "assignee" in fault.message


MESSAGE = '<message id="msg" name="Paid" />'
SIGNAL = '<signal id="sig" name="Stop" />'
REFERENCE_FAULTS = {
    "duplicate_id": simple('<manualTask id="M" /><manualTask id="M" />'),
    "dangling_reference": simple('<receiveTask id="M" messageRef="gone" />'),
    "wrong_reference": simple('<receiveTask id="M" messageRef="sig" />', root=SIGNAL),
    "flow_crosses_scope": simple(
        '<subProcess id="M"><startEvent id="S2" /><manualTask id="T" /><endEvent id="E2" />' + chain("S2", "T", "E2") + "</subProcess>",
        flows=chain("S", "M", "E") + flow("S", "T"),
    ),
    "flow_in_wrong_scope": simple(
        '<subProcess id="M"><startEvent id="S2" /><endEvent id="E2" /></subProcess>', flows=chain("S", "M", "E") + flow("S2", "E2")
    ),
    "flow_mismatch": simple('<manualTask id="M"><incoming>M_E</incoming></manualTask>'),
    "default_of_other": simple('<exclusiveGateway id="M" default="S_M" />'),
    "host_in_other_scope": simple(
        '<subProcess id="M"><startEvent id="S2" /><manualTask id="T" /><endEvent id="E2" />' + chain("S2", "T", "E2") + "</subProcess>"
        '<boundaryEvent id="B" attachedToRef="T"><timerEventDefinition><timeDuration>P1D</timeDuration></timerEventDefinition></boundaryEvent>',
        flows=chain("S", "M", "E") + flow("B", "E"),
    ),
}


@pytest.mark.parametrize(("code", "content"), REFERENCE_FAULTS.items(), ids=REFERENCE_FAULTS.keys())
def test_references_are_checked(code, content):
    found = check(content)

    assert code in codes(found)
    assert all(each.kind == "invalid" for each in found if each.code == code)


def test_a_reference_into_an_imported_namespace_is_left_alone():
    content = simple('<receiveTask id="M" messageRef="other:msg" xmlns:other="urn:other" />')

    assert "dangling_reference" not in codes(check(content))


def test_a_prefix_of_the_own_namespace_is_resolved():
    content = simple('<receiveTask id="M" messageRef="own:msg" xmlns:own="urn:test" />', root=MESSAGE)

    assert codes(check(content)) == []


def test_a_shape_of_nothing_is_a_dangling_reference():
    diagram = (
        '<bpmndi:BPMNDiagram id="d"><bpmndi:BPMNPlane id="pl" bpmnElement="p"><bpmndi:BPMNShape id="sh" bpmnElement="gone">'
        '<dc:Bounds x="0" y="0" width="1" height="1" /></bpmndi:BPMNShape></bpmndi:BPMNPlane></bpmndi:BPMNDiagram>'
    )
    content = process('<startEvent id="S" /><endEvent id="E" />' + chain("S", "E"), after=diagram)

    [fault] = standard_errors(check(content))

    assert (fault.code, fault.element) == ("dangling_reference", "sh")


TIMER = "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>"
FLOW_FAULTS = {
    "incoming_not_allowed": simple('<manualTask id="M" />', flows=chain("S", "M", "E") + flow("M", "S")),
    "outgoing_not_allowed": simple('<manualTask id="M" />', flows=chain("S", "M", "E", "M")),
    "missing_end": process('<startEvent id="S" /><manualTask id="M" />' + chain("S", "M")),
    "missing_start": process('<manualTask id="M" /><endEvent id="E" />' + chain("M", "E")),
    "no_incoming": simple('<manualTask id="M" /><manualTask id="Alone" />', flows=chain("S", "M", "E") + flow("Alone", "E")),
    "no_outgoing": simple('<manualTask id="M" /><exclusiveGateway id="Dead" />', flows=chain("S", "M", "E") + flow("M", "Dead")),
    "gateway_direction": simple('<exclusiveGateway id="M" gatewayDirection="Diverging" />'),
    "event_gateway_flows": simple('<eventBasedGateway id="M" />'),
    "event_gateway_target": simple(
        f'<eventBasedGateway id="M" /><manualTask id="A" /><intermediateCatchEvent id="B">{TIMER}</intermediateCatchEvent>',
        flows=chain("S", "M", "A", "E") + chain("M", "B", "E"),
    ),
    "condition_not_allowed": simple(
        '<parallelGateway id="M" /><manualTask id="A" /><manualTask id="B" />',
        flows=flow("S", "M") + flow("M", "A", "x &gt; 1") + flow("M", "B") + flow("A", "E") + flow("B", "E"),
    ),
    "link_without_target": simple(
        '<intermediateThrowEvent id="M"><linkEventDefinition name="over there" /></intermediateThrowEvent><manualTask id="A" />',
        flows=flow("S", "M") + flow("S", "A") + flow("A", "E"),
    ),
}


@pytest.mark.parametrize(("code", "content"), FLOW_FAULTS.items(), ids=FLOW_FAULTS.keys())
def test_connections_are_checked(code, content):
    found = check(content)

    assert code in codes(found)
    assert all(each.kind == "invalid" for each in found if each.code == code)


def test_an_island_is_unreachable():
    content = simple(
        '<manualTask id="M" /><exclusiveGateway id="G" default="G_E" /><manualTask id="A" />',
        flows=chain("S", "M", "E") + chain("G", "A", "G") + flow("G", "E"),
    )

    found = [each for each in check(content) if each.code == "unreachable"]

    assert {each.element for each in found} == {"G", "A"}
    assert all(each.kind == "unsound" for each in found)


def test_a_loop_without_a_way_out_is_unsound():
    content = simple(
        '<exclusiveGateway id="M" default="M_E" /><exclusiveGateway id="G" /><scriptTask id="A" scriptFormat="feel"><script>1</script></scriptTask>',
        flows=flow("S", "M") + flow("M", "G", "true") + flow("M", "E") + chain("G", "A", "G"),
    )

    assert "endless_loop" in codes(check(content))


def test_a_loop_that_a_terminate_event_can_end_is_left_alone():
    content = simple(
        f'<parallelGateway id="M" /><exclusiveGateway id="G" /><intermediateCatchEvent id="A">{TIMER}</intermediateCatchEvent>'
        '<endEvent id="T"><terminateEventDefinition /></endEvent>',
        flows=flow("S", "M") + flow("M", "T") + flow("M", "E") + flow("M", "G") + chain("G", "A", "G"),
    )

    assert standard_errors(check(content)) == []


def test_a_choice_without_default_is_a_warning():
    content = simple(
        '<exclusiveGateway id="M" /><manualTask id="A" />',
        flows=flow("S", "M") + flow("M", "A", "x &gt; 1") + flow("M", "E", "x &lt;= 1") + flow("A", "E"),
    )

    found = check(content)

    assert "missing_default" in codes(found, severity="warning")
    assert standard_errors(found) == []


def event(kind: str, definition: str, attributes: str = "") -> str:
    return f'<{kind} id="M" {attributes}>{definition}</{kind}>'


TRANSACTION = '<transaction id="X"><startEvent id="S2" /><endEvent id="E2"><cancelEventDefinition /></endEvent><sequenceFlow id="i" sourceRef="S2" targetRef="E2" /></transaction>'
EVENT_FAULTS = {
    "an intermediate error event": ("trigger_not_allowed", simple(event("intermediateCatchEvent", "<errorEventDefinition />"))),
    "a thrown timer": ("trigger_not_allowed", simple(event("intermediateThrowEvent", TIMER))),
    "an error start of a process": (
        "trigger_not_allowed",
        process('<startEvent id="S"><errorEventDefinition /></startEvent><endEvent id="E" />' + chain("S", "E")),
    ),
    "a timer end": ("trigger_not_allowed", process(f'<startEvent id="S" /><endEvent id="E">{TIMER}</endEvent>' + chain("S", "E"))),
    "a timer start of a sub-process": (
        "trigger_not_allowed",
        simple(f'<subProcess id="M"><startEvent id="S2">{TIMER}</startEvent><endEvent id="E2" />{chain("S2", "E2")}</subProcess>'),
    ),
    "a catching event of nothing": ("trigger_missing", simple('<intermediateCatchEvent id="M" />')),
    "a boundary event of nothing": (
        "trigger_missing",
        simple('<manualTask id="M" /><boundaryEvent id="B" attachedToRef="M" />', flows=chain("S", "M", "E") + flow("B", "E")),
    ),
    "a cancel end outside a transaction": (
        "cancel_outside_transaction",
        process('<startEvent id="S" /><endEvent id="E"><cancelEventDefinition /></endEvent>' + chain("S", "E")),
    ),
    "a cancel boundary on a task": (
        "cancel_outside_transaction",
        simple(
            '<manualTask id="M" /><boundaryEvent id="B" attachedToRef="M"><cancelEventDefinition /></boundaryEvent>',
            flows=chain("S", "M", "E") + flow("B", "E"),
        ),
    ),
    "an error boundary that does not interrupt": (
        "must_interrupt",
        simple(
            '<manualTask id="M" /><boundaryEvent id="B" attachedToRef="M" cancelActivity="false"><errorEventDefinition /></boundaryEvent>',
            flows=chain("S", "M", "E") + flow("B", "E"),
        ),
    ),
    "an event sub-process without trigger": (
        "event_sub_process_start",
        simple(
            '<manualTask id="M" /><subProcess id="X" triggeredByEvent="true"><startEvent id="S2" /><endEvent id="E2" />'
            + chain("S2", "E2")
            + "</subProcess>"
        ),
    ),
    "a start in an ad hoc sub-process": (
        "event_in_ad_hoc",
        simple('<adHocSubProcess id="M"><startEvent id="S2" /><manualTask id="T" /></adHocSubProcess>'),
    ),
}


@pytest.mark.parametrize(("code", "content"), EVENT_FAULTS.values(), ids=EVENT_FAULTS.keys())
def test_events_are_checked(code, content):
    found = check(content)

    assert code in codes(found)
    assert all(each.kind == "invalid" for each in found if each.code == code)


VALID = {
    "no start and no end": process('<manualTask id="A" /><manualTask id="B" />' + chain("A", "B"), executable="false"),
    "an empty process": process("", executable="false"),
    "no process at all": definitions('<message id="msg" /><signal id="sig" name="s" />'),
    "implicit split and merge": simple('<task id="M" /><task id="A" />', flows=chain("S", "M", "E") + chain("M", "A", "E")),
    "conditional and default flows of a task": simple(
        '<task id="M" default="M_E" /><task id="A" />', flows=flow("S", "M") + flow("M", "A", "x &gt; 1") + flow("M", "E") + flow("A", "E")
    ),
    "several starts": simple('<startEvent id="S2" /><task id="M" />', flows=chain("S", "M", "E") + flow("S2", "M")),
    "message start": process(
        f'<startEvent id="S"><messageEventDefinition messageRef="msg" /></startEvent><endEvent id="E" />{chain("S", "E")}', root=MESSAGE
    ),
    "a transaction that is cancelled": process(
        '<startEvent id="S" />' + TRANSACTION + '<boundaryEvent id="B" attachedToRef="X"><cancelEventDefinition /></boundaryEvent>'
        '<endEvent id="E" />' + chain("S", "X", "E") + flow("B", "E")
    ),
    "compensation": simple(
        '<task id="M" /><task id="U" isForCompensation="true" /><boundaryEvent id="B" attachedToRef="M"><compensateEventDefinition /></boundaryEvent>',
        flows=chain("S", "M", "E") + '<association id="as" associationDirection="One" sourceRef="B" targetRef="U" />',
    ),
    "links": simple(
        '<intermediateThrowEvent id="M"><linkEventDefinition name="L" /></intermediateThrowEvent>'
        '<intermediateCatchEvent id="C"><linkEventDefinition name="L" /></intermediateCatchEvent>',
        flows=chain("S", "M") + chain("C", "E"),
    ),
    "an interrupting and a plain event sub-process": simple(
        '<task id="M" /><subProcess id="X" triggeredByEvent="true"><startEvent id="S2" isInterrupting="false">'
        f'{TIMER}</startEvent><endEvent id="E2" />{chain("S2", "E2")}</subProcess>'
    ),
    "an ad hoc sub-process": simple('<adHocSubProcess id="M"><task id="T" /><task id="T2" /></adHocSubProcess>'),
    "an event-based gateway": simple(
        f'<eventBasedGateway id="M" /><intermediateCatchEvent id="A">{TIMER}</intermediateCatchEvent>'
        '<intermediateCatchEvent id="B"><messageEventDefinition messageRef="msg" /></intermediateCatchEvent>',
        flows=flow("S", "M") + chain("M", "A", "E") + chain("M", "B", "E"),
        root=MESSAGE,
    ),
    "pools with a message flow": definitions(
        '<message id="msg" /><collaboration id="c"><participant id="p1" processRef="a" /><participant id="p2" processRef="b" />'
        '<messageFlow id="mf" sourceRef="Send" targetRef="p2" messageRef="msg" /></collaboration>'
        '<process id="a"><laneSet id="ls"><lane id="l"><flowNodeRef>Send</flowNodeRef></lane></laneSet><sendTask id="Send" /></process>'
        '<process id="b" />'
    ),
    "unknown extensions": simple(
        '<userTask id="M" xmlns:v="urn:vendor" v:assignee="x"><extensionElements><v:any><v:thing /></v:any></extensionElements></userTask>'
    ),
    "XPath conditions": simple(
        '<exclusiveGateway id="M" default="M_E" /><task id="A" />',
        flows=flow("S", "M") + flow("M", "A", "/order/@total &gt; 100") + flow("M", "E") + flow("A", "E"),
    ),
    "a multi-instance over a list": simple(
        '<task id="M"><multiInstanceLoopCharacteristics><loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics></task>'
    ),
    "a choreography": definitions(
        '<choreography id="ch"><participant id="p1" name="A" /><participant id="p2" name="B" /><messageFlow id="mf" sourceRef="p1" targetRef="p2" /><startEvent id="S" />'
        '<choreographyTask id="T" initiatingParticipantRef="p1"><participantRef>p1</participantRef><participantRef>p2</participantRef><messageFlowRef>mf</messageFlowRef></choreographyTask>'
        '<endEvent id="E" />' + chain("S", "T", "E") + "</choreography>"
    ),
}


@pytest.mark.parametrize("content", VALID.values(), ids=VALID.keys())
def test_a_valid_model_gives_no_alarm_in_the_standard_profile(content):
    assert standard_errors(check(content)) == []


def test_a_property_of_a_vendor_is_no_assignment():
    assert "nobody_assigned" in codes(check(VALID["unknown extensions"]))


PRODUCT_FAULTS = {
    "a multi-instance without count": (
        "loop_without_count",
        simple('<manualTask id="M"><multiInstanceLoopCharacteristics /></manualTask>'),
    ),
    "two kinds of assignment": ("assigned_twice", user_task(approval_step="first_line", assignees='["marc"]')),
    "an unknown step": ("property_value", user_task(approval_step="third_line")),
    "an unknown mode": ("property_value", user_task(approval_step="first_line", mode="most")),
    "a quorum of none": ("property_value", user_task(approval_step="first_line", mode="0 of")),
    "a share above all": ("property_value", user_task(approval_step="first_line", mode="101 %")),
    "an unknown fail_fast": ("property_value", user_task(approval_step="first_line", mode="all", fail_fast="yes")),
    "a veto of nobody": ("property_value", user_task(approval_step="first_line", veto="[]")),
    "a veto that is no list": ("property_value", user_task(approval_step="first_line", veto='"marc"')),
    "a way back out of a multi-instance": (
        "return_in_multi_instance",
        simple(
            '<userTask id="U"><extensionElements><s:properties><s:property name="candidate_roles" value=\'["coding"]\' />'
            '<s:property name="on_reject" value="return_to_previous" /></s:properties></extensionElements>'
            "<multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics></userTask>"
        ),
    ),
    "an unknown on_reject": ("property_value", user_task(approval_step="first_line", on_reject="again")),
    "a misspelt property": ("unknown_property", user_task(approval_step="first_line", remind_afer="P3D")),
    "a wrong duration": ("time_invalid", user_task(approval_step="first_line", remind_after="P3X")),
    "an escalation to nobody": ("escalation_incomplete", user_task(approval_step="first_line", escalate_after="P3D")),
    "an escalation that never comes": ("escalation_incomplete", user_task(approval_step="first_line", escalate_to="manager")),
    "an escalation to an unknown role": (
        "unknown_role",
        user_task(approval_step="first_line", escalate_after="P3D", escalate_to='["role:codng"]'),
    ),
    "an escalation to nobody at all": ("property_value", user_task(approval_step="first_line", escalate_after="P3D", escalate_to="[]")),
    "a deadline that is over at once": ("time_invalid", user_task(approval_step="first_line", due="P0D")),
    "a reminder that comes again without a first": ("deadline_incomplete", user_task(approval_step="first_line", remind_every="P1D")),
    "a reminder that comes again at once": (
        "time_invalid",
        user_task(approval_step="first_line", remind_after="P1D", remind_every="PT0S"),
    ),
    "a reminder that comes again too often": (
        "time_invalid",
        user_task(approval_step="first_line", remind_after="P1D", remind_every="R31/P1D"),
    ),
    "a reminder that comes again by an expression": (
        "time_invalid",
        user_task(approval_step="first_line", remind_after="P1D", remind_every="days"),
    ),
    "a reminder before no due date": ("deadline_incomplete", user_task(approval_step="first_line", remind_before_due="P1D")),
    "a reminder before the due date that is no duration": (
        "time_invalid",
        user_task(approval_step="first_line", due="P3D", remind_before_due="soon"),
    ),
    "overdue without a due date": ("deadline_incomplete", user_task(approval_step="first_line", on_overdue="remind")),
    "overdue in an unknown way": ("property_value", user_task(approval_step="first_line", due="P3D", on_overdue="shout")),
    "two escalations": (
        "deadline_incomplete",
        user_task(approval_step="first_line", due="P3D", on_overdue="escalate", escalate_after="P4D", escalate_to="manager"),
    ),
    "an overdue escalation to nobody": (
        "escalation_incomplete",
        user_task(approval_step="first_line", due="P3D", on_overdue="escalate"),
    ),
    "a way to escalate that never happens": ("escalation_incomplete", user_task(approval_step="first_line", escalate_mode="share")),
    "an unknown way to escalate": (
        "property_value",
        user_task(approval_step="first_line", escalate_after="P3D", escalate_to="manager", escalate_mode="both"),
    ),
    "an escalation to the matrix of no approval step": (
        "escalation_incomplete",
        user_task(candidate_roles='["coding"]', escalate_after="P3D", escalate_to='["matrix"]'),
    ),
    "an unknown calendar": ("property_value", user_task(approval_step="first_line", due="P3D", calendar="lunar")),
    "a priority without bounds": ("property_value", user_task(approval_step="first_line", priority="1000")),
    "an unknown role": ("unknown_role", user_task(candidate_roles='["codng"]')),
    "an empty list of roles": ("nobody_assigned", user_task(candidate_roles="[]")),
    "a role that is no list": ("property_value", user_task(candidate_roles='"coding"')),
    "an assignment that is no FEEL": ("expression_invalid", user_task(assignees='["marc"')),
    "a decision without name": ("decision_missing", simple('<businessRuleTask id="M" />')),
    "an unknown decision": (
        "unknown_decision",
        simple(
            '<businessRuleTask id="M"><extensionElements><s:calledDecisionId>triag</s:calledDecisionId></extensionElements></businessRuleTask>'
        ),
    ),
    "a decision without result": (
        "result_missing",
        simple(
            '<businessRuleTask id="M"><extensionElements><s:calledDecisionId>triage</s:calledDecisionId></extensionElements></businessRuleTask>'
        ),
    ),
    "a service task that does nothing": ("service_task_missing", simple('<serviceTask id="M" />')),
    "an unknown service task": (
        "unknown_service_task",
        simple(
            '<serviceTask id="M"><extensionElements><s:serviceTaskOperator id="resolve"><s:parameters /></s:serviceTaskOperator></extensionElements></serviceTask>'
        ),
    ),
    "a parameter that is no FEEL": (
        "expression_invalid",
        simple(
            '<serviceTask id="M"><extensionElements><s:serviceTaskOperator id="resolve_role_players"><s:parameters>'
            '<s:parameter id="on" value="1 +" /></s:parameters></s:serviceTaskOperator></extensionElements></serviceTask>'
        ),
    ),
    "a script in Python": ("script_language", simple('<scriptTask id="M" scriptFormat="python"><script>x = 1</script></scriptTask>')),
    "a call of nothing": ("process_definition_missing", simple('<callActivity id="M" />')),
    "an unknown binding": (
        "property_value",
        simple(
            '<callActivity id="M" calledElement="q"><extensionElements><s:properties><s:property name="binding" value="newest" /></s:properties></extensionElements></callActivity>'
        ),
    ),
    "a message without name": ("event_incomplete", simple('<receiveTask id="M" />')),
    "a timer without time": (
        "event_incomplete",
        simple('<intermediateCatchEvent id="M"><timerEventDefinition /></intermediateCatchEvent>'),
    ),
    "a condition that is no FEEL": (
        "expression_invalid",
        simple(
            '<exclusiveGateway id="M" default="M_E" /><manualTask id="A" />',
            flows=flow("S", "M") + flow("M", "A", "${amount > 1}".replace(">", "&gt;")) + flow("M", "E") + flow("A", "E"),
        ),
    ),
    "a flow without condition": (
        "missing_condition",
        simple(
            '<exclusiveGateway id="M" /><manualTask id="A" />',
            flows=flow("S", "M") + flow("M", "A") + flow("M", "E", "true") + flow("A", "E"),
        ),
    ),
    "nothing executable": ("not_executable", VALID["an empty process"]),
    "two executable processes": (
        "several_processes",
        definitions('<process id="a" isExecutable="true" /><process id="b" isExecutable="true" />'),
    ),
    "an empty executable process": ("process_empty", process("")),
    "an element without id": ("id_missing", process('<startEvent id="S" /><endEvent id="E" /><manualTask />' + chain("S", "E"))),
}


@pytest.mark.parametrize(("code", "content"), PRODUCT_FAULTS.values(), ids=PRODUCT_FAULTS.keys())
def test_what_the_product_asks_for_is_checked(code, content):
    found = check(content)

    assert code in codes(found)
    assert {each.kind for each in found if each.code == code} == {"product"}


def test_an_approval_step_inside_a_multi_instance_is_refused():
    content = user_task(approval_step="first_line").replace(
        b"</extensionElements>",
        b"</extensionElements><multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>",
    )

    assert "step_in_multi_instance" in codes(check(content))


RIGHT = {
    "all members": {"approval_step": "first_line", "mode": "all"},
    "a veto of everybody": {"approval_step": "first_line", "mode": "veto"},
    "all at once, and a veto of some": {
        "approval_step": "first_line",
        "mode": "all",
        "fail_fast": "true",
        "veto": '["frank", "role:coding"]',
        "on_reject": "return_to_previous",
    },
    "a correction": {"candidate_groups": '["management"]', "on_reject": "return_to_initiator"},
    "a quorum": {"approval_step": "first_line", "mode": "2 of"},
    "a share": {"approval_step": "first_line", "mode": "60 %"},
    "a role": {"candidate_roles": '["coding"]'},
    "people by an expression": {"assignees": "[route.coder]"},
    "deadlines": {
        "approval_step": "first_line",
        "due": "P7D",
        "remind_after": "PT72H",
        "escalate_after": "P1M",
        "escalate_to": '["role:coding", "manager"]',
    },
    "a deadline by an expression": {"approval_step": "first_line", "due": 'duration("P" + string(days) + "D")'},
    "an escalation by an expression": {"approval_step": "first_line", "escalate_after": "P1D", "escalate_to": '["donald"]'},
    "every clock": {
        "approval_step": "first_line",
        "due": "P5D",
        "remind_after": "P2D",
        "remind_every": "R3/P1D",
        "remind_before_due": "PT4H",
        "on_overdue": "remind",
        "escalate_after": "PT48H",
        "escalate_to": '["matrix", "manager", "role:coding"]',
        "escalate_mode": "share",
        "calendar": "business",
    },
    "an escalation when it is overdue": {
        "approval_step": "first_line",
        "due": "P5D",
        "on_overdue": "escalate",
        "escalate_to": "matrix",
    },
    "calendar days": {
        "approval_step": "secretary",
        "calendar": "calendar",
        "on_reject": "final_rejected",
        "reject_reason_required": "false",
    },
}


@pytest.mark.parametrize("properties", RIGHT.values(), ids=RIGHT.keys())
def test_properties_that_are_right_are_accepted(properties):
    assert check(user_task(**properties)) == []


def test_a_misspelt_name_is_put_right():
    [found] = check(user_task(approval_step="first_line", remind_afer="P3D"))

    assert found.remedy == "Did you mean remind_after?"


def test_what_is_not_known_is_not_checked():
    content = PRODUCT_FAULTS["an unknown service task"][1]

    assert check(content, service_tasks=None) == []


def test_a_foreign_expression_language_is_named_in_the_remedy():
    content = PRODUCT_FAULTS["a condition that is no FEEL"][1].replace(
        b'targetNamespace="urn:test"', b'targetNamespace="urn:test" expressionLanguage="http://www.java.com/uel"'
    )

    [found] = [each for each in check(content) if each.code == "expression_invalid"]

    assert "java.com/uel" in found.remedy


def test_a_fault_in_a_feel_expression_shows_where_it_is():
    [found] = [each for each in check(user_task(assignees='["marc"')) if each.code == "expression_invalid"]

    assert re.search(r"at character \d+", found.message)


@pytest.mark.parametrize(
    ("name", "value"),
    [("form", "claim")],
)
def test_a_property_that_is_not_carried_out_yet_is_refused(name, value):
    [found] = check(user_task(approval_step="first_line", **{name: value}))

    assert (found.code, found.kind, found.severity) == ("unsupported_property", "unsupported", "error")


def test_a_property_of_an_element_that_has_none_is_a_warning():
    content = process(
        '<startEvent id="S"><extensionElements><s:properties><s:property name="note" value="x" /></s:properties></extensionElements></startEvent>'
        '<endEvent id="E" />' + chain("S", "E")
    )

    assert codes(check(content), severity="warning") == ["unknown_property"]
    assert codes(check(content)) == []


def test_a_large_faulty_model_ends_in_a_clear_answer():
    tasks = "".join(f'<manualTask id="T{number}" default="gone{number}" colour="red" />' for number in range(12_000))

    found = check(simple(tasks, flows=""))

    assert len(found) == 501
    assert found[-1].message.endswith("more faults are not shown.")


def test_warnings_never_crowd_out_an_error():
    gateways = "".join(f'<exclusiveGateway id="G{number}" />' for number in range(600))
    content = simple(gateways + '<userTask id="M" />', flows=chain("S", *(f"G{number}" for number in range(600)), "M", "E"))

    assert "nobody_assigned" in codes(check(content))


def condition(text: str, *, more: str = "") -> bytes:
    return simple(
        f'<exclusiveGateway id="M" default="M_E" /><manualTask id="A" />{more}',
        flows=flow("S", "M") + flow("M", "A", text) + flow("M", "E") + flow("A", "E"),
    )


DATA_OBJECT = '<dataObject id="amount_id" name="amount" />'


def test_a_name_that_is_nearly_a_known_one_is_a_warning_with_that_name():
    [found] = check(condition("amuont &gt; 1000", more=DATA_OBJECT))

    assert (found.code, found.severity, found.kind) == ("unknown_variable", "warning", "product")
    assert found.remedy == "Did you mean 'amount'?"


def test_a_name_that_may_come_from_the_start_is_only_told_once():
    [found] = check(condition("warehouse = &quot;north&quot; and warehouse != null"))

    assert (found.code, found.severity) == ("unknown_variable", "info")
    assert "started" in found.remedy


def test_a_comparison_that_never_holds_is_doubtful():
    assert "expression_doubtful" in codes(check(condition("1 &gt; &quot;a&quot;")), severity="warning")


def test_names_that_the_diagram_sets_are_known():
    assert check(condition("amount &gt; 1 and M.outcome = null and document.total &gt; 1", more=DATA_OBJECT)) == []


def test_expressions_of_a_process_that_is_only_drawn_are_not_read():
    content = condition("${amount > 1}".replace(">", "&gt;")).replace(b'isExecutable="true"', b'isExecutable="false"')

    assert "expression_invalid" not in codes(check(content))


def test_a_file_of_too_many_elements_is_refused_at_once():
    content = definitions('<process id="p">' + "<task/>" * 130_001 + "</process>")

    [found] = check(content)

    assert (found.code, found.kind) == ("not_readable", "invalid")


def test_a_process_may_stand_beside_the_one_that_calls_it():
    content = definitions(
        f'<process id="a" isExecutable="true"><startEvent id="S" /><callActivity id="C" calledElement="b" /><endEvent id="E" />{chain("S", "C", "E")}</process>'
        f'<process id="b" isExecutable="true"><startEvent id="S2" /><endEvent id="E2" />{chain("S2", "E2")}</process>'
    )

    assert codes(check(content)) == []


def test_a_task_that_ends_its_path_beside_an_end_event_is_a_warning():
    content = simple('<manualTask id="M" /><manualTask id="Last" />', flows=chain("S", "M", "E") + flow("M", "Last"))

    [found] = check(content)

    assert (found.code, found.element, found.severity) == ("no_outgoing", "Last", "warning")
