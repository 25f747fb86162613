"""Reading definitions: what is refused, with element and remedy, and what is shared."""

import threading

import pytest

from app.domain.errors import DefinitionInvalid
from app.engine import Definition, DefinitionCache, hash_files
from tests.engine.diagrams import (
    BPMN,
    Play,
    boundary,
    bpmn,
    catch,
    end,
    gateway,
    parse,
    refer,
    script,
    service,
    several,
    start,
    sub,
    throw,
    timer,
    user,
)  # fmt: skip

CALL = '<callActivity id="A" calledElement="nowhere"/>'
COMPENSATE = "<compensateEventDefinition/>"


def faults_of(content, **settings):
    with pytest.raises(DefinitionInvalid) as refused:
        parse(content, **settings)
    return refused.value.facts["diagnostics"]


def one(middle, *flows, roots=""):
    """Return a process with `middle`, an element A or what stands in its place, between start and end."""
    return bpmn(start() + middle + end(), *(flows or ("S > A > E",)), roots=roots)


def activity(tag="userTask", inner="", **attributes):
    written = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f'<{tag} id="A"{written}>{inner}</{tag}>'


def pre_script(name):
    return activity(inner=f"<extensionElements><s:{name}>x = 1</s:{name}></extensionElements>")


THROWS_TIMER = (
    '<multiInstanceLoopCharacteristics behavior="One" oneBehaviorEventRef="T"><loopCardinality>2</loopCardinality>'
    "</multiInstanceLoopCharacteristics>"
)
TIMER_ROOT = '<timerEventDefinition id="T"><timeDuration>P1D</timeDuration></timerEventDefinition>'
STORED = '<dataOutputAssociation id="D"><sourceRef>x</sourceRef><targetRef>Ref</targetRef></dataOutputAssociation>'
STORE = '<dataStoreReference id="Ref" dataStoreRef="Store"/>'
XPATH = '<conditionExpression language="http://www.w3.org/1999/XPath">true()</conditionExpression>'
JAVA = ' expressionLanguage="http://www.java.com/java"'
UNSUPPORTED = {
    "data store": (one(activity(inner=STORED) + STORE, roots='<dataStore id="Store" name="s"/>'), "D"),
    "complex gateway without condition": (one(gateway("complex", "A") + user("B"), "S > A > E", "B > A"), "A"),
    "choreography": (one('<callChoreography id="A"/>'), "A"),
    "multi-instance that throws a timer": (one(activity(inner=THROWS_TIMER), roots=TIMER_ROOT), "A"),
    "xpath": (one(user("A") + f'<sequenceFlow id="X" sourceRef="A" targetRef="E">{XPATH}</sequenceFlow>', "S > A"), "X"),
    "java": (one(user("A")).replace(b"<definitions", f"<definitions{JAVA}".encode()), "d"),
    "pre-script": (one(pre_script("preScript")), "A"),
    "post-script": (one(pre_script("postScript")), "A"),
    "python script": (one(script("A", "x").replace('"feel"', '"python"')), "A"),
    "script without format": (one(script("A", "x").replace(' scriptFormat="feel"', "")), "A"),
    "not executable": (bpmn(start() + end(), "S > E", attributes='isExecutable="false"'), "d"),
}


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_what_would_run_otherwise_than_drawn_is_refused_with_element_and_remedy(name):
    content, element = UNSUPPORTED[name]
    faults = [fault for fault in faults_of(content) if fault.kind == "unsupported"]

    assert [fault.element for fault in faults] == [element]
    assert faults[0].remedy.endswith(".")
    assert faults[0].line == 1
    assert faults[0].severity == "error"


ASSIGNED = "<dataInputAssociation><assignment><from>1</from><to>1 + 1</to></assignment></dataInputAssociation>"
NO_DECISION = '<businessRuleTask id="A"/>'
ONE_END = sub("A", start("X") + end("Y", refer("cancel")), "X > Y")
FAULTY = {
    "operation_missing": one('<serviceTask id="A"/>'),
    "decision_missing": one(NO_DECISION),
    "called_process_unknown": one(CALL),
    "expression_invalid": one(script("A", "1 +")),
    "expression_missing": one(script("A", "")),
    "timer_missing": one(catch("A", "<timerEventDefinition/>")),
    "timer_invalid": one(catch("A", timer("duration", "every week"))),
    "condition_missing": bpmn(start() + gateway("exclusive", "G") + end() + end("F"), "S > G > E", "G > F"),
    "condition_not_allowed": bpmn(start() + gateway("parallel", "G") + end() + end("F"), "S > G > E [x]", "G > F"),
    "default_unknown": bpmn(start() + gateway("exclusive", "G", default="none") + end(), "S > G > E"),
    "flow_end_unknown": bpmn(start() + end(), "S > E", "S > Nowhere"),
    "boundary_host": one(user("A") + boundary("B", "G", timer("duration", "P1D"))),
    "reference_unknown": one(catch("A", refer("message", "none"))),
    "reference_missing": one(catch("A", "<messageEventDefinition/>")),
    "event_trigger": one(catch("A", refer("error"))),
    "event_gateway_parallel": one(gateway("eventBased", "A").replace("/>", ' eventGatewayType="Parallel"/>')),
    "quantity": one(activity(startQuantity="none")),
    "compensation_handler": one(user("A") + boundary("B", "A", COMPENSATE)),
    "compensation_activity": one(throw("A", '<compensateEventDefinition activityRef="nowhere"/>')),
    "assignment_target": one(activity(inner=ASSIGNED)),
    "code_missing": bpmn(start() + end("E", refer("error")), "S > E"),
    "link_target_missing": one(throw("A", '<linkEventDefinition name="L"/>'), "S > A"),
    "loop_endless": one(activity(inner="<standardLoopCharacteristics/>")),
    "loop_maximum": one(activity(inner='<standardLoopCharacteristics loopMaximum="many"/>')),
    "multi_instance_input": one(activity(inner="<multiInstanceLoopCharacteristics/>")),
    "cancel_outside_transaction": one(ONE_END),
    "event_subprocess_start": bpmn(start() + end() + sub("H", user("B"), attributes='triggeredByEvent="true"'), "S > E"),
    "start_events": one(sub("A", start("X") + start("Y"))),
    "start_missing": bpmn(user("A") + user("B"), "A > B > A"),
    "duplicate_id": one(user("A") + user("A")),
    "id_missing": one("<userTask/>" + user("A")),
    "process_missing": bpmn(start(), attributes='isExecutable="true"').replace(b"process", b"proces"),
}


@pytest.mark.parametrize("code", FAULTY)
def test_faults_are_diagnostics_never_tracebacks(code):
    assert code in [fault.code for fault in faults_of(FAULTY[code])]


def test_all_faults_are_reported_at_once():
    content = one(NO_DECISION + '<callChoreography id="B"/>' + script("C", "1 +"), "S > A > B > C > E")

    assert [(fault.element, fault.kind) for fault in faults_of(content)] == [("B", "unsupported"), ("A", "product"), ("C", "product")]


@pytest.mark.parametrize(
    "content",
    [
        b"", b"<", b"no xml", b"<a/>", b"<html><body/></html>", "ß".encode("latin-1"), b"\xff\xfe<\x00a\x00/\x00>\x00",
        b'<!DOCTYPE d [<!ENTITY a "b">]>' + bpmn(start() + end(), "S > E").partition(b"?>")[2],
        b'<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><d>&b;</d>',
        b"<d>" * 100_000, b" " * 6_000_000,
        f'<definitions xmlns="{BPMN}"/>'.encode(),
    ],
    ids=range(12),
)  # fmt: skip
def test_what_is_no_model_or_could_harm_is_refused(content):
    assert faults_of(content)[0].severity == "error"


def test_several_processes_need_a_choice():
    other = bpmn(start("S2") + end("E2"), "S2 > E2", process="q")
    both = bpmn(start() + end(), "S > E").replace(b"</definitions>", other[other.index(b"<process") :])

    assert faults_of(both)[0].code == "process_missing"
    assert parse(both, process="q").key == "q"
    assert faults_of(both, process="r")[0].code == "process_missing"


def test_faults_of_a_called_file_name_that_file():
    caller = one('<callActivity id="A" calledElement="check"/>')
    called = bpmn(start("CS") + '<callChoreography id="G"/>', "CS > G", process="check")

    assert [(fault.file, fault.element) for fault in faults_of(caller, called={"check": called})] == [("check", "G")]


def test_a_partner_in_the_same_diagram_does_not_matter():
    partner = b'<process id="partner"><callChoreography id="X"/></process></definitions>'

    assert parse(one(user("A")).replace(b"</definitions>", partner)).key == "p"


def test_hashes_belong_to_content():
    one_file, other = one(user("A")), one(user("A", label="x"))

    assert parse(one_file).hash == hash_files(one_file) != hash_files(other)
    assert hash_files(one_file, called={"a": other}) != hash_files(one_file)
    assert hash_files(one_file, called={"a": other, "b": other}) == hash_files(one_file, called={"b": other, "a": other})


def test_the_cache_parses_once_and_forgets_the_least_recently_used():
    cache, content, loads = DefinitionCache(2), one(user("A")), []

    def load():
        loads.append(1)
        return content

    first = cache.get("a", load)
    assert cache.get("a", load) is first
    cache.get("b", lambda: parse(content))
    cache.get("a", load)
    cache.get("c", load)
    assert cache.get("a", load) is first
    assert len(loads) == 2
    cache.get("b", load)
    assert len(loads) == 3


def test_one_definition_serves_many_instances_at_once():
    body = start() + gateway("parallel", "F") + user("V", several("names", item="n", output="out", output_item="x"))
    body += boundary("T", "V", timer("duration", "P1D")) + service("C", "op", result="r") + gateway("parallel", "J") + end() + end("L")
    definition = parse(bpmn(body, "S > F > V > J > E", "F > C > J", "T > L"))
    before = {name: dict(vars(node)) for name, node in definition.graphs["p"].task_specs.items()}
    wrong = []

    def live(number):
        play = Play(definition, {"names": [number, number + 1]}, services={"op": lambda call: number})
        for _ in range(2):
            play.complete("V", {"x": number})
        if play.variables["out"] != [number, number] or play.variables["r"] != number or not play.progress.completed:
            wrong.append(number)

    threads = [threading.Thread(target=live, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []
    assert {name: dict(vars(node)) for name, node in definition.graphs["p"].task_specs.items()} == before


def test_a_definition_says_what_it_needs():
    definition = Definition.parse(one(user("A", label=" Approve\n this ")), filename="x.bpmn")

    assert (definition.key, definition.name, definition.elements["A"].name) == ("p", "p", "Approve this")
    assert definition.element("nowhere") is None
