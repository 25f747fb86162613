from itertools import product

import pytest

from app.domain.voting import decide_slot, decide_step, is_reachable, parse_mode

OPEN, YES, NO = "open", "approved", "rejected"


@pytest.mark.parametrize(
    ("mode", "votes", "expected"),
    [
        ("any", [OPEN, OPEN], "undecided"),
        ("any", [OPEN, YES], "approved"),
        ("any", [NO, OPEN], "rejected"),
        ("all", [YES, OPEN], "undecided"),
        ("all", [YES, NO, OPEN], "undecided"),
        ("all", [YES, NO, YES], "rejected"),
        ("all", [YES, YES], "approved"),
        ("2 of", [YES, OPEN, OPEN], "undecided"),
        ("2 of", [YES, NO, OPEN], "undecided"),
        ("2 of", [YES, YES, OPEN], "approved"),
        ("2 of", [NO, NO, OPEN], "rejected"),
        ("60 %", [YES, YES, OPEN, OPEN, OPEN], "undecided"),
        ("60 %", [YES, YES, YES, OPEN, OPEN], "approved"),
        ("60 %", [NO, NO, YES, YES, OPEN], "undecided"),
        ("60 %", [NO, NO, NO, OPEN, OPEN], "rejected"),
    ],
)
def test_slot_is_decided_by_its_mode(mode, votes, expected):
    """MUL-02, MUL-03, MUL-04."""
    assert decide_slot(mode, votes) == expected


def test_fail_fast_rejects_at_once():
    """MUL-03."""
    assert decide_slot("all", [NO, OPEN], fail_fast=True) == "rejected"
    assert decide_slot("all", [YES, OPEN], fail_fast=True) == "undecided"


@pytest.mark.parametrize("mode", ["all", "any", "1 of", "2 of", "3 of", "50 %", "66.67%", "100 %"])
def test_decision_never_changes_afterwards_and_everybody_decides(mode):
    for votes in product([OPEN, YES, NO], repeat=3):
        outcome = decide_slot(mode, votes)
        for place, vote in product(range(3), [YES, NO]):
            later = (*votes[:place], vote, *votes[place + 1 :])
            if votes[place] == OPEN and outcome != "undecided" and mode != "any":
                assert decide_slot(mode, later) == outcome
        assert OPEN in votes or outcome != "undecided"


@pytest.mark.parametrize("mode", ["", "none", "0 of", "of", "0 %", "101 %", "-1 %", "2.5 of", "all of"])
def test_unknown_mode_is_refused(mode):
    with pytest.raises(ValueError):
        parse_mode(mode)


def test_share_is_rounded_up():
    assert [parse_mode("60 %").approvals_needed(voters) for voters in (1, 2, 3, 5, 10)] == [1, 2, 2, 3, 6]
    assert parse_mode("33.3333 %").approvals_needed(3) == 1


def test_mode_that_asks_for_more_people_than_there_are_is_refused():
    assert not is_reachable("2 of", voters=1)
    assert not is_reachable("all", voters=0)
    assert is_reachable("2 of", voters=2)
    with pytest.raises(ValueError):
        decide_slot("2 of", [YES])


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        (["approved"], "approved"),
        (["approved", "undecided"], "undecided"),
        (["rejected", "undecided"], "undecided"),
        (["rejected", "approved"], "rejected"),
    ],
)
def test_step_needs_every_slot(outcomes, expected):
    """MXS-13."""
    assert decide_step(outcomes) == expected


def test_step_can_fail_fast_and_has_slots():
    assert decide_step(["rejected", "undecided"], fail_fast=True) == "rejected"
    with pytest.raises(ValueError):
        decide_step([])
