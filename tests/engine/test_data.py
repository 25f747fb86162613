"""Data objects, data associations, payloads, correlation of messages, global tasks and versions of called processes."""

import pytest

from app.domain.errors import InvalidRequest
from app.engine import DecisionAnswer, Definition, Execution, NothingWaits, next_start, start_condition_holds
from tests.engine.diagrams import Play, bpmn, catch, condition, end, parse, ports, refer, script, several, start, sub, throw, timer, user

ORDER = '<dataObject id="Data_1"/><dataObjectReference id="Ref_1" name="order" dataObjectRef="Data_1"/><dataObject id="total"/>'


def io(inputs=(), outputs=()):
    """Return an ioSpecification."""
    written = [f'<dataInput id="{name}"/>' for name in inputs] + [f'<dataOutput id="{name}"/>' for name in outputs]
    return f'<ioSpecification>{"".join(written)}<inputSet id="is"/><outputSet id="os"/></ioSpecification>'


def data_in(source="", target="", more=""):
    """Return a data input association."""
    return f'<dataInputAssociation id="in{source}{target}"><sourceRef>{source}</sourceRef><targetRef>{target}</targetRef>{more}</dataInputAssociation>'


def data_out(source="", target="", more=""):
    """Return a data output association."""
    return f'<dataOutputAssociation id="out{source}{target}"><sourceRef>{source}</sourceRef><targetRef>{target}</targetRef>{more}</dataOutputAssociation>'


def assign(value, target):
    """Return an assignment."""
    return f"<assignment><from>{value}</from><to>{target}</to></assignment>"


def test_data_flow_into_and_out_of_a_task():
    inner = io(["amount"], ["verdict"]) + data_in("Ref_1", "amount", assign("order.sum * 2", "amount")) + data_out("verdict", "Ref_1")
    play = Play(bpmn(start() + ORDER + user("A", inner) + end(), "S > A > E"), {"order": {"sum": 5}})
    assert play.progress.entered[0].variables["amount"] == 10

    play.complete("A", {"verdict": "fine", "note": "n"})
    assert play.variables["order"] == "fine"
    assert play.variables["note"] == "n"
    assert "amount" not in play.variables
    assert "verdict" not in play.variables


def test_an_assignment_changes_a_part_and_a_transformation_computes():
    inner = io([], ["x"]) + data_out("x", "Ref_1", assign("x + 1", "order.sum") + assign("x", "order.deep.left"))
    inner += "<dataOutputAssociation><sourceRef>x</sourceRef><targetRef>total</targetRef><transformation>x * 10</transformation></dataOutputAssociation>"
    play = Play(bpmn(start() + ORDER + user("A", inner) + end(), "S > A > E"), {"order": {"sum": 5, "id": 1, "deep": {"right": 2}}})
    play.complete("A", {"x": 7})

    assert play.variables["order"] == {"sum": 8, "id": 1, "deep": {"right": 2, "left": 7}}
    assert play.variables["total"] == 70


def test_associations_that_are_documentation_change_nothing():
    inner = '<property id="Placeholder" name="__targetRef_placeholder"/>' + data_in("Ref_1", "Placeholder")
    inner += "<dataOutputAssociation><targetRef>Ref_1</targetRef></dataOutputAssociation>"
    play = Play(bpmn(start() + ORDER + user("A", inner) + end(), "S > A > E"), {"order": 1}).complete("A", {"y": 2})

    assert play.variables == {"order": 1, "A": {"y": 2}, "y": 2}


def test_data_associations_map_what_a_call_gets_and_gives():
    inner = io(["given"], ["answer"]) + data_in("Ref_1", "given") + data_out("answer", "total")
    body = start() + ORDER + f'<callActivity id="A" calledElement="inner">{inner}</callActivity>' + end()
    called = bpmn(start("CS") + script("C", "given + 1", result="answer") + script("D", "1", result="secret") + end("CE"), "CS > C > D > CE",
                  process="inner")  # fmt: skip
    play = Play(parse(bpmn(body, "S > A > E"), called={"inner": called}), {"order": 41, "other": 0})

    assert play.variables == {"order": 41, "other": 0, "total": 42}


def test_events_carry_data():
    out = throw("T", "<dataInput id='sent'/>" + data_in("Ref_1", "sent") + "<inputSet id='is'/>" + refer("message", "m"))
    play = Play(bpmn(start() + ORDER + out + end(), "S > T > E", roots='<message id="m" name="Paid"/>'), {"order": {"id": 7}})
    assert play.progress.events[0].payload == {"id": 7}

    into = catch("C", "<dataOutput id='got'/>" + data_out("got", "total") + "<outputSet id='os'/>" + refer("message", "m"))
    play = Play(bpmn(start() + ORDER + into + end(), "S > C > E", roots='<message id="m" name="Paid"/>'))
    assert play.do("catch_message", "Paid", {"id": 8}).variables == {"total": {"id": 8}}


CORRELATION = (
    '<message id="m" name="Paid"/><message id="m2" name="Ordered"/>'
    '<correlationProperty id="P1" name="orderId">'
    '<correlationPropertyRetrievalExpression messageRef="m"><messagePath>order.id</messagePath></correlationPropertyRetrievalExpression>'
    '<correlationPropertyRetrievalExpression messageRef="m2"><messagePath>id</messagePath></correlationPropertyRetrievalExpression>'
    '</correlationProperty><collaboration id="c"><correlationKey id="K"><correlationPropertyRef>P1</correlationPropertyRef></correlationKey></collaboration>'
)


def test_an_instance_learns_its_correlation_key_from_the_first_message():
    """The key is what the message that creates the instance had."""
    body = start("M", refer("message", "m2")) + catch("C", refer("message", "m")) + end()
    definition = parse(bpmn(body, "M > C > E", roots=CORRELATION))
    assert definition.start_triggers[0].correlation == ("orderId",)
    assert definition.correlation_of("Ordered", {"id": 5}, ports()) == {"orderId": 5}

    execution = Execution.start(definition, {}, ports(), start_event="M", payload={"id": 5})
    execution.run()
    execution = Execution.restore(definition, execution.dump(), ports())
    assert [dict(wait.correlation) for wait in execution.waits()] == [{"orderId": 5}]
    assert execution.message_targets("Paid", {"order": {"id": 6}}) == []
    assert execution.catch_message("Paid", {"order": {"id": 6}}) is False
    assert execution.catch_message("Paid") is False
    assert len(execution.message_targets("Paid", None, {"orderId": 5})) == 1
    assert execution.catch_message("Paid", {"order": {"id": 5}}) is True
    assert execution.run().completed


def test_a_message_that_is_sent_takes_its_correlation_along():
    payload = '<messageEventDefinition messageRef="m2"><extensionElements><s:messagePayload>{"id": 5}</s:messagePayload></extensionElements></messageEventDefinition>'
    body = start() + throw("T", payload) + catch("C", refer("message", "m")) + end()
    play = Play(bpmn(body, "S > T > C > E", roots=CORRELATION))
    assert dict(play.progress.events[0].correlation) == {"orderId": 5}
    assert play.progress.events[0].element_instance

    assert play.do("catch_message", "Paid", {"order": {"id": 6}}).answer is False
    assert play.do("catch_message", "Paid", {"order": {"id": 5}}).progress.completed


def test_a_subscription_reads_the_expected_values_from_the_process():
    subscription = (
        '<correlationSubscription id="sub" correlationKeyRef="K"><correlationPropertyBinding correlationPropertyRef="P1">'
        "<dataPath>number</dataPath></correlationPropertyBinding></correlationSubscription>"
    )
    play = Play(bpmn(start() + catch("C", refer("message", "m")) + end() + subscription, "S > C > E", roots=CORRELATION), {"number": 1})
    play.do("set_variables", {"number": 2})

    assert play.do("catch_message", "Paid", {"order": {"id": 1}}).answer is False
    assert play.do("catch_message", "Paid", {"order": {"id": 2}}).answer is True


def test_a_start_event_keeps_the_payload_that_it_was_triggered_with():
    body = start("M", refer("message", "m") + refer("signal", "s")) + end()
    definition = parse(bpmn(body, "M > E", roots='<message id="m" name="Paid"/><signal id="s" name="Stop"/>'))
    execution = Execution.start(definition, {}, ports(), start_event="M", trigger=("signal", "Stop"), payload={"x": 1})
    execution.run()
    assert execution.variables()["x"] == 1

    for settings in ({"start_event": "E"}, {"start_event": "nowhere"}, {"start_event": "M", "trigger": ("message", "Other")}):
        with pytest.raises(InvalidRequest):
            Execution.start(definition, {}, ports(), **settings)


def test_a_timer_start_event_says_when():
    definition = parse(bpmn(start("T", timer("cycle", "R2/P1D")) + start("O", refer("message", "m")) + end(), "T > E", "O > E",
                            roots='<message id="m" name="Paid"/>'))  # fmt: skip
    first = next_start(definition, "T", ports())
    second = next_start(definition, "T", ports(), first)
    assert [first.due_at.day, second.due_at.day] == [2, 3]
    assert next_start(definition, "T", ports(), second) is None

    for element in ("O", "nowhere"):
        with pytest.raises(InvalidRequest):
            next_start(definition, element, ports())


def test_a_conditional_start_event_says_whether():
    definition = parse(bpmn(start("C", condition("sum > 10")) + end(), "C > E"))

    assert start_condition_holds(definition, "C", {"sum": 11}, ports())
    assert not start_condition_holds(definition, "C", {"sum": 10}, ports())
    assert not start_condition_holds(definition, "C", {}, ports())


GLOBALS = {
    "globalTask": ("<globalTask id='g'/>", [], {}),
    "globalUserTask": ("<globalUserTask id='g' name='Look'/>", ["g"], {"x": 1, "g": {"x": 1}}),
    "globalManualTask": ("<globalManualTask id='g'/>", ["g"], {"x": 1, "g": {"x": 1}}),
    "globalScriptTask": ("<globalScriptTask id='g' scriptFormat='feel'><script>1 + 1</script></globalScriptTask>", [], {"g": 2}),
    "globalBusinessRuleTask": (
        "<globalBusinessRuleTask id='g'><extensionElements><s:calledDecisionId>d</s:calledDecisionId></extensionElements></globalBusinessRuleTask>",
        [],
        {"g": "yes"},
    ),
}


@pytest.mark.parametrize("kind", GLOBALS)
def test_a_global_task_can_be_called(kind):
    written, waiting, variables = GLOBALS[kind]
    body = start() + '<callActivity id="A" calledElement="g"/>' + end()
    play = Play(bpmn(body, "S > A > E", roots=written), decide=lambda call: DecisionAnswer(outputs="yes"))
    assert play.tasks == waiting
    if waiting:
        play.complete("g", {"x": 1})

    assert play.path == ["S", "g", "A", "E"]
    assert play.variables == variables


def called_version(result):
    return bpmn(start("CS") + script("C", result, result="r") + end("CE"), "CS > C > CE", process="check")


def test_two_calls_can_bind_two_versions():
    bound = '<extensionElements><s:properties><s:property name="binding" value="tag:old"/></s:properties></extensionElements>'
    body = start() + '<callActivity id="A" calledElement="check"/>' + script("K", "r", result="first")
    body += f'<callActivity id="B" calledElement="check">{bound}</callActivity>' + end()
    called = {"check": called_version("2"), "check@tag:old": called_version("1")}
    play = Play(parse(bpmn(body, "S > A > K > B > E"), called=called))

    assert (play.variables["first"], play.variables["r"]) == (2, 1)


def test_an_instance_can_be_added_to_a_multi_instance():
    """A role player who joins late has his own vote."""
    definition = parse(bpmn(start() + user("V", several("who", item="w", output="votes", output_item="v")) + end(), "S > V > E"))
    play = Play(definition, {"who": ["a"]})
    play.do("add_instance", "V", "b", {"why": "late"})
    assert [task.variables.get("why") for task in play.restore().user_tasks()] == [None, "late"]
    assert play.answer == play.waiting_at("V")[1]
    play.complete("V", {"v": 1})
    play.do("add_instance", play.waiting_at("V")[0], "c")
    play.complete("V", {"v": 2}).complete("V", {"v": 3})

    assert play.variables["votes"] == [1, 2, 3]
    assert play.progress.completed
    with pytest.raises(NothingWaits):
        play.do("add_instance", "V", "d")


def test_an_instance_added_to_a_sequence_comes_last():
    definition = parse(bpmn(start() + user("V", several("who", item="w", sequential=True)) + end(), "S > V > E"))
    play = Play(definition, {"who": ["a"]}).do("add_instance", "V", "b")
    assert play.answer is None

    play.complete("V")
    assert [task.variables["w"] for task in play.restore().user_tasks()] == ["b"]
    assert play.complete("V").progress.completed


def test_variables_can_be_set_inside_a_called_process():
    inner = bpmn(start("CS") + user("C") + end("CE"), "CS > C > CE", process="inner")
    play = Play(parse(bpmn(start() + '<callActivity id="A" calledElement="inner"/>' + end(), "S > A > E"), called={"inner": inner}))
    play.do("set_variables", {"x": 1}, play.waiting_at("C")[0])
    assert play.variables == {}

    assert play.complete("C").variables["x"] == 1


def test_what_a_task_calls_need_not_be_said_in_a_simulation():
    content = bpmn(start() + '<serviceTask id="A"/><businessRuleTask id="B"/>' + end(), "S > A > B > E")
    definition = Definition.parse(content, filename="x.bpmn", simulated=True)
    play = Play(definition, services={"A": lambda call: 1}, decide=lambda call: DecisionAnswer(outputs=call.decision))

    assert play.variables == {"A": 1, "B": "B"}


def test_a_message_of_an_operation_is_meant_by_a_task_that_names_it():
    interface = '<message id="m" name="Paid"/><interface id="i" name="I"><operation id="o" name="O"><inMessageRef>m</inMessageRef></operation></interface>'
    body = start() + '<sendTask id="A" operationRef="o"/><receiveTask id="B" operationRef="o"/>' + end()
    play = Play(bpmn(body, "S > A > B > E", roots=interface))

    assert [event.name for event in play.progress.events] == ["Paid"]
    assert play.do("catch_message", "Paid").progress.completed


def test_a_nested_compensation_is_restored_with_what_it_knew():
    """The handler of each instance sees the item of its instance."""
    handler = '<boundaryEvent id="OnA" attachedToRef="A"><compensateEventDefinition/></boundaryEvent><userTask id="Undo" isForCompensation="true"/>'
    handler += '<association id="L" sourceRef="OnA" targetRef="Undo"/>'
    inner = sub("P", start("PS") + user("A") + handler + end("PE"), "PS > A > PE", inner=several("items", item="i", sequential=True))
    play = Play(bpmn(start() + inner + throw("T", "<compensateEventDefinition/>") + end(), "S > P > T > E"), {"items": ["a", "b"]})
    play.complete("A").complete("A")
    assert [task.variables["i"] for task in play.restore().user_tasks()] == ["b"]
    play.complete("Undo")
    assert [task.variables["i"] for task in play.restore().user_tasks()] == ["a"]

    assert play.complete("Undo").progress.completed
