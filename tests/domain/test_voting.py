from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


@pytest.mark.parametrize(
    ("votes", "expected"),
    [([YES, OPEN], "undecided"), ([NO, OPEN], "rejected"), ([YES, NO], "rejected"), ([YES, YES], "approved")],
)
def test_everybody_has_a_veto_in_mode_veto(votes, expected):
    """MUL-03: the same as `all` that fails fast."""
    assert decide_slot("veto", votes) == decide_slot("all", votes, fail_fast=True) == expected
    assert decide_step(["rejected", "undecided"], mode="veto") == "rejected"


def test_one_rejection_does_not_overrule_a_quorum():
    """MUL-03."""
    assert decide_slot("2 of", [NO, OPEN, OPEN], fail_fast=True) == "undecided"
    assert decide_slot("2 of", [NO, YES, YES], fail_fast=True) == "approved"


MODES = st.one_of(
    st.sampled_from(["all", "any", "veto"]),
    st.integers(1, 9).map("{} of".format),
    st.integers(1, 100).map("{} %".format),
)
BALLOTS = st.lists(st.sampled_from([OPEN, YES, NO]), min_size=1, max_size=9)


@given(mode=MODES, votes=BALLOTS, fail_fast=st.booleans(), seed=st.randoms(use_true_random=False))
def test_whatever_the_order_and_whoever_comes_or_goes_a_slot_is_decided_once(mode, votes, fail_fast, seed):
    """MUL-02, MUL-03, MUL-06: order does not matter, a decision stands, nobody left means decided, and membership may change."""
    shuffled = [*votes]
    seed.shuffle(shuffled)
    if not is_reachable(mode, voters=len(votes)):
        with pytest.raises(ValueError):
            decide_slot(mode, votes, fail_fast=fail_fast)
        return

    outcome = decide_slot(mode, votes, fail_fast=fail_fast)

    assert decide_slot(mode, shuffled, fail_fast=fail_fast) == outcome
    assert outcome != "undecided" or OPEN in votes
    for vote in (YES, NO) if outcome != "undecided" and mode != "any" and OPEN in votes else ():
        later = [*votes]
        later[later.index(OPEN)] = vote
        assert decide_slot(mode, later, fail_fast=fail_fast) == outcome
    if OPEN in votes:  # somebody who has not voted leaves: the others decide, or it is known that they cannot
        left = [*votes]
        left.remove(OPEN)
        if is_reachable(mode, voters=len(left)):
            assert OPEN in left or decide_slot(mode, left, fail_fast=fail_fast) != "undecided"
    if parse_mode(mode).kind == "count":  # somebody more never undoes what a number has approved
        assert outcome != "approved" or decide_slot(mode, [*votes, OPEN], fail_fast=fail_fast) == "approved"


@pytest.mark.parametrize("mode", ["all", "any", "veto", "1 of", "2 of", "3 of", "50 %", "66.67%", "100 %"])
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
