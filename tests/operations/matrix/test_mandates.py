"""Legal and financial mandates: who may hold them, what narrows them, and from which day they count."""

from datetime import date, timedelta

import pytest

from app.domain.errors import InvalidRequest, NoRolePlayersFound, NotFound, NotPermitted, StaleRevision
from app.operations.matrix.drafts.read_draft import read_draft
from app.operations.matrix.editing.change_mandate import change_mandate
from app.operations.matrix.editing.create_approval_rule import create_approval_rule
from app.operations.matrix.editing.create_approval_type import create_approval_type
from app.operations.matrix.editing.create_mandate import create_mandate
from app.operations.matrix.editing.list_mandates import list_mandates
from app.operations.matrix.editing.read_mandate import read_mandate

LEGAL = {"approval_type": "PI", "rule": "DL", "responsible": "frank"}


def grant(keeper, *rows, user="ann", **more):
    return keeper(create_mandate, user=user, financial=list(rows), **(LEGAL | more))


def faults(refusal):
    return set(refusal.value.facts["errors"])


def test_a_mandate_is_a_user_with_a_rule_and_the_steps_it_is_for(keeper):
    """MXM-01, MXM-05, MXM-07, MXO-11: marc first line on SALES; claire two steps."""
    marc, claire = keeper.mandate("marc"), keeper.mandate("claire")

    assert (marc["user"]["full_name"], marc["rule"], marc["responsible"]["username"]) == ("Marc Anthony", "DL", "frank")
    assert [(row["steps"], row["cost_center"]) for row in marc["financial"]] == [(["first_line"], "SALES")]
    assert claire["financial"][0]["steps"] == ["second_line", "first_overall"]
    assert keeper(read_mandate, marc["id"])["rule"] == "DL"


def test_steps_are_kept_in_their_order_each_once(keeper):
    """MXM-07."""
    answer = grant(keeper, {"steps": ["first_overall", "second_line", "first_overall"]})

    assert answer["financial"][0]["steps"] == ["second_line", "first_overall"]


@pytest.mark.parametrize(("user", "kind"), [("pia", "portal"), ("erp", "none")])
def test_only_full_users_hold_mandates(keeper, user, kind):
    """MXM-02, MXU-01: a mandate for pia is refused."""
    with pytest.raises(InvalidRequest, match=f"{kind} user; only full users") as refusal:
        grant(keeper, {"steps": ["first_line"]}, user=user)
    assert faults(refusal) == {"user"}


def test_who_is_responsible_for_his_own_mandate_is_warned_of(keeper):
    """MXM-03: separation of duty, a warning and no error."""
    assert grant(keeper, {"steps": ["first_line"]}, responsible="ann")["warnings"] == ["Ann is responsible for his own mandate."]


def test_all_faults_come_at_once(keeper):
    """MXM-03, MXM-04, MXM-05, MXL-05."""
    rows = [
        {"steps": []},
        {"steps": ["third_line"], "company": "XX99", "cost_center": "NOWHERE", "organisation": "Nobody"},
    ]
    dates = {"starts_on": date(2026, 12, 1), "ends_on": date(2026, 11, 30)}

    with pytest.raises(InvalidRequest) as refusal:
        grant(keeper, *rows, **dates)

    row = "financial.1"
    assert faults(refusal) == {
        "ends_on",
        "financial.0.steps",
        f"{row}.steps",
        f"{row}.company",
        f"{row}.cost_center",
        f"{row}.organisation",
    }
    assert keeper(list_mandates, user="ann")["items"] == [keeper.mandate("ann")]


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"user": "nobody"}, "user"),
        ({"responsible": "nobody"}, "responsible"),
        ({"rule": "XX"}, "rule"),
        ({"approval_type": "XX"}, "approval_type"),
    ],
)
def test_names_that_nobody_has_are_refused(keeper, given, place):
    with pytest.raises(InvalidRequest) as refusal:
        grant(keeper, {"steps": ["first_line"]}, **given)
    assert faults(refusal) == {place}


def test_a_rule_of_another_type_is_refused(keeper):
    """MXL-05: a rule belongs to one type."""
    keeper(create_approval_type, by="max", key="ORDER", description="Orders")
    draft = keeper(create_approval_rule, by="max", approval_type="ORDER", key="BUY", description="Buyer", limits=[])["draft"]
    keeper.activate(draft)

    with pytest.raises(InvalidRequest, match="Rule BUY belongs to approval type ORDER, not to PI") as refusal:
        grant(keeper, {"steps": ["first_line"]}, rule="BUY")
    assert faults(refusal) == {"rule"}


def test_a_mandate_counts_from_its_first_to_its_last_day(keeper, clock):
    """MXM-04, E18: inclusive days; set up front for who is newly employed."""
    row = {"steps": ["first_line"], "cost_center": "NEW"}
    keeper.activate(grant(keeper, row, starts_on=date(2026, 12, 1), ends_on=date(2026, 12, 2))["draft"])

    for day, is_found in ((date(2026, 11, 30), False), (date(2026, 12, 1), True), (date(2026, 12, 2), True), (date(2026, 12, 3), False)):
        if is_found:
            assert keeper.route("500", cost_center="NEW", on=day) == {"first_line": ["ann"]}
        else:
            with pytest.raises(NoRolePlayersFound):
                keeper.route("500", cost_center="NEW", on=day)


def test_further_parameters_narrow_a_mandate(keeper):
    """MXM-06, MXP-03: a row for CON and Acme is not for CON alone."""
    keeper.activate(grant(keeper, {"steps": ["first_line"], "cost_center": "CON", "organisation": "Acme"})["draft"])

    assert keeper.route("500", cost_center="CON", organisation="Acme") == {"first_line": ["ann"]}
    assert keeper.route("500", cost_center="CON", organisation="Informatique") == {"first_line": ["carl"]}


def test_a_company_narrows_a_mandate_and_breaks_ties_only_after_distance(keeper):
    """MXM-10."""
    keeper.activate(grant(keeper, {"steps": ["first_line"], "cost_center": "GM", "company": "NL01"})["draft"])
    assert keeper.route("500", cost_center="SALES") == {"first_line": ["marc"]}
    assert keeper.route("500", cost_center="GM") == {"first_line": ["ann"]}
    with pytest.raises(NoRolePlayersFound):
        keeper.route("500", cost_center="GM", company="DE01")

    keeper.activate(grant(keeper, {"steps": ["first_line"], "cost_center": "SALES", "company": "NL01"}, user="carl")["draft"])
    assert keeper.route("500", cost_center="SALES") == {"first_line": ["carl"]}


def test_an_expired_mandate_is_kept_and_never_counts(keeper):
    """MXM-08."""
    mandate = keeper.mandate("marc")["id"]
    keeper.activate(keeper(change_mandate, mandate, status="expired")["draft"])

    assert [each["id"] for each in keeper(list_mandates, status="expired")["items"]] == [mandate]
    with pytest.raises(NoRolePlayersFound):
        keeper.route("500", cost_center="SALES")


def test_the_largest_of_overlapping_mandates_counts_and_they_are_warned_of(keeper):
    """MXM-09: 10,000 and 50,000 for the same coding and step."""
    answer = grant(keeper, {"steps": ["first_line"], "cost_center": "SALES"}, user="marc", rule="BM")
    keeper.activate(answer["draft"])

    assert answer["warnings"] == ["Marc Anthony has first line for SALES twice on the same days; the largest limit counts."]
    assert keeper.route("50000", cost_center="SALES") == {"first_line": ["marc"]}


def test_mandates_that_follow_one_another_do_not_overlap(keeper):
    """MXM-09."""
    row = {"steps": ["first_line"], "cost_center": "NEW"}
    grant(keeper, row, ends_on=date(2026, 11, 30))

    assert grant(keeper, row, starts_on=date(2026, 12, 1))["warnings"] == []
    assert len(grant(keeper, row, starts_on=date(2027, 1, 1))["warnings"]) == 1


def test_a_row_for_a_step_that_is_off_is_warned_of(keeper):
    assert grant(keeper, {"steps": ["secretary"]})["warnings"] == ["Switched off in the approval type: secretary."]


def test_rows_are_added_changed_and_deleted_by_name_and_others_stay(keeper):
    mandate = keeper.mandate("jeremy")
    (row,) = mandate["financial"]
    added = keeper(change_mandate, mandate["id"], financial=[{"steps": ["first_line"], "cost_center": "CON"}])
    changed = keeper(change_mandate, mandate["id"], financial=[{"id": row["id"], "organisation": None}], revision=added["revision"])
    keeper.activate(changed["draft"])

    rows = {each["cost_center"]: each for each in keeper.mandate("jeremy")["financial"]}
    assert (rows["SUP"]["id"], rows["SUP"]["organisation"], rows["SUP"]["steps"]) == (row["id"], None, ["first_line"])
    keeper.activate(keeper(change_mandate, mandate["id"], financial=[{"id": row["id"], "action": "delete"}])["draft"])
    assert [each["cost_center"] for each in keeper.mandate("jeremy")["financial"]] == ["CON"]


def test_a_mandate_whose_rows_changed_alone_is_another_revision(keeper):
    """Its rows are part of it: who has not seen them is told so."""
    mandate = keeper.mandate("marc")
    keeper(change_mandate, mandate["id"], financial=[{"steps": ["second_line"]}])

    with pytest.raises(StaleRevision):
        keeper(change_mandate, mandate["id"], revision=mandate["revision"], status="expired")


def test_rows_of_another_mandate_are_not_touched(keeper):
    mine, other = keeper.mandate("marc"), keeper.mandate("ann")
    stray = other["financial"][0]["id"]
    rows = [{"id": stray, "action": "delete"}, {"action": "delete"}, *[{"id": mine["financial"][0]["id"], "company": None}] * 2]

    with pytest.raises(InvalidRequest) as refusal:
        keeper(change_mandate, mine["id"], financial=rows)
    assert faults(refusal) == {f"financial.{place}.id" for place in range(4)}


def test_who_does_not_keep_the_matrix_neither_reads_nor_changes_mandates(keeper):
    mandate = keeper.mandate("marc")["id"]

    for verb, more in ((list_mandates, {}), (create_mandate, LEGAL | {"user": "marc", "financial": []})):
        with pytest.raises(NotPermitted):
            keeper(verb, by="marc", **more)
    for verb, more in ((read_mandate, {}), (change_mandate, {"ends_on": None})):
        with pytest.raises(NotPermitted):
            keeper(verb, mandate, by="marc", **more)
        with pytest.raises(NotFound):
            keeper(verb, "01900000-0000-7000-8000-000000000000", **more)


def test_mandates_are_found_by_user_rule_center_and_status(keeper):
    def found(**filters):
        return [each["user"]["username"] for each in keeper(list_mandates, **filters)["items"]]

    assert found(rule="DL") == ["marc", "carl", "ann", "jeremy"]
    assert found(approval_type="PI", rule="BM") == ["claire"]
    assert found(cost_center="SUP") == ["ann", "jeremy"]
    assert found(user="nobody") == found(rule="XX") == found(approval_type="XX") == found(status="expired") == []
    first = keeper(list_mandates, limit=4)
    assert len(first["items"]) == 4
    assert len(keeper(list_mandates, limit=4, cursor=first["next_cursor"])["items"]) == 3


def test_a_mandate_of_a_thousand_rows_is_one_draft(keeper):
    answer = grant(keeper, *[{"steps": ["first_line"], "parameter_3": f"P{number}"} for number in range(1000)])

    assert keeper(read_draft, answer["draft"])["count"] == 1001
    with pytest.raises(InvalidRequest, match="at most 1000"):
        grant(keeper, *[{"steps": ["first_line"]}] * 1001)


def test_what_is_hostile_is_text_like_any_other(keeper):
    hostile = "'); DROP TABLE mandate; --"
    keeper.activate(grant(keeper, {"steps": ["first_line"], "parameter_3": hostile})["draft"])

    assert keeper.route("500", cost_center="NEW", parameter_3=hostile) == {"first_line": ["ann"]}


def test_dates_far_away_are_dates(keeper):
    row = {"steps": ["first_line"], "cost_center": "NEW"}
    keeper.activate(grant(keeper, row, starts_on=date(1900, 1, 1), ends_on=date(2999, 12, 31))["draft"])

    assert keeper.route("500", cost_center="NEW", on=date(2026, 11, 2) + timedelta(days=9999)) == {"first_line": ["ann"]}
