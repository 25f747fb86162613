"""Each kind of finding on fixture FX changed a little: found where it is, not found where it is not, and shown by a transaction."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from app.domain.errors import CountersignError
from app.domain.matrix.checks.check import find_findings
from app.domain.matrix.checks.survey import Surroundings
from app.domain.matrix.resolution import resolve_role_players
from app.domain.matrix.snapshot import ChartNode, Person
from tests.domain.matrix.fx import CHART, L1, L2, MANDATES, O1, O2, PEOPLE, SEC, TODAY, limit, make_snapshot, mandate

FX_CODES = {
    "authority_ends", "limit_missing", "no_role_player", "single_point_of_failure", "split_risk", "sum_risk", "unlinked_cost_center",
}  # fmt: skip


def find(code, snapshot, *, on=TODAY, **around):
    """Return the findings of a code."""
    return [each for each in find_findings(snapshot, on=on, around=Surroundings(**around)) if each.code == code]


def answer_to(snapshot, finding):
    """Return what resolve answers to a finding's example."""
    try:
        resolve_role_players(snapshot, finding.example.transaction, on=finding.example.on)
    except CountersignError as error:
        return error.code
    return "resolved"


def test_fixture_fx_has_its_known_findings_and_no_others():
    assert {each.code for each in find_findings(make_snapshot(), on=TODAY)} == FX_CODES


def test_the_smallest_amount_that_finds_nobody_is_just_above_the_last_limit():
    snapshot = make_snapshot()

    (gap,) = [each for each in find("authority_ends", snapshot) if "NL01" in each.subject["companies"]]

    assert gap.subject["smallest_amount"] == "1000000.01"
    assert gap.subject["cost_centers"] == ["CON", "SALES", "SUP", "SUP-N", "SUP-N-1"]


def test_new_cost_centers_find_nobody_for_any_amount():
    """MXO-03."""
    (gap,) = [each for each in find("no_role_player", make_snapshot()) if "NL01" in each.subject["companies"]]

    assert gap.subject["cost_centers"] == ["GM", "NEW"]
    assert gap.subject["smallest_amount"] == "0.00"


def test_a_gap_is_where_others_go_further():
    snapshot = make_snapshot(mandates=[*MANDATES[:3], mandate("donald", "MT", [L2], "CON")])

    (gap,) = [each for each in find("gap", snapshot) if "NL01" in each.subject["companies"]]

    assert gap.subject["cost_centers"] == ["SALES", "SUP", "SUP-N", "SUP-N-1"]
    assert gap.subject["smallest_amount"] == "10000.01"


def test_a_limit_that_a_missing_step_keeps_from_being_used_is_unreachable():
    snapshot = make_snapshot(mandates=[*MANDATES[:3], mandate("frank", "CFO", [O2], "GM")])

    (finding,) = [each for each in find("limit_unreachable", snapshot) if "NL01" in each.subject["companies"]]

    assert finding.subject["smallest_amount"] == "10000.01"


def test_a_dead_end_is_where_one_person_would_have_to_sign_twice():
    """MXR-01: E16."""
    snapshot = make_snapshot(mandates=[mandate("marc", "DL", [L1], "SALES"), mandate("marc", "MT", [L2], "GM")])

    (finding,) = [each for each in find("dead_end", snapshot) if "NL01" in each.subject["companies"]]

    assert finding.subject["cost_centers"] == ["SALES"]
    assert finding.subject["smallest_amount"] == "10000.01"
    assert answer_to(snapshot, finding) == "no_role_players_found"


def test_a_joint_dead_end_needs_one_person_in_two_steps():
    rows = [
        mandate("marc", "DL", [L1], "SALES"),
        mandate("marc", "MT", [L2], "CON"),
        mandate("carl", "DL", [L1], "CON"),
        mandate("donald", "MT", [L2], "SALES"),
    ]
    snapshot = make_snapshot(mandates=rows, first_overall=False, second_overall=False)

    (finding,) = [each for each in find("joint_dead_end", snapshot) if "NL01" in each.subject["companies"]]

    assert finding.subject["users"] == ["marc"]
    assert finding.subject["steps"] == ["first_line", "second_line"]
    assert [str(line.amount) for line in finding.example.transaction.lines] == ["0.00", "10000.01"]
    assert answer_to(snapshot, finding) == "no_role_players_found"


def test_lines_that_nobody_may_sign_together_are_told():
    """MXO-13."""
    chart = [
        *[node for node in CHART if node.cost_center not in {"CON", "GM"}],
        ChartNode(cost_center="CON", parent="HQ"),
        ChartNode(cost_center="HQ"),
    ]
    rows = [*MANDATES[:2], mandate("claire", "BM", [O1], "GM"), mandate("donald", "MT", [O1], "HQ")]
    snapshot = make_snapshot(mandates=rows, chart=tuple(chart), second_line=False, second_overall=False)

    (finding,) = [each for each in find("no_common_overall", snapshot) if "NL01" in each.subject["companies"]]

    assert finding.subject["cost_centers"] == ["CON", "SALES"]


def test_a_person_without_whom_nothing_goes_is_told_unless_there_is_a_backup():
    snapshot = make_snapshot()

    alone = {user for each in find("single_point_of_failure", snapshot) for user in each.subject["users"]}
    backed = {user for each in find("single_point_of_failure", snapshot, backups={"marc": "ann"}) for user in each.subject["users"]}

    assert {"marc", "carl", "ann", "frank"} <= alone
    assert "donald" not in alone
    assert alone - backed == {"marc"}


def test_second_line_for_two_needs_nobody_alone():
    snapshot = make_snapshot(added=[mandate("eva", "DL", [L1], "SALES")])

    assert not [each for each in find("single_point_of_failure", snapshot) if each.subject["users"] == ["marc"]]


@pytest.mark.parametrize(("aggregate", "is_found"), [("line", True), ("coding", False), ("approver", False)])
def test_splitting_evades_limits_that_are_compared_line_by_line(aggregate, is_found):
    """MXS-02: three lines of 4,000 need marc alone, one of 12,000 needs claire as well."""
    found = find("split_risk", make_snapshot(aggregate=aggregate))

    assert bool(found) is is_found


@pytest.mark.parametrize(("aggregate", "is_found"), [("line", True), ("coding", True), ("approver", False)])
def test_one_person_may_sign_more_in_sum_than_the_limit(aggregate, is_found):
    """MXS-09."""
    assert bool(find("sum_risk", make_snapshot(aggregate=aggregate))) is is_found


def test_thresholds_out_of_order_and_of_a_step_that_is_off():
    """MXT-11, MXT-12."""
    swapped = make_snapshot(threshold_1=Decimal(100), threshold_2=Decimal(50), check_amount=Decimal(9), check_amount_additional=Decimal(8))
    inactive = make_snapshot(threshold_2=Decimal(500), second_overall=False)

    assert [each.subject["settings"] for each in find("thresholds_out_of_order", swapped)] == [
        ["check_amount", "check_amount_additional"],
        ["threshold_1", "threshold_2"],
    ]
    (forced,) = find("forced_step_not_active", inactive)
    assert forced.example.transaction.lines[0].amount == Decimal("500.01")
    assert answer_to(inactive, forced) == "step_not_active"
    assert {"SALES", "CON"} <= set(find("step_not_active", inactive)[0].subject["cost_centers"])


def test_a_step_that_is_on_without_a_mandate():
    """MXS-03."""
    (finding,) = find("step_without_mandate", make_snapshot(secretary=True))

    assert (finding.severity, finding.subject["step"]) == ("error", "secretary")
    assert find("step_without_mandate", make_snapshot(secretary=True, secretary_optional=True))[0].severity == "warning"


def test_limits_missing_for_the_currency_of_a_company():
    """MXL-03."""
    found = {each.subject["companies"][0]: each for each in find("limit_missing", make_snapshot())}

    assert (found["DE01"].severity, found["UK01"].severity) == ("error", "warning")
    assert found["UK01"].subject["rules"] == ["CFO", "MT"]


def test_a_missing_exchange_rate():
    """MXL-03."""
    snapshot = make_snapshot(rules=[limit("DL", "10000", "NL01", "EUR"), limit("BM", "5", "NL01", "CHF")], exchange_rates=())

    found = find("rate_missing", snapshot)

    assert found
    assert {answer_to(snapshot, each) for each in found} <= {"no_exchange_rate", "resolved", "no_role_players_found"}


def test_mandates_of_a_portal_user_and_of_who_has_left():
    """MXU-01, MXU-03."""
    people = (*PEOPLE, Person(id="gone", active=False))
    snapshot = make_snapshot(
        added=[mandate("pia", "DL", [L1], "SALES"), mandate("gone", "DL", [L1], "CON"), mandate("otto", "DL", [L1], "CON")], people=people
    )

    assert {each.subject["users"][0] for each in find("mandate_without_actor", snapshot)} == {"pia", "gone"}


def test_mandates_that_nothing_can_use():
    """MXO-05, MXM-10, MXL-03."""
    rows = [
        mandate("eva", "DL", [SEC], "SALES"),
        mandate("eva", "DL", [L1], "SALES", company="XX01"),
        mandate("eva", "NONE", [L1], "SALES"),
        mandate("eva", "DL", [L1], "SUP-N-1"),
    ]
    found = find("mandate_never_used", make_snapshot(added=rows), statuses={(None, "SUP-N-1"): "blocked"})

    reasons = " ".join(each.sentence for each in found)
    assert sorted(row for each in found for row in each.subject["mandates"]) == sorted(row.id for row in rows)
    assert all(words in reasons for words in ("switched off", "no company XX01", "no limit", "nothing can be coded on SUP-N-1"))


def test_limits_that_never_count():
    """MXM-09: the largest valid limit counts."""
    twice = make_snapshot(added=[mandate("marc", "BM", [L1], "SALES")])
    same = make_snapshot(added=[mandate("marc", "DL", [L1], "SALES", starts_on=date(2026, 1, 1))])
    wider = make_snapshot(added=[mandate("marc", "BM", [L1], "GM")])
    other_step = make_snapshot(added=[mandate("marc", "BM", [L2], "GM")])

    assert find("overlapping_mandates", twice)[0].subject["users"] == ["marc"]
    assert find("duplicate_mandate", same) == []
    assert find("duplicate_mandate", make_snapshot(added=[mandate("marc", "DL", [L1, O1], "SALES")]))
    assert find("shadowed_limit", wider)[0].subject["users"] == ["marc"]
    assert find("shadowed_limit", other_step) == []
    assert find("shadowed_limit", make_snapshot(added=[mandate("marc", "BM", [L1], "SALES", organisation="Acme")])) == []


@pytest.mark.parametrize(("days", "is_found"), [(0, True), (30, True), (31, False)])
def test_mandates_that_end_soon(days, is_found):
    rows = [mandate("marc", "DL", [L1], "SALES", ends_on=TODAY + timedelta(days=days)), *MANDATES[1:]]
    found = find("expires_soon", make_snapshot(mandates=rows))

    assert bool(found) is is_found
    if is_found:
        assert found[0].severity == "warning"
        assert found[0].example.on == TODAY + timedelta(days=days + 1)
        assert found[0].example.answer == "no_role_players_found"


def test_a_copy_that_outlives_its_original():
    """USR-42."""
    original = mandate("carl", "DL", [L1], "CON", expired=True)
    copy = mandate("ann", "DL", [L1], "CON")
    snapshot = make_snapshot(added=[original, copy])

    (finding,) = find("copy_outlives_original", snapshot, copied_from={copy.id: original.id})

    assert finding.subject["users"] == ["ann", "carl"]


def test_circles_of_the_chart_of_successors_and_of_backups():
    """MXO-10, MXU-03."""
    chart = (*CHART, ChartNode(cost_center="X", parent="Y"), ChartNode(cost_center="Y", parent="X"))
    people = (*PEOPLE, Person(id="a", active=False, successor="b"), Person(id="b", active=False, successor="a"))
    snapshot = make_snapshot(chart=chart, people=people)

    (cycle,) = find("chart_cycle", snapshot)
    assert cycle.subject["cost_centers"] == ["X", "Y"]
    assert answer_to(snapshot, cycle) == "chart_cycle"
    assert find("successor_cycle", snapshot)[0].subject["users"] == ["a", "b"]
    assert find("backup_cycle", snapshot, backups={"ann": "marc", "marc": "ann", "carl": "ann"})[0].subject["users"] == ["ann", "marc"]


def test_unlinked_unknown_and_blocked_cost_centers():
    """MXO-03, MXO-05."""
    chart = (*CHART, ChartNode(cost_center="ODD", parent="NOWHERE"))
    snapshot = make_snapshot(chart=chart, added=[mandate("eva", "DL", [L1], "NEW")])

    assert find("unlinked_cost_center", snapshot)[0].severity == "info"
    assert find("unknown_parent", snapshot)[0].subject["cost_centers"] == ["ODD"]
    (blocked,) = find("mandate_on_blocked_cost_center", snapshot, statuses={(None, "SUP"): "dummy"})
    assert blocked.subject["cost_centers"] == ["SUP"]


def test_progress_is_told_part_by_part():
    told = []

    find_findings(make_snapshot(), on=TODAY, progress=lambda done, of: told.append((done, of)))

    assert told[0][0] == 0
    assert told[-1][0] == told[-1][1]


def test_an_empty_matrix_has_findings_and_no_fault():
    codes = {each.code for each in find_findings(make_snapshot(mandates=[], rules=(), chart=(), people=(), base_currencies={}), on=TODAY)}

    assert codes <= {"step_without_mandate"}
