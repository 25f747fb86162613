"""Moving an instance by hand: what it does, and every reason why it is refused."""

import pytest

from app.domain.errors import InvalidRequest, MoveRefused
from app.engine import Activation
from tests.engine.diagrams import Play, boundary, bpmn, catch, end, gateway, parse, refer, several, start, sub, timer, user

SEQUENCE = bpmn(start() + user("A") + user("B") + user("C") + end(), "S > A > B > C > E")
FORK = bpmn(
    start() + gateway("parallel", "G") + user("A") + user("A2") + user("B") + gateway("parallel", "J") + user("C") + end(),
    "S > G > A > A2 > J > C > E",
    "G > B > J",
)


def move(play, cancel=(), activate=(), **variables):
    """Move, and go on."""
    execution = play.restore()
    execution.move(cancel=list(cancel), activate=list(activate), variables=variables)
    return play._take(execution)


def codes(play, cancel=(), activate=()):
    """Return why a move is refused."""
    refusals = play.restore().check_move(cancel=list(cancel), activate=list(activate))
    assert all(each.message.endswith(".") and each.remedy.endswith(".") for each in refusals)
    return [(each.code, each.element) for each in refusals]


def test_a_token_goes_back_and_forth():
    play = move(Play(SEQUENCE).complete("A"), ["B"], ["A"], note="again")
    assert play.tasks == ["A"]
    assert play.path == ["S", "A", "B cancelled"]
    assert play.progress.entered[0].variables["note"] == "again"

    move(play, [play.waiting_at("A")[0]], ["C"])
    assert play.tasks == ["C"]
    assert play.complete("C").progress.completed


def test_the_preview_says_what_the_move_does_and_changes_nothing():
    play = Play(SEQUENCE)
    execution = play.restore()
    before = execution.dump()
    preview = execution.preview_move(cancel=["A"], activate=["C"], variables={"x": 1})

    assert [each.element for each in preview.before] == ["A"]
    assert [each.element for each in preview.after] == ["C"]
    assert [end.element for end in preview.progress.left] == ["A"]
    assert execution.dump() == before
    refused = execution.preview_move(cancel=["A"])
    assert [each.code for each in refused.refusals] == ["nothing_left"]
    assert refused.progress is None


def test_every_reason_is_told_at_once_and_nothing_changes():
    play = Play(SEQUENCE)
    execution = play.restore()
    before = execution.dump()
    with pytest.raises(MoveRefused) as refused:
        execution.move(cancel=["B", "nowhere"], activate=["S", "nothing"])

    assert [each["code"] for each in refused.value.facts["diagnostics"]] == [
        "not_active",
        "element_unknown",
        "start_event",
        "element_unknown",
    ]
    assert execution.dump() == before


def test_a_move_into_one_branch_after_the_join_is_refused():
    play = Play(FORK)
    assert codes(play, ["A"], ["C"]) == [("would_get_stuck", "J")]
    assert codes(play, ["A"]) == [("would_get_stuck", "J")]
    assert codes(play, [], ["A2"]) == [("would_get_stuck", "J")]

    play.complete("B")
    assert codes(play, ["A"], ["C"]) == [("would_get_stuck", "J")]
    assert move(play, ["A"], ["A2"]).tasks == ["A2"]
    assert move(play, ["A2", "J"], ["C"]).complete("C").progress.completed


def test_a_second_token_on_the_same_way_is_refused():
    body = (
        start()
        + user("A")
        + gateway("exclusive", "X", default="X_B")
        + user("B")
        + user("C")
        + gateway("exclusive", "M")
        + user("D")
        + end()
    )
    play = Play(bpmn(body, "S > A > X > B > M > D > E", "X > C [x]", "C > M"))

    assert codes(play, [], ["B"]) == [("would_double", "B"), ("would_double", "M")]
    assert codes(play, ["A"], ["B", "C"]) == [("would_double", "M")]
    assert codes(play, [], ["D"]) == [("would_double", "D")]


def test_a_move_in_a_large_process_is_decided():
    body, flows, last = start(), [], "S"
    for at in range(60):
        body += (
            gateway("parallel", f"G{at}") + user(f"A{at}") + user(f"B{at}") + gateway("parallel", f"J{at}") + gateway("exclusive", f"M{at}")
        )
        flows += [f"{last} > M{at} > G{at} > A{at} > J{at}", f"G{at} > B{at} > J{at}", f"J{at} > X{at}"]
        body += gateway("exclusive", f"X{at}", default=f"X{at}_N{at}") + f'<task id="N{at}"/>'
        flows += [f"X{at} > M{at} [again]", f"X{at} > N{at}"]
        last = f"N{at}"
    play = Play(bpmn(body + end(), *flows, f"{last} > E"))

    assert codes(play, ["A0", "B0"], ["A59", "B59"]) == []
    assert codes(play, ["A0"], ["A59"]) == [("would_get_stuck", "J0"), ("would_get_stuck", "J59")]


def test_a_whole_parallel_block_can_be_left_and_entered():
    play = move(Play(FORK), ["A", "B"], ["C"])
    assert play.tasks == ["C"]

    move(play, ["C"], ["A2", "B"]).complete("A2").complete("B")
    assert play.tasks == ["C"]


REFUSED = {
    "boundary_event": (user("A") + boundary("T", "A", timer("duration", "P1D")) + user("B"), ["S > A > E", "T > B > E"], "T"),
    "event_gateway_target": (
        user("A") + gateway("eventBased", "G") + catch("C", refer("signal", "s")) + catch("D", timer("duration", "P1D")),
        ["S > A > G > C > E", "G > D > E"],
        "C",
    ),
    "join_target": (user("A") + gateway("parallel", "G") + user("B") + gateway("parallel", "J"), ["S > A > G > B > J > E", "G > J"], "J"),
    "event_subprocess": (
        user("A") + sub("H", start("HS", refer("signal", "s")) + user("HA"), "HS > HA", attributes='triggeredByEvent="true"'),
        ["S > A > E"],
        "HA",
    ),
    "compensation_handler": (user("A") + '<userTask id="U" isForCompensation="true"/>', ["S > A > E"], "U"),
    "start_event": (user("A"), ["S > A > E"], "S"),
    "already_active": (user("A") + user("B"), ["S > A > B > E"], "A"),
    "multi_instance_without_instance": (
        user("A") + sub("P", start("PS") + user("B") + end("PE"), "PS > B > PE", inner=several(cardinality="2")),
        ["S > A > P > E"],
        "B",
    ),
}


@pytest.mark.parametrize("code", REFUSED)
def test_what_cannot_begin_by_hand_is_refused(code):
    body, flows, target = REFUSED[code]
    play = Play(bpmn(start() + body + end(), *flows, roots='<signal id="s" name="Stop"/>'))
    cancel = [] if code == "already_active" else ["A"]

    assert codes(play, cancel, [target]) == [(code, target)]


def test_what_waits_beside_the_flow_cannot_be_cancelled():
    event = sub("H", start("HS", refer("signal", "s")) + user("HA"), "HS > HA", attributes='triggeredByEvent="true"')
    body = start() + user("A") + boundary("T", "A", timer("duration", "P1D")) + event + end()
    play = Play(bpmn(body, "S > A > E", "T > E", roots='<signal id="s" name="Stop"/>'))

    assert codes(play, ["T"]) == [("boundary_event", "T")]
    assert codes(play, ["HS"]) == [("event_subprocess", "HS")]


def test_nothing_and_too_late_are_refused():
    play = Play(SEQUENCE)
    assert codes(play) == [("nothing_to_do", None)]

    play.complete("A").complete("B").complete("C")
    assert codes(play, ["A"], ["B"]) == [("instance_over", None)]


def test_a_sub_process_is_entered_without_its_start_event_and_left_when_nothing_remains():
    inner = sub("P", start("PS") + user("A") + user("B") + end("PE"), "PS > A > B > PE") + boundary("T", "P", timer("duration", "P1D"))
    play = Play(bpmn(start() + user("X") + inner + user("Y") + end(), "S > X > P > Y > E", "T > Y"))
    move(play, ["X"], ["B"])
    assert [each.element for each in play.restore().active()] == ["P", "B"]
    assert [element for element, _ in play.timers] == ["T"]

    move(play, ["B"], ["A"])
    move(play, ["A"], ["X"])
    assert play.path[-2:] == ["A cancelled", "P cancelled"]
    assert (play.tasks, play.timers) == (["X"], [])
    move(play, ["X"], ["B"]).complete("B").complete("Y")
    assert play.progress.completed


def test_a_called_process_is_entered_with_its_variables():
    called = bpmn(start("CS") + user("C") + end("CE"), "CS > C > CE", process="inner")
    body = start() + user("X") + '<callActivity id="K" calledElement="inner"/>' + end()
    play = Play(parse(bpmn(body, "S > X > K > E"), called={"inner": called}), {"n": 1})
    move(play, ["X"], ["C"])

    assert play.restore().user_tasks()[0].variables["n"] == 1
    assert play.complete("C", {"r": 2}).progress.completed
    assert play.variables["r"] == 2


def test_inside_a_multi_instance_one_instance_is_moved():
    inner = sub("P", start("PS") + user("A") + user("B") + end("PE"), "PS > A > B > PE", inner=several("items", item="i"))
    play = Play(bpmn(start() + inner + user("Y") + end(), "S > P > Y > E"), {"items": [1, 2]})
    assert codes(play, [play.waiting_at("A")[0]], ["B"]) == [("several_scopes", "B")]
    assert codes(play, ["A"], [Activation(element="B", within="nowhere")]) == [("within_unknown", "B")]

    first = play.waiting_at("P")[0]
    move(play, [play.waiting_at("A")[0]], [Activation(element="B", within=first, variables={"hint": "h"})])
    moved = {task.element: task.variables for task in play.restore().user_tasks()}
    assert (moved["B"]["i"], moved["B"]["hint"], moved["A"]["i"]) == (1, "h", 2)
    assert play.complete("A").complete("B").complete("B").tasks == ["Y"]


def test_the_last_instance_that_is_cancelled_takes_the_activity_along():
    play = Play(bpmn(start() + user("A", several(cardinality="2")) + user("B") + end(), "S > A > B > E"))
    first, second = play.waiting_at("A")
    move(play, [first])
    assert play.waiting_at("A") == [second]

    move(play, [second], ["B"])
    assert play.tasks == ["B"]
    assert move(play, ["B"], ["A"]).tasks == ["A", "A"]


def test_a_race_of_events_is_one_token():
    body = (
        start() + gateway("eventBased", "G") + catch("C", refer("signal", "s")) + catch("D", timer("duration", "P1D")) + user("B") + end()
    )
    play = Play(bpmn(body, "S > G > C > B > E", "G > D > E", roots='<signal id="s" name="Stop"/>'))
    move(play, ["C"], ["B"])
    assert (play.tasks, play.timers) == (["B"], [])

    move(play, ["B"], ["G"])
    assert play.do("catch_signal", "Stop").tasks == ["B"]


def test_a_failed_element_can_be_moved_away_from():
    play = Play(bpmn(start() + user("A", due="x") + user("B") + end(), "S > A > B > E"))
    play.do("fail", play.waiting_at("A")[0], InvalidRequest("no"))

    assert move(play, ["A"], ["B"]).complete("B").progress.completed


def test_an_ad_hoc_activity_is_begun_by_hand():
    inner = sub("P", user("A") + user("B") + "<completionCondition>done</completionCondition>", tag="adHocSubProcess")
    play = Play(bpmn(start() + inner + end(), "S > P > E"), {"done": False}).complete("A")
    move(play, [], ["A"])
    assert sorted(play.tasks) == ["A", "B"]

    assert play.complete("A", {"done": True}).progress.completed
