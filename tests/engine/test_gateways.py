"""Gateways: where tokens part and meet (BPMN 2.0, clause 13.4)."""

import pytest

from app.domain.errors import ExpressionFailed
from tests.engine.diagrams import Play, bpmn, catch, end, gateway, refer, start, timer, user

PARALLEL = bpmn(
    start() + gateway("parallel", "Fork") + user("A") + user("B") + gateway("parallel", "Join") + user("Z") + end(),
    "S > Fork > A > Join > Z > E",
    "Fork > B > Join",
)


@pytest.mark.parametrize("order", ["AB", "BA"])
def test_a_parallel_join_waits_for_all_branches_and_loses_no_data(order):
    play = Play(PARALLEL, {"log": ["start"]})
    for task in order:
        play.complete(task, {"outcome": f"by {task}", "comments": [task]})

    assert play.tasks == ["Z"]
    assert play.path.count("Join") == 1
    assert play.variables["A"] == {"outcome": "by A", "comments": ["A"]}
    assert play.variables["B"] == {"outcome": "by B", "comments": ["B"]}
    assert play.variables["log"] == ["start"]


def test_a_parallel_join_in_a_loop_joins_each_round():
    body = start() + gateway("exclusive", "M") + gateway("parallel", "F") + user("A") + user("B") + gateway("parallel", "J")
    body += gateway("exclusive", "X", default="X_E") + end()
    play = Play(bpmn(body, "S > M > F > A > J > X > E", "F > B > J", "X > M [again]"), {"again": True})
    for _ in range(3):
        assert play.tasks == ["A", "B"]
        play.complete("A").complete("B")
    play.do("set_variables", {"again": False}).complete("B").complete("A")

    assert play.progress.completed
    assert play.path.count("J") == 4


def test_a_second_token_on_one_flow_does_not_satisfy_a_parallel_join():
    body = (
        start()
        + gateway("parallel", "F")
        + user("A")
        + user("B")
        + user("C")
        + gateway("exclusive", "M")
        + gateway("parallel", "J")
        + end()
    )
    play = Play(bpmn(body, "S > F > A > M > J > E", "F > B > M", "F > C > J")).complete("A").complete("B")
    assert not play.progress.completed
    assert "J" not in play.path

    play.complete("C")
    assert play.path.count("J") == 1
    assert [active.element for active in play.restore().active()] == ["J"]


INCLUSIVE = bpmn(
    start()
    + gateway("inclusive", "Split", default="Split_C")
    + user("A")
    + user("B")
    + user("C")
    + gateway("inclusive", "Join")
    + user("Z")
    + end(),
    "S > Split",
    "Split > A [a]",
    "Split > B [b]",
    "Split > C",
    "A > Join > Z > E",
    "B > Join",
    "C > Join",
)


@pytest.mark.parametrize(("a", "b", "tasks"), [(True, True, "AB"), (True, False, "A"), (False, True, "B"), (False, False, "C")])
def test_an_inclusive_gateway_joins_what_it_split(a, b, tasks):
    play = Play(INCLUSIVE, {"a": a, "b": b})
    assert play.tasks == list(tasks)
    for task in tasks:
        assert "Join" not in play.path
        play.complete(task)

    assert play.tasks == ["Z"]
    assert play.path.count("Join") == 1


def test_an_inclusive_join_does_not_wait_for_a_token_that_left_the_path():
    body = (
        start()
        + gateway("inclusive", "I")
        + user("A")
        + user("B")
        + gateway("exclusive", "X", default="X_Gone")
        + gateway("inclusive", "J")
    )
    body += user("Z") + end() + end("Gone")
    play = Play(bpmn(body, "S > I", "I > A [true]", "I > B [true]", "A > J > Z > E", "B > X", "X > J [back]", "X > Gone"))
    play.complete("A")
    assert play.tasks == ["B"]

    play.complete("B", {"back": False})
    assert play.tasks == ["Z"]


def test_an_exclusive_gateway_takes_the_first_true_flow_in_the_order_of_its_outgoing_flows():
    body = start() + '<exclusiveGateway id="G"><outgoing>G_B</outgoing><outgoing>G_A</outgoing></exclusiveGateway>' + end("A") + end("B")
    play = Play(bpmn(body, "S > G", "G > A [true]", "G > B [true]"))

    assert play.path == ["S", "G", "B"]


def test_no_true_condition_and_no_default_is_a_failure():
    play = Play(bpmn(start() + gateway("exclusive", "G") + end("A") + end("B"), "S > G", "G > A [false]", "G > B [x]"), {"x": False})

    assert isinstance(play.progress.failures[0].error, ExpressionFailed)
    assert play.do("set_variables", {"x": True}).do("retry", play.waiting_at("G")[0]).path[-1] == "B"


EVENTS = bpmn(
    start()
    + gateway("eventBased", "First")
    + catch("Paid", refer("message", "m"))
    + catch("Late", timer("duration", "P2D"))
    + end("A")
    + end("B"),
    "S > First > Paid > A",
    "First > Late > B",
    roots='<message id="m" name="Payment"/>',
)


def test_of_an_event_based_gateway_the_first_event_wins():
    by_message = Play(EVENTS).do("catch_message", "Payment", {"paid": True})
    assert by_message.path == ["S", "First", "Late cancelled", "Paid", "A"]
    assert by_message.variables["paid"] is True
    assert by_message.timers == []

    by_time = Play(EVENTS).later(days=2)
    assert by_time.path == ["S", "First", "Paid cancelled", "Late", "B"]
    assert by_time.do("catch_message", "Payment").answer is False


def test_a_diagram_of_a_thousand_elements_in_a_row_runs():
    """SpiffWorkflow's parser recurses along flows and ends at 488 of them."""
    names = [f"T{index}" for index in range(1_200)]
    diagram = bpmn(start() + "".join(f'<task id="{name}"/>' for name in names) + end(), f"S > {' > '.join(names)} > E")

    assert Play(diagram).path == ["S", *names, "E"]
