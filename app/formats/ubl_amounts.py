"""The money of a UBL document as written: totals, lines, allowances and charges, tax. No judgement here."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from lxml import etree

from app.formats.ubl_fields import AmountField, UblFields, find_all, find_filled, read_text

_TRUE: Final = ("true", "1")
_FALSE: Final = ("false", "0")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxKey:
    """Tax category code (S, Z, E, AE, …) and rate in percent, each None when the document does not tell."""

    category: str | None
    percent: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineAmount:
    """Net amount of one line, before the document's allowances and charges."""

    id: str
    amount: AmountField
    tax: TaxKey | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowanceAmount:
    """One allowance or charge of the whole document; `amount` is as written, `signed` counts an allowance negative."""

    is_charge: bool
    amount: AmountField
    tax: TaxKey | None
    reason: str | None

    @property
    def signed(self) -> Decimal:
        """What it adds to the total."""
        return self.amount.value if self.is_charge else -self.amount.value


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxSubtotal:
    """The tax of one category and rate."""

    taxable: AmountField | None
    tax: AmountField
    key: TaxKey
    is_vat: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxTotal:
    """One TaxTotal with its breakdown, which may be empty."""

    tax: AmountField
    subtotals: tuple[TaxSubtotal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MonetaryTotals:
    """LegalMonetaryTotal as written."""

    lines: AmountField | None
    tax_exclusive: AmountField | None
    tax_inclusive: AmountField | None
    allowances: AmountField | None
    charges: AmountField | None
    prepaid: AmountField | None
    rounding: AmountField | None
    payable: AmountField | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UblAmounts:
    """Every amount that the checks need. `taxes` are in the document's currency; `taxes_accounting` in the tax currency."""

    currency: str
    totals: MonetaryTotals
    lines: tuple[LineAmount, ...]
    allowances: tuple[AllowanceAmount, ...]
    taxes: tuple[TaxTotal, ...]
    taxes_accounting: tuple[TaxTotal, ...]

    def list_fields(self) -> Iterator[AmountField]:
        """Yield every amount that must be in the document's currency."""
        totals = self.totals
        header = (totals.lines, totals.tax_exclusive, totals.tax_inclusive, totals.allowances)
        for amount in (*header, totals.charges, totals.prepaid, totals.rounding, totals.payable):
            if amount is not None:
                yield amount
        yield from (line.amount for line in self.lines)
        yield from (allowance.amount for allowance in self.allowances)
        for tax_total in self.taxes:
            yield tax_total.tax
            for subtotal in tax_total.subtotals:
                yield subtotal.tax
                if subtotal.taxable is not None:
                    yield subtotal.taxable

    @property
    def lines_sum(self) -> Decimal:
        """Sum of the line amounts as written."""
        return sum((line.amount.value for line in self.lines), Decimal(0))

    @property
    def allowances_sum(self) -> Decimal:
        """Charges minus allowances of the whole document."""
        return sum((allowance.signed for allowance in self.allowances), Decimal(0))

    @property
    def tax_sum(self) -> Decimal:
        """Tax in the document's currency."""
        return sum((tax_total.tax.value for tax_total in self.taxes), Decimal(0))


def read_amounts(root: etree._Element, fields: UblFields, *, currency: str, line_elements: list[etree._Element]) -> UblAmounts:
    """Return the amounts of the document; wrong forms and missing line amounts become errors of `fields`."""
    tax_currency = fields.read_code(root, "cbc:TaxCurrencyCode")
    tax_totals = [total for element in find_all(root, "cac:TaxTotal") if (total := _read_tax_total(element, fields)) is not None]
    foreign = tax_currency if tax_currency != currency else None
    lines = [_read_line(element, fields, position) for position, element in enumerate(line_elements, start=1)]
    allowances = [_read_allowance(element, fields) for element in find_all(root, "cac:AllowanceCharge")]
    return UblAmounts(
        currency=currency,
        totals=_read_totals(root, fields),
        lines=tuple(line for line in lines if line is not None),
        allowances=tuple(allowance for allowance in allowances if allowance is not None),
        taxes=tuple(total for total in tax_totals if foreign is None or total.tax.currency != foreign),
        taxes_accounting=tuple(total for total in tax_totals if foreign is not None and total.tax.currency == foreign),
    )


def _read_totals(root: etree._Element, fields: UblFields) -> MonetaryTotals:
    def read(name: str) -> AmountField | None:
        return fields.read_amount(root, f"cac:LegalMonetaryTotal/cbc:{name}")

    return MonetaryTotals(
        lines=read("LineExtensionAmount"),
        tax_exclusive=read("TaxExclusiveAmount"),
        tax_inclusive=read("TaxInclusiveAmount"),
        allowances=read("AllowanceTotalAmount"),
        charges=read("ChargeTotalAmount"),
        prepaid=read("PrepaidAmount"),
        rounding=read("PayableRoundingAmount"),
        payable=read("PayableAmount"),
    )


def _read_line(element: etree._Element, fields: UblFields, position: int) -> LineAmount | None:
    amount = fields.read_amount(element, "cbc:LineExtensionAmount")
    if amount is None:
        if find_filled(element, "cbc:LineExtensionAmount") is None:
            fields.add_error(element, "Expected the net amount of the line, but there is none.", child="LineExtensionAmount")
        return None
    tax = _read_tax_key(element, fields, "cac:Item/cac:ClassifiedTaxCategory")
    return LineAmount(id=fields.read_code(element, "cbc:ID") or str(position), amount=amount, tax=tax)


def _read_allowance(element: etree._Element, fields: UblFields) -> AllowanceAmount | None:
    indicator = (read_text(element, "cbc:ChargeIndicator") or "").lower()
    if indicator not in (*_TRUE, *_FALSE):
        message = f"Expected true (charge) or false (allowance), but got {indicator[:40]!r}."
        fields.add_error(element, message, child="ChargeIndicator")
        return None
    amount = fields.read_amount(element, "cbc:Amount")
    if amount is None:
        if find_filled(element, "cbc:Amount") is None:
            fields.add_error(element, "Expected the amount of the allowance or charge, but there is none.", child="Amount")
        return None
    tax = _read_tax_key(element, fields, "cac:TaxCategory")
    reason = read_text(element, "cbc:AllowanceChargeReason")
    return AllowanceAmount(is_charge=indicator in _TRUE, amount=amount, tax=tax, reason=reason)


def _read_tax_total(element: etree._Element, fields: UblFields) -> TaxTotal | None:
    tax = fields.read_amount(element, "cbc:TaxAmount")
    if tax is None:
        return None
    subtotals: list[TaxSubtotal] = []
    for part in find_all(element, "cac:TaxSubtotal"):
        part_tax = fields.read_amount(part, "cbc:TaxAmount")
        if part_tax is None:
            continue
        key = _read_tax_key(part, fields, "cac:TaxCategory") or TaxKey(category=None, percent=None)
        percent = key.percent if key.percent is not None else fields.read_decimal(part, "cbc:Percent")
        scheme = (read_text(part, "cac:TaxCategory/cac:TaxScheme/cbc:ID") or "VAT").upper()
        subtotals.append(
            TaxSubtotal(
                taxable=fields.read_amount(part, "cbc:TaxableAmount"),
                tax=part_tax,
                key=TaxKey(category=key.category, percent=percent),
                is_vat=scheme == "VAT",
            )
        )
    return TaxTotal(tax=tax, subtotals=tuple(subtotals))


def _read_tax_key(parent: etree._Element, fields: UblFields, path: str) -> TaxKey | None:
    category = fields.read_code(parent, f"{path}/cbc:ID")
    percent = fields.read_decimal(parent, f"{path}/cbc:Percent")
    return None if category is None and percent is None else TaxKey(category=category, percent=percent)
