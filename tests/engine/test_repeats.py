"""Multi-instance and loop activities."""

import pytest

from app.domain.errors import ExpressionFailed
from tests.engine.diagrams import Play, boundary, bpmn, end, refer, script, service, several, start, sub, timer, user

VOTES = {"item": "approver", "output": "votes", "output_item": "vote"}


def approval(until="", *, sequential=False, kind="", **settings):
    repeated = several("approvers", until=until, sequential=sequential, **{**VOTES, **settings})
    return bpmn(start() + user("Vote", repeated, **({kind: "x"} if kind else {})) + user("Next") + end(), "S > Vote > Next > E")


def vote(play, *votes):
    for outcome in votes:
        play.complete("Vote", {"vote": outcome})
    return play


@pytest.mark.parametrize("sequential", [False, True])
def test_every_instance_has_its_item_and_its_vote(sequential):
    play = Play(approval(sequential=sequential), {"approvers": ["marc", "claire", "donald"]})
    assert len(play.tasks) == (1 if sequential else 3)
    assert play.progress.entered[0].variables["approver"] == "marc"
    assert play.progress.entered[0].variables["loopCounter"] == 1

    vote(play, "ok", "ok", "no")
    assert play.tasks == ["Next"]
    assert play.variables["votes"] == ["ok", "ok", "no"]
    assert "vote" not in play.variables
    assert "approver" not in play.variables
    assert play.path == ["S", "Vote", "Vote", "Vote"]


def test_outputs_are_in_the_order_of_the_instances_not_of_the_votes():
    play = Play(approval(), {"approvers": ["marc", "claire", "donald"]})
    play.complete("Vote", {"vote": "third"}, at=2).complete("Vote", {"vote": "first"}).complete("Vote", {"vote": "second"})

    assert play.variables["votes"] == ["first", "second", "third"]


@pytest.mark.parametrize(
    ("until", "votes", "count"),
    [
        ('count(outcomes[item = "ok"]) >= 2', ["ok", "no", "ok"], 3),
        ('"no" in outcomes', ["ok", "no"], 2),
        ("nrOfCompletedInstances / nrOfInstances >= 0.5", ["a", "b"], 2),
        ("nrOfActiveInstances <= 3", ["a"], 1),
        ('vote = "veto"', ["ok", "veto"], 2),
        ('some v in votes satisfies v = "veto"', ["ok", "veto"], 2),
    ],
)
def test_the_completion_condition_sees_counts_and_all_outcomes(until, votes, count):
    play = Play(approval(until), {"approvers": ["a", "b", "c", "d"]})
    for outcome in votes:
        assert play.tasks[0] == "Vote"
        vote(play, outcome)

    assert play.tasks == ["Next"]
    assert play.variables["votes"] == votes
    assert play.path == ["S", *["Vote"] * count, *["Vote cancelled"] * (4 - count)]


def test_a_sequence_stops_at_its_completion_condition():
    play = vote(Play(approval('"no" in outcomes', sequential=True), {"approvers": ["a", "b", "c"]}), "ok", "no")

    assert play.tasks == ["Next"]
    assert play.variables["votes"] == ["ok", "no"]


def test_without_an_output_list_what_instances_set_goes_out():
    play = Play(
        bpmn(start() + user("Vote", several("approvers", item="approver", until='"rejected" in outcomes')) + end(), "S > Vote > E"),
        {"approvers": ["a", "b"]},
    )
    play.complete("Vote", {"outcome": "rejected"})

    assert play.progress.completed
    assert play.variables["outcome"] == "rejected"
    assert play.variables["Vote"] == {"outcome": "rejected"}
    assert "approver" not in play.variables


def test_instances_do_not_see_each_others_variables():
    body = sub(
        "P",
        start("PS") + user("A") + user("B") + end("PE"),
        "PS > A > B > PE",
        inner=several("items", item="i", output="out", output_item="x"),
    )
    play = Play(bpmn(start() + body + end(), "S > P > E"), {"items": [1, 2], "x": 0})
    play.complete("A", {"x": 10}).complete("A", {"x": 20})
    seen = [task.variables["x"] for task in play.restore().user_tasks()]

    assert seen == [10, 20]
    assert play.complete("B").complete("B").variables["out"] == [10, 20]
    assert play.variables["x"] == 0


def test_a_number_of_instances_is_an_expression():
    play = Play(bpmn(start() + user("A", several(cardinality="count(names) + 1", item="i")) + end(), "S > A > E"), {"names": ["x", "y"]})

    assert [task.variables["i"] for task in play.restore().user_tasks()] == [0, 1, 2]


def test_the_collection_may_be_a_path():
    play = Play(
        bpmn(start() + user("A", several("route.first_line.pool", item="who")) + end(), "S > A > E"),
        {"route": {"first_line": {"pool": ["marc"]}}},
    )

    assert play.progress.entered[0].variables["who"] == "marc"


def test_no_instances_complete_the_activity_with_an_empty_output():
    play = Play(approval(), {"approvers": []})

    assert play.tasks == ["Next"]
    assert play.variables["votes"] == []
    assert play.path == ["S", "Vote"]
    assert play.progress.warnings == ("Vote: no instances",)


@pytest.mark.parametrize("kind", ["approval_step", "assignees", "candidate_roles", "candidate_groups"])
def test_an_approval_that_would_ask_nobody_is_a_failure(kind):
    play = Play(approval(kind=kind), {"approvers": []})

    assert isinstance(play.progress.failures[0].error, ExpressionFailed)
    assert play.tasks == []
    failed = play.waiting_at("Vote")[0]
    assert play.do("set_variables", {"approvers": ["eva"]}).do("retry", failed).tasks == ["Vote"]


@pytest.mark.parametrize("value", [None, "marc", 3, {"a": 1}, ["x"] * 1_001])
def test_what_is_no_list_or_too_long_is_a_failure(value):
    play = Play(approval(), {"approvers": value})

    assert isinstance(play.progress.failures[0].error, ExpressionFailed)


def test_an_instance_can_be_cancelled_before_and_after_a_vote():
    play = Play(approval(), {"approvers": ["a", "b", "c"]})
    play.do("cancel_instance", play.waiting_at("Vote")[1])
    vote(play, "ok").do("cancel_instance", play.waiting_at("Vote")[0])

    assert play.tasks == ["Next"]
    assert play.variables["votes"] == ["ok"]


def test_a_timer_on_the_whole_keeps_the_votes_that_were_given():
    body = (
        start() + user("Vote", several("approvers", **VOTES)) + boundary("B", "Vote", timer("duration", "P3D")) + user("Escalated") + end()
    )
    play = vote(Play(bpmn(body, "S > Vote > E", "B > Escalated > E"), {"approvers": ["a", "b", "c"]}), "ok").later(days=3)

    assert play.tasks == ["Escalated"]
    assert play.progress.entered[0].variables["votes"] == ["ok"]
    assert play.path == ["S", "Vote", "Vote cancelled", "Vote cancelled", "B"]


def test_automatic_instances_stop_when_the_condition_is_true():
    calls = []
    repeated = service("A", "count").replace(
        "</serviceTask>", several("items", item="i", until="nrOfCompletedInstances = 2") + "</serviceTask>"
    )
    play = Play(
        bpmn(start() + repeated + end(), "S > A > E"),
        {"items": [1, 2, 3]},
        services={"count": lambda call: calls.append(call.variables["i"])},
    )

    assert play.progress.completed
    assert len(calls) == 2


def test_an_instance_that_fails_keeps_the_others_and_can_be_retried():
    state = {"broken": True}

    def check(call):
        if call.variables["i"] == 2 and state["broken"]:
            raise ValueError("broken")
        return call.variables["i"]

    repeated = service("A", "check", result="r").replace(
        "</serviceTask>", several("items", item="i", output="out", output_item="r") + "</serviceTask>"
    )
    play = Play(bpmn(start() + repeated + end(), "S > A > E"), {"items": [1, 2, 3]}, services={"check": check})
    assert [failure.element for failure in play.progress.failures] == ["A"]
    state["broken"] = False

    play.do("retry", play.progress.failures[0].element_instance)
    assert play.progress.completed
    assert play.variables["out"] == [1, 2, 3]


def test_an_error_of_an_instance_is_caught_on_the_boundary_of_the_whole():
    body = sub("P", start("PS") + user("A") + end("PE", refer("error", "e")), "PS > A > PE", inner=several("items", item="i"))
    diagram = bpmn(
        start() + body + boundary("B", "P", refer("error", "e")) + end() + end("F"),
        "S > P > E",
        "B > F",
        roots='<error id="e" errorCode="X"/>',
    )
    play = Play(diagram, {"items": [1, 2]}).complete("A")

    assert play.progress.completed
    assert play.path[-2:] == ["B", "F"]
    assert play.path.count("A cancelled") == 1


def loop(text="", *, maximum="", before=False):
    inner = f"<loopCondition>{text}</loopCondition>" if text else ""
    return (
        f'<standardLoopCharacteristics testBefore="{str(before).lower()}"'
        + (f' loopMaximum="{maximum}"' if maximum else "")
        + f">{inner}</standardLoopCharacteristics>"
    )


@pytest.mark.parametrize(
    ("characteristics", "rounds"),
    [
        (loop("n &lt; 3"), 3),
        (loop("n &lt; 0"), 1),
        (loop("n &lt; 0", before=True), 0),
        (loop("n &lt; 9", maximum="2"), 2),
        (loop(maximum="4"), 4),
        (loop("loopCounter &lt; 5"), 5),
    ],
)
def test_a_standard_loop(characteristics, rounds):
    task = script("A", "n + 1", result="n").replace("</scriptTask>", characteristics + "</scriptTask>")
    play = Play(bpmn(start() + task + end(), "S > A > E"), {"n": 0})

    assert play.progress.completed
    assert play.variables["n"] == rounds
    assert play.path.count("A") == max(rounds, 1)
