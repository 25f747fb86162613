"""Restricted paths: what they find and what they refuse."""

import pytest

from app.formats.ubl import UblSettings, parse_ubl
from app.formats.ubl_path import UblPathInvalid, compile_path
from tests.formats.ubl_builder import Line, build_ubl


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/ID", "A-1"),
        ("/Invoice/cbc:ID", "A-1"),
        ("/AccountingSupplierParty/Party/PartyLegalEntity/CompanyID[@schemeID='0106']", "23456789"),
        ('/AccountingSupplierParty/Party/PartyLegalEntity/CompanyID[@schemeID="0190"]', None),
        ("/AccountingSupplierParty/Party/PartyLegalEntity/CompanyID/@schemeID", "0106"),
        ("/InvoiceLine[2]/AccountingCost", "CON"),
        ("/InvoiceLine[3]/AccountingCost", None),
        ("/InvoiceLine[AccountingCost='CON']/ID", "2"),
        ("/InvoiceLine/Item/ClassifiedTaxCategory[ID='S'][1]/Percent", "21"),
        ("/InvoiceLine/InvoicedQuantity/@unitCode", "C62"),
    ],
)
@pytest.mark.parametrize("root", ["Invoice", "CreditNote"])
def test_a_path_finds_the_first_filled_text(root: str, path: str, found: str | None) -> None:
    """AUT-03, AUT-04: one path serves invoices and credit notes."""
    content = build_ubl(root=root, number="A-1", lines=[Line(amount="1.00"), Line(amount="2.00", accounting_cost="CON")])

    assert compile_path(path).find_first(parse_ubl(content, bytes_max=100_000)) == found


@pytest.mark.parametrize(
    "path",
    [
        "",
        "//ID",
        "ID//Name",
        "document('x')",
        "*",
        "..",
        "ID[position()=1]",
        "ID[1",
        "ID[@a]",
        "@a/ID",
        "a:ID",
        "ID[last()]",
        "ID|Name",
        "A/" * 12 + "A",
        "A" * 600,
    ],
)
def test_anything_else_is_refused(path: str) -> None:
    with pytest.raises(UblPathInvalid):
        compile_path(path)
    with pytest.raises(ValueError, match="Expected"):
        UblSettings(parameter_3_path=path)
