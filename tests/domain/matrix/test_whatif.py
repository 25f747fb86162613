"""What a proposed matrix would change: exact, also where it is not looked at because nothing that differs can touch it."""

from dataclasses import replace
from decimal import Decimal
from random import Random

import pytest

from app.domain.matrix.snapshot import Person, Snapshot
from app.domain.matrix.whatif import EXAMPLES_MAX, Comparison, Tally, find_outcome
from tests.domain.matrix.fx import CHART, L1, MANDATES, PEOPLE, RULES, SNAPSHOT, TODAY, limit, line, make_snapshot, mandate, transaction
from tests.domain.matrix.random_cases import ON, make_case

ASKED = [
    ("small", transaction(line("500"))),
    ("large", transaction(line("12000"))),
    ("new", transaction(line("500", "NEW"))),
    ("other", transaction(line("12000", "CON"))),
]


def compare(proposed, asked=ASKED):
    return Comparison(SNAPSHOT, proposed, on=TODAY).compare(asked)


def effects(tally):
    return {effect: count for effect, count in tally.counts.items() if count}


def test_the_same_matrix_changes_nothing():
    tally = compare(make_snapshot())

    assert effects(tally) == {"unchanged": 4}
    assert tally.people == {}


def test_routes_that_change_people_and_steps_and_fail():
    """MXC-06."""
    proposed = make_snapshot(
        mandates=[mandate("eva", "DL", [L1], "SALES"), mandate("eva", "BM", [L1], "NEW"), *MANDATES[1:4], *MANDATES[5:]]
    )

    tally = compare(proposed)

    assert effects(tally) == {"people_changed": 3, "resolves_now": 1}
    assert tally.people["eva"] == [0, 3]
    assert tally.people["marc"] == [2, 0]
    assert tally.people["claire"] == [2, 0]


def test_a_refusal_that_begins_is_told_with_its_words():
    tally = compare(make_snapshot(mandates=MANDATES[1:]))

    (first, second) = tally.examples["fails_now"]
    assert [first.name, second.name] == ["small", "large"]
    assert first.after.refusal == "no_role_players_found"
    assert "first line" in first.after.detail


@pytest.mark.parametrize(
    "proposed",
    [
        make_snapshot(check_amount=Decimal(100)),
        make_snapshot(rules=[*RULES[1:], limit("DL", "100")]),
        make_snapshot(people=[Person(id="marc", active=False, successor="eva"), *PEOPLE[1:]]),
        make_snapshot(chart=[replace(CHART[6], parent="SALES"), *CHART[:6]]),
        make_snapshot(base_currencies={"NL01": "GBP"}),
        make_snapshot(exchange_rates=()),
    ],
    ids=["settings", "limits", "people", "chart", "currencies", "rates"],
)
def test_whatever_differs_is_found_as_by_resolving_twice(proposed):
    tally = compare(proposed)

    different = sum(find_outcome(SNAPSHOT, asked, on=TODAY) != find_outcome(proposed, asked, on=TODAY) for _, asked in ASKED)
    still = sum(find_outcome(SNAPSHOT, asked, on=TODAY).refusal is not None for _, asked in ASKED)
    assert tally.total == 4
    assert tally.counts["unchanged"] + tally.counts["fails_still"] >= 4 - different
    assert (
        tally.counts["people_changed"] + tally.counts["steps_changed"] + tally.counts["fails_now"] + tally.counts["resolves_now"]
        <= different
    )
    assert tally.counts["fails_still"] <= still


@pytest.mark.parametrize("seed", range(150))
def test_what_is_not_looked_at_would_have_been_the_same(seed):
    """The transactions that no difference can touch are counted as unchanged; a search for all agrees."""
    random = Random(seed)
    current, asked = make_case(seed)
    other, _ = make_case(seed + 1)
    rows = list(current.mandates)
    rows[random.randrange(len(rows))] = random.choice(other.mandates)
    changes = {"mandates": tuple(rows)} if seed % 3 else {"chart": other.chart}
    changes |= {
        "people": other.people if seed % 5 == 0 and {row.user for row in rows} <= {each.id for each in other.people} else current.people
    }
    proposed = replace(current, **changes)

    tally = Comparison(current, proposed, on=ON).compare([("asked", asked)])

    before, after = find_outcome(current, asked, on=ON), find_outcome(proposed, asked, on=ON)
    if tally.counts["unchanged"]:
        assert (before.slots, before.refusal) == (after.slots, after.refusal)
    else:
        assert (before.slots, before.refusal) != (after.slots, after.refusal) or before.refusal is not None


def test_tallies_add_up_and_keep_a_bounded_number_of_examples():
    tally = Tally()
    for _ in range(3):
        tally.add(compare(make_snapshot(mandates=MANDATES[1:]), ASKED * 20))

    assert tally.total == 240
    assert tally.counts["fails_now"] == 120
    assert len(tally.examples["fails_now"]) == EXAMPLES_MAX
    assert isinstance(SNAPSHOT, Snapshot)
