"""The lazy `ubl` context: every element and attribute, under its own name."""

from datetime import date
from decimal import Decimal

import pytest

from app.domain.errors import NotParseable
from app.formats.ubl_context import UblContext, ubl_context
from tests.formats.ubl_builder import Line, build_ubl, read_sample


def test_leaves_have_the_type_of_their_name() -> None:
    """AUT-04."""
    ubl = ubl_context(build_ubl())

    assert ubl["ID"] == "A-2026-1187"
    assert ubl["IssueDate"] == date(2026, 10, 26)
    assert ubl["LegalMonetaryTotal"]["PayableAmount"] == Decimal("1210.00")
    assert ubl["InvoiceLine"][0]["Item"]["ClassifiedTaxCategory"]["Percent"] == Decimal(21)


def test_attributes_are_keys() -> None:
    """AUT-04."""
    ubl = ubl_context(build_ubl(lines=[Line(amount="1.00", extra='<cbc:Note languageID="nl">een</cbc:Note><cbc:Note>two</cbc:Note>')]))
    party = ubl["AccountingSupplierParty"]["Party"]["PartyLegalEntity"]

    assert party["@CompanyID"] == {"schemeID": "0106"}
    assert ubl["LegalMonetaryTotal"]["@PayableAmount"]["currencyID"] == "EUR"
    assert ubl["InvoiceLine"][0]["Note"] == ["een", "two"]
    assert ubl["InvoiceLine"][0]["@Note"] == [{"languageID": "nl"}, {}]
    assert "@CompanyID" in party
    assert "@Other" not in party
    assert list(party) == ["RegistrationName", "@RegistrationName", "CompanyID", "@CompanyID"]


def test_lines_are_a_list_even_when_there_is_one() -> None:
    """AUT-04."""
    assert isinstance(ubl_context(build_ubl())["InvoiceLine"], list)
    assert len(ubl_context(read_sample("invoice_two_branches.xml"))["InvoiceLine"]) == 2


def test_repeated_elements_are_a_list_and_single_ones_are_not() -> None:
    """AUT-04."""
    total = ubl_context(read_sample("invoice_two_branches.xml"))["TaxTotal"]

    assert isinstance(total, UblContext)
    assert [part["TaxCategory"]["Percent"] for part in total["TaxSubtotal"]] == [Decimal(21), Decimal(9)]


def test_what_is_absent_or_of_another_form_is_null() -> None:
    """AUT-12."""
    ubl = ubl_context(build_ubl(issued_on="2026-02-30", order_number=" "))

    assert "TaxPointDate" not in ubl
    assert ubl.get("TaxPointDate") is None
    assert ubl["IssueDate"] is None
    assert ubl["OrderReference"]["ID"] is None


def test_a_credit_note_answers_to_the_names_of_an_invoice() -> None:
    """AUT-04."""
    means = "<cac:PaymentMeans><cbc:PaymentDueDate>2026-12-01</cbc:PaymentDueDate></cac:PaymentMeans>"
    ubl = ubl_context(build_ubl(root="CreditNote", payment=means))

    assert ubl["InvoiceTypeCode"] == ubl["CreditNoteTypeCode"] == "381"
    assert ubl["InvoiceLine"][0]["InvoicedQuantity"] == Decimal(1)
    assert ubl["DueDate"] == date(2026, 12, 1)


def test_an_indicator_is_a_boolean() -> None:
    extra = "<cac:AllowanceCharge><cbc:ChargeIndicator>true</cbc:ChargeIndicator></cac:AllowanceCharge>"

    assert ubl_context(build_ubl(lines=[Line(amount="1.00", extra=extra)]))["InvoiceLine"][0]["AllowanceCharge"]["ChargeIndicator"] is True


def test_nothing_but_ubl_is_read() -> None:
    with pytest.raises(NotParseable):
        ubl_context(b"<!DOCTYPE x><Invoice/>")
