"""The rules in rules/, on documents as they are received."""

from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from lxml import etree

from app.feel import compile_expression
from app.formats import document_context
from app.formats.cases import Case, read_cases
from app.formats.dmn import DecisionModel, read_dmn
from app.formats.json_document import read_json_document
from app.formats.received_document import ReceivedDocument
from app.formats.ubl import read_ubl
from app.formats.ubl_context import ubl_context
from app.operations.documents.facts import stored_facts, stored_lines
from tests.formats.ubl_builder import Line, build_ubl, read_sample

RULES = Path(__file__).parents[2] / "rules"
ENERGY = {"seller_legal_id": "12345678", "seller_name": "Stroom en Gas"}


def read_rules(name: str) -> DecisionModel:
    return read_dmn((RULES / f"{name}.dmn").read_bytes(), filename=f"{name}.dmn")


INVOICES, EXPENSES = read_rules("invoice_triage"), read_rules("expense_triage")


def show_document(
    received: ReceivedDocument,
    *,
    payable_base: Decimal | None,
    total_base: Decimal | None,
    company: str | None = None,
    is_duplicate: bool = False,
) -> dict[str, Any]:
    """Return what FEEL sees of a document once it is stored."""
    columns = {name: getattr(received, name) for name in ("kind", "number", "issued_on", "currency", "total")}
    stored = SimpleNamespace(
        **columns, company=company or received.company, facts=stored_facts(received), lines=stored_lines(received, None)
    )
    findings: list[dict[str, object]] = [
        {"code": each.code, "area": each.area, "severity": each.severity, "text": each.text} for each in received.findings
    ]
    return document_context.document_context(
        stored,
        findings=findings,
        due_on=received.due_on,
        payable=received.payable,
        payable_base=payable_base,
        total_base=total_base,
        is_duplicate=is_duplicate,
    )


def triage(received: ReceivedDocument, *, payable_base: Decimal | str | None = "same", **options: Any) -> dict[str, Any]:
    base = received.payable if payable_base == "same" else payable_base
    options.setdefault("total_base", received.total if base == received.payable else base)
    context = show_document(received, payable_base=base if isinstance(base, Decimal) else None, **options)
    model = EXPENSES if received.kind == "expense_claim" else INVOICES
    result: dict[str, Any] = model.evaluate(None, {"document": context}).outputs
    return result


def energy_bill(payable: str, **overrides: Any) -> ReceivedDocument:
    return read_ubl(build_ubl(lines=[Line(amount=payable, percent="0")], **{**ENERGY, **overrides}))


def claim(amount: str) -> ReceivedDocument:
    content = '{"kind":"expense_claim","number":"X-1","issued_on":"2026-10-30","currency":"EUR","company":"NL01","lines":[{"amount":"%s"}]}'
    return read_json_document((content % amount).encode())


class TestInvoices:
    def test_the_energy_bill_of_480_is_approved_by_rule(self) -> None:
        """AUT-01."""
        result = triage(read_ubl(read_sample("invoice_energy_480.xml")))

        assert (result["outcome"], result["rule"]) == ("approve", "A1 energy bill")

    @pytest.mark.parametrize(("payable", "outcome"), [("499.99", "approve"), ("500.00", "approve"), ("500.01", "route")])
    def test_the_cap_is_inclusive(self, payable: str, outcome: str) -> None:
        """AUT-02."""
        assert triage(energy_bill(payable))["outcome"] == outcome

    def test_another_currency_counts_by_its_converted_amount(self) -> None:
        """AUT-16: 500 USD are 454.55 EUR; without a rate a person decides."""
        bill = energy_bill("500.00", currency="USD")

        assert triage(bill, payable_base=Decimal("454.55"))["outcome"] == "approve"
        assert triage(bill, payable_base=None)["outcome"] == "route"

    def test_an_absent_payable_amount_approves_nothing(self) -> None:
        """AUT-12."""
        assert triage(energy_bill("480.00", totals={"PayableAmount": None}))["outcome"] == "route"

    @pytest.mark.parametrize("order_number", [None, "", " ", "NA"])
    def test_without_order_number_it_is_rejected(self, order_number: str | None) -> None:
        """AUT-05."""
        result = triage(read_ubl(build_ubl(order_number=order_number)))

        assert (result["outcome"], result["reason"]) == ("reject", "order number missing")

    def test_with_order_number_it_continues(self) -> None:
        """AUT-05."""
        assert triage(read_ubl(build_ubl(order_number="6001")))["outcome"] == "route"

    def test_reject_beats_approve(self) -> None:
        """AUT-13."""
        result = triage(energy_bill("480.00", order_number=None))

        assert (result["outcome"], result["rule"]) == ("reject", "R1 order number")

    @pytest.mark.parametrize(
        ("content", "text", "rule"),
        [
            (build_ubl(period=("2026-03-01", "2026-02-28")), "2026-02-28", "R2 period"),
            (build_ubl(period=("2026-02-01", "2026-02-30")), "2026-02-30", "R2 period"),
            (read_sample("invoice_wrong_tax.xml"), "BR-CO-17", "R3 tax"),
            (read_sample("invoice_wrong_totals.xml"), "BR-CO-10", "R4 totals"),
            (build_ubl(lines=[Line(amount="10.00"), Line(amount="5.00", currency="USD")]), "USD", "R5 currency"),
        ],
        ids=["period", "date", "tax", "totals", "currency"],
    )
    def test_a_failed_check_rejects_with_its_text(self, content: bytes, text: str, rule: str) -> None:
        """AUT-06, AUT-07, AUT-08, DOC-05."""
        result = triage(read_ubl(content))

        assert (result["outcome"], result["rule"]) == ("reject", rule)
        assert text in result["reason"]

    def test_a_possible_duplicate_is_never_approved_by_rule(self) -> None:
        """DOC-02."""
        assert triage(energy_bill("480.00"), is_duplicate=True)["outcome"] == "route"

    def test_a_prepaid_invoice_is_not_approved_by_what_is_left_to_pay(self) -> None:
        """AUT-16."""
        bill = energy_bill("80000.00", prepaid="79600.00")

        assert bill.payable == Decimal("400.00")
        assert triage(bill)["outcome"] == "route"


class TestExpenseClaims:
    @pytest.mark.parametrize(("amount", "outcome"), [("30.00", "approve"), ("50.00", "approve"), ("50.01", "route"), ("-30.00", "route")])
    def test_a_small_claim_is_approved_by_rule(self, amount: str, outcome: str) -> None:
        """CNV-07."""
        assert triage(claim(amount))["outcome"] == outcome

    def test_without_a_rate_a_person_decides(self) -> None:
        """AUT-16."""
        assert triage(claim("30.00"), payable_base=None)["outcome"] == "route"


class TestContexts:
    @pytest.mark.parametrize("lines", [1, 2])
    def test_any_field_of_ubl_can_be_asked_for(self, lines: int) -> None:
        """AUT-04."""
        ubl = ubl_context(build_ubl(lines=[Line(amount="10.00", percent="9")] + [Line(amount="5.00")] * (lines - 1)))
        some_at_9 = compile_expression("some p in ubl.InvoiceLine.Item.ClassifiedTaxCategory.Percent satisfies p = 9", ["ubl"])
        some_at_6 = compile_expression("some p in ubl.InvoiceLine.Item.ClassifiedTaxCategory.Percent satisfies p = 6", ["ubl"])

        assert some_at_9.value({"ubl": ubl}) is True
        assert some_at_6.value({"ubl": ubl}) is False

    def test_an_attribute_can_be_asked_for(self) -> None:
        """AUT-03, AUT-04."""
        text = 'ubl.AccountingSupplierParty.Party.PartyLegalEntity.@CompanyID.schemeID = "0106"'

        assert compile_expression(text, ["ubl"]).value({"ubl": ubl_context(build_ubl())}) is True

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("document.order_number != null", True),
            ('document.kind = "invoice"', True),
            ('document.currency != "USD"', True),
            ("document.total < 1210", True),
            ("document.payable <= 1210", True),
            ("document.payable > 1210", False),
            ("document.payable >= 1210", True),
            ('document.currency in ("EUR", "USD")', True),
            ('starts with(document.order_number, "6")', True),
            ('ends with(document.order_number, "6")', False),
            ('contains(document.seller.name, "cm")', True),
            ('matches(document.order_number, "^6[0-9]{3}$")', True),
            ("document.total between 1000 and 2000", True),
            ("document.total in [1000..1001)", True),
            ('document.issued_on < date("2026-11-01")', True),
            ('document.due_on - document.issued_on = duration("P30D")', True),
            ('some line in document.lines satisfies line.cost_center = "SALES"', True),
            ('every line in document.lines satisfies line.cost_center = "CON"', False),
            ("sum(document.lines.amount) = document.total", True),
            ('count(document.lines[cost_center = "SALES"]) = 1', True),
            ("document.facts.contract = null", True),
            ("document.nothing = null", True),
            ("document.facts.contract > 5", None),
        ],
    )
    def test_operators_on_facts(self, text: str, expected: bool | None) -> None:
        """AUT-11, AUT-12."""
        received = read_ubl(build_ubl())
        context = show_document(received, payable_base=received.payable, total_base=received.total, company="NL01")

        assert compile_expression(text, ["document"]).value({"document": context}) is expected

    def test_every_name_is_there_for_every_kind(self) -> None:
        invoice = show_document(read_ubl(build_ubl()), payable_base=None, total_base=None)
        expense = show_document(claim("30.00"), payable_base=None, total_base=None)

        assert set(invoice) == set(expense)
        assert (expense["company"], expense["errors"], expense["prepaid"]) == ("NL01", [], Decimal(0))
        documented = (document_context.__doc__ or "").replace(",", " ").split()
        assert all(name in documented for name in invoice)

    def test_a_line_stored_before_it_had_a_rate_of_tax_has_none(self) -> None:
        received = claim("30.00")
        lines = [{"id": "1", "amount": "30.00", "cost_center": "SALES"}]
        stored = SimpleNamespace(
            kind="invoice",
            number="1",
            issued_on=None,
            currency="EUR",
            total=Decimal("30.00"),
            company=None,
            facts=stored_facts(received),
            lines=lines,
        )

        shown = document_context.document_context(stored, findings=[], due_on=None, payable=None, payable_base=None, total_base=None)

        assert list(shown["lines"][0]) == list(stored_lines(received, None)[0])
        assert (shown["lines"][0]["amount"], shown["lines"][0]["tax_percent"], shown["lines"][0]["type"]) == (Decimal("30.00"), None, None)


def list_readme_conditions() -> list[str]:
    blocks = (RULES / "README.md").read_text().split("```feel\n")[1:]
    return [line for block in blocks for line in block.split("```")[0].splitlines() if line.strip() and not line.startswith("//")]


@pytest.mark.parametrize("text", list_readme_conditions())
def test_every_condition_of_the_readme_is_true_of_the_sample(text: str) -> None:
    content = read_sample("invoice_two_branches.xml")
    received = read_ubl(content)
    document = show_document(received, payable_base=received.payable, total_base=received.total, company="NL01")

    assert compile_expression(text, ["document", "ubl"]).value({"document": document, "ubl": ubl_context(content)}) is True


def list_cases() -> list[tuple[str, Case]]:
    return [(path.stem, case) for path in sorted(RULES.glob("*.cases.csv")) for case in read_cases(path.read_text(), filename=path.name)]


@pytest.mark.parametrize(("stem", "case"), list_cases(), ids=lambda value: value.name if isinstance(value, Case) else "")
def test_every_case_of_the_analysts_gives_what_they_expect(stem: str, case: Case) -> None:
    outputs = read_rules(stem.removesuffix(".cases")).evaluate(case.decision, case.context).outputs

    assert {name: outputs[name] for name in case.expected} == case.expected


@pytest.mark.parametrize("path", sorted(RULES.glob("*.dmn")), ids=lambda path: path.stem)
def test_editors_can_draw_every_rule_file(path: Path) -> None:
    root = etree.fromstring(path.read_bytes())
    dmn = {"d": etree.QName(root).namespace}
    nodes = root.findall("d:decision", dmn) + root.findall("d:inputData", dmn)
    edges = root.findall(".//d:informationRequirement", dmn)
    di = {"di": "https://www.omg.org/spec/DMN/20191111/DMNDI/"}

    assert {shape.get("dmnElementRef") for shape in root.iterfind(".//di:DMNShape", di)} == {node.get("id") for node in nodes}
    assert {edge.get("dmnElementRef") for edge in root.iterfind(".//di:DMNEdge", di)} == {edge.get("id") for edge in edges}
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert path.with_suffix(".cases.csv").exists()
    assert root.get("id") == path.stem
