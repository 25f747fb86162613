"""Events: boundary, intermediate, start and end, and event sub-processes."""

import pytest

from app.engine import BpmnError, ErrorNotCaught
from tests.engine.diagrams import (
    Play,
    boundary,
    bpmn,
    catch,
    condition,
    end,
    gateway,
    parse,
    refer,
    script,
    service,
    start,
    sub,
    throw,
    timer,
    user,
)

ROOTS = (
    '<message id="m" name="Paid"/><signal id="s" name="Stop"/><error id="e" name="No stock" errorCode="NO_STOCK"/>'
    '<error id="e2" name="Other" errorCode="OTHER"/><escalation id="x" name="Late" escalationCode="LATE"/>'
)
TRIGGERS = {
    "message": (refer("message", "m"), ("catch_message", "Paid", {"note": 1})),
    "signal": (refer("signal", "s"), ("catch_signal", "Stop", {"note": 1})),
    "conditional": (condition("go"), ("set_variables", {"go": True, "note": 1})),
}


@pytest.mark.parametrize("kind", TRIGGERS)
def test_an_interrupting_boundary_event_cancels_its_activity(kind):
    trigger, verb = TRIGGERS[kind]
    diagram = bpmn(start() + user("A") + boundary("B", "A", trigger) + end() + end("F"), "S > A > E", "B > F", roots=ROOTS)
    play = Play(diagram).do(*verb)

    assert play.path == ["S", "A cancelled", "B", "F"]
    assert play.progress.completed
    assert play.variables["note"] == 1


@pytest.mark.parametrize("kind", TRIGGERS)
def test_a_boundary_event_that_does_not_interrupt_leaves_its_activity_and_happens_again(kind):
    trigger, verb = TRIGGERS[kind]
    diagram = bpmn(
        start() + user("A") + boundary("B", "A", trigger, interrupts=False) + user("N") + end(), "S > A > E", "B > N", roots=ROOTS
    )
    play = Play(diagram).do(*verb)
    assert play.tasks == ["A", "N"]

    again = play.do("set_variables", {"go": False}).do(*verb) if kind == "conditional" else play.do(*verb)
    assert again.tasks == ["A", "N", "N"]
    play.complete("A")
    assert [wait.element for wait in play.restore().waits()] == []
    play.complete("N").complete("N")
    assert play.progress.completed


@pytest.mark.parametrize("kind", TRIGGERS)
def test_an_intermediate_event_waits_for_its_trigger(kind):
    trigger, verb = TRIGGERS[kind]
    play = Play(bpmn(start() + catch("C", trigger) + end(), "S > C > E", roots=ROOTS))
    assert [active.element for active in play.restore().active()] == ["C"]
    assert [(wait.element, wait.event) for wait in play.restore().waits()] == [("C", kind)]

    assert play.do(*verb).path == ["S", "C", "E"]


def test_a_message_goes_to_the_one_whose_variables_it_fits():
    body = start() + f'<receiveTask id="R" messageRef="m">{several_of("orders", "order")}</receiveTask>' + end()
    play = Play(bpmn(body, "S > R > E", roots=ROOTS), {"orders": ["a", "b"]})

    assert play.do("catch_message", "Paid", None, {"order": "c"}).answer is False
    assert play.do("catch_message", "Paid", None, {"order": "b"}).answer is True
    assert len(play.waiting_at("R")) == 1
    assert play.do("catch_message", "Paid", None, {"order": "b"}).answer is False
    assert play.do("catch_message", "Paid", None, {"order": "a"}).progress.completed


def several_of(collection, item):
    return f'<multiInstanceLoopCharacteristics><loopDataInputRef>{collection}</loopDataInputRef><inputDataItem id="{item}"/></multiInstanceLoopCharacteristics>'


def test_a_thrown_message_goes_to_who_waits_here_else_out():
    payload = '<messageEventDefinition messageRef="m"><extensionElements><s:messagePayload>{"sum": 1 + 1}</s:messagePayload></extensionElements></messageEventDefinition>'
    alone = Play(bpmn(start() + throw("T", payload) + end(), "S > T > E", roots=ROOTS))
    event = alone.progress.events[0]
    assert (event.kind, event.name, event.payload, event.element) == ("message", "Paid", {"sum": 2}, "T")

    together = Play(
        bpmn(start() + gateway("parallel", "F") + catch("C", refer("message", "m")) + user("A") + throw("T", payload) + end(),
             "S > F > C > E", "F > A > T > E", roots=ROOTS)
    ).complete("A")  # fmt: skip
    assert together.progress.events == ()
    assert together.progress.completed
    assert together.variables["sum"] == 2


def test_a_message_payload_can_go_into_one_variable():
    trigger = '<messageEventDefinition messageRef="m"><extensionElements><s:messageVariable>paid</s:messageVariable></extensionElements></messageEventDefinition>'
    play = Play(bpmn(start() + catch("C", trigger) + end(), "S > C > E", roots=ROOTS)).do("catch_message", "Paid", {"sum": 2})

    assert play.variables == {"paid": {"sum": 2}}


def test_a_signal_reaches_everyone_and_leaves_the_instance():
    """SpiffWorkflow's parser turns a signal end event into a plain one."""
    body = start() + gateway("parallel", "F") + catch("C", refer("signal", "s")) + user("A") + boundary("B", "A", refer("signal", "s"))
    body += user("T") + end("Z", refer("signal", "s")) + end()
    play = Play(bpmn(body, "S > F > C > E", "F > A > E", "B > E", "F > T > Z", roots=ROOTS)).complete("T")

    assert {"C", "B", "A cancelled", "Z"} <= set(play.path)
    assert [(event.kind, event.name) for event in play.progress.events] == [("signal", "Stop")]
    assert play.progress.completed


def test_an_error_end_event_is_caught_at_the_boundary_and_ends_the_sub_process():
    inner = sub(
        "P", start("PS") + gateway("parallel", "F") + user("W") + user("A") + end("PE", refer("error", "e")), "PS > F > A > PE", "F > W"
    )
    body = (
        start() + inner + boundary("All", "P", refer("error")) + boundary("One", "P", refer("error", "e")) + end() + end("F1") + end("F2")
    )
    play = Play(bpmn(body, "S > P > E", "All > F1", "One > F2", roots=ROOTS)).complete("A")

    assert play.path == ["S", "PS", "F", "A", "PE", "W cancelled", "P cancelled", "One", "F2"]
    assert play.progress.completed


def test_an_error_that_nobody_catches_is_reported_and_kept():
    inner = sub("P", start("PS") + user("A") + end("PE", refer("error", "e")), "PS > A > PE")
    body = start() + inner + boundary("B", "P", refer("error", "e2")) + user("Next") + end()
    play = Play(bpmn(body, "S > P > Next > E", "B > E", roots=ROOTS)).complete("A")

    assert isinstance(play.progress.failures[0].error, ErrorNotCaught)
    assert [(event.kind, event.name) for event in play.progress.events] == [("error", "NO_STOCK")]
    assert play.tasks == []
    assert not play.progress.completed


def test_a_service_can_throw_an_error_to_a_boundary_event():
    def check(call):
        raise BpmnError("NO_STOCK", {"missing": 3})

    body = start() + service("A", "check") + boundary("B", "A", refer("error", "e")) + user("Fix") + end()
    play = Play(bpmn(body, "S > A > E", "B > Fix > E", roots=ROOTS), services={"check": check})
    assert play.tasks == ["Fix"]
    assert play.variables["missing"] == 3

    uncaught = Play(bpmn(start() + service("A", "check") + end(), "S > A > E"), services={"check": check})
    assert isinstance(uncaught.progress.failures[0].error, ErrorNotCaught)


def test_an_error_from_outside_reaches_the_boundary_event():
    body = start() + user("A") + boundary("B", "A", refer("error", "e")) + end() + end("F")
    play = Play(bpmn(body, "S > A > E", "B > F", roots=ROOTS))

    assert play.do("catch_error", play.waiting_at("A")[0], "OTHER").answer is False
    assert play.do("catch_error", play.waiting_at("A")[0], "NO_STOCK").path[-1] == "F"


@pytest.mark.parametrize(("interrupts", "tasks"), [(True, ["N"]), (False, ["N", "A"])])
def test_an_escalation_is_caught_at_the_boundary(interrupts, tasks):
    inner = sub("P", start("PS") + throw("T", refer("escalation", "x")) + user("A") + end("PE"), "PS > T > A > PE")
    body = start() + inner + boundary("B", "P", refer("escalation", "x"), interrupts=interrupts) + user("N") + end()
    play = Play(bpmn(body, "S > P > E", "B > N > E", roots=ROOTS))

    assert play.tasks == tasks
    assert play.progress.events == ()


def test_an_escalation_that_nobody_catches_leaves_the_instance_and_goes_on():
    play = Play(bpmn(start() + throw("T", refer("escalation", "x")) + end(), "S > T > E", roots=ROOTS))

    assert [(event.kind, event.name) for event in play.progress.events] == [("escalation", "LATE")]
    assert play.progress.completed


def test_a_terminate_end_event_ends_its_scope_only():
    inner = sub(
        "P", start("PS") + gateway("parallel", "F") + user("W") + user("A") + end("PE", refer("terminate")), "PS > F > A > PE", "F > W"
    )
    play = Play(bpmn(start() + inner + user("Next") + end(), "S > P > Next > E")).complete("A")

    assert play.tasks == ["Next"]
    assert play.path == ["S", "PS", "F", "A", "PE", "W cancelled", "P"]


def test_a_cancelled_transaction_goes_on_at_its_cancel_boundary_event():
    inner = sub("P", start("PS") + user("A") + end("PE", refer("cancel")), "PS > A > PE", tag="transaction")
    play = Play(bpmn(start() + inner + boundary("B", "P", refer("cancel")) + end() + end("F"), "S > P > E", "B > F")).complete("A")

    assert play.path == ["S", "PS", "A", "PE", "P cancelled", "B", "F"]


def test_link_events_jump():
    """SpiffWorkflow's parser leaves the token at the throwing link, with no error."""
    link = '<linkEventDefinition name="L"/>'
    play = Play(bpmn(start() + throw("T", link) + catch("C", link) + user("A") + end(), "S > T", "C > A > E"))

    assert play.path == ["S", "T", "C"]
    assert play.tasks == ["A"]


def event_subprocess(trigger, *, interrupts=True):
    start_event = f'<startEvent id="ES" isInterrupting="{str(interrupts).lower()}">{trigger}</startEvent>'
    return sub("Handle", start_event + user("H") + end("HE"), "ES > H > HE", attributes='triggeredByEvent="true"')


@pytest.mark.parametrize("kind", TRIGGERS)
def test_an_interrupting_event_subprocess_replaces_what_runs(kind):
    trigger, verb = TRIGGERS[kind]
    play = Play(bpmn(start() + user("A") + end() + event_subprocess(trigger), "S > A > E", roots=ROOTS)).do(*verb)
    assert play.tasks == ["H"]
    assert play.path == ["S", "A cancelled", "ES"]

    play.complete("H")
    assert play.path[-2:] == ["HE", "Handle"]
    assert play.progress.completed


@pytest.mark.parametrize("kind", TRIGGERS)
def test_an_event_subprocess_that_does_not_interrupt_runs_beside_and_again(kind):
    trigger, verb = TRIGGERS[kind]
    play = Play(bpmn(start() + user("A") + end() + event_subprocess(trigger, interrupts=False), "S > A > E", roots=ROOTS)).do(*verb)
    assert sorted(play.tasks) == ["A", "H"]

    play.complete("H")
    (play.do("set_variables", {"go": False}).do(*verb) if kind == "conditional" else play.do(*verb)).complete("A")
    assert play.tasks == ["H"]
    assert play.complete("H").progress.completed


def test_an_event_subprocess_that_never_happens_does_not_keep_its_scope_open():
    play = Play(bpmn(start() + user("A") + end() + event_subprocess(timer("duration", "P1D")), "S > A > E"))
    assert [element for element, _ in play.timers] == ["ES"]

    play.complete("A")
    assert play.progress.completed
    assert play.timers == []


def test_an_event_subprocess_catches_an_error_of_its_scope():
    body = start() + user("A") + end("X", refer("error", "e")) + event_subprocess(refer("error", "e"))
    play = Play(bpmn(body, "S > A > X", roots=ROOTS)).complete("A")

    assert play.tasks == ["H"]
    assert play.complete("H").progress.completed


def test_an_error_inside_an_event_subprocess_goes_outwards_not_round():
    handler = '<startEvent id="ES" isInterrupting="false"><escalationEventDefinition escalationRef="x"/></startEvent>'
    handler = sub(
        "Handle", handler + throw("Again", refer("escalation", "x")) + end("HE"), "ES > Again > HE", attributes='triggeredByEvent="true"'
    )
    play = Play(bpmn(start() + throw("T", refer("escalation", "x")) + user("A") + end() + handler, "S > T > A > E", roots=ROOTS))

    assert [event.element for event in play.progress.events] == ["Again"]
    assert play.tasks == ["A"]


def test_a_conditional_event_sees_what_another_branch_sets():
    """SpiffWorkflow evaluates it on the data of its own branch."""
    body = (
        start() + gateway("parallel", "F") + catch("C", condition("sum > 10")) + user("A") + script("B", "sum + 10", result="sum") + end()
    )
    play = Play(bpmn(body, "S > F > C > E", "F > A > B > E"), {"sum": 5})
    assert play.tasks == ["A"]

    play.complete("A")
    assert play.progress.completed


def test_start_events_are_chosen_by_id_and_listed():
    body = start() + start("M", refer("message", "m")) + start("T", timer("cycle", "R/P1D")) + end("A") + end("B") + end("C")
    diagram = bpmn(body, "S > A", "M > B", "T > C", roots=ROOTS)
    triggers = [(trigger.element, trigger.kind, trigger.reference) for trigger in parse(diagram).start_triggers]
    assert triggers == [("S", "none", ""), ("M", "message", "Paid"), ("T", "timer", "R/P1D")]

    assert Play(diagram).path == ["S", "A"]
    assert Play(diagram, start_event="M").path == ["M", "B"]


def test_a_process_without_start_event_begins_where_nothing_leads_to():
    play = Play(bpmn(user("A") + user("B") + user("C"), "A > C"))
    assert play.tasks == ["A", "B"]

    play.complete("A").complete("B").complete("C")
    assert play.progress.completed
