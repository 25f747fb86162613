"""Approval types and rules: every setting, kept by consultants, and what makes no sense refused at once."""

import pytest

from app.domain.errors import InvalidRequest, NotFound, NotPermitted, StaleRevision, StepNotActive
from app.operations.matrix.drafts.read_draft import read_draft
from app.operations.matrix.editing.change_approval_rule import change_approval_rule
from app.operations.matrix.editing.change_approval_type import change_approval_type
from app.operations.matrix.editing.create_approval_rule import create_approval_rule
from app.operations.matrix.editing.create_approval_type import create_approval_type
from app.operations.matrix.editing.list_approval_rules import list_approval_rules
from app.operations.matrix.editing.list_approval_types import list_approval_types
from app.operations.matrix.editing.read_approval_rule import read_approval_rule
from app.operations.matrix.editing.read_approval_type import read_approval_type


def limit(amount=None, *, company="NL01", currency="EUR", unlimited=False):
    return {"company": company, "currency": currency, "amount": amount, "unlimited": unlimited}


@pytest.fixture
def change_type(keeper):
    """Change settings of PI as the consultant, and activate."""

    def change(**settings):
        type_id = keeper(list_approval_types)["items"][0]["id"]
        answer = keeper(change_approval_type, type_id, by="max", **settings)
        keeper.activate(answer["draft"])
        return answer

    return change


def rule_id(keeper, key):
    (found,) = keeper(list_approval_rules, key=key)["items"]
    return found["id"]


def test_a_type_has_a_description_and_all_settings_with_their_defaults(keeper):
    """MXT-01, MXT-02, MXT-08, MXT-09, MXT-10, MXT-11, MXP-01."""
    (found,) = keeper(list_approval_types)["items"]

    assert (found["key"], found["description"]) == ("PI", "Purchase invoices")
    assert (found["parameter_3_label"], found["parameter_4_label"], found["priority"]) == ("Project", "Ledger", [2, 3, 4])
    assert (found["check_amount"], found["link_cost_center_required"], found["secretary"]) == (None, False, False)


def test_several_types_stand_beside_each_other(keeper):
    """MXT-02, MXS-14."""
    draft = keeper(create_approval_type, by="max", key="ORDER", description="Orders", parameter_3_table="project", parameter_3_label="Job")
    assert (draft["parameter_3_table"], draft["parameter_3_label"], draft["revision"]) == ("project", "Job", 1)
    assert "processes have to name theirs" in draft["warnings"][0]
    keeper(create_approval_rule, by="max", approval_type="ORDER", key="DL", description="Leader", limits=[limit("500")])
    keeper.activate(draft["draft"])

    assert [each["key"] for each in keeper(list_approval_types)["items"]] == ["ORDER", "PI"]
    rules = keeper(list_approval_rules, key="DL")["items"]
    assert {each["approval_type"]: each["limits"][0]["amount"] for each in rules} == {"ORDER": "500.00", "PI": "10000.00"}
    assert [each["key"] for each in keeper(list_approval_rules, approval_type="ORDER")["items"]] == ["DL"]


@pytest.mark.parametrize("username", ["adm", "wfa", "marc"])
def test_types_are_kept_by_consultants_alone(keeper, username):
    """MXT-03."""
    type_id = keeper(list_approval_types)["items"][0]["id"]

    with pytest.raises(NotPermitted):
        keeper(change_approval_type, type_id, by=username, secretary=True)
    with pytest.raises(NotPermitted):
        keeper(create_approval_type, by=username, key="X", description="X")


def test_a_check_amount_counts_from_its_activation(keeper, change_type):
    """MXT-04, MXT-05, E12: the first active step above 5,000."""
    assert keeper.route("8000", cost_center="SALES") == {"first_line": ["marc"]}

    change_type(check_amount="5000")
    assert keeper.route("8000", cost_center="SALES")["second_line"] == ["claire", "donald"]
    assert keeper.route("5000", cost_center="SALES") == {"first_line": ["marc"]}

    change_type(check_amount_additional="5000.00")
    assert list(keeper.route("8000", cost_center="SALES")) == ["first_line", "second_line", "first_overall"]


def test_a_threshold_forces_its_step(keeper, change_type):
    """MXT-07."""
    change_type(threshold_1="5000")

    assert list(keeper.route("8000", cost_center="SALES")) == ["first_line", "first_overall"]


def test_a_switch_takes_a_step_away_and_a_threshold_for_it_is_warned_of(keeper, change_type):
    """MXT-11."""
    answer = change_type(first_overall=False, threshold_1="5000")

    assert answer["warnings"] == ["threshold_1 forces first overall, which is switched off."]
    with pytest.raises(StepNotActive):
        keeper.route("8000", cost_center="SALES")


def test_thresholds_out_of_order_are_warned_of(keeper, change_type):
    """MXT-12."""
    settings = {"check_amount": "900", "check_amount_additional": "100", "threshold_1": "900", "threshold_2": "100"}
    answer = change_type(**settings)

    assert answer["warnings"] == ["check_amount_additional 100 is below check_amount 900.", "threshold_2 100 is below threshold_1 900."]


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"priority": [2, 2, 3]}, "priority"),
        ({"priority": [1, 2, 3]}, "priority"),
        ({"check_amount": "-1"}, "check_amount"),
        ({"threshold_2": "1e5"}, "threshold_2"),
        ({"threshold_1": "99999999999999999"}, "threshold_1"),
        ({"check_amount": "0.00001"}, "check_amount"),
        ({"parameter_3_table": "salary"}, "parameter_3_table"),
    ],
)
def test_settings_that_make_no_sense_are_refused(keeper, given, place):
    """MXP-08, MXT-08: the table of a parameter is one of a few."""
    type_id = keeper(list_approval_types)["items"][0]["id"]

    with pytest.raises(InvalidRequest) as refusal:
        keeper(change_approval_type, type_id, by="max", **given)
    assert list(refusal.value.facts["errors"]) == [place]


def test_a_stale_or_unknown_type_is_refused_and_so_is_a_key_that_is_taken(keeper):
    type_id = keeper(list_approval_types)["items"][0]["id"]
    keeper(change_approval_type, type_id, by="max", secretary=True)

    with pytest.raises(StaleRevision):
        keeper(change_approval_type, type_id, by="max", revision=1, secretary=False)
    with pytest.raises(NotFound):
        keeper(read_approval_type, rule_id(keeper, "DL"))
    with pytest.raises(InvalidRequest, match="PI exists already"):
        keeper(create_approval_type, by="max", key="PI", description="Again")
    assert keeper(read_approval_type, type_id, by="max")["secretary"] is True


def test_rules_are_listed_with_a_line_for_each_company_and_currency(keeper):
    """MXL-01, MXL-02."""
    rules = {each["key"]: each for each in keeper(list_approval_rules)["items"]}

    assert list(rules) == ["BM", "CFO", "DL", "MT"]
    assert rules["DL"]["description"] == "Department leader"
    assert rules["DL"]["limits"] == [limit("10000.00"), limit("8000.00", company="UK01", currency="GBP")]
    assert keeper.route("8500", company="UK01", cost_center="SALES", currency="GBP")["second_line"] == ["claire"]


def test_unlimited_is_said_and_no_amount_is_none(keeper):
    """MXL-04: null is not unlimited."""
    dl = rule_id(keeper, "DL")

    with pytest.raises(InvalidRequest, match="never means unlimited"):
        keeper(change_approval_rule, dl, limits=[limit(None)])
    with pytest.raises(InvalidRequest):
        keeper(change_approval_rule, dl, limits=[limit("5", unlimited=True)])
    keeper.activate(keeper(change_approval_rule, dl, limits=[limit(None, unlimited=True)])["draft"])

    assert keeper.route("99999999", cost_center="SALES") == {"first_line": ["marc"]}
    assert keeper(read_approval_rule, dl)["limits"] == [limit(None, unlimited=True)]


def test_the_same_lines_in_another_form_are_no_change(keeper):
    dl = rule_id(keeper, "DL")
    lines = [limit("8000.0000", company="UK01", currency="GBP"), limit("10000.0")]

    assert keeper(change_approval_rule, dl, limits=lines)["draft"] is None


@pytest.mark.parametrize(
    ("lines", "place"),
    [
        ([limit("-5")], "limits.0.amount"),
        ([limit("1"), limit("2")], "limits.1"),
        ([limit("1", company="XX99")], "limits.0.company"),
        ([limit("1", currency="eur")], "limits.0.currency"),
        ([limit("100000000000000")], "limits.0.amount"),
        ([limit("1")] * 1001, "limits"),
    ],
)
def test_a_line_that_limits_nothing_is_refused(keeper, lines, place):
    with pytest.raises(InvalidRequest) as refusal:
        keeper(create_approval_rule, approval_type="PI", key="X", description="x", limits=lines)
    assert place in refusal.value.facts["errors"]


def test_a_rule_of_an_unknown_type_or_with_a_taken_key_is_refused(keeper):
    with pytest.raises(InvalidRequest) as refusal:
        keeper(create_approval_rule, approval_type="XX", key="DL", description="x", limits=[])
    assert list(refusal.value.facts["errors"]) == ["approval_type"]
    with pytest.raises(InvalidRequest) as refusal:
        keeper(create_approval_rule, approval_type="PI", key="DL", description="x", limits=[])
    assert list(refusal.value.facts["errors"]) == ["key"]
    with pytest.raises(NotPermitted):
        keeper(create_approval_rule, by="marc", approval_type="PI", key="X", description="x", limits=[])


def test_a_draft_shows_settings_one_by_one(keeper):
    type_id = keeper(list_approval_types)["items"][0]["id"]
    draft = keeper(change_approval_type, type_id, by="max", secretary=True, description="Invoices")["draft"]

    (change,) = keeper(read_draft, draft)["changes"]

    assert {"field": "secretary", "before": None, "after": True} in change["fields"]
    assert {"field": "description", "before": "Purchase invoices", "after": "Invoices"} in change["fields"]
