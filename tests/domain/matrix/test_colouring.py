from itertools import product
from random import Random

import pytest

from app.domain.errors import SearchExhausted
from app.domain.matrix.colouring import STEPS_COUNT, Colouring, NodeBudget, list_bits

PEOPLE = 6


def make_clauses(random):
    literals = [person * STEPS_COUNT + step for person in range(PEOPLE) for step in range(random.choice([2, 3]))]
    return [tuple(random.sample(literals, random.randint(1, 5))) for _ in range(random.randint(3, 14))]


def add(colouring, clauses):
    bits = 0
    for clause in clauses:
        bits |= colouring.add_clause(clause)
    return bits


def holds(clause, colours):
    return any(colours[literal // STEPS_COUNT] == literal % STEPS_COUNT for literal in clause)


def is_possible(clauses, fixed):
    """Whether one of all colourings fits, tried one by one."""
    choices = [[fixed[person]] if person in fixed else range(3) for person in range(PEOPLE)]
    return any(all(holds(clause, colouring) for clause in clauses) for colouring in product(*choices))


def colours_of(chosen):
    """Return person -> step; nobody has two."""
    literals = list_bits(chosen)
    assert len({literal // STEPS_COUNT for literal in literals}) == len(literals)
    return {literal // STEPS_COUNT: literal % STEPS_COUNT for literal in literals}


@pytest.mark.parametrize("block", range(4))
def test_colouring_exists_exactly_when_one_of_all_colourings_fits(block):
    """MATRIX 2.6."""
    found_some = found_none = 0
    for seed in range(block * 250, (block + 1) * 250):
        random = Random(seed)
        clauses = make_clauses(random)
        fixed = {person: 0 for person in range(PEOPLE) if random.random() < 0.15}
        possible = is_possible(clauses, fixed)
        colouring = Colouring()

        position = colouring.start(add(colouring, clauses))
        position = position and colouring.choose(position, [person * STEPS_COUNT + step for person, step in fixed.items()])
        found = position and colouring.complete(position, NodeBudget(10_000), hint=random.getrandbits(PEOPLE * STEPS_COUNT))

        assert (found is not None) == possible, f"seed {seed}"
        if found is not None:
            colours = colours_of(found.chosen)
            assert all(holds(clause, [colours.get(person) for person in range(PEOPLE)]) for clause in clauses), f"seed {seed}"
            assert fixed.items() <= colours.items(), f"seed {seed}"
        found_some += possible
        found_none += not possible
    assert min(found_some, found_none) > 20


def test_clauses_and_choices_that_come_later_count_like_those_of_the_beginning():
    """MATRIX 2.6: choices add clauses, and what is impossible is ruled out for good."""
    found_some = found_none = 0
    for seed in range(10_000, 10_600):
        random = Random(seed)
        early, late = make_clauses(random)[:6], make_clauses(random)[:5]
        chosen, refused = random.sample(range(PEOPLE), 2)
        colouring = Colouring()

        position = colouring.start(add(colouring, early))
        position = position and colouring.choose(position, [chosen * STEPS_COUNT + 1])
        position = position and colouring.demand(position, add(colouring, late))
        position = position and colouring.rule_out(position, refused * STEPS_COUNT)
        found = position and colouring.complete(position, NodeBudget(10_000))

        allowed = [[1] if person == chosen else [1, 2] if person == refused else [0, 1, 2] for person in range(PEOPLE)]
        possible = any(all(holds(clause, colours) for clause in early + late) for colours in product(*allowed))
        assert (found is not None) == possible, f"seed {seed}"
        if found is not None:
            assert colours_of(found.chosen).get(refused) != 0
        found_some += possible
        found_none += not possible
    assert min(found_some, found_none) > 50


def test_empty_clause_can_never_hold():
    colouring = Colouring()

    assert colouring.start(colouring.add_clause(())) is None
    assert colouring.start(0) is not None


def test_equal_clauses_are_one():
    colouring = Colouring()

    assert colouring.add_clause((1, 6)) == colouring.add_clause((1, 6)) == 1
    assert colouring.add_clause((1, 7)) == 2


def test_budget_ends_the_search():
    random = Random(1)
    literals = [person * STEPS_COUNT + step for person in range(60) for step in range(2)]
    colouring = Colouring()
    position = colouring.start(add(colouring, [tuple(random.sample(literals, 3)) for _ in range(260)]))

    with pytest.raises(SearchExhausted) as caught:
        colouring.complete(position, NodeBudget(1))

    assert caught.value.facts["limit"] == 1
