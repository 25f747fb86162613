"""How far a mandate reaches: limits in the transaction's currency, exact, so that no comparison is ever rounded (MXL-02, MXL-03)."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import ROUND_DOWN, Context, Decimal, Inexact, InvalidOperation, Overflow
from fractions import Fraction
from typing import TypeAlias

from app.domain.errors import NoExchangeRate
from app.domain.matrix.values import ApprovalRuleLimit, ExchangeRate
from app.domain.money import minor_digits

Authority: TypeAlias = Decimal | Fraction
"""A limit: a decimal wherever one is exact, else a fraction. Compare it with the decimal on the left: `amount <= authority`."""

UNLIMITED = Decimal("Infinity")
RuleLimits: TypeAlias = Mapping[str, Mapping[tuple[str | None, str], Decimal]]

# Operands have at most 36 digits; a terminating quotient of two such numbers has fewer than 300.
EXACT = Context(prec=300, traps=[InvalidOperation, Overflow, Inexact])


def add_exactly(amounts: Iterable[Decimal]) -> Decimal:
    """Return the sum without any rounding, whatever the context of the caller is."""
    total = Decimal(0)
    for amount in amounts:
        total = EXACT.add(total, amount)
    return total


def index_rule_limits(rules: Iterable[ApprovalRuleLimit]) -> dict[str, dict[tuple[str | None, str], Decimal]]:
    """Return the limits by rule, then by company and currency; several lines for one key count as the largest."""
    limits: dict[str, dict[tuple[str | None, str], Decimal]] = {}
    for line in rules:
        of_rule = limits.setdefault(line.rule, {})
        key = (line.company, line.currency)
        limit = UNLIMITED if line.limit is None else line.limit
        of_rule[key] = max(limit, of_rule.get(key, limit))
    return limits


class Rates:
    """The exchange rates of a snapshot; a missing direction uses the inverse of the other."""

    __slots__ = ("_by_pair",)

    def __init__(self, rates: Iterable[ExchangeRate]) -> None:
        self._by_pair: dict[tuple[str, str], list[tuple[date, Decimal]]] = {}
        for rate in rates:
            self._by_pair.setdefault((rate.source, rate.target), []).append((rate.valid_on or date.min, rate.rate))
        for dated in self._by_pair.values():
            dated.sort(reverse=True)

    def convert(self, amount: Decimal, source: str, target: str, on: date) -> Authority:
        """Return the exact value of `amount` in the other currency, by the newest rate on or before `on`.

        Raises:
            NoExchangeRate: neither direction has a rate by that day.
        """
        if source == target or amount == UNLIMITED:
            return amount
        rate = self._newest(source, target, on)
        if rate is not None:
            return EXACT.multiply(amount, rate)
        inverse = self._newest(target, source, on)
        if inverse is None:
            raise NoExchangeRate(source=source, target=target, on=on.isoformat())
        try:
            return EXACT.divide(amount, inverse)
        except Inexact:
            return Fraction(amount) / Fraction(inverse)

    def _newest(self, source: str, target: str, on: date) -> Decimal | None:
        dated = self._by_pair.get((source, target), ())
        return next((rate for valid_on, rate in dated if valid_on <= on), None)


def find_limit(
    rule_limits: Mapping[tuple[str | None, str], Decimal], *, company: str | None, base: str | None, currency: str, on: date, rates: Rates
) -> Authority | None:
    """Return how far a rule reaches for `company` in `currency`, or None when it gives no authority there.

    A line for the company outranks a line for any company; inside each, the currency itself outranks the company's base currency.

    Raises:
        NoExchangeRate: the line that counts is in the base currency and no rate leads from it.
    """
    for of_company in (company, None) if company is not None else (None,):
        direct = rule_limits.get((of_company, currency))
        if direct is not None:
            return direct
        if base is not None:
            in_base = rule_limits.get((of_company, base))
            if in_base is not None:
                return rates.convert(in_base, base, currency, on)
    return None


def lower_of(first: Authority, second: Authority) -> Authority:
    """Return the smaller of two limits."""
    if isinstance(second, Decimal):
        return second if second < first else first  # noqa: FURB136 - the types of min() do not know that decimals and fractions compare
    if isinstance(first, Decimal):
        return first if first < second else second  # noqa: FURB136 - as above
    return min(first, second)


def higher_of(first: Authority, second: Authority) -> Authority:
    """Return the larger of two limits."""
    return second if lower_of(first, second) is first else first


def display_limit(limit: Authority, currency: str) -> Decimal | None:
    """Return the limit as a number to show: exact where it has a finite form, else rounded down to the minor unit; None is unlimited."""
    if isinstance(limit, Decimal):
        return None if limit == UNLIMITED else limit
    digits = minor_digits(currency)
    whole = limit.numerator * 10**digits // limit.denominator
    return Decimal(whole).scaleb(-digits, context=EXACT).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_DOWN, context=EXACT)
