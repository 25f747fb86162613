"""What SpiffWorkflow 3.2.0 does by itself, and that the engine on top of it does not.

One pair for each of 17 findings about the library. The first half of a test shows the library's behaviour as it is; when it fails after
an upgrade, the library has changed and the note beside it can go. The second half shows the product's.
"""

import json
from datetime import timedelta

import pytest
from SpiffWorkflow.bpmn import BpmnEvent
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.bpmn.util.diff import diff_workflow, migrate_workflow
from SpiffWorkflow.util.task import TaskState

from app.domain.errors import DefinitionInvalid, ServiceTaskFailed
from app.engine import Execution, NothingWaits, StateUnreadable
from app.engine.codec import seal, unseal
from tests.engine.diagrams import (
    Play,
    boundary,
    bpmn,
    catch,
    end,
    gateway,
    parse,
    ports,
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
from tests.engine.plain_library import Library, as_jsonb, library_specs, serializer

SHORT = '"PT0.01S"'
MESSAGE = '<message id="m" name="M"/>'
VOTES = {"item": "approver", "output": "votes", "output_item": "vote"}


THREE = bpmn(start() + user("A") + user("B") + user("C") + end(), "S > A > B > C > E")


def test_01_reordered_keys_lose_no_data():
    lost = 0
    for _ in range(20):
        library = Library(THREE, {"amount": 5})
        library.complete("A")
        library.complete("B")
        restored = serializer().from_dict(as_jsonb(json.loads(serializer().serialize_json(library.workflow))))
        lost += "amount" not in restored.get_next_task(state=TaskState.READY, manual=True).data
    assert lost > 0

    play = Play(THREE, {"amount": 5}).complete("A").complete("B")
    play.blob = seal(as_jsonb(unseal(play.blob)))
    assert play.progress.completed is False
    assert play.restore().user_tasks()[0].variables["amount"] == 5


EVENT_SUB = bpmn(
    start() + user("A") + end()
    + sub("H", f'<startEvent id="HS">{refer("message", "m")}</startEvent>' + user("HA") + end("HE"), "HS > HA > HE", attributes='triggeredByEvent="true"'),
    "S > A > E",
    roots=MESSAGE,
)  # fmt: skip


def test_02_an_event_subprocess_does_not_change_the_definition():
    specs = library_specs(EVENT_SUB)
    first = Library(EVENT_SUB, specs=specs)
    before = list(first.workflow.spec.start._outputs)
    message = first.workflow.subprocess_specs["H"].bpmn_start_events[0].event_definition
    first.workflow.catch(BpmnEvent(message, payload={}))
    assert list(specs[0].start._outputs) != before

    definition = parse(EVENT_SUB)
    Play(definition).do("catch_message", "M")
    second = Play(definition)
    assert second.tasks == ["A"]
    assert second.complete("A").progress.completed


def test_03_an_event_subprocess_interrupts_and_a_waiting_one_does_not_block():
    library = Library(EVENT_SUB)
    message = library.workflow.subprocess_specs["H"].bpmn_start_events[0].event_definition
    library.workflow.catch(BpmnEvent(message, payload={}))
    library.workflow.do_engine_steps()
    assert "A" in library.ready()

    timed = EVENT_SUB.replace(refer("message", "m").encode(), timer("duration", '"P1D"').encode())
    blocked = Library(timed)
    blocked.complete("A")
    assert not blocked.workflow.completed

    assert Play(EVENT_SUB).do("catch_message", "M").tasks == ["HA"]
    assert Play(timed.replace(b"&quot;P1D&quot;", b"P1D")).complete("A").progress.completed


JOIN = bpmn(
    start() + gateway("parallel", "F") + user("A") + user("B") + gateway("parallel", "J") + user("Z") + end(),
    "S > F > A > J > Z > E",
    "F > B > J",
)


def test_04_a_join_loses_no_entry():
    library = Library(JOIN, {"log": ["x"]})
    for name in "AB":
        task = library.task(name)
        task.data["log"] = [*task.data["log"], name]
        task.run()
        library.workflow.do_engine_steps()
    assert len(library.task("Z").data["log"]) < 3

    play = Play(JOIN, {"log": ["x"]})
    for name in "AB":
        play.complete(name, {"log": [*play.variables["log"], name]})
    assert play.variables["log"] == ["x", "A", "B"]


def mi(until="", **settings):
    return bpmn(start() + user("V", several("approvers", until=until, **VOTES), **settings) + user("Next") + end(), "S > V > Next > E")


def test_05_a_completion_condition_sees_all_outcomes():
    library = Library(mi("'ok' in (votes or [])"), {"approvers": ["a", "b", "c"], "votes": []})
    library.complete("V", {"vote": "ok"})
    assert library.ready() == ["V", "V"]

    play = Play(mi('"ok" in outcomes'), {"approvers": ["a", "b", "c"]}).complete("V", {"vote": "ok"})
    assert play.tasks == ["Next"]


def test_06_a_cancelled_instance_does_not_hang_the_others():
    library = Library(mi(), {"approvers": ["a", "b"]})
    library.task("V").cancel()
    library.complete("V", {"vote": "ok"})
    assert library.ready() == []
    assert not library.workflow.completed

    play = Play(mi(), {"approvers": ["a", "b"]})
    play.do("cancel_instance", play.waiting_at("V")[0]).complete("V", {"vote": "ok"})
    assert play.tasks == ["Next"]


def test_07_an_empty_list_of_approvers_is_no_approval():
    assert Library(mi(), {"approvers": []}).ready() == ["Next"]

    play = Play(mi(approval_step="first_line"), {"approvers": []})
    assert play.tasks == []
    assert "nobody would be asked" in play.progress.failures[0].error.detail


def test_08_only_what_waits_can_be_completed():
    library = Library(THREE)
    done = library.complete("A")
    done.run()
    assert done.state == TaskState.COMPLETED
    cancelled = library.task("B")
    cancelled.cancel()
    cancelled.run()
    assert cancelled.state == TaskState.COMPLETED

    execution = Execution.start(parse(THREE), {}, ports())
    first = execution.run().entered[0].element_instance
    execution.complete(first)
    second = execution.run().entered[0].element_instance
    execution.cancel()
    for task in (first, second, "unknown"):
        with pytest.raises(NothingWaits):
            execution.complete(task)


def test_09_going_back_leaves_no_timer_behind():
    timed = bpmn(start() + user("A") + user("B") + boundary("T", "B", timer("duration", '"PT1H"')) + end(), "S > A > B > E", "T > E")
    library = Library(timed)
    done = library.complete("A")
    library.workflow.reset_from_task_id(done.id)
    with pytest.raises(AttributeError):
        library.workflow.do_engine_steps()

    play = Play(timed.replace(b"&quot;", b"")).complete("A")
    assert len(play.timers) == 1
    task = play.waiting_at("B")[0]
    play.do("fail", task, ServiceTaskFailed(element="B", reason="gone")).do("retry", task)
    assert len(play.timers) == 1
    play.do("cancel")
    assert play.timers == []
    assert play.later(hours=2).answer == 0


def test_10_a_state_is_never_moved_to_another_definition_unasked():
    library = Library(mi(), {"approvers": ["a", "b"]})
    changed = mi().replace(b'id="Next" name=""', b'id="Next" name="Changed"')
    spec, subs = library_specs(changed)
    assert [task.data["approver"] for task in library.workflow.get_tasks(state=TaskState.READY, manual=True)] == ["a", "b"]
    migrate_workflow(diff_workflow(serializer().registry, library.workflow, spec, subs)[0], library.workflow, spec)
    assert [task.data.get("approver") for task in library.workflow.get_tasks(state=TaskState.READY, manual=True)] == [None, None]

    play = Play(mi(), {"approvers": ["a", "b"]})
    with pytest.raises(StateUnreadable):
        Execution.restore(parse(changed), play.blob, ports())
    assert [task.variables["approver"] for task in play.restore().user_tasks()] == ["a", "b"]


def test_11_a_long_loop_neither_stalls_nor_slows_down_nor_grows():
    body = start() + gateway("exclusive", "M") + script("A", "n + 1", result="n") + gateway("exclusive", "X", default="X_E") + end()
    loop = bpmn(body, "S > M > A > X > E", "X > M [n < 1000]")
    python = loop.replace(b"<script>n + 1</script>", b"<script>n = n + 1</script>")
    library = Library(python, {"n": 0})
    assert not library.workflow.completed
    assert library.workflow.get_tasks(state=TaskState.READY | TaskState.WAITING) == []

    play = Play(loop, {"n": 0})
    assert play.progress.completed
    assert play.variables["n"] == 1_000

    waiting = bpmn(
        start() + gateway("exclusive", "M") + user("A") + gateway("exclusive", "X", default="X_E") + end(),
        "S > M > A > X > E",
        "X > M [go]",
    )
    rounds = Play(waiting)
    sizes = [len(rounds.complete("A", {"go": True}).blob) for _ in range(50)]
    assert max(sizes) - min(sizes) < 40


def test_12_a_failing_service_says_why():
    class Engine(PythonScriptEngine):
        def __init__(self):
            super().__init__()
            self.environment.call_service = self.broken

        def broken(self, context, **call):
            raise LookupError("the rate is missing")

    diagram = bpmn(start() + service("A", "op") + end(), "S > A > E")
    with pytest.raises(NameError, match="script"):
        Library(diagram, engine=Engine())

    def broken(call):
        raise LookupError("the rate is missing")

    failure = Play(diagram, services={"op": broken}).progress.failures[0]
    assert isinstance(failure.error, ServiceTaskFailed)
    assert "the rate is missing" in failure.error.detail


PYTHON = "__import__('os').getcwd()"


def test_13_no_python_of_an_author_runs():
    diagram = bpmn(
        start() + gateway("exclusive", "G", default="G_B") + user("A") + user("B") + end(),
        f"S > G > A [{PYTHON} != '']",
        "G > B > E",
        "A > E",
    )
    assert Library(diagram).ready() == ["A"]

    places = {
        "condition": diagram,
        "timer": bpmn(start() + catch("C", timer("duration", PYTHON)) + end(), "S > C > E"),
        "script": bpmn(start() + script("A", PYTHON) + end(), "S > A > E"),
        "parameter": bpmn(start() + service("A", "op", x=PYTHON) + end(), "S > A > E"),
        "instances": bpmn(start() + user("A", several(cardinality=PYTHON)) + end(), "S > A > E"),
    }
    for place, hostile in places.items():
        with pytest.raises(DefinitionInvalid) as refused:
            parse(hostile)
        assert refused.value.facts["diagnostics"][0].element in ("A", "C", "G_A"), place
    with pytest.raises(DefinitionInvalid):
        parse(bpmn(start() + script("A", "x").replace('"feel"', '"python"') + end(), "S > A > E"))
    with pytest.raises(DefinitionInvalid):
        parse(
            bpmn(
                start() + user("A").replace(">", "><extensionElements><s:preScript>x = 1</s:preScript></extensionElements>", 1) + end(),
                "S > A > E",
            )
        )


def test_14_no_key_of_the_data_has_a_meaning_for_the_state():
    library = Library(THREE, {"form": {"typename": "anything", "x": 1}})
    stored = serializer().serialize_json(library.workflow)
    with pytest.raises(TypeError):
        serializer().deserialize_json(stored)

    hostile = {"typename": "anything", "$": ["number", "1"], "x": {"$": {"$": []}}, "module": "os"}
    play = Play(THREE, {"form": hostile}).complete("A", {"typename": "timedelta", "$": 1})
    assert play.variables["form"] == hostile
    assert play.variables["A"] == {"typename": "timedelta", "$": 1}


def test_15_a_timer_on_a_multi_instance_reports_what_it_cancels_and_keeps_the_votes():
    body = start() + user("V", several("approvers", **VOTES)) + boundary("T", "V", timer("duration", SHORT)) + user("Late") + end()
    diagram = bpmn(body, "S > V > E", "T > Late > E")
    library = Library(diagram, {"approvers": ["a", "b"]})
    library.complete("V", {"vote": "ok"})
    pending = library.task("V").id
    library.fire_timers()
    library.workflow.do_engine_steps()
    assert pending not in library.workflow.tasks
    assert "votes" not in library.task("Late").data or not library.task("Late").data["votes"]

    play = Play(diagram, {"approvers": ["a", "b"]}).complete("V", {"vote": "ok"})
    play.later(hours=1)
    assert play.path == ["S", "V", "V cancelled", "T"]
    assert play.progress.entered[0].variables["votes"] == ["ok"]


def test_16_a_decision_and_a_due_timer_never_both_win():
    body = start() + user("A") + boundary("T", "A", timer("duration", SHORT)) + user("Escalated") + user("Next") + end()
    diagram = bpmn(body, "S > A > Next > E", "T > Escalated > E")
    library = Library(diagram)
    task = library.task("A")
    library.fire_timers()
    task.run()
    library.workflow.do_engine_steps()
    assert task.state == TaskState.COMPLETED
    assert "Escalated" in library.ready()

    decided_first = Play(diagram)
    decided_first.after = timedelta(days=1)
    assert decided_first.complete("A").tasks == ["Next"]
    timer_first = Play(diagram)
    decided_late = timer_first.waiting_at("A")[0]
    assert timer_first.later(days=1).tasks == ["Escalated"]
    with pytest.raises(NothingWaits):
        timer_first.do("complete", decided_late)


def test_17_a_state_restored_by_another_process_goes_on():
    library = Library(mi(), {"approvers": ["a", "b"]})
    stored = serializer().to_dict(library.workflow)
    fresh = library_specs(mi())
    merging = [
        fresh[0].task_specs[spec.task_spec].completed_event.is_connected(spec.merge_child)
        for spec in fresh[0].task_specs.values()
        if isinstance(spec, LoopTask)
    ]
    assert stored
    assert merging == [False]

    play = Play(mi(), {"approvers": ["a", "b"]})
    for _ in range(2):
        play.definition = parse(mi())
        play.complete("V", {"vote": "ok"})
    assert play.tasks == ["Next"]
    assert play.variables["votes"] == ["ok", "ok"]


def test_signal_ends_conditional_flows_and_links_are_what_they_say():
    """Section 1 of the reference: constructs that the library accepts and silently changes."""
    signal = Library(bpmn(start() + end("E", refer("signal", "s")), "S > E", roots='<signal id="s" name="Stop"/>'))
    assert signal.workflow.get_events() == []

    link = '<linkEventDefinition name="L"/>'
    dead = Library(bpmn(start() + throw("T", link) + catch("C", link) + user("A") + end(), "S > T", "C > A > E"))
    assert dead.ready() == []
    assert not dead.workflow.completed

    flows = bpmn(start() + user("A") + user("B") + end(), "S > A", "A > B [1 > 2]", "B > E")
    ignored = Library(flows)
    ignored.complete("A")
    assert ignored.ready() == ["B"]
    assert Play(flows).complete("A").progress.failures[0].element == "A"
