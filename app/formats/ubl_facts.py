"""Header facts of a UBL document as JSON values, for the pages and the API."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from lxml import etree

from app.domain.money import Money
from app.formats.received_document import Finding
from app.formats.ubl_amounts import UblAmounts
from app.formats.ubl_fields import AmountField, find_all, parse_date, read_text

LIST_MAX: Final = 50
_TEXTS: Final = {
    "buyer_reference": "cbc:BuyerReference",
    "sales_order_number": "cac:OrderReference/cbc:SalesOrderID",
    "contract": "cac:ContractDocumentReference/cbc:ID",
    "project": "cac:ProjectReference/cbc:ID",
    "despatch": "cac:DespatchDocumentReference/cbc:ID",
    "receipt": "cac:ReceiptDocumentReference/cbc:ID",
    "originator": "cac:OriginatorDocumentReference/cbc:ID",
    "preceding_invoice": "cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID",
    "note": "cbc:Note",
    "payment_terms": "cac:PaymentTerms/cbc:Note",
    "seller_contact": "cac:AccountingSupplierParty/cac:Party/cac:Contact/cbc:Name",
    "customization": "cbc:CustomizationID",
    "profile": "cbc:ProfileID",
}
_DATES: Final = {
    "tax_point_on": "cbc:TaxPointDate",
    "delivery_on": "cac:Delivery/cbc:ActualDeliveryDate",
}


def read_facts(
    root: etree._Element,
    amounts: UblAmounts,
    *,
    order_number: str | None,
    due_on: date | None,
    checks_run: int,
    findings: Iterable[Finding],
) -> dict[str, object]:
    """Return the header facts; every key is always there, unknown ones are None or [].

    Money is `{"amount", "currency"}`, dates are ISO texts, `period` is `{"start_on", "end_on"}` or None, `payment` names means code,
    reference, account and bank, `taxes` and `allowances` and `attachments` are lists of at most LIST_MAX, `checks` counts.
    """
    totals = amounts.totals
    return {
        "order_number": order_number,
        "period": _read_period(root),
        "net": _show(totals.tax_exclusive, amounts.currency),
        "vat": _sum_tax(amounts),
        "total_with_vat": _show(totals.tax_inclusive, amounts.currency),
        "prepaid": _show(totals.prepaid, amounts.currency),
        "rounding": _show(totals.rounding, amounts.currency),
        "payable": _show(totals.payable, amounts.currency),
        "due_on": due_on.isoformat() if due_on else None,
        "payment": _read_payment(root),
        "taxes": _list_taxes(amounts),
        "allowances": _list_allowances(amounts),
        "attachments": _list_attachments(root),
        **{name: read_text(root, path) for name, path in _TEXTS.items()},
        **{name: _read_day(root, path) for name, path in _DATES.items()},
        "checks": {"run": checks_run, "failed": sum(1 for finding in findings if finding.severity == "error")},
    }


def _show(amount: AmountField | None, currency: str) -> dict[str, str] | None:
    """Return the amount in its own currency, else in the document's; XXX (ISO 4217: none) when its attribute is no currency code."""
    if amount is None:
        return None
    code = amount.currency or currency
    is_code = len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()
    return Money(amount.value, code if is_code else "XXX").to_json()


def _sum_tax(amounts: UblAmounts) -> dict[str, str] | None:
    return Money(amounts.tax_sum, amounts.currency).to_json() if amounts.taxes else None


def _read_day(root: etree._Element, path: str) -> str | None:
    day = parse_date(read_text(root, path) or "")
    return day.isoformat() if day else None


def _read_period(root: etree._Element) -> dict[str, object] | None:
    starts_on = _read_day(root, "cac:InvoicePeriod/cbc:StartDate")
    ends_on = _read_day(root, "cac:InvoicePeriod/cbc:EndDate")
    return {"start_on": starts_on, "end_on": ends_on} if starts_on or ends_on else None


def _read_payment(root: etree._Element) -> dict[str, object] | None:
    means = "cac:PaymentMeans"
    payment: dict[str, object] = {
        "means_code": read_text(root, f"{means}/cbc:PaymentMeansCode"),
        "reference": read_text(root, f"{means}/cbc:PaymentID"),
        "account": read_text(root, f"{means}/cac:PayeeFinancialAccount/cbc:ID"),
        "account_name": read_text(root, f"{means}/cac:PayeeFinancialAccount/cbc:Name"),
        "bank": read_text(root, f"{means}/cac:PayeeFinancialAccount/cac:FinancialInstitutionBranch/cbc:ID"),
        "mandate": read_text(root, f"{means}/cac:PaymentMandate/cbc:ID"),
        "payee": read_text(root, "cac:PayeeParty/cac:PartyName/cbc:Name"),
    }
    return payment if any(payment.values()) else None


def _list_taxes(amounts: UblAmounts) -> list[dict[str, object]]:
    subtotals = [subtotal for total in amounts.taxes for subtotal in total.subtotals]
    return [
        {
            "category": subtotal.key.category,
            "percent": None if subtotal.key.percent is None else f"{subtotal.key.percent:f}",
            "taxable": _show(subtotal.taxable, amounts.currency),
            "tax": _show(subtotal.tax, amounts.currency),
        }
        for subtotal in subtotals[:LIST_MAX]
    ]


def _list_allowances(amounts: UblAmounts) -> list[dict[str, object]]:
    return [
        {"kind": "charge" if part.is_charge else "allowance", "amount": _show(part.amount, amounts.currency), "reason": part.reason}
        for part in amounts.allowances[:LIST_MAX]
    ]


def _list_attachments(root: etree._Element) -> list[dict[str, object]]:
    """Name each supporting document; its bytes stay in the original."""
    attachments: list[dict[str, object]] = []
    for reference in find_all(root, "cac:AdditionalDocumentReference")[:LIST_MAX]:
        embedded = next(iter(find_all(reference, "cac:Attachment/cbc:EmbeddedDocumentBinaryObject")), None)
        attachments.append(
            {
                "id": read_text(reference, "cbc:ID"),
                "description": read_text(reference, "cbc:DocumentDescription"),
                "filename": None if embedded is None else embedded.get("filename"),
                "media_type": None if embedded is None else embedded.get("mimeCode"),
                "link": read_text(reference, "cac:Attachment/cac:ExternalReference/cbc:URI"),
            }
        )
    return attachments
