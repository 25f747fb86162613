"""What is wrong with the money and the periods of a UBL document, as findings that name the rule and both values."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Final

from app.domain.money import amount_text, minor_digits, round_to_minor
from app.formats.received_document import Finding, FindingArea, FindingSeverity
from app.formats.ubl_amounts import LineAmount, TaxKey, TaxSubtotal, UblAmounts
from app.formats.ubl_fields import AmountField

TAX_TOLERANCE: Final = Decimal("0.01")
FINDINGS_MAX: Final = 100
# EN 16931 groups these categories by rate; every other category is one group whatever its rate.
_RATED_CATEGORIES: Final = frozenset("SLMB")
_RULE_PREFIXES: Final = {"S": "S", "Z": "Z", "E": "E", "AE": "AE", "K": "IC", "G": "G", "O": "O", "L": "AF", "M": "AG", "B": "B"}
_ZERO: Final = Decimal(0)


class UblChecks:
    """Runs checks one after another, counts them and keeps what fails."""

    def __init__(self, currency: str) -> None:
        self.currency = currency
        self.run_count = 0
        self.findings: list[Finding] = []

    def show(self, amount: Decimal) -> str:
        """Return the amount with the document's currency, such as "110.00 EUR"."""
        return f"{amount_text(amount, self.currency)} {self.currency}"

    def expect_equal(
        self, found: Decimal, expected: Decimal, *, place: str, code: str, area: FindingArea, text: str, tolerance: Decimal = _ZERO
    ) -> None:
        """Check one amount, which stands at `place`; `text` is a sentence with {found} and {expected}."""
        if abs(found - expected) <= tolerance:
            self.run_count += 1
            return
        facts: dict[str, object] = {
            "place": place,
            "found": amount_text(found, self.currency),
            "expected": amount_text(expected, self.currency),
            "currency": self.currency,
        }
        sentence = text.format(found=self.show(found), expected=self.show(expected))
        self.expect(holds=False, code=code, area=area, text=f"{sentence} ({code})", facts=facts)

    def expect(self, *, holds: bool, code: str, area: FindingArea, text: str, facts: dict[str, object], is_warning: bool = False) -> None:
        """Count one check and keep a finding when it does not hold."""
        self.run_count += 1
        if not holds and len(self.findings) < FINDINGS_MAX:
            severity: FindingSeverity = "warning" if is_warning else "error"
            self.findings.append(Finding(code=code, area=area, severity=severity, text=text, facts=facts))


def check_amounts(amounts: UblAmounts, checks: UblChecks, *, tax_tolerance: Decimal = TAX_TOLERANCE) -> None:
    """Check currencies, decimals, totals and tax; sums are checked only when all amounts are in one currency."""
    is_one_currency = _check_currencies(amounts, checks)
    _check_decimals(amounts, checks)
    if is_one_currency:
        _check_lines_total(amounts, checks)
        _check_totals(amounts, checks)
        _check_tax(amounts, checks, tolerance=tax_tolerance)


def check_period(
    checks: UblChecks, starts_on: date | None, ends_on: date | None, *, code: str, place: str, window: tuple[date | None, date | None]
) -> None:
    """Check that a period does not end before it starts and lies inside the allowed window (AUT-06)."""
    facts: dict[str, object] = {"place": place, "start_on": _iso(starts_on), "end_on": _iso(ends_on)}
    if starts_on and ends_on:
        text = f"The {place} starts on {starts_on} and ends before that, on {ends_on} ({code})"
        checks.expect(holds=starts_on <= ends_on, code=code, area="period", text=text, facts=facts)
    earliest_on, latest_on = window
    if earliest_on and (first_on := starts_on or ends_on):
        text = f"The {place} begins on {first_on}, before the first date allowed, {earliest_on}"
        checks.expect(holds=first_on >= earliest_on, code="period_outside_window", area="period", text=text, facts=facts)
    if latest_on and (last_on := ends_on or starts_on):
        text = f"The {place} runs to {last_on}, after the last date allowed, {latest_on}"
        checks.expect(holds=last_on <= latest_on, code="period_outside_window", area="period", text=text, facts=facts)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _check_currencies(amounts: UblAmounts, checks: UblChecks) -> bool:
    foreign: dict[str, list[AmountField]] = {}
    for amount in amounts.list_fields():
        if amount.currency not in (None, amounts.currency):
            foreign.setdefault(amount.currency or "", []).append(amount)
    checks.run_count += 1
    for currency, found in foreign.items():
        first = found[0]
        value = f"{first.value:f}"
        others = f"; {len(found)} amounts in all" if len(found) > 1 else ""
        text = f"The document is in {amounts.currency}, but {first.place} is {value} {currency}{others}"
        facts: dict[str, object] = {"place": first.place, "found": currency, "expected": amounts.currency, "amount": value}
        checks.expect(holds=False, code="mixed_currencies", area="currency", text=text, facts=facts)
    return not foreign


def _check_decimals(amounts: UblAmounts, checks: UblChecks) -> None:
    checks.run_count += 1
    for amount in amounts.list_fields():
        currency = amount.currency or amounts.currency
        if len(checks.findings) >= FINDINGS_MAX:
            return
        if amount.value != round_to_minor(amount.value, currency):
            value, digits = f"{amount.value:f}", minor_digits(currency)
            text = f"{amount.place} is {value}, but {currency} has {digits} decimals"
            facts: dict[str, object] = {"place": amount.place, "found": value, "expected": digits, "currency": currency}
            checks.expect(holds=False, code="too_many_decimals", area="currency", text=text, facts=facts)


def _check_lines_total(amounts: UblAmounts, checks: UblChecks) -> None:
    """DOC-04: what is approved line by line must add up to the tax-exclusive total."""
    total = amounts.totals.tax_exclusive
    if total is not None:
        text = "The lines with their share of allowances and charges add up to {expected}, but the total without tax says {found}"
        expected = amounts.lines_sum + amounts.allowances_sum
        checks.expect_equal(total.value, expected, place=total.place, code="lines_not_total", area="lines", text=text)


def _check_totals(amounts: UblAmounts, checks: UblChecks) -> None:
    """BR-CO-10, 11, 12, 13, 15 and 16; a total that is missing is a warning and its sum is taken as computed."""
    totals = amounts.totals
    for code, name, amount in (
        ("BR-12", "LineExtensionAmount", totals.lines),
        ("BR-13", "TaxExclusiveAmount", totals.tax_exclusive),
        ("BR-14", "TaxInclusiveAmount", totals.tax_inclusive),
        ("BR-15", "PayableAmount", totals.payable),
    ):
        text = f"The document tells no {name} ({code})"
        facts: dict[str, object] = {"place": f"LegalMonetaryTotal/{name}"}
        checks.expect(holds=amount is not None, code=code, area="totals", text=text, facts=facts, is_warning=True)

    def compare(found: AmountField | None, expected: Decimal, code: str, text: str) -> Decimal:
        if found is None:
            return expected
        checks.expect_equal(found.value, expected, place=found.place, code=code, area="totals", text=text)
        return found.value

    allowed = sum((part.amount.value for part in amounts.allowances if not part.is_charge), _ZERO)
    charged = sum((part.amount.value for part in amounts.allowances if part.is_charge), _ZERO)
    lines = compare(totals.lines, amounts.lines_sum, "BR-CO-10", "The lines add up to {expected}, but LineExtensionAmount says {found}")
    allowed = compare(totals.allowances, allowed, "BR-CO-11", "The allowances add up to {expected}, but AllowanceTotalAmount says {found}")
    charged = compare(totals.charges, charged, "BR-CO-12", "The charges add up to {expected}, but ChargeTotalAmount says {found}")
    text = "Lines minus allowances plus charges make {expected}, but TaxExclusiveAmount says {found}"
    exclusive = compare(totals.tax_exclusive, lines - allowed + charged, "BR-CO-13", text)
    text = "The total without tax plus the tax makes {expected}, but TaxInclusiveAmount says {found}"
    inclusive = compare(totals.tax_inclusive, exclusive + amounts.tax_sum, "BR-CO-15", text)
    prepaid = totals.prepaid.value if totals.prepaid else _ZERO
    rounding = totals.rounding.value if totals.rounding else _ZERO
    text = "The total with tax minus prepaid plus rounding makes {expected}, but PayableAmount says {found}"
    compare(totals.payable, inclusive - prepaid + rounding, "BR-CO-16", text)


def _check_tax(amounts: UblAmounts, checks: UblChecks, *, tolerance: Decimal) -> None:
    """BR-CO-14, BR-CO-17, BR-48 and the category sums BR-S-08, BR-Z-08, … (AUT-07)."""
    subtotals = [subtotal for tax_total in amounts.taxes for subtotal in tax_total.subtotals]
    text = "The document has no tax breakdown (BR-CO-18)"
    checks.expect(holds=bool(subtotals), code="BR-CO-18", area="tax", text=text, facts={"place": "TaxTotal/TaxSubtotal"}, is_warning=True)
    for tax_total in amounts.taxes:
        if tax_total.subtotals:
            text = "The tax amounts of the breakdown add up to {expected}, but TaxAmount says {found}"
            expected = sum((part.tax.value for part in tax_total.subtotals), _ZERO)
            checks.expect_equal(tax_total.tax.value, expected, place=tax_total.tax.place, code="BR-CO-14", area="tax", text=text)
    for subtotal in subtotals:
        _check_tax_rate(subtotal, checks, tolerance)
    if subtotals and amounts.lines and all(line.tax is not None for line in amounts.lines):
        _check_tax_bases(amounts, subtotals, checks, tolerance)


def _check_tax_rate(subtotal: TaxSubtotal, checks: UblChecks, tolerance: Decimal) -> None:
    """BR-CO-17: taxable amount times rate, rounded to the currency, within the tolerance."""
    if subtotal.taxable is None:
        return
    category, percent = subtotal.key.category, subtotal.key.percent
    if percent is None:
        if category in _RATED_CATEGORIES and subtotal.is_vat:
            text = f"The tax breakdown of category {category} tells no rate (BR-48)"
            checks.expect(holds=False, code="BR-48", area="tax", text=text, facts={"place": subtotal.tax.place, "category": category})
            return
        if not subtotal.is_vat:
            return
        percent = _ZERO
    expected = round_to_minor(subtotal.taxable.value * percent / 100, checks.currency)
    base = checks.show(subtotal.taxable.value)
    text = f"{percent.normalize():f} % of {base} is {{expected}}, but the tax amount says {{found}}"
    place = subtotal.tax.place
    checks.expect_equal(subtotal.tax.value, expected, place=place, code="BR-CO-17", area="tax", text=text, tolerance=tolerance)


def _check_tax_bases(amounts: UblAmounts, subtotals: Iterable[TaxSubtotal], checks: UblChecks, tolerance: Decimal) -> None:
    """BR-S-08 and its like: each category's taxable amount is the sum of its lines minus allowances plus charges."""
    expected = _sum_lines_by_tax(amounts.lines)
    for allowance in amounts.allowances:
        if allowance.tax is None:
            return
        group = _group_tax(allowance.tax)
        expected[group] = expected.get(group, _ZERO) + allowance.signed
    found: dict[TaxKey, Decimal] = {}
    for subtotal in subtotals:
        if subtotal.is_vat:
            group = _group_tax(subtotal.key)
            found[group] = found.get(group, _ZERO) + (subtotal.taxable.value if subtotal.taxable else _ZERO)
    for group in {**expected, **found}:
        prefix = _RULE_PREFIXES.get(group.category or "")
        if prefix is None:
            continue
        name = group.category if group.percent is None else f"{group.category} at {group.percent:f} %"
        text = f"The lines of tax category {name} add up to {{expected}}, but the tax breakdown says {{found}}"
        values = (found.get(group, _ZERO), expected.get(group, _ZERO))
        place = "TaxTotal/TaxSubtotal/TaxableAmount"
        checks.expect_equal(*values, place=place, code=f"BR-{prefix}-08", area="tax", text=text, tolerance=tolerance)


def _sum_lines_by_tax(lines: Iterable[LineAmount]) -> dict[TaxKey, Decimal]:
    sums: dict[TaxKey, Decimal] = {}
    for line in lines:
        if line.tax is not None:
            group = _group_tax(line.tax)
            sums[group] = sums.get(group, _ZERO) + line.amount.value
    return sums


def _group_tax(key: TaxKey) -> TaxKey:
    percent = key.percent.normalize() if key.percent is not None and key.category in _RATED_CATEGORIES else None
    return TaxKey(category=key.category, percent=percent)
