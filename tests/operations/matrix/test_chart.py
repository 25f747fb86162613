"""The organisation chart: linking, unlinking, what waits to be linked, and looking at it from any place."""

import pytest

from app.domain.errors import ChartCycle, InvalidRequest, NoRolePlayersFound, NotFound, NotPermitted, StaleRevision, UnlinkNotConfirmed
from app.operations.documents.code_lines import code_lines
from app.operations.matrix.chart.find_intersection import find_intersection
from app.operations.matrix.chart.link_cost_center import link_cost_center
from app.operations.matrix.chart.list_unlinked import list_unlinked
from app.operations.matrix.chart.read_chart import read_chart
from app.operations.matrix.chart.unlink_all import unlink_all
from app.operations.matrix.chart.unlink_cost_center import unlink_cost_center
from app.operations.matrix.editing.change_approval_type import change_approval_type
from app.operations.matrix.editing.change_cost_center import change_cost_center
from app.operations.matrix.editing.create_cost_center import create_cost_center
from app.operations.matrix.editing.create_organisation import create_organisation
from app.operations.matrix.editing.list_approval_types import list_approval_types
from app.operations.matrix.editing.list_cost_centers import list_cost_centers
from app.operations.matrix.editing.list_organisations import list_organisations
from app.operations.matrix.editing.read_cost_center import read_cost_center


def nodes(chart):
    return [(each["level"], each["key"]) for each in chart["items"]]


def unlinked(keeper, **filters):
    return {each["key"]: each for each in keeper(list_unlinked, **filters)["items"]}


def test_the_chart_is_a_forest_drawn_from_its_roots(keeper):
    """MXO-01, MXO-05: one chart for all companies; every node tells whether it has children."""
    chart = keeper(read_chart, depth=9)

    assert nodes(chart) == [(0, "GM"), (1, "CON"), (1, "SALES"), (1, "SUP"), (2, "SUP-N"), (3, "SUP-N-1")]
    assert [each["key"] for each in chart["items"] if each["has_children"]] == ["GM", "SUP", "SUP-N"]
    assert {each["key"]: each["mandates"] for each in chart["items"]}["GM"] == 3
    assert nodes(keeper(read_chart, depth=1)) == [(0, "GM"), (1, "CON"), (1, "SALES"), (1, "SUP")]


def test_a_company_has_a_chart_of_its_own_where_the_type_says_so(keeper):
    """MXO-01, MXO-13."""
    draft = keeper(create_cost_center, by="max", key="TOP", name="Top", company="DE01")
    leaf = keeper(create_cost_center, by="max", key="SALES", name="Vertrieb", company="DE01")
    keeper(link_cost_center, leaf["id"], by="max", parent="TOP")
    keeper(link_cost_center, draft["id"], by="max", parent=None)
    keeper(change_approval_type, keeper(list_approval_types)["items"][0]["id"], by="max", chart_scope="company")
    keeper.grant("ann", by="max", cost_center="TOP", company="DE01")
    keeper.activate(draft["draft"])

    assert nodes(keeper(read_chart, company="DE01")) == [(0, "TOP"), (1, "SALES")]
    assert nodes(keeper(read_chart, company="NL01")) == []
    with pytest.raises(InvalidRequest, match="no cost center GM in the chart of DE01"):
        keeper(link_cost_center, leaf["id"], parent="GM")
    keeper.activate(keeper.grant("carl", cost_center="GM", company="NL01")["draft"])
    with pytest.raises(NoRolePlayersFound):
        keeper.route("500", company="NL01", cost_center="NEW")


def test_a_new_cost_center_is_linked_before_it_is_used(keeper):
    """MXO-03, MXO-07, E10: nobody for NEW; below GM, whoever signs first line there."""
    keeper.activate(keeper.grant("ann", cost_center="GM")["draft"])
    with pytest.raises(NoRolePlayersFound):
        keeper.route("500", cost_center="NEW")

    answer = keeper.link("NEW", "GM")
    keeper.activate(answer["draft"])

    assert (answer["parent"], answer["linked"]) == ("GM", True)
    assert keeper.route("500", cost_center="NEW") == {"first_line": ["ann"]}


def test_an_unlinked_cost_center_with_a_mandate_of_its_own_is_fine(keeper):
    """MXO-03."""
    keeper.activate(keeper.grant("ann", cost_center="NEW")["draft"])

    assert keeper.route("500", cost_center="NEW") == {"first_line": ["ann"]}


def test_what_waits_to_be_linked_is_listed_for_the_selected_companies(keeper):
    """MXO-04, MXO-05."""
    keeper(create_cost_center, key="BERLIN", name="Berlin", company="DE01")
    keeper(create_cost_center, key="ATTIC", name="Attic", company="NL01", status="blocked")

    whole = keeper(list_unlinked)
    some = keeper(list_unlinked, companies=["NL01"])

    assert [each["key"] for each in whole["items"]] == ["ATTIC", "BERLIN", "NEW"]
    assert (whole["warning"], whole["companies"]) == (None, ["DE01", "NL01", "UK01"])
    assert [(each["key"], each["status"], each["has_children"]) for each in some["items"]] == [
        ("ATTIC", "blocked", False),
        ("NEW", "active", False),
    ]
    assert some["warning"] == "Not all companies are selected: cost centers of DE01, UK01 are not shown."
    assert [each["key"] for each in keeper(list_unlinked, by="adm")["items"]] == ["NEW"]
    first = keeper(list_unlinked, limit=2)
    assert [each["key"] for each in keeper(list_unlinked, limit=2, cursor=first["next_cursor"])["items"]] == ["NEW"]
    with pytest.raises(InvalidRequest, match="no company XX99"):
        keeper(list_unlinked, companies=["XX99"])


@pytest.mark.parametrize(("key", "parent"), [("GM", "SALES"), ("GM", "GM"), ("SUP", "SUP-N-1")])
def test_no_cost_center_stands_below_itself(keeper, key, parent):
    """MXO-10."""
    with pytest.raises(ChartCycle, match=key):
        keeper.link(key, parent)


def test_a_circle_over_two_edits_of_one_draft_is_refused_too(keeper):
    """MXO-10."""
    keeper.link("CON", "SALES")

    with pytest.raises(ChartCycle, match="SALES > CON > SALES"):
        keeper.link("SALES", "CON")


def test_unlinking_moves_the_sub_tree_out_whole(keeper):
    """MXO-08."""
    keeper.activate(keeper(unlink_cost_center, keeper.center("SUP"))["draft"])

    assert nodes(keeper(read_chart, depth=9)) == [(0, "GM"), (1, "CON"), (1, "SALES")]
    assert nodes(keeper(read_chart, cost_center="SUP")) == [(0, "SUP"), (1, "SUP-N"), (2, "SUP-N-1")]
    assert (unlinked(keeper)["SUP"]["has_children"], unlinked(keeper)["SUP"]["linked"]) == (True, False)


def test_unlinking_all_asks_first_and_takes_the_children_too(keeper):
    """MXO-09."""
    center = keeper.center("SUP")

    with pytest.raises(UnlinkNotConfirmed) as refusal:
        keeper(unlink_all, center)
    assert (refusal.value.facts["children"], refusal.value.facts["unlinked"]) == (1, ["SUP", "SUP-N"])
    answer = keeper(unlink_all, center, confirm=True)
    keeper.activate(answer["draft"])

    assert answer["unlinked_count"] == 2
    assert set(unlinked(keeper)) == {"NEW", "SUP", "SUP-N"}
    assert nodes(keeper(read_chart, cost_center="SUP-N")) == [(0, "SUP-N"), (1, "SUP-N-1")]


@pytest.mark.parametrize(("show_from", "path"), [("cost_center", ["SUP-N", "SUP", "GM"]), ("parent", ["SUP", "GM"]), ("root", ["GM"])])
def test_the_chart_is_shown_from_a_center_its_parent_or_its_root(keeper, show_from, path):
    """MXO-12."""
    chart = keeper(read_chart, cost_center="SUP-N", show_from=show_from)

    assert chart["path"] == path
    assert nodes(chart)[0] == (0, path[0])


def test_a_root_is_its_own_parent_for_a_look_at_the_chart(keeper):
    """MXO-12."""
    assert keeper(read_chart, cost_center="GM", show_from="parent")["path"] == ["GM"]


def test_cost_centers_meet_at_the_lowest_one_above_all(keeper):
    """MXO-06: CON and SALES meet at GM."""

    def meeting(*centers):
        return keeper(find_intersection, cost_centers=centers)["cost_center"]

    assert (meeting("CON", "SALES"), meeting("SUP-N-1", "SUP-N"), meeting("SUP-N-1", "SUP", "CON")) == ("GM", "SUP-N", "GM")
    assert meeting("SALES") == "SALES"
    assert meeting("SALES", "NEW") is None
    with pytest.raises(NotFound):
        meeting("SALES", "NOWHERE")


@pytest.mark.parametrize("status", ["blocked", "dummy"])
def test_a_blocked_cost_center_is_not_coded_any_more(keeper, status):
    """MXO-05: coding on it is refused; it stays a node of the chart."""
    keeper.activate(keeper(change_cost_center, keeper.center("SALES"), status=status)["draft"])
    office = keeper.office
    document = office.send("invoice_without_cost_center")
    office.start(document)
    line = office.document(document)["lines"][0]["id"]

    with pytest.raises(InvalidRequest, match="cannot be accepted") as refusal:
        code_lines(office.system, office.caller("eva"), document, lines=[{"id": line, "cost_center": "SALES"}])
    assert "blocked" in refusal.value.facts["errors"]["lines.0.cost_center"][0]
    assert (1, "SALES") in nodes(keeper(read_chart))


def test_what_is_blocked_in_the_chart_of_the_company_is_blocked_for_it_alone(keeper):
    """MXO-01, MXO-05."""
    draft = keeper(create_cost_center, key="SALES", name="Verkoop", company="NL01", status="blocked")["draft"]
    keeper.activate(draft)
    office = keeper.office
    document = office.send("invoice_without_cost_center")
    office.start(document)
    line = office.document(document)["lines"][0]["id"]

    with pytest.raises(InvalidRequest):
        code_lines(office.system, office.caller("eva"), document, lines=[{"id": line, "cost_center": "SALES"}])


def test_a_chart_is_read_as_a_draft_has_it(keeper):
    draft = keeper.link("NEW", "SUP-N-1")["draft"]

    assert (4, "NEW") in nodes(keeper(read_chart, depth=9))
    assert (4, "NEW") not in nodes(keeper(read_chart, by="adm", depth=9))
    assert (4, "NEW") in nodes(keeper(read_chart, by="adm", depth=9, draft=draft))
    assert keeper(read_cost_center, keeper.center("NEW"), by="adm", draft=draft)["parent"] == "SUP-N-1"


def test_stale_unknown_and_not_allowed_are_refused(keeper):
    center = keeper.center("NEW")
    keeper.link("NEW", "GM")

    with pytest.raises(StaleRevision):
        keeper(link_cost_center, center, parent="SUP", revision=1)
    with pytest.raises(NotFound):
        keeper(unlink_cost_center, "01900000-0000-7000-8000-000000000000")
    with pytest.raises(NotFound):
        keeper(read_chart, cost_center="NOWHERE")
    with pytest.raises(NotFound):
        keeper(read_chart, company="XX99")
    for verb, more in ((link_cost_center, {"parent": "GM"}), (unlink_cost_center, {}), (unlink_all, {"confirm": True})):
        with pytest.raises(NotPermitted):
            keeper(verb, center, by="eva", **more)


def test_a_key_is_taken_once_in_each_chart(keeper):
    with pytest.raises(InvalidRequest, match="SALES exists already"):
        keeper(create_cost_center, key="SALES", name="Again")
    with pytest.raises(InvalidRequest, match="no company XX99"):
        keeper(create_cost_center, key="SALES", name="Else", company="XX99")
    keeper(create_cost_center, key="SALES", name="Vertrieb", company="DE01")
    with pytest.raises(InvalidRequest, match="SALES exists already"):
        keeper(create_cost_center, key="SALES", name="Vertrieb", company="DE01")


def test_who_codes_reads_cost_centers_and_organisations_and_others_do_not(keeper):
    """COD-02."""
    assert len(keeper(list_cost_centers, by="eva", status="active")["items"]) == 7
    assert [each["key"] for each in keeper(list_cost_centers, by="eva", parent="GM")["items"]] == ["CON", "SALES", "SUP"]
    assert [each["key"] for each in keeper(list_organisations, by="erp")["items"]] == ["Acme", "Informatique"]
    with pytest.raises(NotPermitted):
        keeper(list_cost_centers, by="marc")


def test_an_organisation_counts_in_mandates_once_it_stands_in_the_same_draft(keeper):
    """MXP-01."""
    draft = keeper(create_organisation, key="Bolt", name="Bolt", legal_id="99887766")["draft"]
    keeper.grant("ann", organisation="Bolt")
    keeper.activate(draft)

    assert keeper.route("500", cost_center="NEW", organisation="Bolt") == {"first_line": ["ann"]}
    with pytest.raises(InvalidRequest):
        keeper(create_organisation, key="Bolt", name="Again")


def test_a_chart_of_thousands_is_cut_and_says_so(keeper, monkeypatch):
    monkeypatch.setattr("app.operations.matrix.chart.read_chart.NODES_MAX", 3)

    chart = keeper(read_chart, depth=9)

    assert (len(chart["items"]), chart["truncated"]) == (3, True)
