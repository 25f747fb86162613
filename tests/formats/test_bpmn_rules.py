"""The rules of the standard, one a row: a diagram that breaks it, and the nearest one that keeps it."""

import pytest

from app.formats.bpmn_checks import check_bpmn
from tests.formats.bpmn_builder import chain, definitions, flow, process, simple

MESSAGE = '<message id="msg" name="Paid" />'
TIMER = "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>"
RECEIVE = '<messageEventDefinition messageRef="msg" />'
POOLS = '<participant id="one" processRef="p" /><participant id="two" processRef="q" /><participant id="three" name="Outside" />'


def collaboration(flows: str, *, p: str = '<task id="A" /><task id="A2" />', q: str = '<task id="B" />') -> bytes:
    return definitions(
        f'{MESSAGE}<collaboration id="c">{POOLS}{flows}</collaboration><process id="p">{p}</process><process id="q">{q}</process>'
    )


def message_flow(source: str, target: str) -> str:
    return f'<messageFlow id="mf" sourceRef="{source}" targetRef="{target}" />'


def catch(name: str, definition: str) -> str:
    return f'<intermediateCatchEvent id="{name}">{definition}</intermediateCatchEvent>'


def throw(name: str, definition: str) -> str:
    return f'<intermediateThrowEvent id="{name}">{definition}</intermediateThrowEvent>'


def link(name: str) -> str:
    return f'<linkEventDefinition name="{name}" />'


def after_event_gateway(first: str, second: str, *, attributes: str = "", more: str = "", flows: str = "") -> bytes:
    return simple(
        f'<eventBasedGateway id="M" {attributes}/>{first}{second}{more}',
        flows=flow("S", "M") + chain("M", "X", "E") + chain("M", "Y", "E") + flows,
        root=MESSAGE,
    )


def instantiating(attributes: str, *, start: str = "", flows: str) -> bytes:
    return process(
        f'{start}<receiveTask id="M" messageRef="msg" {attributes} /><endEvent id="E" />{flows}', root=MESSAGE, executable="false"
    )


def compensation(middle: str, association: str = "") -> bytes:
    return simple(
        '<task id="M" /><boundaryEvent id="B" attachedToRef="M"><compensateEventDefinition /></boundaryEvent>' + middle,
        flows=chain("S", "M", "E") + association,
    )


def associate(source: str, target: str) -> str:
    return f'<association id="as_{target}" sourceRef="{source}" targetRef="{target}" />'


def lanes(first: str, second: str, *, other: str = "") -> bytes:
    def lane(name: str, members: str) -> str:
        return f'<lane id="{name}">' + "".join(f"<flowNodeRef>{each}</flowNodeRef>" for each in members.split()) + "</lane>"

    return definitions(
        f'<process id="p"><laneSet id="ls">{lane("l1", first)}{lane("l2", second)}</laneSet><task id="A" /><task id="B" /></process>{other}'
    )


def nested_lanes(first: str, second: str) -> bytes:
    inner = f'<lane id="l1"><flowNodeRef>{first}</flowNodeRef></lane><lane id="l2"><flowNodeRef>{second}</flowNodeRef></lane>'
    outer = f'<lane id="l0"><flowNodeRef>A</flowNodeRef><childLaneSet id="cs">{inner}</childLaneSet></lane>'
    return definitions(f'<process id="p"><laneSet id="ls">{outer}</laneSet><task id="A" /><task id="B" /></process>')


def choreography(body: str) -> bytes:
    people = "".join(f'<participant id="{each}" name="{each}" />' for each in ("ann", "bob", "carl"))
    flows = '<messageFlow id="m1" sourceRef="ann" targetRef="bob" /><messageFlow id="m2" sourceRef="bob" targetRef="carl" />'
    return definitions(f'<choreography id="ch">{people}{flows}{body}</choreography>')


def exchange(name: str, initiator: str, *people: str, message: str = "m1") -> str:
    parts = "".join(f"<participantRef>{each}</participantRef>" for each in people)
    return f'<choreographyTask id="{name}" initiatingParticipantRef="{initiator}">{parts}<messageFlowRef>{message}</messageFlowRef></choreographyTask>'


def awaiting(middle: str, *, flows: str) -> str:
    return f'{exchange("T", "ann", "ann", "bob")}<eventBasedGateway id="G" />{middle}{chain("T", "G")}{flows}'


def conversation(links: str) -> bytes:
    people = '<participant id="ann" /><participant id="bob" />'
    node = '<conversation id="talk"><participantRef>ann</participantRef><participantRef>bob</participantRef></conversation>'
    return definitions(f'<collaboration id="c">{people}{node}{links}</collaboration>')


def data(association: str, *, sets: str = "<dataInputRefs>din</dataInputRefs>") -> bytes:
    own = f'<ioSpecification id="io"><dataInput id="din" /><dataOutput id="dout" /><inputSet id="is">{sets}</inputSet>'
    own += '<outputSet id="os"><dataOutputRefs>dout</dataOutputRefs></outputSet></ioSpecification>'
    other = '<task id="Other"><ioSpecification id="io2"><dataInput id="din2" /><inputSet id="is2"><dataInputRefs>din2</dataInputRefs></inputSet>'
    other += '<outputSet id="os2" /></ioSpecification></task>'
    return simple(f'<task id="M">{own}{association}</task>{other}<dataObject id="obj" />', flows=chain("S", "M", "Other", "E"))


def association_in(source: str, target: str) -> str:
    return f'<dataInputAssociation id="da"><sourceRef>{source}</sourceRef><targetRef>{target}</targetRef></dataInputAssociation>'


def drawn(kind: str, element: str) -> bytes:
    body = '<dc:Bounds x="0" y="0" width="1" height="1" />' if kind == "BPMNShape" else ""
    if kind == "BPMNEdge":
        body = '<di:waypoint x="0" y="0" xmlns:di="http://www.omg.org/spec/DD/20100524/DI" />' * 2
    part = f'<bpmndi:{kind} id="drawn" bpmnElement="{element}">{body}</bpmndi:{kind}>'
    plane = f'<bpmndi:BPMNDiagram id="d"><bpmndi:BPMNPlane id="pl" bpmnElement="p">{part}</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>'
    return process('<startEvent id="S" /><endEvent id="E" />' + chain("S", "E"), after=plane)


def event_sub_process(start: str, *, outside: str = "") -> bytes:
    return simple(
        f'<task id="M" /><subProcess id="X" triggeredByEvent="true">{start}<endEvent id="E2" />{chain("S2", "E2")}</subProcess>{outside}',
        flows=chain("S", "M", "E"),
        root=MESSAGE,
    )


def linked(target: str) -> bytes:
    there = throw("M", f'<linkEventDefinition id="l1" name="L"><target>{target}</target></linkEventDefinition>')
    here = catch("C", '<linkEventDefinition id="l2" name="L"><source>l1</source></linkEventDefinition>')
    return simple(there + here, flows=flow("S", "M") + flow("C", "E"))


def prefixed_host(reference: str) -> bytes:
    event = f'<boundaryEvent id="B" xmlns:own="urn:test" attachedToRef="{reference}">{TIMER}</boundaryEvent>'
    return simple('<task id="M" />' + event, flows=chain("S", "M", "E") + flow("B", "E"))


def timer(text: str, kind: str = "timeDuration") -> bytes:
    return simple(catch("M", f"<timerEventDefinition><{kind}>{text}</{kind}></timerEventDefinition>"))


WAITING = f'<startEvent id="S2">{TIMER}</startEvent>'
OPERATION = (
    '<message id="other" /><interface id="if" name="I"><operation id="op" name="O"><inMessageRef>{}</inMessageRef></operation></interface>'
)
RULES: dict[str, tuple[str, bytes, bytes]] = {
    "a message flow leaves its pool": (
        "message_flow_in_pool",
        collaboration(message_flow("A", "A2")),
        collaboration(message_flow("A", "B")),
    ),
    "a message flow does not go to the pool around its source": (
        "message_flow_in_pool",
        collaboration(message_flow("A", "one")),
        collaboration(message_flow("A", "three")),
    ),
    "a gateway has no messages": (
        "message_flow_end",
        collaboration(message_flow("A", "G"), q='<exclusiveGateway id="G" />'),
        collaboration(message_flow("two", "A")),
    ),
    "a start event sends nothing": (
        "message_flow_end",
        collaboration(message_flow("B", "A"), q=f'<startEvent id="B" /><endEvent id="F" />{chain("B", "F")}'),
        collaboration(message_flow("A", "B"), q=f'<startEvent id="B">{RECEIVE}</startEvent><endEvent id="F" />{chain("B", "F")}'),
    ),
    "an end event receives nothing": (
        "message_flow_end",
        collaboration(message_flow("A", "F"), q=f'<startEvent id="B" /><endEvent id="F">{RECEIVE}</endEvent>{chain("B", "F")}'),
        collaboration(message_flow("F", "A"), q=f'<startEvent id="B" /><endEvent id="F">{RECEIVE}</endEvent>{chain("B", "F")}'),
    ),
    "a timer event receives nothing": (
        "message_flow_end",
        collaboration(message_flow("A", "B"), q=f'<startEvent id="B">{TIMER}</startEvent><endEvent id="F" />{chain("B", "F")}'),
        collaboration(message_flow("A", "B"), q=f'<startEvent id="B" /><endEvent id="F" />{chain("B", "F")}'),
    ),
    "an end event that sends has a message": (
        "message_flow_end",
        collaboration(message_flow("F", "A"), q=f'<startEvent id="B" /><endEvent id="F" />{chain("B", "F")}'),
        collaboration(message_flow("F", "A"), q=f'<startEvent id="B" /><endEvent id="F">{RECEIVE}</endEvent>{chain("B", "F")}'),
    ),
    "a multiplicity goes upwards": (
        "participant_multiplicity",
        definitions(
            '<collaboration id="c"><participant id="a"><participantMultiplicity minimum="3" maximum="2" /></participant></collaboration>'
        ),
        definitions(
            '<collaboration id="c"><participant id="a"><participantMultiplicity minimum="2" maximum="2" /></participant></collaboration>'
        ),
    ),
    "a flow node is in one lane": ("node_in_two_lanes", lanes("A B", "B"), lanes("A", "B")),
    "a flow node is in one of the lanes within a lane": ("node_in_two_lanes", nested_lanes("A", "A"), nested_lanes("A", "B")),
    "a lane holds its own process": (
        "lane_of_other_process",
        lanes("A", "B Q", other='<process id="q"><task id="Q" /></process>'),
        lanes("A", "B", other='<process id="q"><task id="Q" /></process>'),
    ),
    "a conversation link ends at a conversation": (
        "conversation_link_ends",
        conversation('<conversationLink id="cl" sourceRef="ann" targetRef="bob" />'),
        conversation('<conversationLink id="cl" sourceRef="ann" targetRef="talk" />'),
    ),
    "an initiator takes part": (
        "initiator_not_participant",
        choreography(exchange("T", "carl", "ann", "bob")),
        choreography(exchange("T", "ann", "ann", "bob")),
    ),
    "a choreography task has two participants": (
        "choreography_participants",
        choreography(exchange("T", "ann", "ann", "bob", "carl")),
        choreography(exchange("T", "bob", "ann", "bob")),
    ),
    "an initiator took part before": (
        "initiator_not_involved",
        choreography(exchange("T", "ann", "ann", "bob") + exchange("U", "carl", "carl", "bob", message="m2") + chain("T", "U")),
        choreography(exchange("T", "ann", "ann", "bob") + exchange("U", "bob", "bob", "carl", message="m2") + chain("T", "U")),
    ),
    "a message is between the two": (
        "choreography_message",
        choreography(exchange("T", "ann", "ann", "bob", message="m2")),
        choreography(exchange("T", "bob", "ann", "bob", message="m1")),
    ),
    "a choreography has no tasks": (
        "activity_in_choreography",
        choreography('<task id="T" />'),
        choreography(exchange("T", "ann", "ann", "bob")),
    ),
    "a choreography has no data": (
        "data_in_choreography",
        choreography(exchange("T", "ann", "ann", "bob") + '<dataObject id="d" />'),
        choreography(exchange("T", "ann", "ann", "bob")),
    ),
    "a choreography task may wait behind an event-based gateway, and have a boundary event": (
        "event_gateway_flows",
        choreography(awaiting(f"{exchange('U', 'bob', 'ann', 'bob')}", flows=chain("G", "U"))),
        choreography(
            awaiting(
                f"{exchange('U', 'bob', 'ann', 'bob')}{catch('W', TIMER)}{exchange('V', 'ann', 'ann', 'bob')}"
                f'<boundaryEvent id="B" attachedToRef="T">{TIMER}</boundaryEvent>{exchange("X", "ann", "ann", "bob")}',
                flows=chain("G", "U") + chain("G", "W", "V") + chain("B", "X"),
            )
        ),
    ),
    "a choreography does not begin with a message": (
        "trigger_not_allowed",
        choreography(
            f'<startEvent id="S"><messageEventDefinition /></startEvent>{exchange("T", "ann", "ann", "bob")}<endEvent id="E" />{chain("S", "T", "E")}'
        ),
        choreography(
            f'<startEvent id="S">{TIMER}</startEvent>{exchange("T", "ann", "ann", "bob")}<endEvent id="E" />{chain("S", "T", "E")}'
        ),
    ),
    "a process has no choreography tasks": (
        "choreography_in_process",
        definitions(
            '<collaboration id="c"><participant id="ann" /><participant id="bob" /><messageFlow id="m1" sourceRef="ann" targetRef="bob" />'
            f'</collaboration><process id="p">{exchange("T", "ann", "ann", "bob")}</process>'
        ),
        definitions('<process id="p"><task id="T" /></process>'),
    ),
    "optional inputs are inputs": (
        "data_set_incomplete",
        data("", sets="<optionalInputRefs>din</optionalInputRefs>"),
        data("", sets="<dataInputRefs>din</dataInputRefs><optionalInputRefs>din</optionalInputRefs>"),
    ),
    "data goes into inputs": ("data_association_direction", data(association_in("obj", "dout")), data(association_in("obj", "din"))),
    "data goes into the own inputs": ("data_of_other_element", data(association_in("obj", "din2")), data(association_in("obj", "din"))),
    "data comes from data": ("wrong_reference", data(association_in("S", "din")), data(association_in("obj", "din"))),
    "a quantity is at least one": (
        "quantity_too_small",
        simple('<task id="M" startQuantity="0" />'),
        simple('<task id="M" startQuantity="2" />'),
    ),
    "a message is that of the operation": (
        "operation_message",
        simple('<receiveTask id="M" messageRef="msg" operationRef="op" />', root=MESSAGE + OPERATION.format("other")),
        simple('<receiveTask id="M" messageRef="msg" operationRef="op" />', root=MESSAGE + OPERATION.format("msg")),
    ),
    "a shape draws no flow": ("wrong_reference", drawn("BPMNShape", "S_E"), drawn("BPMNShape", "S")),
    "an edge draws no event": ("wrong_reference", drawn("BPMNEdge", "S"), drawn("BPMNEdge", "S_E")),
    "a called element can be called": (
        "wrong_reference",
        simple('<callActivity id="M" calledElement="S" />'),
        simple('<callActivity id="M" calledElement="somewhere_else" />'),
    ),
    "an event-based gateway has several ways": (
        "event_gateway_flows",
        simple(f'<eventBasedGateway id="M" />{catch("X", TIMER)}', flows=chain("S", "M", "X", "E")),
        after_event_gateway(catch("X", TIMER), catch("Y", RECEIVE)),
    ),
    "what follows an event-based gateway follows it alone": (
        "event_gateway_target",
        after_event_gateway(catch("X", TIMER), catch("Y", RECEIVE), more='<task id="Z" />', flows=chain("X", "Z") + flow("Z", "Y")),
        after_event_gateway(catch("X", TIMER), catch("Y", RECEIVE), more='<task id="Z" />', flows=chain("X", "Z", "E")),
    ),
    "messages are not received in two ways": (
        "event_gateway_target",
        after_event_gateway('<receiveTask id="X" messageRef="msg" />', catch("Y", RECEIVE)),
        after_event_gateway('<receiveTask id="X" messageRef="msg" />', catch("Y", TIMER)),
    ),
    "a receive task after an event-based gateway has no boundary event": (
        "event_gateway_target",
        after_event_gateway(
            '<receiveTask id="X" messageRef="msg" />',
            catch("Y", TIMER),
            more=f'<boundaryEvent id="B" attachedToRef="X">{TIMER}</boundaryEvent>',
            flows=flow("B", "E"),
        ),
        after_event_gateway('<receiveTask id="X" messageRef="msg" />', catch("Y", TIMER)),
    ),
    "flows of an event-based gateway have no condition": (
        "condition_not_allowed",
        after_event_gateway(catch("X", TIMER), catch("Y", RECEIVE) + catch("Z", TIMER), flows=flow("M", "Z", "x") + flow("Z", "E")),
        after_event_gateway(catch("X", TIMER), catch("Y", RECEIVE) + catch("Z", TIMER), flows=flow("M", "Z") + flow("Z", "E")),
    ),
    "only what creates instances waits in parallel": (
        "event_gateway_type",
        after_event_gateway(catch("X", RECEIVE), catch("Y", RECEIVE), attributes='eventGatewayType="Parallel" '),
        after_event_gateway(catch("X", RECEIVE), catch("Y", RECEIVE), attributes='eventGatewayType="Parallel" instantiate="true" '),
    ),
    "what waits in parallel waits for messages": (
        "event_gateway_type",
        after_event_gateway(catch("X", TIMER), catch("Y", RECEIVE), attributes='eventGatewayType="Parallel" instantiate="true" '),
        after_event_gateway(catch("X", RECEIVE), catch("Y", RECEIVE), attributes='eventGatewayType="Parallel" instantiate="true" '),
    ),
    "what creates an instance is not within one": (
        "instantiate_with_incoming",
        instantiating('instantiate="true"', start='<task id="A" />', flows=chain("A", "M", "E")),
        instantiating('instantiate="true"', flows=chain("M", "E")),
    ),
    "a receive task creates instances behind a start event or without one": (
        "instantiate_beside_start",
        instantiating('instantiate="true"', start='<startEvent id="S" />', flows=chain("M", "E") + flow("S", "E")),
        instantiating('instantiate="true"', start='<startEvent id="S" />', flows=chain("S", "M", "E")),
    ),
    "an intermediate event is reached": (
        "no_incoming",
        process(catch("M", TIMER) + '<task id="A" />' + chain("M", "A"), executable="false"),
        process('<task id="A" />' + catch("M", TIMER) + '<task id="B" />' + chain("A", "M", "B"), executable="false"),
    ),
    "an intermediate event is left": (
        "no_outgoing",
        process('<task id="A" />' + throw("M", RECEIVE) + chain("A", "M"), root=MESSAGE, executable="false"),
        process('<task id="A" />' + throw("M", RECEIVE) + '<task id="B" />' + chain("A", "M", "B"), root=MESSAGE, executable="false"),
    ),
    "a boundary event is left": (
        "no_outgoing",
        simple(f'<task id="M" /><boundaryEvent id="B" attachedToRef="M">{TIMER}</boundaryEvent>'),
        simple(
            f'<task id="M" /><boundaryEvent id="B" attachedToRef="M">{TIMER}</boundaryEvent>', flows=chain("S", "M", "E") + flow("B", "E")
        ),
    ),
    "a condition of a task has an alternative": (
        "condition_without_alternative",
        simple('<task id="M" />', flows=flow("S", "M") + flow("M", "E", "x &gt; 1")),
        simple('<task id="M" default="d" />', flows=flow("S", "M") + flow("M", "E", "x &gt; 1") + flow("M", "E", name="d")),
    ),
    "a start event has no condition behind it": (
        "condition_not_allowed",
        simple('<task id="M" />', flows=flow("S", "M", "x") + flow("M", "E")),
        simple('<task id="M" />'),
    ),
    "a link is thrown": (
        "link_without_source",
        simple('<task id="M" />' + catch("C", link("L")), flows=chain("S", "M", "E") + flow("C", "E")),
        simple(
            throw("M", link("L")) + throw("N", link("L")) + catch("C", link("L")) + '<task id="A" />',
            flows=chain("S", "M") + chain("S", "A", "N") + flow("C", "E"),
        ),
    ),
    "a link has one target": (
        "link_with_several_targets",
        simple(
            throw("M", link("L")) + catch("C", link("L")) + catch("D", link("L")), flows=flow("S", "M") + flow("C", "E") + flow("D", "E")
        ),
        simple(throw("M", link("L")) + catch("C", link("L")), flows=flow("S", "M") + flow("C", "E")),
    ),
    "a link stays in its scope": (
        "link_without_target",
        simple(
            f'<subProcess id="M">{throw("T", link("L"))}<task id="A" />{chain("A", "T")}</subProcess>{catch("C", link("L"))}',
            flows=chain("S", "M", "E") + flow("C", "E"),
        ),
        simple(
            f'<subProcess id="M">{throw("T", link("L"))}<task id="A" />{chain("A", "T")}{catch("C", link("L"))}<task id="B" />{chain("C", "B")}</subProcess>'
        ),
    ),
    "a link event names a link event": ("dangling_reference", linked("nothing"), linked("l2")),
    "a boundary event may name its host with a prefix": (
        "dangling_reference",
        prefixed_host("own:X"),
        prefixed_host("own:M"),
    ),
    "the data of a signal is an item": (
        "wrong_reference",
        process("", root='<itemDefinition id="it" /><signal id="sg" structureRef="p" />'),
        process("", root='<itemDefinition id="it" /><signal id="sg" structureRef="it" />'),
    ),
    "a compensation event has its handler": (
        "compensation_handler",
        compensation('<task id="U" isForCompensation="true" />'),
        compensation('<task id="U" isForCompensation="true" />', associate("B", "U")),
    ),
    "a handler is for compensation": (
        "compensation_handler",
        compensation('<task id="U" />', associate("B", "U") + chain("M", "U", "E")),
        compensation('<task id="U" isForCompensation="true" />', associate("B", "U")),
    ),
    "a handler is one": (
        "compensation_handler",
        compensation(
            '<task id="U" isForCompensation="true" /><task id="V" isForCompensation="true" />', associate("B", "U") + associate("B", "V")
        ),
        compensation('<task id="U" isForCompensation="true" />', associate("B", "U")),
    ),
    "a handler stands beside its event": (
        "compensation_handler",
        compensation(
            '<subProcess id="P"><task id="U" isForCompensation="true" /></subProcess>', chain("M", "P", "E") + associate("B", "U")
        ),
        compensation('<subProcess id="P" /><task id="U" isForCompensation="true" />', chain("M", "P", "E") + associate("B", "U")),
    ),
    "a handler is outside the flow": (
        "incoming_not_allowed",
        compensation('<task id="U" isForCompensation="true" />', associate("B", "U") + flow("M", "U")),
        compensation('<task id="U" isForCompensation="true" />', associate("B", "U")),
    ),
    "what is compensated is in sight": (
        "compensation_out_of_sight",
        simple(
            '<subProcess id="M"><task id="Inner" /></subProcess>' + throw("T", '<compensateEventDefinition activityRef="Inner" />'),
            flows=chain("S", "M", "T", "E"),
        ),
        simple('<task id="M" />' + throw("T", '<compensateEventDefinition activityRef="M" />'), flows=chain("S", "M", "T", "E")),
    ),
    "an event sub-process has one start": (
        "event_sub_process_start",
        event_sub_process(WAITING + f'<startEvent id="S3">{TIMER}</startEvent>' + flow("S3", "E2")),
        event_sub_process(WAITING),
    ),
    "an event sub-process that holds anything has a start": (
        "event_sub_process_start",
        simple('<task id="M" /><subProcess id="X" triggeredByEvent="true"><task id="A" /></subProcess>', flows=chain("S", "M", "E")),
        simple('<task id="M" /><subProcess id="X" triggeredByEvent="true" />', flows=chain("S", "M", "E")),
    ),
    "an event sub-process has no boundary": (
        "host_not_in_flow",
        event_sub_process(WAITING, outside=f'<boundaryEvent id="B" attachedToRef="X">{TIMER}</boundaryEvent>{flow("B", "E")}'),
        event_sub_process(WAITING),
    ),
    "an event sub-process has no incoming flow": (
        "incoming_not_allowed",
        event_sub_process(WAITING, outside=flow("M", "X")),
        event_sub_process(WAITING),
    ),
    "an error event sub-process interrupts": (
        "must_interrupt",
        event_sub_process('<startEvent id="S2" isInterrupting="false"><errorEventDefinition /></startEvent>'),
        event_sub_process('<startEvent id="S2" isInterrupting="false"><escalationEventDefinition /></startEvent>'),
    ),
    "a duration is of ISO 8601": ("time_invalid", timer("PT5X"), timer("P1Y2M3W4DT5H6M7.5S")),
    "a date is of ISO 8601": ("time_invalid", timer("2024-13-01T10:00:00Z", "timeDate"), timer("2024-12-01T10:00:00", "timeDate")),
    "a repetition is of ISO 8601": ("time_invalid", timer("R3/PT", "timeCycle"), timer("R3/2024-12-01T10:00:00Z/P1D", "timeCycle")),
    "a duration may be a template of another engine": ("time_invalid", timer("PT5"), timer("PT${minutes}M")),
    "a repetition may be a template of another engine": (
        "time_invalid",
        timer("R3/PTM", "timeCycle"),
        timer("R3/PT${minutes}M", "timeCycle"),
    ),
    "a day ends at midnight": ("time_invalid", timer("2024-12-01T25:00:00Z", "timeDate"), timer("2024-12-01T24:00:00Z", "timeDate")),
    "a shared event definition is allowed where it is used": (
        "trigger_not_allowed",
        simple(
            '<intermediateCatchEvent id="M"><eventDefinitionRef>def</eventDefinitionRef></intermediateCatchEvent>',
            root='<errorEventDefinition id="def" />',
        ),
        simple(
            '<intermediateCatchEvent id="M"><eventDefinitionRef>def</eventDefinitionRef></intermediateCatchEvent>',
            root='<signalEventDefinition id="def" />',
        ),
    ),
}


def standard_errors(content: bytes) -> list[tuple[str, str]]:
    found = check_bpmn(content, filename="model.bpmn")
    return [(each.code, each.message) for each in found if each.severity == "error" and each.kind in {"invalid", "unsound"}]


@pytest.mark.parametrize(("code", "bad", "good"), RULES.values(), ids=RULES.keys())
def test_a_rule_tells_who_breaks_it_and_leaves_alone_who_keeps_it(code, bad, good):
    assert code in [each for each, _ in standard_errors(bad)]
    assert standard_errors(good) == []
