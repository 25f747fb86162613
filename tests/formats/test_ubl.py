"""UBL documents: header facts, coded lines, and every finding."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.domain.errors import InvalidRequest, NotParseable, TooLarge
from app.formats.ubl import ReceivedDocument, UblSettings, read_ubl
from tests.formats.ubl_builder import DATA, Allowance, Line, build_ubl, read_sample


def errors_of(document: ReceivedDocument) -> set[str]:
    return {finding.code for finding in document.findings if finding.severity == "error"}


def texts_of(document: ReceivedDocument, code: str) -> list[str]:
    return [finding.text for finding in document.findings if finding.code == code]


def test_an_invoice_becomes_facts_and_coded_lines() -> None:
    document = read_ubl(read_sample("invoice_two_branches.xml"))

    assert (document.kind, document.number, document.type_code, document.currency) == ("invoice", "A-2026-1187", "380", "EUR")
    assert (document.total, document.payable) == (Decimal("301480.00"), Decimal("364613.20"))
    assert (document.issued_on, document.due_on) == (date(2026, 10, 26), date(2026, 11, 25))
    assert (document.seller.name, document.seller.legal_id, document.seller.kvk) == ("Acme", "23456789", "23456789")
    assert (document.buyer.name, document.buyer.legal_id, document.buyer.key) == ("NL01", "87654321", "87654321")
    assert document.order_number == "6001"
    lines = [(line.id, line.amount, line.cost_center, line.organisation, line.quantity) for line in document.lines]
    assert lines == [("1", Decimal("300000.00"), "SALES", "23456789", "1 C62"), ("2", Decimal("1480.00"), "CON", "23456789", "1 C62")]
    assert document.findings == ()


def test_header_facts_are_what_an_approver_wants_to_see() -> None:
    facts: Any = read_ubl(read_sample("invoice_two_branches.xml")).facts

    assert facts["order_number"] == "6001"
    assert facts["period"] == {"start_on": "2027-01-01", "end_on": "2027-12-31"}
    assert facts["net"] == {"amount": "301480.00", "currency": "EUR"}
    assert facts["vat"] == {"amount": "63133.20", "currency": "EUR"}
    assert facts["payable"] == {"amount": "364613.20", "currency": "EUR"}
    assert facts["due_on"] == "2026-11-25"
    assert facts["payment"]["account"] == "NL91ABNA0417164300"
    assert facts["payment_terms"] == "30 days net"
    assert facts["attachments"][0]["filename"] == "offer.csv"
    assert facts["taxes"][1] == {
        "category": "S",
        "percent": "9",
        "taxable": {"amount": "1480.00", "currency": "EUR"},
        "tax": {"amount": "133.20", "currency": "EUR"},
    }
    assert facts["checks"]["failed"] == 0
    assert facts["checks"]["run"] > 10


def test_a_credit_note_keeps_its_amounts_as_written() -> None:
    document = read_ubl(read_sample("credit_note_acme.xml"))

    assert (document.kind, document.type_code, document.total) == ("credit_note", "381", Decimal("500.00"))
    assert document.lines[0].amount == Decimal("500.00")
    assert document.findings == ()


def test_an_invoice_of_a_credit_note_type_is_a_credit_note() -> None:
    content = build_ubl().replace(b">380<", b">381<")

    assert read_ubl(content).kind == "credit_note"


def test_a_negative_line_keeps_its_sign() -> None:
    document = read_ubl(build_ubl(lines=[Line(amount="60000.00"), Line(amount="-55000.00")]))

    assert [line.amount for line in document.lines] == [Decimal("60000.00"), Decimal("-55000.00")]
    assert document.total == Decimal("5000.00")
    assert document.findings == ()


@pytest.mark.parametrize("name", sorted(path.name for path in DATA.glob("*.xml")))
def test_every_sample_is_right_unless_its_name_says_otherwise(name: str) -> None:
    document = read_ubl((DATA / name).read_bytes())

    assert bool(errors_of(document)) is ("wrong" in name)


class TestCoding:
    def test_the_header_accounting_cost_codes_lines_without_their_own(self) -> None:
        """COD-01."""
        lines = [
            Line(amount="10.00", accounting_cost=None),
            Line(amount="20.00", accounting_cost="CON"),
            Line(amount="30.00", accounting_cost="  "),
        ]

        document = read_ubl(build_ubl(lines=lines, header_cost="SUP"))

        assert [line.cost_center for line in document.lines] == ["SUP", "CON", "SUP"]

    def test_without_any_accounting_cost_there_is_no_cost_center(self) -> None:
        """COD-01."""
        assert read_ubl(read_sample("invoice_without_cost_center.xml")).lines[0].cost_center is None

    def test_without_legal_id_the_organisation_is_the_sellers_name(self) -> None:
        assert read_ubl(build_ubl(seller_legal_id=None)).lines[0].organisation == "Acme"

    def test_parameters_come_from_the_configured_paths(self) -> None:
        extra = "<cac:OrderLineReference><cbc:LineID>7</cbc:LineID></cac:OrderLineReference>"
        header = "<cac:ProjectReference><cbc:ID>P7</cbc:ID></cac:ProjectReference>"
        settings = UblSettings(parameter_3_path="/ProjectReference/ID", parameter_4_path="cac:OrderLineReference/cbc:LineID")

        document = read_ubl(build_ubl(lines=[Line(amount="10.00", extra=extra), Line(amount="5.00")], header=header), settings=settings)

        assert [(line.parameter_3, line.parameter_4) for line in document.lines] == [("P7", "7"), ("P7", None)]


class TestKvk:
    @pytest.mark.parametrize(
        ("legal_id", "scheme", "kvk"),
        [
            ("12345678", "0106", "12345678"),
            ("12345678", "NL:KVK", "12345678"),
            ("KvK 12345678", None, "12345678"),
            ("12345678", None, "12345678"),
            ("12345678", "0007", None),
            ("123456789", "0106", None),
            (None, None, None),
        ],
    )
    def test_only_an_id_of_the_dutch_trade_register_is_a_kvk(self, legal_id: str | None, scheme: str | None, kvk: str | None) -> None:
        """AUT-03."""
        assert read_ubl(build_ubl(seller_legal_id=legal_id, seller_scheme=scheme)).seller.kvk == kvk


class TestOrderNumber:
    @pytest.mark.parametrize(
        ("written", "read"), [(None, None), ("", None), (" ", None), ("NA", None), ("na", None), ("6001", "6001"), (" 6001 ", "6001")]
    )
    def test_absent_blank_and_the_placeholder_are_missing(self, written: str | None, read: str | None) -> None:
        """AUT-05."""
        assert read_ubl(build_ubl(order_number=written)).order_number == read

    def test_the_placeholder_is_a_setting(self) -> None:
        """AUT-05."""
        settings = UblSettings(order_number_placeholders=("unknown",))

        assert read_ubl(build_ubl(order_number="NA"), settings=settings).order_number == "NA"
        assert read_ubl(build_ubl(order_number="Unknown"), settings=settings).order_number is None

    def test_lines_are_looked_at_when_the_setting_says_so(self) -> None:
        """AUT-05."""
        extra = "<cac:OrderLineReference><cbc:LineID>1</cbc:LineID><cac:OrderReference><cbc:ID>6009</cbc:ID></cac:OrderReference></cac:OrderLineReference>"
        content = build_ubl(order_number=None, lines=[Line(amount="10.00", extra=extra)])

        assert read_ubl(content).order_number is None
        assert read_ubl(content, settings=UblSettings(order_number_on_lines=True)).order_number == "6009"


class TestAllocation:
    def test_a_charge_of_the_document_is_part_of_what_is_approved(self) -> None:
        """DOC-04."""
        document = read_ubl(read_sample("invoice_charge_80000.xml"))

        assert document.lines[0].amount == document.total == Decimal("81000.00")
        assert document.findings == ()

    def test_allowances_are_shared_in_proportion_to_the_cent(self) -> None:
        """DOC-04."""
        lines = [Line(amount="100.00"), Line(amount="100.00"), Line(amount="100.00")]

        document = read_ubl(build_ubl(lines=lines, allowances=[Allowance(amount="0.10")]))

        assert [line.amount for line in document.lines] == [Decimal("99.96"), Decimal("99.97"), Decimal("99.97")]
        assert sum(line.amount for line in document.lines) == document.total == Decimal("299.90")

    def test_lines_that_do_not_make_the_total_are_a_finding_with_both_values(self) -> None:
        """DOC-04, DOC-05."""
        document = read_ubl(build_ubl(totals={"TaxExclusiveAmount": "1100.00"}))

        (text,) = texts_of(document, "lines_not_total")
        assert "1000.00 EUR" in text
        assert "1100.00 EUR" in text
        assert document.total == Decimal("1100.00")

    def test_without_a_total_the_lines_are_the_total(self) -> None:
        document = read_ubl(build_ubl(totals={"TaxExclusiveAmount": None}, allowances=[Allowance(amount="5.00", is_charge=True)]))

        assert document.total == Decimal("1005.00")
        assert [finding.code for finding in document.findings if finding.severity == "warning"] == ["BR-13"]


class TestMoneyEdges:
    def test_a_second_currency_is_a_finding_with_both(self) -> None:
        """DOC-05."""
        document = read_ubl(build_ubl(lines=[Line(amount="10.00"), Line(amount="12.00", currency="USD")]))

        (text,) = texts_of(document, "mixed_currencies")
        assert "in EUR" in text
        assert "12.00 USD" in text
        assert "InvoiceLine[2]" in text

    def test_the_tax_in_the_accounting_currency_is_no_second_currency(self) -> None:
        """DOC-05."""
        second = b'<cac:TaxTotal><cbc:TaxAmount currencyID="SEK">2310.00</cbc:TaxAmount></cac:TaxTotal>'
        content = (
            build_ubl(header="<cbc:Marker/>")
            .replace(b"<cbc:Marker/>", b"")
            .replace(b"<cac:LegalMonetaryTotal>", second + b"<cac:LegalMonetaryTotal>")
        )
        content = content.replace(
            b"</cbc:DocumentCurrencyCode>", b"</cbc:DocumentCurrencyCode><cbc:TaxCurrencyCode>SEK</cbc:TaxCurrencyCode>"
        )

        assert read_ubl(content).findings == ()

    @pytest.mark.parametrize(("currency", "amount", "digits"), [("JPY", "100.5", 0), ("EUR", "100.005", 2), ("KWD", "100.0005", 3)])
    def test_more_decimals_than_the_currency_has_is_a_finding(self, currency: str, amount: str, digits: int) -> None:
        """DOC-05."""
        document = read_ubl(build_ubl(currency=currency, lines=[Line(amount=amount)]))

        texts = texts_of(document, "too_many_decimals")
        assert any(f"is {amount}, but {currency} has {digits} decimals" in text for text in texts)

    @pytest.mark.parametrize(("currency", "amount"), [("JPY", "100"), ("JPY", "100.00"), ("KWD", "100.005"), ("EUR", "100.10")])
    def test_as_many_decimals_as_the_currency_has_are_right(self, currency: str, amount: str) -> None:
        """DOC-05."""
        assert texts_of(read_ubl(build_ubl(currency=currency, lines=[Line(amount=amount)])), "too_many_decimals") == []

    def test_no_sum_is_ever_rounded(self) -> None:
        lines = [Line(amount="99999999999999.98", percent="0"), Line(amount="0.01", percent="0")]

        document = read_ubl(build_ubl(lines=lines))

        assert document.total == Decimal("99999999999999.99")
        assert errors_of(document) == set()


class TestTotals:
    def test_lines_of_60_and_40_are_not_110(self) -> None:
        """AUT-08, DOC-05."""
        (text,) = texts_of(read_ubl(read_sample("invoice_wrong_totals.xml")), "BR-CO-10")

        assert text == "The lines add up to 100.00 EUR, but LineExtensionAmount says 110.00 EUR (BR-CO-10)"

    @pytest.mark.parametrize(
        ("totals", "code"),
        [
            ({"LineExtensionAmount": "110.00", "TaxExclusiveAmount": "110.00"}, "BR-CO-10"),
            ({"AllowanceTotalAmount": "5.00"}, "BR-CO-11"),
            ({"ChargeTotalAmount": "5.00"}, "BR-CO-12"),
            ({"TaxExclusiveAmount": "1000.01"}, "BR-CO-13"),
            ({"TaxInclusiveAmount": "1210.01"}, "BR-CO-15"),
            ({"PayableAmount": "1200.00"}, "BR-CO-16"),
            ({"PrepaidAmount": "10.00"}, "BR-CO-16"),
            ({"PayableRoundingAmount": "0.01"}, "BR-CO-16"),
        ],
    )
    def test_a_wrong_total_is_a_finding_with_the_rule(self, totals: dict[str, str], code: str) -> None:
        """AUT-08."""
        document = read_ubl(build_ubl(totals=totals))

        finding = next(finding for finding in document.findings if finding.code == code)
        assert (finding.area, finding.severity) == ("totals", "error")
        assert finding.facts["found"] != finding.facts["expected"]

    def test_prepaid_and_rounding_count(self) -> None:
        """AUT-08."""
        document = read_ubl(build_ubl(prepaid="200.00", totals={"PayableRoundingAmount": "-0.50", "PayableAmount": "1009.50"}))

        assert errors_of(document) == set()
        assert document.prepaid == Decimal("200.00")

    def test_an_absent_payable_amount_is_unknown_not_zero(self) -> None:
        """AUT-12."""
        document = read_ubl(build_ubl(totals={"PayableAmount": None}))

        assert document.payable is None
        assert errors_of(document) == set()


class TestTax:
    def test_21_percent_of_100_is_not_20(self) -> None:
        """AUT-07."""
        (text,) = texts_of(read_ubl(read_sample("invoice_wrong_tax.xml")), "BR-CO-17")

        assert text == "21 % of 100.00 EUR is 21.00 EUR, but the tax amount says 20.00 EUR (BR-CO-17)"

    @pytest.mark.parametrize(("tax", "is_right"), [("21.00", True), ("21.01", True), ("20.99", True), ("21.02", False), ("20.98", False)])
    def test_a_cent_for_each_category_is_tolerated(self, tax: str, is_right: bool) -> None:
        """AUT-07."""
        document = read_ubl(build_ubl(lines=[Line(amount="100.00")], subtotal_tax={"21": tax}))

        assert ("BR-CO-17" not in errors_of(document)) is is_right

    def test_the_breakdown_must_make_the_tax_total(self) -> None:
        """AUT-07."""
        assert "BR-CO-14" in errors_of(read_ubl(build_ubl(tax_amount="209.00")))

    def test_the_base_of_a_rate_is_the_sum_of_its_lines(self) -> None:
        """AUT-07."""
        content = build_ubl(lines=[Line(amount="100.00"), Line(amount="50.00", percent="9")])
        moved = content.replace(b'TaxableAmount currencyID="EUR">100.00', b'TaxableAmount currencyID="EUR">101.00')

        assert errors_of(read_ubl(content)) == set()
        assert texts_of(read_ubl(moved), "BR-S-08") == [
            "The lines of tax category S at 21 % add up to 100.00 EUR, but the tax breakdown says 101.00 EUR (BR-S-08)"
        ]

    def test_a_standard_rate_that_is_not_told_is_a_finding(self) -> None:
        """AUT-07."""
        content = build_ubl().replace(
            b"<cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>21</cbc:Percent>", b"<cac:TaxCategory><cbc:ID>S</cbc:ID>"
        )

        assert "BR-48" in errors_of(read_ubl(content))


class TestPeriods:
    def test_a_day_that_does_not_exist_is_a_finding(self) -> None:
        """AUT-06."""
        document = read_ubl(build_ubl(period=("2026-02-01", "2026-02-30")))

        (finding,) = document.findings
        assert (finding.code, finding.area, finding.severity) == ("invalid_date", "period", "error")
        assert "2026-02-30" in finding.text

    def test_a_period_that_ends_before_it_starts_is_a_finding(self) -> None:
        """AUT-06."""
        (finding,) = read_ubl(build_ubl(period=("2026-03-01", "2026-02-28"))).findings

        assert (finding.code, finding.area) == ("BR-29", "period")
        assert "2026-03-01" in finding.text
        assert "2026-02-28" in finding.text

    def test_the_period_of_a_line_is_checked_too(self) -> None:
        """AUT-06."""
        extra = "<cac:InvoicePeriod><cbc:StartDate>2026-03-01</cbc:StartDate><cbc:EndDate>2026-02-28</cbc:EndDate></cac:InvoicePeriod>"

        assert errors_of(read_ubl(build_ubl(lines=[Line(amount="10.00", extra=extra)]))) == {"BR-30"}

    def test_a_period_outside_the_window_is_a_finding(self) -> None:
        """AUT-06."""
        settings = UblSettings(period_earliest_on=date(2026, 1, 1), period_latest_on=date(2026, 12, 31))

        inside = read_ubl(build_ubl(period=("2026-01-01", "2026-12-31")), settings=settings)
        outside = read_ubl(build_ubl(period=("2025-12-31", "2027-01-01")), settings=settings)

        assert errors_of(inside) == set()
        assert len(texts_of(outside, "period_outside_window")) == 2

    def test_an_issue_date_that_does_not_exist_is_a_finding(self) -> None:
        """AUT-06."""
        document = read_ubl(build_ubl(issued_on="2026-02-30"))

        assert document.issued_on is None
        assert [(finding.code, finding.area) for finding in document.findings] == [("invalid_date", "dates")]

    def test_a_date_may_have_an_offset(self) -> None:
        assert read_ubl(build_ubl(issued_on="2026-10-26+01:00")).issued_on == date(2026, 10, 26)


class TestRefusals:
    @pytest.mark.parametrize(
        ("old", "new", "place"),
        [
            (
                b"1000.00</cbc:LineExtensionAmount><cbc:AccountingCost>",
                b"1e3</cbc:LineExtensionAmount><cbc:AccountingCost>",
                "/Invoice/InvoiceLine/LineExtensionAmount",
            ),
            (
                b'<cbc:PayableAmount currencyID="EUR">1210.00',
                b'<cbc:PayableAmount currencyID="EUR">1.210,00',
                "/Invoice/LegalMonetaryTotal/PayableAmount",
            ),
            (b">1210.00</cbc:PayableAmount>", b">NaN</cbc:PayableAmount>", "/Invoice/LegalMonetaryTotal/PayableAmount"),
            (b"<cbc:ID>A-2026-1187</cbc:ID>", b"", "/Invoice/ID"),
            (b">EUR</cbc:DocumentCurrencyCode>", b">euro</cbc:DocumentCurrencyCode>", "/Invoice/DocumentCurrencyCode"),
            (b"A-2026-1187", b"A" * 201, "/Invoice/ID"),
            (b">SALES<", b">" + b"S" * 65 + b"<", "/Invoice/InvoiceLine/AccountingCost"),
            (
                b">1000.00</cbc:LineExtensionAmount><cbc:AccountingCost>",
                b">100000000000000</cbc:LineExtensionAmount><cbc:AccountingCost>",
                "/Invoice/InvoiceLine/LineExtensionAmount",
            ),
            (
                b">1000.00</cbc:LineExtensionAmount><cbc:AccountingCost>",
                b">1.00001</cbc:LineExtensionAmount><cbc:AccountingCost>",
                "/Invoice/InvoiceLine/LineExtensionAmount",
            ),
        ],
    )
    def test_a_field_that_cannot_be_read_refuses_the_document(self, old: bytes, new: bytes, place: str) -> None:
        content = build_ubl()
        assert old in content

        with pytest.raises(InvalidRequest) as caught:
            read_ubl(content.replace(old, new))

        errors: Any = caught.value.facts["errors"]
        assert place in errors

    def test_all_faults_are_named_at_once(self) -> None:
        content = build_ubl(number="", lines=[Line(amount="10.00"), Line(amount="20.00")]).replace(
            b'">10.00</cbc:LineExt', b'">ten</cbc:LineExt'
        )
        content = content.replace(b'<cbc:LineExtensionAmount currencyID="EUR">20.00</cbc:LineExtensionAmount>', b"")

        with pytest.raises(InvalidRequest) as caught:
            read_ubl(content)

        errors: Any = caught.value.facts["errors"]
        assert list(errors) == ["/Invoice/ID", "/Invoice/InvoiceLine[1]/LineExtensionAmount", "/Invoice/InvoiceLine[2]/LineExtensionAmount"]

    def test_a_document_without_lines_is_refused(self) -> None:
        with pytest.raises(InvalidRequest):
            read_ubl(build_ubl(lines=[]))

    def test_another_root_is_refused(self) -> None:
        with pytest.raises(NotParseable, match="expected Invoice or CreditNote"):
            read_ubl(b"<Order/>")
        with pytest.raises(NotParseable, match="expected Invoice or CreditNote"):
            read_ubl(b"<Invoice/>")

    def test_too_many_lines_are_too_large(self) -> None:
        with pytest.raises(TooLarge, match="2 lines"):
            read_ubl(build_ubl(lines=[Line(amount="1.00")] * 3), settings=UblSettings(lines_max=2))

    def test_twenty_megabytes_are_too_large(self) -> None:
        with pytest.raises(TooLarge, match="10 MiB"):
            read_ubl(b"<Invoice>" + b" " * 20 * 1024 * 1024)
