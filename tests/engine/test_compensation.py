"""Compensation across scopes, with variables, failures and interruptions."""

import pytest

from app.engine import BpmnError
from tests.engine.catalogue.compensation_cases import COMPENSATE, compensate, undone
from tests.engine.diagrams import Play, boundary, bpmn, end, gateway, parse, refer, script, service, start, sub, throw, timer, user

ROOTS = '<error id="e" name="No stock" errorCode="NO_STOCK"/><signal id="s" name="Stop"/>'


def test_what_a_called_process_did_is_compensated_with_its_own_variables():
    called = bpmn(start("CS") + script("Note", '"inner"', result="who") + undone("Book", task="userTask") + end("CE"),
                  "CS > Note > Book > CE", process="inner")  # fmt: skip
    body = (
        start()
        + '<callActivity id="K" calledElement="inner"/>'
        + script("Over", '"outer"', result="who")
        + throw("T", compensate())
        + end()
    )
    play = Play(parse(bpmn(body, "S > K > Over > T > E"), called={"inner": called})).complete("Book", {"seat": 7})
    task = play.restore().user_tasks()[0]
    assert (task.element, task.variables["who"], task.variables["seat"]) == ("UndoBook", "inner", 7)

    play.complete("UndoBook")
    assert play.path == ["S", "CS", "Note", "Book", "CE", "K", "Over", "OnBook", "UndoBook", "T", "E"]
    assert play.variables["who"] == "outer"


def test_nested_sub_processes_are_opened_again_one_in_another():
    inner = sub("Q", start("QS") + undone("Book") + end("QE"), "QS > Book > QE")
    outer = sub("P", start("PS") + undone("Plan") + inner + undone("Pay") + end("PE"), "PS > Plan > Q > Pay > PE")
    play = Play(bpmn(start() + outer + throw("T", compensate("P")) + end(), "S > P > T > E"))

    assert play.path[-8:] == ["OnPay", "UndoPay", "OnBook", "UndoBook", "OnPlan", "UndoPlan", "T", "E"]
    assert play.progress.completed


def test_a_handler_can_be_a_sub_process():
    handler = '<boundaryEvent id="On" attachedToRef="A"><compensateEventDefinition/></boundaryEvent><association id="L" sourceRef="On" targetRef="U"/>'
    handler += sub("U", start("US") + user("UA") + end("UE"), "US > UA > UE", attributes='isForCompensation="true"')
    play = Play(bpmn(start() + '<task id="A"/>' + handler + throw("T", compensate()) + end(), "S > A > T > E")).complete("UA")

    assert play.path == ["S", "A", "On", "US", "UA", "UE", "U", "T", "E"]


def test_an_interruption_ends_a_compensation():
    inner = sub("P", start("PS") + undone("Book", task="userTask") + throw("T", compensate()) + end("PE"), "PS > Book > T > PE")
    play = Play(bpmn(start() + inner + boundary("B", "P", timer("duration", "P1D")) + end() + end("F"), "S > P > E", "B > F"))
    play.complete("Book").later(days=1)

    assert play.path == ["S", "PS", "Book", "OnBook", "T cancelled", "UndoBook cancelled", "P cancelled", "B", "F"]
    assert play.progress.completed


def test_a_handler_that_fails_is_kept_and_the_compensation_goes_on_after_a_retry():
    def refuse(call):
        raise ValueError("not now")

    book = '<task id="A"/>' + boundary("On", "A", COMPENSATE) + '<association id="L" sourceRef="On" targetRef="U"/>'
    handler = service("U", "undo").replace("<serviceTask ", '<serviceTask isForCompensation="true" ')
    play = Play(bpmn(start() + book + handler + throw("T", compensate()) + end(), "S > A > T > E"), services={"undo": refuse})
    assert [failure.element for failure in play.progress.failures] == ["U"]

    play.settings["services"] = {"undo": lambda call: "done"}
    assert play.do("retry", play.waiting_at("U")[0]).progress.completed
    assert play.path[-3:] == ["U", "T", "E"]


def test_an_error_of_a_handler_reaches_the_boundary_around():
    def refuse(call):
        raise BpmnError("NO_STOCK")

    book = '<task id="A"/>' + boundary("On", "A", COMPENSATE) + '<association id="L" sourceRef="On" targetRef="U"/>'
    handler = service("U", "undo").replace("<serviceTask ", '<serviceTask isForCompensation="true" ')
    inner = sub("P", start("PS") + book + handler + end("PE", compensate()), "PS > A > PE")
    body = start() + inner + boundary("B", "P", refer("error", "e")) + end() + end("F")
    play = Play(bpmn(body, "S > P > E", "B > F", roots=ROOTS), services={"undo": refuse})

    assert play.path == ["S", "PS", "A", "On", "PE cancelled", "U cancelled", "P cancelled", "B", "F"]


def test_an_activity_that_was_interrupted_is_not_compensated():
    body = start() + undone("Book", task="userTask") + boundary("B", "Book", timer("duration", "P1D")) + throw("T", compensate()) + end()
    play = Play(bpmn(body, "S > Book > E", "B > T > E")).later(days=1)

    assert play.path == ["S", "Book cancelled", "B", "T", "E"]


def test_each_time_that_an_activity_was_completed_is_compensated():
    body = start() + gateway("exclusive", "M") + undone("Book", task="userTask") + gateway("exclusive", "X", default="X_T")
    play = Play(bpmn(body + throw("T", compensate()) + end(), "S > M > Book > X > T > E", "X > M [again]"))
    play.complete("Book", {"again": True}).complete("Book", {"again": False}).complete("UndoBook").complete("UndoBook")

    assert play.path[-6:] == ["OnBook", "UndoBook", "OnBook", "UndoBook", "T", "E"]


@pytest.mark.parametrize(("waits", "tasks"), [(True, ["UndoBook"]), (False, ["N", "UndoBook"])])
def test_a_compensation_may_be_waited_for(waits, tasks):
    body = start() + undone("Book", task="userTask") + throw("T", compensate(waits=waits)) + user("N") + end()
    play = Play(bpmn(body, "S > Book > T > N > E")).complete("Book")
    assert sorted(play.tasks) == tasks

    for task in ("UndoBook", "N"):
        play.complete(task)
    assert play.progress.completed


def test_nothing_of_a_compensation_is_seen_as_an_element_that_is_active():
    inner = sub("P", start("PS") + undone("Book", task="userTask") + end("PE"), "PS > Book > PE")
    play = Play(bpmn(start() + inner + throw("T", compensate(waits=False)) + user("N") + end(), "S > P > T > N > E")).complete("Book")

    assert sorted(each.element for each in play.restore().active()) == ["N", "UndoBook"]
