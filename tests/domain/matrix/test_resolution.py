"""The acceptance tests of the matrix sections of REQUIREMENTS.md that concern resolution, on fixture FX."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from app.domain.errors import ChartCycle, InvalidInput, NoExchangeRate, NoRolePlayersFound, StepNotActive
from app.domain.matrix.resolution import resolve_role_players
from app.domain.matrix.snapshot import ChartNode, ExchangeRate, Step, Transaction
from tests.domain.matrix.fx import (
    CHART,
    L1,
    L2,
    MANDATES,
    O1,
    O2,
    PEOPLE,
    RULES,
    SEC,
    SNAPSHOT,
    TODAY,
    limit,
    line,
    make_snapshot,
    mandate,
    transaction,
)


def resolve(*lines, snapshot=SNAPSHOT, on=TODAY, **values):
    return resolve_role_players(snapshot, transaction(*lines, **values), on=on)


def players(*lines, **values):
    """Return the role players as "step user" for every slot."""
    return [f"{step.step} {slot.role_player}" for step in resolve(*lines, **values).steps for slot in step.slots]


def pool_of(route, step, place=0):
    return route.find_step(step).slots[place].pool


def without(*users):
    return tuple(row for row in MANDATES if row.user not in users)


def test_steps_have_their_order():
    """MXS-01."""
    assert [step.order for step in (SEC, L1, L2, O1, O2)] == [0, 1, 2, 3, 4]
    assert [step.label for step in Step][2] == "second line"


def test_lines_of_one_coding_are_compared_one_by_one_or_in_sum():
    """MXS-02."""
    lines = [line("4000")] * 3

    assert players(*lines) == ["first_line marc"]
    assert players(*lines, snapshot=make_snapshot(aggregate="coding")) == ["first_line marc", "second_line claire"]


def test_nobody_for_an_active_secretary_step_is_an_error_unless_it_is_optional():
    """MXS-03."""
    with pytest.raises(NoRolePlayersFound, match="No role players could be found for step secretary") as caught:
        resolve(line("1"), snapshot=make_snapshot(secretary=True))

    assert caught.value.facts["step"] == "secretary"
    assert players(line("1"), snapshot=make_snapshot(secretary=True, secretary_optional=True)) == ["first_line marc"]


def test_secretary_signs_before_first_line_without_a_limit():
    """MXS-03."""
    snapshot = make_snapshot(secretary=True, added=[mandate("adm", "DL", [SEC], "GM")])

    route = resolve(line("9000"), snapshot=snapshot)

    assert [step.step for step in route.steps] == [SEC, L1]
    assert route.steps[0].slots[0].limit is None


@pytest.mark.parametrize("amount", ["0.01", "0", "-0.01"])
def test_first_line_is_always_needed(amount):
    """MXS-04."""
    assert players(line(amount)) == ["first_line marc"]


def test_step_that_is_off_is_left_out():
    """MXS-05, MXT-11."""
    assert players(line("12000"), snapshot=make_snapshot(second_line=False)) == ["first_line marc", "first_overall claire"]


@pytest.mark.parametrize(
    ("amount", "expected"), [("10000.00", ["first_line marc"]), ("10000.01", ["first_line marc", "second_line claire"])]
)
def test_limit_is_inclusive(amount, expected):
    """MXS-06, MXO-02."""
    assert players(line(amount)) == expected


def test_smallest_authority_signs_when_nobody_on_second_line_suffices():
    """MXS-07."""
    assert players(line("300000")) == ["first_line marc", "second_line claire", "first_overall frank"]


def test_branches_go_their_own_way():
    """MXS-08."""
    own = [mandate("jeremy", "BM", [L2], "SALES"), mandate("ann", "BM", [L2], "CON")]

    found = players(line("12000"), line("12000", "CON"), snapshot=make_snapshot(added=own))

    assert found == ["first_line marc", "first_line carl", "second_line jeremy", "second_line ann"]


def test_one_person_may_sign_second_line_of_several_lines():
    """MXS-09."""
    lines = (line("60000"), line("60000", "CON"))

    assert players(*lines) == ["first_line marc", "first_line carl", "second_line donald", "second_line donald"]
    assert players(*lines, snapshot=make_snapshot(aggregate="approver")) == players(*lines)


def test_aggregate_by_approver_compares_the_sum_that_one_person_signs():
    """MXS-09: 600,000 in three lines of 200,000 is more than Donald's 250,000, so an overall approver signs too."""
    lines = (line("200000"), line("200000", "CON"), line("200000", "SUP"))

    per_line = players(*lines)
    per_approver = players(*lines, snapshot=make_snapshot(aggregate="approver"))

    assert [found for found in per_line if "overall" in found] == []
    assert [found for found in per_approver if "overall" in found] == ["first_overall frank"]


def test_overall_amount_is_never_less_than_the_largest_line():
    """MXS-10."""
    route = resolve(line("60000"), line("-55000"), snapshot=make_snapshot(second_line=False))

    assert route.find_step(O1).slots[0].role_player == "donald"


def test_credit_counts_by_its_size():
    """MXS-12."""
    assert players(line("-12000")) == ["first_line marc", "second_line claire"]


def test_two_approval_types_have_their_own_limits():
    """MXS-14."""
    claims = make_snapshot(rules=(*(replace(found, limit=Decimal(100)) for found in RULES if found.rule != "CFO"), RULES[3]))

    assert players(line("500")) == ["first_line marc"]
    assert players(line("500"), snapshot=claims)[:2] == ["first_line marc", "second_line claire"]


def test_named_parameter_beats_cost_centers():
    """MXP-01, MXP-02, MXP-06."""
    by_ledger = make_snapshot(added=[mandate("carl", "DL", [L1], parameter_4="4500")])
    far = make_snapshot(mandates=without("jeremy"), added=[mandate("eva", "DL", [L1], "GM", organisation="Informatique")])

    assert players(line("500", parameter_4="4500"), snapshot=by_ledger) == ["first_line carl"]
    assert players(line("500"), snapshot=by_ledger) == ["first_line marc"]
    assert players(line("500", "SUP", organisation="Informatique"), snapshot=far) == ["first_line eva"]


@pytest.mark.parametrize(
    ("cost_center", "organisation", "expected"),
    [("SUP", "Informatique", "jeremy"), ("CON", "Informatique", "carl"), ("SUP", "Acme", "ann"), ("SUP", None, "ann")],
)
def test_all_named_parameters_must_match(cost_center, organisation, expected):
    """MXP-03, MXP-05, MXM-06."""
    values = {} if organisation is None else {"organisation": organisation}

    assert players(line("500", cost_center, **values)) == [f"first_line {expected}"]


@pytest.mark.parametrize(("priority", "expected"), [((2, 3, 4), "ann"), ((3, 2, 4), "carl"), ((4, 3, 2), "carl")])
def test_priority_orders_the_parameters(priority, expected):
    """MXP-04, MXT-10."""
    rows = [mandate("ann", "DL", [L1], organisation="Acme"), mandate("carl", "DL", [L1], parameter_3="P7")]
    snapshot = make_snapshot(mandates=(*rows, *without("ann", "carl", "jeremy")), priority=priority)

    assert players(line("500", organisation="Acme", parameter_3="P7"), snapshot=snapshot) == [f"first_line {expected}"]


def test_row_naming_a_parameter_never_matches_a_line_without_it():
    """MXP-07."""
    snapshot = make_snapshot(added=[mandate("carl", "DL", [L1], parameter_3="P7")])

    assert players(line("500"), snapshot=snapshot) == ["first_line marc"]
    assert players(line("500", parameter_3="P7"), snapshot=snapshot) == ["first_line carl"]


def test_one_person_cannot_play_two_steps():
    """MXR-01, MXR-04."""
    snapshot = make_snapshot(mandates=[mandate("marc", "DL", [L1], "SALES"), mandate("marc", "MT", [L2], "GM")])

    with pytest.raises(NoRolePlayersFound) as caught:
        resolve(line("20000"), snapshot=snapshot)

    facts = caught.value.facts
    assert (facts["step"], facts["lines"], facts["path"]) == ("second_line", [0], ["SALES", "GM"])
    assert facts["rejected"] == [{"user": "marc", "reason": "plays first_line"}]
    assert [(found["step"], found["users"]) for found in facts["conflict"]] == [("first_line", ["marc"]), ("second_line", ["marc"])]
    assert "NL01/SALES" in caught.value.detail
    assert "Looked at SALES > GM" in caught.value.detail


def test_one_role_on_several_lines_is_one_role():
    """MXR-02."""
    assert players(line("1"), line("2", parameter_3="P7")) == ["first_line marc", "first_line marc"]


def test_alternative_is_searched_before_giving_up():
    """MXR-03."""
    rows = [mandate("marc", "DL", [L1], "SALES"), mandate("marc", "MT", [L2, O1], "GM"), mandate("claire", "DL", [L1], "GM")]

    assert players(line("20000"), snapshot=make_snapshot(mandates=rows)) == ["first_line claire", "second_line marc"]


def test_signer_never_moves_to_another_step():
    """MXR-03, COD-05: claire signed second line, so donald signs first overall; marc signed SALES, recoded to CON he may not be second line."""
    forced = make_snapshot(check_amount=Decimal(5000), check_amount_additional=Decimal(5000))
    moved = make_snapshot(added=[mandate("marc", "BM", [L2], "CON")])

    assert players(line("8000"), snapshot=forced, signed=[("donald", L2)])[1:] == ["second_line claire", "first_overall frank"]
    assert players(line("12000", "CON"), snapshot=moved) == ["first_line carl", "second_line marc"]
    assert players(line("12000", "CON"), snapshot=moved, signed=[("marc", L1)]) == ["first_line carl", "second_line claire"]


@pytest.mark.parametrize("role", [{"submitter": "marc"}, {"coders": ("eva", "marc")}])
def test_submitter_and_coders_hold_no_role(role):
    """MXR-05, COD-03."""
    alternative = make_snapshot(added=[mandate("jeremy", "DL", [L1], "GM")])

    assert players(line("500"), snapshot=alternative, **role) == ["first_line jeremy"]
    assert players(
        line("500"), snapshot=replace(alternative, approval_type=replace(alternative.approval_type, exclude_submitter=False)), **role
    ) == ["first_line marc"]
    with pytest.raises(NoRolePlayersFound, match="Marc Anthony: (submitted|coded) this transaction"):
        resolve(line("500"), **role)


def test_equal_people_form_a_pool():
    """MXR-06."""
    route = resolve(line("30000"))

    assert pool_of(route, L2) == ("claire", "donald")
    assert route.find_step(L2).slots[0].role_player == "claire"
    assert "Claire or Donald: one signature is enough." in route.find_step(L2).slots[0].why


def test_pools_share_nobody():
    """MXR-06, MATRIX 2.7."""
    route = resolve(line("8000"), snapshot=make_snapshot(check_amount=Decimal(5000), check_amount_additional=Decimal(5000)))

    assert pool_of(route, L2) == ("claire",)
    assert pool_of(route, O1) == ("donald", "frank")


def test_portal_user_is_no_candidate_and_inactive_user_is_replaced():
    """MXU-01, MXU-03."""
    portal = make_snapshot(added=[mandate("pia", "DL", [L1], "NEW")])
    successor = make_snapshot(mandates=[mandate("otto", "DL", [L1], "CON")])

    with pytest.raises(NoRolePlayersFound, match="Pia: portal user"):
        resolve(line("500", "NEW"), snapshot=portal)
    route = resolve(line("500", "CON"), snapshot=successor)
    assert route.steps[0].slots[0].role_player == "marc"
    assert route.steps[0].slots[0].evidence[0].mandate_of == "otto"


@pytest.mark.parametrize(
    ("people", "reason"),
    [
        ([("otto", False, None)], "inactive without successor"),
        ([("otto", False, "hugo"), ("hugo", False, "otto")], "successors lead in a circle"),
        ([("otto", False, "hugo"), ("hugo", False, None)], "successor hugo cannot act either"),
    ],
)
def test_nobody_acts_for_an_inactive_user_without_a_successor_who_can(people, reason):
    """MXU-03."""
    others = tuple(replace(PEOPLE[0], id=user, full_name="", active=active, successor=successor) for user, active, successor in people)

    with pytest.raises(NoRolePlayersFound) as caught:
        resolve(line("500"), snapshot=make_snapshot(mandates=[mandate("otto", "DL", [L1], "SALES")], people=others))

    assert caught.value.facts["rejected"] == [{"user": "otto", "reason": reason}]


@pytest.mark.parametrize(("amount", "expected"), [("8000", ["first_line marc", "second_line claire"]), ("5000", ["first_line marc"])])
def test_check_amount_forces_the_first_active_step(amount, expected):
    """MXT-04."""
    assert players(line(amount), snapshot=make_snapshot(check_amount=Decimal(5000))) == expected


def test_additional_check_amount_forces_a_second_additional_approver():
    """MXT-05."""
    snapshot = make_snapshot(check_amount_additional=Decimal(5000))

    assert players(line("8000"), snapshot=snapshot) == ["first_line marc", "second_line claire", "first_overall donald"]


def test_required_cost_center_link_stops_the_walk_on_lines_but_not_overall():
    """MXT-06."""
    snapshot = make_snapshot(link_cost_center_required=True)

    with pytest.raises(NoRolePlayersFound) as caught:
        resolve(line("60000"), snapshot=snapshot)

    assert caught.value.facts["step"] == "second_line"
    assert players(line("60000"), snapshot=replace(snapshot, approval_type=replace(snapshot.approval_type, second_line=False))) == [
        "first_line marc",
        "first_overall donald",
    ]


def test_thresholds_force_their_overall_steps():
    """MXT-07."""
    assert players(line("8000"), snapshot=make_snapshot(threshold_1=Decimal(5000))) == ["first_line marc", "first_overall claire"]
    assert players(line("8000"), snapshot=make_snapshot(threshold_2=Decimal(5000))) == [
        "first_line marc",
        "first_overall claire",
        "second_overall frank",
    ]


@pytest.mark.parametrize(
    ("settings", "step"),
    [
        ({"check_amount": Decimal(1), "second_line": False, "first_overall": False, "second_overall": False}, "second_line"),
        ({"check_amount_additional": Decimal(1), "first_overall": False, "second_overall": False}, "first_overall"),
        ({"threshold_1": Decimal(1), "first_overall": False}, "first_overall"),
        ({"threshold_2": Decimal(1), "second_overall": False}, "second_overall"),
    ],
)
def test_forcing_a_step_that_is_off_is_an_error(settings, step):
    """MXT-11."""
    with pytest.raises(StepNotActive) as caught:
        resolve(line("8000"), snapshot=make_snapshot(**settings))

    assert caught.value.facts["step"] == step


def test_insufficient_authority_without_a_further_step_is_an_error():
    """MATRIX 2.2."""
    with pytest.raises(NoRolePlayersFound, match="Authority is insufficient and no further step is active"):
        resolve(line("300000"), snapshot=make_snapshot(first_overall=False, second_overall=False))


def test_second_overall_needed_for_authority_must_reach_the_total():
    """MATRIX 2.2, MXS-07."""
    rows = [mandate("eva", "CFO", [O2], "GM"), *without("frank"), mandate("frank", "MT", [O2], "GM")]

    assert players(line("300000"), snapshot=make_snapshot(mandates=rows)) == [
        "first_line marc",
        "second_line claire",
        "first_overall donald",
        "second_overall eva",
    ]


def test_rule_has_its_own_line_for_each_company():
    """MXL-02."""
    assert players(line("8500", company="UK01"), currency="GBP") == ["first_line marc", "second_line claire"]
    assert players(line("8000", company="UK01"), currency="GBP") == ["first_line marc"]


@pytest.mark.parametrize(
    ("amount", "expected"),
    [("10500", ["first_line marc"]), ("11000", ["first_line marc"]), ("11000.01", ["first_line marc", "second_line claire"])],
)
def test_limit_is_converted_exactly(amount, expected):
    """MXL-03."""
    assert players(line(amount), currency="USD") == expected
    assert resolve(line("1"), currency="USD").steps[0].slots[0].limit == Decimal(11000)


def test_missing_direction_uses_the_inverse_without_rounding():
    """MXL-03: 10,000 EUR at 3 EUR a unit is 3,333.33… units; the last cent below counts, the next does not."""
    rates = (ExchangeRate(source="XTS", target="EUR", rate=Decimal(3)),)
    snapshot = make_snapshot(exchange_rates=rates)

    assert players(line("3333.33333333333333"), snapshot=snapshot, currency="XTS") == ["first_line marc"]
    assert players(line("3333.33333333333334"), snapshot=snapshot, currency="XTS") == ["first_line marc", "second_line claire"]
    assert resolve(line("1"), snapshot=snapshot, currency="XTS").steps[0].slots[0].limit == Decimal("3333.33")


def test_amounts_beyond_28_digits_are_exact():
    snapshot = make_snapshot(rules=[limit("DL", "999999999999999999.999999999999999998"), limit("BM", None)])

    assert players(line("999999999999999999.999999999999999998"), snapshot=snapshot) == ["first_line marc"]
    assert players(line("-999999999999999999.999999999999999999"), snapshot=snapshot) == ["first_line marc", "second_line claire"]


def test_missing_rate_is_an_error_and_a_line_for_the_company_outranks_any_company():
    """MXL-03."""
    own_first = make_snapshot(rules=(*RULES, limit("DL", "1", None, "USD")))

    with pytest.raises(NoExchangeRate) as caught:
        resolve(line("1"), currency="CHF")
    assert (caught.value.facts["source"], caught.value.facts["target"]) == ("EUR", "CHF")
    with pytest.raises(NoExchangeRate):
        resolve(line("1"), snapshot=make_snapshot(check_amount=Decimal(1), rules=(limit("DL", "9", "NL01", "CHF"),)), currency="CHF")
    assert players(line("10500"), snapshot=own_first, currency="USD") == ["first_line marc"]


def test_newest_rate_on_or_before_the_day_counts():
    """MXL-03: the document's own date, or the day of resolution where the type says so."""
    rates = (
        ExchangeRate(source="EUR", target="USD", rate=Decimal("1.10"), valid_on=TODAY - timedelta(days=10)),
        ExchangeRate(source="EUR", target="USD", rate=Decimal("1.20"), valid_on=TODAY - timedelta(days=1)),
        ExchangeRate(source="EUR", target="USD", rate=Decimal("9.99"), valid_on=TODAY + timedelta(days=1)),
    )
    issued = {"currency": "USD", "issued_on": TODAY - timedelta(days=5)}

    def limit_of(**settings):
        return resolve(line("1"), snapshot=make_snapshot(exchange_rates=rates, **settings), **issued).steps[0].slots[0].limit

    assert limit_of() == Decimal(11000)
    assert limit_of(rate_on="resolution") == Decimal(12000)
    with pytest.raises(NoExchangeRate):
        resolve(line("1"), snapshot=make_snapshot(exchange_rates=rates), currency="USD", issued_on=TODAY - timedelta(days=11))


def test_unlimited_is_a_flag_and_a_rule_without_a_line_gives_no_authority():
    """MXL-03, MXL-04."""
    unlimited = make_snapshot(rules=[limit("DL", None)])

    route = resolve(line("999999999999"), snapshot=unlimited)

    assert [step.step for step in route.steps] == [L1]
    assert route.steps[0].slots[0].limit is None
    assert "unlimited" in route.steps[0].slots[0].why
    with pytest.raises(NoRolePlayersFound, match="Marc Anthony: no limit for DE01 in EUR"):
        resolve(line("1", company="DE01"))


def test_parents_are_looked_up_and_the_smallest_sufficient_authority_signs():
    """MXO-02."""
    assert players(line("60000")) == ["first_line marc", "second_line donald"]
    assert players(line("9", "SUP-N-1")) == ["first_line ann"]


def test_unlinked_cost_center_needs_its_own_mandate():
    """MXO-03, MXO-07, COD-04."""
    with pytest.raises(NoRolePlayersFound, match="NEW is not in the chart. Link it, or give it a mandate.") as caught:
        resolve(line("500", "NEW"))
    assert (caught.value.facts["step"], caught.value.facts["rejected"]) == ("first_line", [])

    own = make_snapshot(added=[mandate("eva", "DL", [L1], "NEW")])
    linked = make_snapshot(chart=(*CHART[:-1], ChartNode(cost_center="NEW", parent="GM")), added=[mandate("eva", "DL", [L1], "GM")])
    assert players(line("500", "NEW"), snapshot=own) == ["first_line eva"]
    assert players(line("500", "NEW"), snapshot=linked) == ["first_line eva"]


def test_overall_approver_covers_every_line():
    """MXO-06, MXS-09."""
    lines = (line("20000"), line("20000", "CON"))
    snapshot = make_snapshot(second_line=False)
    own_rows = [mandate("eva", "BM", [O1], "CON"), mandate("eva", "MT", [O1], "SALES"), mandate("adm", "MT", [O1], "CON")]

    assert players(*lines, snapshot=snapshot) == ["first_line marc", "first_line carl", "first_overall claire"]
    route = resolve(*lines, snapshot=make_snapshot(second_line=False, added=own_rows))
    assert route.find_step(O1).slots[0].role_player == "eva"
    assert route.find_step(O1).slots[0].limit == Decimal(50000), "the lower of the two"
    refused = {found.user: found.reason for found in route.find_step(O1).slots[0].evidence}
    assert refused["adm"] == "no mandate for line 1"


@pytest.mark.parametrize("scope", ["all", "company"])
def test_chart_is_per_company_or_for_all(scope):
    """MXO-01."""
    chart = tuple(replace(node, company="NL01" if scope == "company" else None) for node in CHART)
    snapshot = make_snapshot(chart=chart, chart_scope=scope, rules=(*RULES, *(limit(row.rule, "1000000", "DE01") for row in RULES[:4])))

    assert players(line("500", "SUP-N"), snapshot=snapshot) == ["first_line ann"]
    if scope == "all":
        assert players(line("500", "SUP-N", "DE01"), snapshot=snapshot) == ["first_line ann"]
    else:
        with pytest.raises(NoRolePlayersFound):
            resolve(line("500", "SUP-N", "DE01"), snapshot=snapshot)


def test_nobody_covers_two_companies():
    """MXO-13."""
    rows = [
        mandate("marc", "DL", [L1], "SALES", company="NL01"),
        mandate("ann", "DL", [L1], "SALES", company="DE01"),
        mandate("claire", "BM", [O1], "GM", company="NL01"),
        mandate("donald", "BM", [O1], "GM", company="DE01"),
    ]
    chart = tuple(replace(node, company=company) for company in ("NL01", "DE01") for node in CHART)
    rules = (*RULES, limit("DL", "10000", "DE01"), limit("BM", "50000", "DE01"))
    snapshot = make_snapshot(mandates=rows, chart=chart, rules=rules, chart_scope="company", second_line=False)

    with pytest.raises(NoRolePlayersFound, match="first overall, whole transaction: NL01/SALES and DE01/SALES") as caught:
        resolve(line("12000"), line("12000", company="DE01"), snapshot=snapshot)

    assert caught.value.facts["step"] == "first_overall"
    assert caught.value.facts["lines"] == [0, 1]


def test_cycle_in_the_chart_is_an_error():
    """MXO-10."""
    chart = (ChartNode(cost_center="GM", parent="SALES"), ChartNode(cost_center="SALES", parent="GM"))

    with pytest.raises(ChartCycle, match="SALES > GM > SALES"):
        resolve(line("1"), snapshot=make_snapshot(chart=chart))


@pytest.mark.parametrize(
    ("on", "expected"),
    [(date(2026, 11, 30), "jeremy"), (date(2026, 12, 1), "eva"), (date(2026, 12, 31), "eva"), (date(2027, 1, 1), "jeremy")],
)
def test_first_and_last_day_of_a_mandate_count(on, expected):
    """MXM-04."""
    dated = mandate("eva", "DL", [L1], "NEW", starts_on=date(2026, 12, 1), ends_on=date(2026, 12, 31))
    snapshot = make_snapshot(added=[dated, mandate("jeremy", "DL", [L1])])

    assert players(line("500", "NEW"), snapshot=snapshot, on=on) == [f"first_line {expected}"]
    refused = {found.user: found.reason for found in resolve(line("500", "NEW"), snapshot=snapshot, on=on).steps[0].slots[0].evidence}
    if on == date(2026, 11, 30):
        assert refused["eva"] == "mandate starts on 2026-12-01"
    if on == date(2027, 1, 1):
        assert refused["eva"] == "mandate ended on 2026-12-31"


def test_expired_mandate_never_counts():
    """MXM-08."""
    with pytest.raises(NoRolePlayersFound, match="Eva: mandate expired"):
        resolve(line("1", "NEW"), snapshot=make_snapshot(added=[mandate("eva", "DL", [L1], "NEW", expired=True)]))


def test_largest_of_several_limits_counts():
    """MXM-09."""
    assert players(line("12000"), snapshot=make_snapshot(added=[mandate("marc", "BM", [L1], "SALES")])) == ["first_line marc"]


def test_company_of_a_mandate_narrows_it_and_breaks_ties_last():
    """MXM-10."""
    narrow = make_snapshot(mandates=[mandate("eva", "DL", [L1], "GM", company="NL01"), mandate("marc", "DL", [L1], "SALES")])
    tie = make_snapshot(mandates=[mandate("adm", "DL", [L1], "SALES"), mandate("eva", "DL", [L1], "SALES", company="NL01")])
    only = make_snapshot(mandates=[mandate("eva", "DL", [L1], "SALES", company="NL01")], rules=[limit("DL", "9", None)])

    assert players(line("5"), snapshot=narrow) == ["first_line marc"]
    assert players(line("5"), snapshot=tie) == ["first_line eva"]
    with pytest.raises(NoRolePlayersFound):
        resolve(line("5", company="DE01"), snapshot=only)


def test_chain_has_every_level_up_to_the_first_sufficient_one_sign():
    """MATRIX 2.4, approver_limit = chain."""
    rows = [
        *MANDATES[:4],
        mandate("eva", "DL", [L2], "SUP-N"),
        mandate("claire", "BM", [L2], "SUP"),
        mandate("donald", "MT", [L2], "GM"),
        mandate("frank", "CFO", [O1], "GM"),
    ]
    chain = make_snapshot(mandates=rows, approver_limit="chain")

    assert players(line("30000", "SUP-N"), snapshot=chain) == ["first_line ann", "second_line eva", "second_line claire"]
    assert players(line("30000", "SUP-N"), snapshot=make_snapshot(mandates=rows)) == ["first_line ann", "second_line claire"]
    assert players(line("300000", "SUP-N"), snapshot=chain)[-2:] == ["second_line donald", "first_overall frank"]
    why = resolve(line("30000", "SUP-N"), snapshot=chain).find_step(L2).slots[1].why
    assert "higher than Eva's limit of 10,000.00" in why


def test_sentence_names_the_numbers_that_decided():
    """MXR-10."""
    route = resolve(line("300000"))

    whys = [step.slots[0].why for step in route.steps]
    assert whys[0].startswith("Line 1 on SALES is EUR 300,000.00. First line always signs. Marc Anthony holds first line for SALES.")
    assert whys[1].startswith(
        "Line 1 on SALES is EUR 300,000.00. That is higher than Marc Anthony's limit of 10,000.00, so second line signs too. "
        "Claire holds second line for GM, one level above SALES. The limit is 50,000.00, so first overall signs after;"
    )
    assert whys[2].startswith(
        "Line 1 on SALES is EUR 300,000.00. That is higher than Claire's limit of 50,000.00, so first overall signs too."
    )


def test_evidence_lists_everybody_considered_with_the_reason():
    """MXR-10."""
    considered = {found.user: found for found in resolve(line("60000")).find_step(L2).slots[0].evidence}

    assert considered["donald"].outcome == "chosen"
    assert (considered["claire"].outcome, considered["claire"].reason) == ("not_chosen", "insufficient: limit 50,000.00 for EUR 60,000.00")
    assert (considered["claire"].limit, considered["claire"].levels_up, considered["claire"].cost_center) == (Decimal(50000), 1, "GM")


def test_detail_changes_the_words_and_never_the_people():
    lines = transaction(line("300000"), line("60000", "CON"))

    people, evidence = (resolve_role_players(SNAPSHOT, lines, on=TODAY, detail=detail) for detail in ("people", "evidence"))

    assert people == evidence
    assert [(slot.why, slot.evidence) for step in people.steps for slot in step.slots] == [("", ())] * 5
    assert all(slot.why and slot.evidence for step in evidence.steps for slot in step.slots)


def test_same_question_has_the_same_answer():
    first, second = (resolve(line("300000"), line("9", "SUP-N")) for _ in range(2))

    assert first == second
    for one, other in zip(first.steps, second.steps, strict=True):
        assert [(slot.why, slot.evidence) for slot in one.slots] == [(slot.why, slot.evidence) for slot in other.slots]


@pytest.mark.parametrize(
    "asked",
    [
        Transaction(currency="EUR", lines=()),
        transaction(*[line("1")] * 10_001),
        transaction(line("1"), signed=[("marc", L1), ("marc", L2)]),
    ],
)
def test_transaction_that_makes_no_sense_is_refused(asked):
    with pytest.raises(InvalidInput):
        resolve_role_players(SNAPSHOT, asked, on=TODAY)


def test_route_finds_steps_and_people():
    route = resolve(line("12000"))

    assert route.find_step(O1) is None
    assert (route.step_of("donald"), route.step_of("frank")) == (L2, None)
