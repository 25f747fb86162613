"""Sub-processes and call activities, and which variables are seen where."""

from tests.engine.diagrams import Play, boundary, bpmn, end, gateway, parse, script, start, sub, timer, user

CALLED = bpmn(start("CS") + script("Set", "given + 1", result="answer") + user("Ask") + end("CE"), "CS > Set > Ask > CE", process="check")
CALL = '<callActivity id="Call" calledElement="check"/>'


def test_an_embedded_sub_process_shares_the_variables():
    inner = sub("P", start("PS") + script("Set", "x + 1", result="x") + user("A") + end("PE"), "PS > Set > A > PE")
    play = Play(bpmn(start() + inner + user("B") + end(), "S > P > B > E"), {"x": 1})
    assert play.variables["x"] == 2
    assert [active.element for active in play.restore().active()] == ["P", "A"]

    play.complete("A", {"y": 3})
    assert play.path == ["S", "PS", "Set", "A", "PE", "P"]
    assert (play.tasks, play.variables["y"]) == (["B"], 3)


def test_parallel_work_in_a_sub_process_and_around_it_sees_each_other():
    inner = sub("P", start("PS") + user("A") + end("PE"), "PS > A > PE")
    body = start() + gateway("parallel", "F") + inner + user("B") + gateway("parallel", "J") + end()
    play = Play(bpmn(body, "S > F > P > J > E", "F > B > J")).complete("B", {"from_b": 1})

    assert play.restore().user_tasks()[0].variables["from_b"] == 1
    assert play.complete("A").progress.completed


def test_a_sub_process_without_events_runs_all_that_nothing_leads_to():
    play = Play(bpmn(start() + sub("P", user("A") + user("B")) + end(), "S > P > E"))
    assert play.tasks == ["A", "B"]

    assert play.complete("A").complete("B").progress.completed


def test_a_called_process_has_its_own_variables_and_gives_back_what_it_set():
    definition = parse(bpmn(start() + CALL + user("Next") + end(), "S > Call > Next > E"), called={"check": CALLED})
    play = Play(definition, {"given": 1})
    assert play.tasks == ["Ask"]
    assert "answer" not in play.variables

    play.complete("Ask", {"outcome": "ok"})
    assert play.tasks == ["Next"]
    assert {"given": 1, "answer": 2, "outcome": "ok"}.items() <= play.variables.items()
    assert play.path == ["S", "CS", "Set", "Ask", "CE", "Call"]


def test_a_called_process_gives_and_takes_what_it_declares():
    declared = '<ioSpecification><dataInput id="given"/><dataOutput id="answer"/><inputSet/><outputSet/></ioSpecification>'
    called = CALLED.replace(b'isExecutable="true">', b'isExecutable="true">' + declared.encode())
    play = Play(parse(bpmn(start() + CALL + end(), "S > Call > E"), called={"check": called}), {"given": 1, "secret": 2})
    assert "secret" not in play.restore().user_tasks()[0].variables

    play.complete("Ask", {"outcome": "ok"})
    assert play.variables == {"given": 1, "secret": 2, "answer": 2}


def test_a_process_of_the_same_file_can_be_called():
    both = bpmn(start() + CALL + end(), "S > Call > E").replace(b"</definitions>", CALLED[CALLED.index(b"<process") :])
    definition = parse(both)

    assert definition.key == "p"
    assert Play(definition, {"given": 1}).complete("Ask").progress.completed


def test_calls_without_end_are_a_failure_not_a_crash():
    play = Play(bpmn(start() + '<callActivity id="Call" calledElement="p"/>' + end(), "S > Call > E"))

    assert "nested deeper" in play.progress.failures[0].error.detail


def test_an_interrupted_sub_process_takes_everything_inside_with_it():
    deep = sub("Q", start("QS") + user("A") + boundary("T2", "A", timer("duration", "P9D")) + end("QE"), "QS > A > QE", "T2 > QE")
    inner = sub("P", start("PS") + deep + end("PE"), "PS > Q > PE")
    play = Play(bpmn(start() + inner + boundary("T", "P", timer("duration", "P1D")) + end() + end("F"), "S > P > E", "T > F")).later(days=1)

    assert play.path == ["S", "PS", "QS", "A cancelled", "Q cancelled", "P cancelled", "T", "F"]
    assert play.progress.completed
    assert play.timers == []


def test_ids_with_a_hyphen_are_names_in_expressions():
    body = start() + user("Approve-1") + gateway("exclusive", "G", default="G_B") + end("A") + end("B")
    diagram = bpmn(body, "S > G", 'G > A [Approve-1.outcome = "ok"]', "G > B").replace(
        b'sourceRef="S" targetRef="G"', b'sourceRef="S" targetRef="Approve-1"'
    )
    diagram = diagram.replace(b"</process>", b'<sequenceFlow id="f" sourceRef="Approve-1" targetRef="G"/></process>')

    assert Play(diagram).complete("Approve-1", {"outcome": "ok"}).path[-1] == "A"
