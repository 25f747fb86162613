"""The checks against a search written independently: every coding and every amount next to a breakpoint, asked one by one."""

import os
from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction
from itertools import product
from random import Random

import pytest

from app.domain.errors import CountersignError
from app.domain.matrix.checks.check import find_findings
from app.domain.matrix.checks.finding import RESOLVED
from app.domain.matrix.resolution import resolve_role_players
from app.domain.matrix.snapshot import Line, Transaction
from tests.domain.matrix.exhaustive import INFINITE, Exhaustive, Refused
from tests.domain.matrix.random_cases import CENTERS, ON, make_case

SEEDS = range(2_000) if os.environ.get("COUNTERSIGN_THOROUGH") else range(40)
GAP_CODES = {"no_role_player", "step_not_active", "dead_end", "limit_unreachable", "gap", "authority_ends"}
CENT = Decimal("0.01")


def list_amounts(snapshot, company, currency):
    """Every amount in cents at or just above a limit or threshold, and zero; in order."""
    asked = Exhaustive(snapshot, Transaction(currency=currency, lines=(Line(amount=Decimal(0), company=company),)), ON)
    points = {Fraction(0)}
    for rule in {row.rule for row in snapshot.mandates}:
        limit = asked.limit(rule, company)
        if limit is not None and limit != INFINITE:
            points.add(limit)
    kind = snapshot.approval_type
    for amount in (kind.check_amount, kind.check_amount_additional, kind.threshold_1, kind.threshold_2):
        if amount is not None:
            points.add(Fraction(amount) / asked.convert(Fraction(1), currency, kind.currency))
    floors = {(Decimal(point.numerator) / Decimal(point.denominator)).quantize(CENT, rounding=ROUND_FLOOR) for point in points}
    return sorted(floors | {floor + CENT for floor in floors})


def find_smallest_failing(snapshot, company, currency, center):
    """The smallest of these amounts that finds nobody, over all codings of the cost center."""
    worst = None
    for organisation, parameter_3, parameter_4 in product([None, "o1", "o2"], [None, "p"], [None, "q"]):
        for amount in list_amounts(snapshot, company, currency):
            if worst is not None and amount >= worst:
                break
            line = Line(
                amount=amount,
                company=company,
                cost_center=center,
                organisation=organisation,
                parameter_3=parameter_3,
                parameter_4=parameter_4,
            )
            answer = Exhaustive(snapshot, Transaction(currency=currency, lines=(line,)), ON).resolve()
            if isinstance(answer, str) and answer in {"no_exchange_rate", "chart_cycle"}:
                raise Refused(answer)
            if isinstance(answer, str):
                worst = amount
                break
    return worst


@pytest.mark.parametrize("seed", SEEDS)
def test_a_gap_exists_exactly_where_a_search_finds_one_and_its_smallest_amount_is_right(seed):
    """MATRIX 2.9."""
    random = Random(seed)
    snapshot, _ = make_case(seed)
    found = find_findings(snapshot, on=ON)
    company, currency = random.choice(["X", "Y"]), random.choice(["EUR", "USD", "GBP"])
    named = {line.currency for line in snapshot.rules if line.company in {company, None}} | {snapshot.base_currencies[company]}
    for center in random.sample(CENTERS, 2):
        try:
            expected = find_smallest_failing(snapshot, company, currency, center)
        except Refused:
            continue
        known = [node for node in snapshot.chart if center in {node.cost_center, node.parent}]
        is_there = known or any(row.cost_center == center for row in snapshot.mandates)
        if (
            currency not in named
            or not is_there
            or any(each.code == "rate_missing" and company in each.subject["companies"] for each in found)
        ):
            continue
        gaps = [
            Decimal(each.subject["smallest_amount"])
            for each in found
            if each.code in GAP_CODES
            and company in each.subject["companies"]
            and center in each.subject["cost_centers"]
            and each.subject["currency"] == currency
        ]
        assert min(gaps, default=None) == expected, (company, currency, center)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_counter_example_gets_the_answer_that_the_finding_names(seed):
    """Issue 3: each finding has a concrete counter-example, and it reproduces."""
    snapshot, _ = make_case(seed)

    for finding in find_findings(snapshot, on=ON):
        if finding.example is None:
            assert finding.code in {"successor_cycle", "backup_cycle"}
            continue
        try:
            resolve_role_players(snapshot, finding.example.transaction, on=finding.example.on)
            answer = RESOLVED
        except CountersignError as error:
            answer = error.code
        assert answer == finding.example.answer, finding
        if finding.code in GAP_CODES or finding.code in {"dead_end", "joint_dead_end", "no_common_overall", "forced_step_not_active"}:
            assert answer != RESOLVED, finding
