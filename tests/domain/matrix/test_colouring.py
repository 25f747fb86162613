from itertools import product
from random import Random

import pytest

from app.domain.errors import SearchExhausted
from app.domain.matrix.colouring import STEPS_COUNT, UNCOLOURED, NodeBudget, find_colouring, holds

PEOPLE = 6


def make_clauses(random):
    literals = [person * STEPS_COUNT + step for person in range(PEOPLE) for step in range(random.choice([2, 3]))]
    return [tuple(random.sample(literals, random.randint(1, 3))) for _ in range(random.randint(3, 14))]


@pytest.mark.parametrize("block", range(4))
def test_colouring_exists_exactly_when_one_of_all_colourings_fits(block):
    """MATRIX 2.6."""
    found_some = found_none = 0
    for seed in range(block * 250, (block + 1) * 250):
        random = Random(seed)
        clauses = make_clauses(random)
        colours = [random.choice([UNCOLOURED] * 5 + [0]) for _ in range(PEOPLE)]
        hints = [random.choice([UNCOLOURED, 0, 1, 2]) for _ in range(PEOPLE)]
        choices = [range(3) if colour == UNCOLOURED else [colour] for colour in colours]
        possible = any(all(holds(clause, colouring) for clause in clauses) for colouring in product(*choices))

        found = find_colouring(clauses, colours, NodeBudget(10_000), hints)

        assert (found is not None) == possible, f"seed {seed}"
        if found is not None:
            assert all(holds(clause, found) for clause in clauses), f"seed {seed}"
            assert all(before in {UNCOLOURED, after} for before, after in zip(colours, found, strict=True)), f"seed {seed}"
        found_some += possible
        found_none += not possible
    assert min(found_some, found_none) > 20


def test_empty_clause_can_never_hold():
    assert find_colouring([()], [UNCOLOURED], NodeBudget(10)) is None
    assert find_colouring([], [UNCOLOURED], NodeBudget(10)) == [UNCOLOURED]


def test_budget_ends_the_search():
    random = Random(1)
    literals = [person * STEPS_COUNT + step for person in range(60) for step in range(2)]
    clauses = [tuple(random.sample(literals, 3)) for _ in range(260)]

    with pytest.raises(SearchExhausted) as caught:
        find_colouring(clauses, [UNCOLOURED] * 60, NodeBudget(1))

    assert caught.value.facts["limit"] == 1
