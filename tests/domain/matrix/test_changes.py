"""A snapshot that follows from another answers as one that is built anew."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from random import Random

import pytest

from app.domain.errors import NoRolePlayersFound, RuleError
from app.domain.matrix import rows
from app.domain.matrix.resolution import resolve_role_players
from app.domain.matrix.rows import MandateRows
from app.domain.matrix.snapshot import ChartNode, ExchangeRate
from tests.domain.matrix.fx import CHART, L1, MANDATES, RULES, SNAPSHOT, TODAY, limit, line, mandate, transaction
from tests.domain.matrix.random_cases import ON, make_case


def answer(snapshot, asked):
    """Return everything that resolution says, words included."""
    try:
        route = resolve_role_players(snapshot, asked, on=ON)
    except RuleError as error:
        return (error.code, error.detail, error.facts)
    return [(step.step, slot, slot.why, slot.evidence) for step in route.steps for slot in step.slots]


def rebuilt(snapshot):
    return replace(snapshot, mandates=tuple(snapshot.mandates))


def change_at_random(random, snapshot, other):
    """Return the snapshot with some of its rows, people and settings taken from another one."""
    ids = [row.id for row in snapshot.mandates]
    users = {person.id for person in snapshot.people}
    fresh = [row for row in other.mandates if row.user in users]
    put = [replace(row, id=random.choice([*ids, f"new{number}"])) for number, row in enumerate(random.sample(fresh, min(len(fresh), 3)))]
    people = [replace(person, successor=None) for person in random.sample(other.people, 2) if random.random() < 0.5]
    parts = {"approval_type", "rules", "chart", "exchange_rates", "base_currencies"}
    return snapshot.with_changes(
        version="next",
        mandates={row.id: row for row in put}.values(),
        mandates_removed=[*random.sample(ids, min(len(ids), random.randrange(3))), "unknown"],
        people=people,
        **{name: getattr(other, name) for name in sorted(parts) if random.random() < 0.2},
    )


def test_changed_snapshot_answers_like_one_built_anew():
    for seed in range(700_000, 700_300):
        random = Random(seed)
        snapshot, asked = make_case(seed)
        first = answer(snapshot, asked)
        before = snapshot
        for step in range(3):
            changed = change_at_random(random, before, make_case(seed * 3 + step)[0])

            assert answer(changed, asked) == answer(rebuilt(changed), asked), f"seed {seed}"
            before = changed
        assert answer(snapshot, asked) == first, f"seed {seed}: the old snapshot stays as it was"


def test_change_of_one_mandate_shows_at_once_and_only_in_the_new_version():
    replaced = replace(MANDATES[0], rule="BM")

    changed = SNAPSHOT.with_changes(version="2", mandates=[replaced])

    asked = transaction(line("20000"))
    assert [step.step for step in resolve_role_players(changed, asked, on=TODAY).steps] == [L1]
    assert len(resolve_role_players(SNAPSHOT, asked, on=TODAY).steps) == 2
    assert (changed.version, SNAPSHOT.version) == ("2", "1")
    assert changed.mandates == (replaced, *MANDATES[1:])
    assert changed == replace(SNAPSHOT, version="2", mandates=(replaced, *MANDATES[1:]))


def test_mandates_come_and_go():
    added = mandate("eva", "DL", [L1], "NEW", parameter_3="P7")
    asked = transaction(line("1", "NEW", parameter_3="P7"))

    with_row = SNAPSHOT.with_changes(version="2", mandates=[added])
    without = with_row.with_changes(version="3", mandates_removed=[added.id])

    assert resolve_role_players(with_row, asked, on=TODAY).steps[0].slots[0].role_player == "eva"
    with pytest.raises(NoRolePlayersFound):
        resolve_role_players(without, asked, on=TODAY)
    assert without.mandates == MANDATES
    assert without.with_changes(version="4", mandates_removed=[added.id]).mandates == MANDATES, "twice is once"


def test_successor_who_leaves_gives_way_to_the_next():
    """MXU-03."""
    asked = transaction(line("500"))
    marc, claire = (next(person for person in SNAPSHOT.people if person.id == user) for user in ("marc", "claire"))

    gone = SNAPSHOT.with_changes(version="2", people=[replace(marc, active=False, successor="claire")])
    both_gone = gone.with_changes(version="3", people=[replace(claire, active=False)])

    assert resolve_role_players(gone, asked, on=TODAY).steps[0].slots[0].role_player == "claire"
    with pytest.raises(NoRolePlayersFound, match="successor claire cannot act either"):
        resolve_role_players(both_gone, asked, on=TODAY)
    back = both_gone.with_changes(version="4", people=[marc])
    assert resolve_role_players(back, asked, on=TODAY).steps[0].slots[0].role_player == "marc"


def test_settings_rules_rates_and_chart_can_change():
    asked = transaction(line("8000", "NEW"), currency="USD")
    changed = SNAPSHOT.with_changes(
        version="2",
        approval_type=replace(SNAPSHOT.approval_type, second_line=False, threshold_1=Decimal(1)),
        rules=[*RULES, limit("TOP", None)],
        chart=[*CHART[:-1], ChartNode(cost_center="NEW", parent="GM")],
        exchange_rates=[ExchangeRate(source="EUR", target="USD", rate=Decimal(2), valid_on=date(2026, 1, 1))],
        base_currencies={"NL01": "EUR"},
        mandates=[mandate("ann", "TOP", [L1], "GM")],
    )

    route = resolve_role_players(changed, asked, on=TODAY)

    assert [(step.step.value, step.slots[0].role_player, step.slots[0].limit) for step in route.steps] == [
        ("first_line", "ann", None),
        ("first_overall", "claire", Decimal(100_000)),
    ]


def test_many_changes_are_put_together(monkeypatch):
    monkeypatch.setattr(rows, "CHANGES_MAX", 3)
    snapshot = SNAPSHOT
    for number in range(8):
        snapshot = snapshot.with_changes(version=str(number), mandates=[mandate("eva", "DL", [L1], f"N{number}")])

    assert [row.cost_center for row in snapshot.mandates[-8:]] == [f"N{number}" for number in range(8)]
    assert len(snapshot.mandates) == len(MANDATES) + 8
    assert resolve_role_players(snapshot, transaction(line("1", "N0")), on=TODAY).steps[0].slots[0].role_player == "eva"


def test_rows_are_a_sequence():
    first = MandateRows(MANDATES)

    assert first == MANDATES
    assert first == MandateRows(MANDATES)
    assert hash(first) == hash(MandateRows(MANDATES))
    assert first != MANDATES[1:]
    assert first != 1
    assert (first[0], first[-1], first[1:3]) == (MANDATES[0], MANDATES[-1], MANDATES[1:3])
    assert repr(first) == repr(MANDATES)
    assert first.find(MANDATES[2].id) is MANDATES[2]
    assert first.find("nobody's") is None
