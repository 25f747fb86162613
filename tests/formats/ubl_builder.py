"""Builds UBL documents that are right in every sum, so that a test changes only what it is about."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

DATA = Path(__file__).parents[1] / "data" / "ubl"
UBL = "urn:oasis:names:specification:ubl:schema:xsd"


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of the built document; `accounting_cost` None leaves the element out."""

    amount: str
    accounting_cost: str | None = "SALES"
    percent: str = "21"
    currency: str | None = None
    extra: str = ""


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """One allowance or charge of the whole document."""

    amount: str
    is_charge: bool = False
    percent: str = "21"


def read_sample(name: str) -> bytes:
    """Return one of the sample documents."""
    return (DATA / name).read_bytes()


def build_ubl(
    *,
    lines: Sequence[Line] = (Line(amount="1000.00"),),
    allowances: Sequence[Allowance] = (),
    root: str = "Invoice",
    number: str = "A-2026-1187",
    currency: str = "EUR",
    order_number: str | None = "6001",
    seller_name: str = "Acme",
    seller_legal_id: str | None = "23456789",
    seller_scheme: str | None = "0106",
    header_cost: str | None = None,
    period: tuple[str, str] | None = None,
    issued_on: str = "2026-10-26",
    totals: dict[str, str | None] | None = None,
    tax_amount: str | None = None,
    subtotal_tax: dict[str, str] | None = None,
    header: str = "",
    payment: str = "",
    prepaid: str | None = None,
) -> bytes:
    """Return an invoice or credit note; keyword arguments override single facts."""
    line_name, quantity = ("InvoiceLine", "InvoicedQuantity") if root == "Invoice" else ("CreditNoteLine", "CreditedQuantity")
    digits = {"JPY": 0, "KWD": 3}.get(currency, 2)

    def money(name: str, value: Decimal | str, code: str = currency) -> str:
        return f'<cbc:{name} currencyID="{code}">{value}</cbc:{name}>'

    def cents(value: Decimal) -> Decimal:
        return value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)

    bases: dict[str, Decimal] = {}
    for line in lines:
        bases[line.percent] = bases.get(line.percent, Decimal(0)) + Decimal(line.amount)
    for allowance in allowances:
        signed = Decimal(allowance.amount) if allowance.is_charge else -Decimal(allowance.amount)
        bases[allowance.percent] = bases.get(allowance.percent, Decimal(0)) + signed
    taxes = {percent: cents(base * Decimal(percent) / 100) for percent, base in bases.items()}
    taxes |= {percent: Decimal(value) for percent, value in (subtotal_tax or {}).items()}
    tax = Decimal(tax_amount) if tax_amount is not None else sum(taxes.values(), Decimal(0))
    line_sum = sum((Decimal(line.amount) for line in lines), Decimal(0))
    charged = sum((Decimal(part.amount) for part in allowances if part.is_charge), Decimal(0))
    allowed = sum((Decimal(part.amount) for part in allowances if not part.is_charge), Decimal(0))
    net = line_sum - allowed + charged
    written: dict[str, Decimal | str | None] = {
        "LineExtensionAmount": line_sum,
        "TaxExclusiveAmount": net,
        "TaxInclusiveAmount": net + tax,
        "AllowanceTotalAmount": allowed or None,
        "ChargeTotalAmount": charged or None,
        "PrepaidAmount": prepaid,
        "PayableAmount": net + tax - Decimal(prepaid or 0),
    }
    written |= totals or {}

    def party(kind: str, name: str, legal_id: str | None, scheme: str | None, street: str) -> str:
        attribute = f" schemeID={quoteattr(scheme)}" if scheme else ""
        legal = f"<cbc:CompanyID{attribute}>{escape(legal_id)}</cbc:CompanyID>" if legal_id is not None else ""
        return (
            f"<cac:{kind}><cac:Party><cac:PartyName><cbc:Name>{escape(name)}</cbc:Name></cac:PartyName>"
            f"<cac:PostalAddress><cbc:StreetName>{street}</cbc:StreetName><cac:Country><cbc:IdentificationCode>NL</cbc:IdentificationCode></cac:Country></cac:PostalAddress>"
            f"<cac:PartyLegalEntity><cbc:RegistrationName>{escape(name)}</cbc:RegistrationName>{legal}</cac:PartyLegalEntity></cac:Party></cac:{kind}>"
        )

    def category(name: str, percent: str) -> str:
        code = "S" if Decimal(percent) else "Z"
        return (
            f"<cac:{name}><cbc:ID>{code}</cbc:ID><cbc:Percent>{percent}</cbc:Percent>"
            f"<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:{name}>"
        )

    def write_line(position: int, line: Line) -> str:
        cost = f"<cbc:AccountingCost>{escape(line.accounting_cost)}</cbc:AccountingCost>" if line.accounting_cost is not None else ""
        return (
            f'<cac:{line_name}><cbc:ID>{position}</cbc:ID><cbc:{quantity} unitCode="C62">1</cbc:{quantity}>'
            f"{money('LineExtensionAmount', line.amount, line.currency or currency)}{cost}{line.extra}"
            f"<cac:Item><cbc:Name>Item {position}</cbc:Name>{category('ClassifiedTaxCategory', line.percent)}</cac:Item>"
            f"<cac:Price>{money('PriceAmount', line.amount)}</cac:Price></cac:{line_name}>"
        )

    def write_allowance(part: Allowance) -> str:
        indicator = "true" if part.is_charge else "false"
        return (
            f"<cac:AllowanceCharge><cbc:ChargeIndicator>{indicator}</cbc:ChargeIndicator>"
            f"<cbc:AllowanceChargeReason>Freight</cbc:AllowanceChargeReason>{money('Amount', part.amount)}"
            f"{category('TaxCategory', part.percent)}</cac:AllowanceCharge>"
        )

    subtotals = "".join(
        f"<cac:TaxSubtotal>{money('TaxableAmount', bases[percent])}{money('TaxAmount', value)}{category('TaxCategory', percent)}</cac:TaxSubtotal>"
        for percent, value in taxes.items()
    )
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<{root} xmlns="{UBL}:{root}-2" xmlns:cac="{UBL}:CommonAggregateComponents-2" xmlns:cbc="{UBL}:CommonBasicComponents-2">',
        f"<cbc:ID>{escape(number)}</cbc:ID><cbc:IssueDate>{issued_on}</cbc:IssueDate>",
        "<cbc:DueDate>2026-11-25</cbc:DueDate>" if root == "Invoice" else "",
        f"<cbc:{root}TypeCode>{'380' if root == 'Invoice' else '381'}</cbc:{root}TypeCode>",
        f"<cbc:DocumentCurrencyCode>{currency}</cbc:DocumentCurrencyCode>",
        f"<cbc:AccountingCost>{escape(header_cost)}</cbc:AccountingCost>" if header_cost is not None else "",
        f"<cac:InvoicePeriod><cbc:StartDate>{period[0]}</cbc:StartDate><cbc:EndDate>{period[1]}</cbc:EndDate></cac:InvoicePeriod>"
        if period
        else "",
        f"<cac:OrderReference><cbc:ID>{escape(order_number)}</cbc:ID></cac:OrderReference>" if order_number is not None else "",
        header,
        party("AccountingSupplierParty", seller_name, seller_legal_id, seller_scheme, "Keizersgracht 1"),
        party("AccountingCustomerParty", "NL01", "87654321", "0106", "Stationsplein 5"),
        payment,
        "".join(write_allowance(part) for part in allowances),
        f"<cac:TaxTotal>{money('TaxAmount', tax)}{subtotals}</cac:TaxTotal>",
        "<cac:LegalMonetaryTotal>"
        + "".join(money(name, value) for name, value in written.items() if value is not None)
        + "</cac:LegalMonetaryTotal>",
        *(write_line(position, line) for position, line in enumerate(lines, start=1)),
        f"</{root}>",
    ]
    return "\n".join(part for part in parts if part).encode()
