"""Bounds: no diagram makes the engine run for ever, and what was stopped can go on."""

from datetime import datetime

import pytest

from app.domain.errors import StepLimitReached
from app.engine import STEPS_MAX, Execution, Ports
from tests.engine.diagrams import Play, bpmn, end, gateway, parse, ports, script, start, user

ENDLESS = bpmn(
    start() + gateway("exclusive", "M") + script("A", "n + 1", result="n") + gateway("exclusive", "X", default="X_M") + end(),
    "S > M > A > X > M",
    "X > E [stop]",
)


def test_a_loop_without_a_wait_is_stopped_and_can_go_on_when_its_reason_is_gone():
    play = Play(ENDLESS, {"n": 0, "stop": False})
    failure = play.progress.failures[0]
    assert isinstance(failure.error, StepLimitReached)
    assert failure.error.facts["limit"] == STEPS_MAX
    assert failure.element in ("M", "A", "X")
    assert play.variables["n"] * 3 <= STEPS_MAX

    play.do("set_variables", {"stop": True}).do("retry", failure.element_instance)
    assert play.progress.completed


def test_a_stopped_instance_stays_stopped_until_it_is_retried():
    play = Play(ENDLESS, {"n": 0, "stop": False})
    at = play.variables["n"]
    play.do("set_variables", {"note": 1})

    assert play.variables["n"] == at
    assert play.progress.failures == ()


def test_tokens_that_multiply_without_end_are_stopped():
    body = start() + gateway("exclusive", "M") + gateway("parallel", "F") + end()
    play = Play(bpmn(body, "S > M > F > M", "F > M").replace(b'id="F_M"', b'id="f1"', 1))

    assert {type(failure.error) for failure in play.progress.failures} == {StepLimitReached}
    assert len(play.progress.failures) <= STEPS_MAX


def test_a_start_event_that_is_not_there_is_refused():
    with pytest.raises(Exception, match="no start event"):
        Execution.start(parse(ENDLESS), {}, ports(), start_event="A")


def test_a_naive_now_is_refused():
    with pytest.raises(ValueError, match="aware"):
        Execution.start(parse(ENDLESS), {}, Ports(now=datetime(2026, 1, 1), zone=ports().zone))  # noqa: DTZ001


def test_the_only_instant_is_the_one_that_is_passed_in():
    """The library stamps every state change with the time of the clock."""
    play = Play(bpmn(start() + user("A") + end(), "S > A > E"))

    assert play.progress.entered[0].since == ports().now
    assert {(end.started_at, end.at) for end in play.progress.left} == {(ports().now, ports().now)}
    execution = play.restore()
    assert all(not hasattr(token, "last_state_change") for token in execution._process.tokens())
