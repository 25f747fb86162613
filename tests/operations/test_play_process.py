"""Playing: what `countersign play` answers, in memory and with a virtual clock."""

import json

import pytest

from app.feel.json import dumps
from app.operations.playing.library import Library
from app.operations.playing.play_process import EVENTS_MAX, play_line
from tests.engine.diagrams import boundary, bpmn, catch, end, gateway, service, start, user

TIMER = "<timerEventDefinition id='{0}'><timeDuration>{1}</timeDuration></timerEventDefinition>"
CYCLE = "<timerEventDefinition><timeCycle>{0}</timeCycle></timerEventDefinition>"
MESSAGE = "<messageEventDefinition messageRef='m_{0}'/>"
SIGNAL = "<signalEventDefinition signalRef='s_{0}'/>"


def roots(*names: str) -> str:
    """Return messages and signals of these names."""
    return "".join(f'<message id="m_{name}" name="{name}"/><signal id="s_{name}" name="{name}"/>' for name in names)


def play(*contents: bytes, **question):
    """Return the answer to a question about these diagrams."""
    files = {f"{number}.bpmn": content for number, content in enumerate(contents)}
    return answer_of(Library.read(files), question)


def answer_of(library: Library, question):
    """Return the answer as somebody outside reads it."""
    line = question if isinstance(question, bytes) else json.dumps(question).encode()
    return json.loads(dumps(play_line(library, line)))


def path(answer, state: str = "completed") -> list[str]:
    """Return the elements that ended so."""
    return [each["element"] for each in answer["trace"] if each["state"] == state]


TWO = bpmn(start() + user("A") + user("B") + end(label="Done"), "S > A > B > E")


def test_user_tasks_complete_at_once_and_the_answer_has_the_form_of_the_contract():
    answer = play(TWO, variables={"amount": 20000.5}, answers={"A": {"outcome": "approved"}})

    assert answer == {
        "status": "completed",
        "outcome": "Done",
        "trace": [{"element": name, "state": "completed", "at": "PT0S"} for name in ("S", "A", "B", "E")],
        "variables": {"amount": 20000.5, "A": {"outcome": "approved"}, "outcome": "approved", "B": {}},
        "waiting": [],
    }


def test_a_held_task_waits():
    answer = play(TWO, hold=["B"])

    assert (answer["status"], answer["outcome"], path(answer)) == ("active", None, ["S", "A"])
    assert answer["waiting"] == [{"element": "B", "name": "", "kind": "userTask"}]


def test_a_list_of_answers_is_given_visit_by_visit():
    loop = bpmn(
        start() + user("A") + gateway("exclusive", "G", default="G_E") + end(),
        'S > A > G > A [A.outcome = "again"]',
        "G > E",
    )

    answer = play(loop, answers={"A": [{"outcome": "again"}, {"outcome": "again"}, {"outcome": "good"}]})

    assert path(answer) == ["S", "A", "G", "A", "G", "A", "G", "E"]
    assert answer["variables"]["outcome"] == "good"


def test_a_task_without_a_further_answer_gets_none():
    loop = bpmn(
        start() + user("A") + gateway("exclusive", "G", default="G_E") + end(), "S > A > G > A [count(string join([outcome])) > 9]", "G > E"
    )

    answer = play(loop, answers={"A": [{"outcome": "x"}]})

    assert answer["status"] == "completed"


def test_timers_fire_in_the_order_of_their_due_times_up_to_until():
    body = (
        start()
        + gateway("parallel", "F")
        + catch("T1", TIMER.format("a", "P2D"))
        + catch("T2", TIMER.format("b", "PT3H30M"))
        + catch("T3", TIMER.format("c", "P3D"))
        + end("E1")
        + end("E2")
        + end("E3")
    )
    three = bpmn(body, "S > F", "F > T1 > E1", "F > T2 > E2", "F > T3 > E3")

    answer = play(three, until="P2D")

    assert [(each["element"], each["at"]) for each in answer["trace"]][2:] == [
        ("T2", "PT3H30M"),
        ("E2", "PT3H30M"),
        ("T1", "P2D"),
        ("E1", "P2D"),
    ]
    assert [(each["element"], each["due_at"]) for each in answer["waiting"]] == [("T3", "2026-01-04T00:00:00Z")]
    assert play(three)["trace"][-1]["at"] == "PT0S"
    assert play(three, until="2026-01-04T00:00:00Z")["status"] == "completed"
    assert play(three, start="2026-03-01T00:00:00+01:00", until="P2D")["waiting"][0]["due_at"] == "2026-03-03T23:00:00Z"


def test_timers_that_are_due_at_one_instant_fire_in_document_order():
    body = (
        start() + gateway("parallel", "F") + catch("Second", TIMER.format("a", "PT2H")) + catch("First", TIMER.format("b", "PT2H")) + end()
    )
    tied = bpmn(body, "S > F", "F > First > E", "F > Second > E")

    answer = play(tied, until="PT2H")

    assert [name for name in path(answer) if name in ("First", "Second")] == ["Second", "First"]


def test_a_boundary_timer_takes_a_held_task_away():
    late = bpmn(
        start() + user("A") + boundary("Late", "A", TIMER.format("t", "P1D")) + user("B") + end() + end("E2"), "S > A > E", "Late > B > E2"
    )

    answer = play(late, hold=["A"], until="P1D")

    assert (path(answer), path(answer, "cancelled"), answer["outcome"]) == (["S", "Late", "B", "E2"], ["A"], "E2")


def test_a_message_comes_at_its_time_and_brings_its_payload():
    paid = bpmn(start() + catch("Paid", MESSAGE.format("Payment")) + end(), "S > Paid > E", roots=roots("Payment"))

    answer = play(paid, messages=[{"name": "Payment", "at": "P2D", "payload": {"amount": 10.50}}])

    assert [(each["element"], each["at"]) for each in answer["trace"]] == [("S", "PT0S"), ("Paid", "P2D"), ("E", "P2D")]
    assert answer["variables"]["amount"] == 10.5
    assert play(paid, until="P1D", messages=[{"name": "Payment", "at": "P2D"}])["waiting"][0]["event"] == "Payment"


def test_a_message_that_nobody_waits_for_yet_is_kept():
    later = bpmn(
        start() + catch("Wait", TIMER.format("t", "P1D")) + catch("Paid", MESSAGE.format("Payment")) + end(),
        "S > Wait > Paid > E",
        roots=roots("Payment"),
    )

    assert play(later, until="P1D", messages=[{"name": "Payment"}])["status"] == "completed"


def test_a_message_with_another_correlation_is_not_taken():
    paid = bpmn(start() + catch("Paid", MESSAGE.format("Payment")) + end(), "S > Paid > E", roots=roots("Payment"))
    messages = [{"name": "Payment", "correlation": {"order": "8"}}, {"name": "Payment", "at": "PT1H", "correlation": {"order": "7"}}]

    answer = play(paid, variables={"order": "7"}, messages=messages)

    assert answer["trace"][-1] == {"element": "E", "state": "completed", "at": "PT1H"}


def test_a_message_comes_before_a_timer_of_the_same_instant():
    body = (
        start()
        + gateway("eventBased", "G")
        + catch("Paid", MESSAGE.format("Payment"))
        + catch("Late", TIMER.format("t", "P2D"))
        + end()
        + end("E2")
    )
    race = bpmn(body, "S > G > Paid > E", "G > Late > E2", roots=roots("Payment"))

    assert play(race, until="P9D", messages=[{"name": "Payment", "at": "P2D"}])["outcome"] == "E"
    assert play(race, until="P9D", messages=[{"name": "Payment", "at": "P3D"}])["outcome"] == "E2"


def test_a_signal_goes_to_all_who_wait():
    body = (
        start()
        + gateway("parallel", "F")
        + catch("C1", SIGNAL.format("Stop"))
        + catch("C2", SIGNAL.format("Stop"))
        + gateway("parallel", "J")
        + end()
    )
    both = bpmn(body, "S > F > C1 > J > E", "F > C2 > J", roots=roots("Stop"))

    assert play(both, messages=[{"name": "Stop", "at": "PT1H"}])["status"] == "completed"


@pytest.mark.parametrize(
    ("trigger", "question", "at"),
    [
        (MESSAGE.format("Order"), {"messages": [{"name": "Order", "at": "PT1H", "payload": {"n": 1}}]}, "PT1H"),
        (SIGNAL.format("Order"), {"messages": [{"name": "Order", "at": "PT1H", "payload": {"n": 1}}]}, "PT1H"),
        (TIMER.format("t", "P1D"), {"until": "P9D"}, "P1D"),
        (CYCLE.format("R/PT6H"), {"until": "P9D"}, "PT6H"),
    ],
)
def test_a_process_begins_by_its_trigger(trigger, question, at):
    body = bpmn(start("S", trigger) + end(), "S > E", roots=roots("Order"))

    answer = play(body, **question)

    assert (answer["status"], answer["trace"][0]) == ("completed", {"element": "S", "state": "completed", "at": at})
    assert answer["variables"].get("n") == (1 if "messages" in question else None)
    waiting = play(body)
    assert (waiting["status"], waiting["trace"], waiting["waiting"][0]["element"]) == ("active", [], "S")


def test_called_processes_come_from_the_files_beside():
    main = bpmn(start() + '<callActivity id="Call" calledElement="sub"/>' + end(), "S > Call > E")
    sub = bpmn(start("S2") + user("Inner") + end("E2"), "S2 > Inner > E2", process="sub")

    answer = play(main, sub, answers={"Inner": {"outcome": "approved"}})

    assert (path(answer), answer["variables"]["outcome"]) == (["S", "S2", "Inner", "E2", "Call", "E"], "approved")
    assert path(play(main, sub, process="sub")) == ["S2", "Inner", "E2"]


def test_several_executable_processes_need_a_name():
    one, two = (bpmn(start() + end(), "S > E", process=name) for name in ("one", "two"))

    assert "name one in process: one, two" in play(one, two)["error"]["detail"]
    assert play(one, two, process="two")["status"] == "completed"
    sketch = bpmn(start() + end(), "S > E", process="sketch", attributes='isExecutable="false"')
    assert play(sketch)["status"] == "completed"
    assert play(sketch, one)["status"] == "completed"
    assert 'no process "three"' in play(one, two, process="three")["error"]["detail"]


def test_services_and_decisions_answer_or_are_an_incident():
    body = (
        start()
        + '<serviceTask id="Ask"/>'
        + '<businessRuleTask id="Rule"/>'
        + service("Resolve", "resolve_role_players", result="route")
        + end()
    )
    tasks = bpmn(body, "S > Ask > Rule > Resolve > E")

    answer = play(tasks, answers={"Ask": {"found": True}, "Rule": [["a", "b"]], "Resolve": {"first_line": {"needed": False}}})

    assert answer["variables"] == {"Ask": {"found": True}, "Rule": ["a", "b"], "route": {"first_line": {"needed": False}}}
    for given, element, words in (
        ({}, "Ask", "names no operation"),
        ({"Ask": 1}, "Rule", "no DMN file"),
        ({"Ask": 1, "Rule": 2}, "Resolve", "needs the database"),
    ):
        stuck = play(tasks, answers=given)
        assert (stuck["status"], stuck["error"]["element"], path(stuck, "failed")) == ("incident", element, [element])
        assert words in stuck["error"]["detail"]


def test_a_held_service_waits():
    body = bpmn(start() + '<serviceTask id="Ask"/>' + end(), "S > Ask > E")

    assert [each["element"] for each in play(body, hold=["Ask"])["waiting"]] == ["Ask"]


def test_other_branches_go_on_beside_an_incident():
    body = start() + gateway("parallel", "F") + '<serviceTask id="Ask"/>' + user("A") + end() + end("E2")
    answer = play(bpmn(body, "S > F > Ask > E", "F > A > E2"), answers={"A": {}})

    assert (answer["status"], path(answer)[-2:]) == ("incident", ["A", "E2"])


@pytest.mark.parametrize(
    "loop",
    [
        bpmn(start() + user("A") + gateway("exclusive", "G", default="G_A") + end(), "S > A > G > E [false]", "G > A"),
        bpmn(start() + '<task id="A"/>' + gateway("exclusive", "G", default="G_A") + end(), "S > A > G > E [false]", "G > A"),
        bpmn(start() + user("A") + boundary("T", "A", CYCLE.format("R/PT1S"), interrupts=False) + end(), "S > A > E", "T > E"),
    ],
    ids=["user tasks", "tasks", "timers"],
)
def test_what_never_ends_is_an_incident(loop):
    answer = play(loop, until="P30D", hold=["A"] if b"timeCycle" in loop else [])

    assert (answer["status"], answer["error"]["code"]) == ("incident", "step_limit_reached")
    assert len(answer["trace"]) <= 2 * EVENTS_MAX + 2


def test_an_invalid_or_unsupported_diagram_is_refused_and_a_product_fault_is_not():
    invalid = play(bpmn(start() + '<task id="A"/>', "S > A", "A > Nowhere"))
    foreign = play(bpmn(start() + user("A", candidate_roles='["nobody has it"]', form="missing") + end(), "S > A > E"))

    assert invalid["status"] == "refused"
    assert {"severity", "class", "file", "line", "element", "code", "message", "remedy"} == set(invalid["diagnostics"][0])
    assert foreign["status"] == "completed"
    assert play(b"<a/>")["status"] == "refused"
    assert play(b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')["status"] == "refused"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"nonsense", "no JSON"),
        (b"[1]", "an object"),
        (b'{"until": "tomorrow"}', "until is"),
        (b'{"until": "P99999999999D"}', "until is"),
        (b'{"until": "P99999Y"}', "until is"),
        (b'{"answer": {}}', "answer is not known; expected one of answers, hold, messages"),
        (b'{"messages": [{"at": "P1D"}]}', "messages[0].name is missing"),
        (b'{"messages": [{"name": "a", "when": 1}]}', "messages[0].when is not known"),
        (b'{"hold": 3}', "hold is "),
        (b'{"answers": {"A": "approved"}}', "must be an object"),
        (b'{"process": 5}', "process is "),
        (b"\xff\xfe", "no JSON"),
        (b"[" * 10_000, "no JSON"),
        (b'{"variables": {"a": ' + b"9" * 7000 + b"}}", "no JSON"),
    ],
)
def test_a_line_that_cannot_be_read_is_answered_and_the_next_goes_on(line, words):
    library = Library.read({"two.bpmn": TWO})

    assert words in answer_of(library, line)["error"]["detail"]
    assert answer_of(library, {})["status"] == "completed"


def test_ids_that_are_not_there_are_warned_of():
    assert play(TWO, answers={"Aproove": {}}, hold=["C"])["warnings"] == [
        "p has no element Aproove, so what is said about it has no effect.",
        "p has no element C, so what is said about it has no effect.",
    ]


def test_the_same_question_twice_gives_the_same_answer():
    library = Library.read({"two.bpmn": TWO})

    assert answer_of(library, {"hold": ["B"]}) == answer_of(library, {"hold": ["B"]})


EVENT_SUB = (
    '<subProcess id="X" triggeredByEvent="true"><startEvent id="XS" isInterrupting="{0}">{1}</startEvent><endEvent id="XE" name="Withdrawn"/>'
    '<sequenceFlow id="XS_XE" sourceRef="XS" targetRef="XE"/></subProcess>'
)


@pytest.mark.parametrize(("interrupts", "outcome"), [("true", "Withdrawn"), ("false", "Done")])
def test_an_event_sub_process_that_interrupts_gives_the_outcome_and_one_that_does_not_leaves_it_alone(interrupts, outcome):
    withdrawn = EVENT_SUB.format(interrupts, MESSAGE.format("Withdraw"))
    diagram = bpmn(
        start() + user("A") + catch("C", MESSAGE.format("Go")) + end(label="Done") + withdrawn,
        "S > A > C > E",
        roots=roots("Go", "Withdraw"),
    )
    messages = [{"name": "Withdraw", "at": "PT1H"}, {"name": "Go", "at": "PT2H"}]

    answer = play(diagram, messages=messages)

    assert (answer["status"], answer["outcome"]) == ("completed", outcome)
    assert "XE" in path(answer)
