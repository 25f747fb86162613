"""The mandates as a CSV file: out, edited, and in again, all or nothing."""

import csv
import io
from datetime import date

import pytest
import sqlalchemy as sa

from app.domain.errors import DraftOpen, MatrixConflict, MatrixInvalid, NotFound, NotPermitted
from app.formats.matrix_csv import BYTE_ORDER_MARK, COLUMNS
from app.operations.answer import RequestKey
from app.operations.matrix.drafts.discard_draft import discard_draft
from app.operations.matrix.drafts.list_drafts import list_drafts
from app.operations.matrix.drafts.read_draft import read_draft
from app.operations.matrix.drafts.read_matrix_settings import read_matrix_settings
from app.operations.matrix.editing.change_mandate import change_mandate
from app.operations.matrix.editing.create_approval_rule import create_approval_rule
from app.operations.matrix.editing.create_approval_type import create_approval_type
from app.operations.matrix.editing.list_mandates import list_mandates
from app.operations.matrix.transfer.export_matrix import export_matrix
from app.operations.matrix.transfer.import_matrix import import_matrix
from app.persistence.tables.matrix_drafts import matrix_change, matrix_draft
from tests.operations.test_audit_chain import recomputed_heads


class Sheet:
    """An exported file in a spreadsheet."""

    def __init__(self, keeper, *, by="wfa", version=None):
        office = keeper.office
        content, self.media_type, self.file_name = export_matrix(office.system, office.caller(by), version=version)
        self.keeper, self.exported = keeper, content
        self.rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))

    def row(self, user):
        """Return the first row of somebody."""
        return next(row for row in self.rows if row["user"] == user)

    def add(self, user, **more):
        """Add a row like that of somebody, without id."""
        self.rows.append(self.row("ann") | {"id": "", "matrix_version": "", "user": user} | more)

    def content(self):
        """Return the file as it is saved."""
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS)
        writer.writeheader()
        writer.writerows(self.rows)
        return BYTE_ORDER_MARK + text.getvalue().encode()

    def load(self, *, by="wfa", **more):
        """Import the file."""
        return self.keeper(import_matrix, by=by, content=self.content(), **more)


def diff(body):
    return tuple(body["diff"][name] for name in ("add", "change", "delete"))


def refused(sheet, **more):
    with pytest.raises(MatrixInvalid) as refusal:
        sheet.load(**more)
    return [(each["line"], each["code"]) for each in refusal.value.facts["diagnostics"]]


def is_untouched(keeper):
    with keeper.office.system.database.read() as reading:
        return not reading.rows(sa.select(matrix_draft.c.id)) and not reading.rows(sa.select(matrix_change.c.draft_id))


def test_the_export_has_a_row_a_financial_mandate_in_one_order(keeper):
    """MXC-01, MXC-08: it carries the version."""
    sheet = Sheet(keeper)

    assert [row["user"] for row in sheet.rows] == ["ann", "carl", "claire", "donald", "frank", "jeremy", "marc"]
    assert {row["matrix_version"] for row in sheet.rows} == {"1"}
    assert sheet.row("claire")["steps"] == "second_line first_overall"
    assert (sheet.media_type, sheet.file_name) == ("text/csv", "approval-matrix-v1.csv")
    assert Sheet(keeper, by="adm").exported == sheet.exported


def test_what_was_exported_comes_back_without_a_trace(keeper):
    """MXC-03."""
    answer = Sheet(keeper).load()

    assert (diff(answer), answer["draft"], answer["rows"]) == ((0, 0, 0), None, 7)
    assert is_untouched(keeper)


def test_a_row_is_added_another_changed_a_third_deleted(keeper):
    """MXC-02: the difference is 3."""
    sheet = Sheet(keeper)
    sheet.add("ann", cost_center="NEW")
    sheet.row("marc")["cost_center"] = "CON"
    sheet.row("jeremy")["action"] = "delete"

    answer = sheet.load()

    assert (diff(answer), answer["diff"]["total"]) == ((1, 1, 1), 3)
    keeper.activate(answer["draft"])
    assert keeper.route("500", cost_center="NEW") == {"first_line": ["ann"]}
    assert keeper.mandate("marc")["financial"][0]["cost_center"] == "CON"
    assert keeper.mandate("jeremy")["financial"] == []
    again = Sheet(keeper)
    assert [(row["user"], row["cost_center"]) for row in again.rows if row["user"] in {"ann", "marc"}] == [
        ("ann", "NEW"),
        ("ann", "SUP"),
        ("marc", "CON"),
    ]
    assert diff(again.load()) == (0, 0, 0)
    recomputed_heads(keeper.office)


def test_a_dry_run_says_the_same_and_writes_nothing(keeper):
    """MXC-06."""
    sheet = Sheet(keeper)
    sheet.row("marc")["ends_on"] = "2027-01-01"

    dry = sheet.load(dry_run=True)

    assert is_untouched(keeper)
    assert (dry["dry_run"], dry["draft"], diff(dry)) == (True, None, (0, 1, 0))
    (change,) = dry["changes"]
    assert (change["label"], change["fields"]) == ("Marc Anthony, PI/DL", [{"field": "ends_on", "before": None, "after": "2027-01-01"}])
    real = sheet.load()
    assert real | {"draft": None, "dry_run": True} == dry
    assert keeper(read_matrix_settings)["version"] == 1


def test_row_57_is_bad_and_nothing_is_changed(keeper):
    """MXC-05."""
    sheet = Sheet(keeper)
    for number in range(60):
        sheet.add("ann", parameter_3=f"P{number}")
    sheet.rows[57 - 2]["cost_center"] = "NOWHERE"

    with pytest.raises(MatrixInvalid, match="Row 57: There is no cost center NOWHERE") as refusal:
        sheet.load()

    (fault,) = refusal.value.facts["diagnostics"]
    assert (fault["line"], fault["element"], fault["severity"]) == (57, "cost_center", "error")
    assert is_untouched(keeper)


def test_a_file_with_semicolons_is_refused_with_the_reason(keeper):
    """MXC-04."""
    sheet = Sheet(keeper)
    content = sheet.exported.replace(b",", b";")

    with pytest.raises(MatrixInvalid, match="separator must be a comma"):
        keeper(import_matrix, content=content)
    assert is_untouched(keeper)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"user": "nobody"}, "mandate_user"),
        ({"user": "pia"}, "mandate_user"),
        ({"responsible": "nobody"}, "mandate_responsible"),
        ({"company": "XX99"}, "mandate_company"),
        ({"cost_center": "NOWHERE"}, "mandate_cost_center"),
        ({"organisation": "Nobody"}, "mandate_organisation"),
        ({"approval_type": "XX"}, "mandate_approval_type"),
        ({"rule": "XX"}, "mandate_rule"),
        ({"status": "asleep"}, "mandate_status"),
        ({"starts_on": "2026-12-02", "ends_on": "2026-12-01"}, "mandate_ends_on"),
        ({"rule_description": "Another"}, "mandate_rule_description"),
        ({"id": "01900000-0000-7000-8000-000000000000"}, "unknown_id"),
        ({"matrix_version": "2"}, "version"),
        ({"matrix_version": ""}, "version"),
    ],
)
def test_every_kind_of_fault_names_its_row(keeper, changed, code):
    """MXC-05, MXU-01."""
    sheet = Sheet(keeper)
    sheet.rows[2] |= changed

    assert refused(sheet, dry_run=True) == [(4, code)]
    assert refused(sheet) == [(4, code)]
    assert is_untouched(keeper)


def test_all_faults_of_all_rows_come_at_once(keeper):
    """MXC-05."""
    sheet = Sheet(keeper)
    for row in sheet.rows:
        row["company"] = "XX99"
    sheet.rows[3]["user"] = "nobody"

    assert [line for line, _ in refused(sheet)] == [2, 3, 4, 5, 5, 6, 7, 8]


def test_a_rule_of_another_type_is_refused(keeper):
    """MXL-05."""
    keeper(create_approval_type, by="max", key="ORDER", description="Orders")
    draft = keeper(create_approval_rule, by="max", approval_type="ORDER", key="BUY", description="Buyer", limits=[])["draft"]
    keeper.activate(draft)
    sheet = Sheet(keeper)
    sheet.row("marc").update(rule="BUY", rule_description="")

    assert refused(sheet) == [(8, "mandate_rule")]


def test_rows_that_overlap_are_warned_of_with_both_rows(keeper):
    """MXM-09."""
    sheet = Sheet(keeper)
    sheet.add("marc", cost_center="SALES", rule="BM", rule_description="")
    sheet.add("ann", cost_center="NEW", ends_on="2026-11-30")
    sheet.add("ann", cost_center="NEW", starts_on="2026-12-01")

    warnings = sheet.load(dry_run=True)["warnings"]

    text = "Row 9: like row 8: Marc Anthony has first line for SALES twice on the same days; the largest limit counts."
    assert [(each["line"], each["severity"], each["message"]) for each in warnings] == [(9, "warning", text)]


def test_a_formula_leaves_quoted_and_comes_back_as_it_was(keeper):
    """MXC-07."""
    keeper.activate(keeper.grant("ann", parameter_3="=1+1")["draft"])
    sheet = Sheet(keeper)

    assert "'=1+1" in [row["parameter_3"] for row in sheet.rows]
    assert diff(sheet.load()) == (0, 0, 0)
    assert keeper.route("500", cost_center="NEW", parameter_3="=1+1") == {"first_line": ["ann"]}


def test_a_file_of_an_older_version_is_refused_with_what_was_changed_since(keeper):
    """MXC-08."""
    sheet = Sheet(keeper)
    sheet.row("ann")["ends_on"] = "2027-01-01"
    keeper.activate(keeper(change_mandate, keeper.mandate("marc")["id"], by="adm", ends_on=date(2026, 12, 31))["draft"], by="wfa")

    with pytest.raises(MatrixConflict, match="exported from version 1 .* version 2 is in force: 1 mandates") as refusal:
        sheet.load()

    (conflict,) = refusal.value.facts["conflicts"]
    assert conflict["label"] == "Marc Anthony, PI/DL"
    assert conflict["fields"] == [{"field": "ends_on", "before": None, "after": "2026-12-31"}]
    assert [each["version"] for each in keeper(list_drafts)["items"]] == [2]


def test_rows_of_two_exports_are_not_mixed(keeper):
    """MXC-08."""
    sheet = Sheet(keeper)
    keeper.activate(keeper.grant("ann", cost_center="NEW")["draft"])
    sheet.rows += [Sheet(keeper).row("ann")]
    sheet.rows[-1]["id"] = ""

    assert refused(sheet) == [(9, "version")]


def test_the_mandate_changes_when_all_its_rows_say_so_and_else_a_row_moves(keeper):
    """The file means what it says: what it says is what is exported afterwards."""
    keeper.activate(
        keeper(change_mandate, keeper.mandate("marc")["id"], financial=[{"steps": ["first_line"], "cost_center": "NEW"}])["draft"]
    )
    mandate = keeper.mandate("marc")["id"]
    sheet = Sheet(keeper)
    for row in sheet.rows:
        if row["user"] == "marc":
            row["ends_on"] = "2027-01-01"
    answer = sheet.load()
    assert diff(answer) == (0, 2, 0)
    assert [each["entity"] for each in answer["changes"]] == ["mandate"]
    keeper.activate(answer["draft"])
    assert (keeper.mandate("marc")["id"], keeper.mandate("marc")["ends_on"]) == (mandate, "2027-01-01")

    sheet = Sheet(keeper)
    sheet.row("marc")["ends_on"] = "2028-01-01"
    answer = sheet.load()
    assert diff(answer) == (0, 1, 0)
    keeper.activate(answer["draft"])
    assert [each["ends_on"] for each in keeper(list_mandates, user="marc")["items"]] == ["2027-01-01", "2028-01-01"]
    assert sorted(row["ends_on"] for row in Sheet(keeper).rows if row["user"] == "marc") == ["2027-01-01", "2028-01-01"]


def test_a_row_may_pass_to_another_person_and_rule(keeper):
    sheet = Sheet(keeper)
    sheet.row("marc").update(user="jeremy", rule="BM", rule_description="")

    keeper.activate(sheet.load()["draft"])

    assert keeper.route("20000", cost_center="SALES") == {"first_line": ["jeremy"]}
    assert {row["user"]: row["rule"] for row in Sheet(keeper).rows if row["cost_center"] == "SALES"} == {"jeremy": "BM"}


def test_a_row_like_a_mandate_that_is_there_joins_it(keeper):
    sheet = Sheet(keeper)
    sheet.add("marc", cost_center="NEW")
    sheet.add("marc", cost_center="CON")

    answer = sheet.load()

    assert [each["entity"] for each in answer["changes"]] == ["financial_mandate", "financial_mandate"]
    keeper.activate(answer["draft"])
    assert [row["cost_center"] for row in keeper.mandate("marc")["financial"]] == ["SALES", "NEW", "CON"]


def test_a_file_is_not_mixed_into_an_open_draft(keeper):
    draft = keeper.grant("ann", cost_center="NEW")["draft"]
    sheet = Sheet(keeper)
    sheet.row("marc")["ends_on"] = "2027-01-01"

    with pytest.raises(DraftOpen):
        sheet.load()
    assert diff(sheet.load(dry_run=True)) == (0, 1, 0)
    keeper(discard_draft, draft)
    assert diff(sheet.load()) == (0, 1, 0)


def test_the_same_request_twice_is_one_draft(keeper):
    sheet = Sheet(keeper)
    sheet.row("marc")["ends_on"] = "2027-01-01"
    key = RequestKey(key="k", route="POST import", digest="d")

    assert sheet.load(request=key) == sheet.load(request=key)
    assert len(keeper(list_drafts)["items"]) == 1


def test_an_older_version_is_exported_as_it_was(keeper):
    before = Sheet(keeper).exported
    keeper.activate(keeper.grant("ann", cost_center="NEW")["draft"])

    assert Sheet(keeper, version=1).exported == before
    assert Sheet(keeper).exported != before
    with pytest.raises(NotFound):
        Sheet(keeper, version=3)


@pytest.mark.parametrize("username", ["marc", "eva", "pia"])
def test_who_does_not_keep_the_matrix_moves_no_files(keeper, username):
    content = Sheet(keeper).exported

    with pytest.raises(NotPermitted):
        Sheet(keeper, by=username)
    with pytest.raises(NotPermitted):
        keeper(import_matrix, by=username, content=content, dry_run=True)


def test_thousands_of_rows_are_one_draft_and_one_version(keeper):
    sheet = Sheet(keeper)
    for number in range(3000):
        sheet.add("ann", parameter_3=f"P{number}")

    answer = sheet.load()
    assert (diff(answer), len(answer["changes"])) == ((3000, 0, 0), 200)
    assert keeper(read_draft, answer["draft"])["counts"] == {"financial_mandate": {"add": 3000, "change": 0, "delete": 0}}
    keeper.activate(answer["draft"])

    assert keeper.route("500", cost_center="SUP", parameter_3="P2999") == {"first_line": ["ann"]}
    assert diff(Sheet(keeper).load()) == (0, 0, 0)
