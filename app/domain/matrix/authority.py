"""How far a mandate reaches: limits in the transaction's currency, exact, so that no comparison is ever rounded (MXL-02, MXL-03)."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import ROUND_DOWN, Decimal, Inexact
from fractions import Fraction
from typing import TypeAlias

from app.domain.errors import NoExchangeRate
from app.domain.matrix.values import ApprovalRuleLimit, ExchangeRate
from app.domain.money import EXACT, minor_digits

Authority: TypeAlias = Decimal | Fraction
"""A limit: a decimal wherever one is exact, else a fraction. Compare it with the decimal on the left: `amount <= authority`."""

UNLIMITED = Decimal("Infinity")
LIMITS_REMEMBERED_MAX = 5_000
"""For how many companies, currencies and days limits are remembered; beyond it they are looked up anew."""

RuleLimits: TypeAlias = Mapping[str, Mapping[tuple[str | None, str], Decimal]]


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

    def currencies(self) -> set[str]:
        """Return every currency that has a rate."""
        return {currency for pair in self._by_pair for currency in pair}

    def _newest(self, source: str, target: str, on: date) -> Decimal | None:
        dated = self._by_pair.get((source, target), ())
        return next((rate for valid_on, rate in dated if valid_on <= on), None)


class LimitsOfDay(dict[str, Authority | None]):
    """Rule -> how far it reaches for one company in one currency on one day; None where it gives no authority. Filled when asked.

    A line for the company outranks a line for any company; inside each, the currency itself outranks the company's base currency.

    Raises (when asked for a rule):
        NoExchangeRate: the line that counts is in the base currency and no rate leads from it.
    """

    __slots__ = ("_base", "_company", "_currency", "_lines", "_on", "_rates")

    def __init__(self, lines: RuleLimits, *, company: str | None, base: str | None, currency: str, on: date, rates: Rates) -> None:
        super().__init__()
        self._lines = lines
        self._company = company
        self._base = base
        self._currency = currency
        self._on = on
        self._rates = rates

    def __missing__(self, rule: str) -> Authority | None:
        limit = self[rule] = self._find(self._lines.get(rule, {}))
        return limit

    def _find(self, lines: Mapping[tuple[str | None, str], Decimal]) -> Authority | None:
        for company in (self._company, None) if self._company is not None else (None,):
            direct = lines.get((company, self._currency))
            if direct is not None:
                return direct
            if self._base is not None:
                in_base = lines.get((company, self._base))
                if in_base is not None:
                    return self._rates.convert(in_base, self._base, self._currency, self._on)
        return None


class _NoLimits(dict[str, Authority]):
    __slots__ = ()

    def __missing__(self, rule: str) -> Authority:
        return UNLIMITED


NO_LIMITS: Mapping[str, Authority] = _NoLimits()
"""Where no limit applies every rule reaches any amount: for a secretary."""


class Limits:
    """The limits of all rules, remembered by company, currency and day as they are asked for."""

    __slots__ = ("_bases", "_lines", "_of_day", "_rates")

    def __init__(self, rules: Iterable[ApprovalRuleLimit], *, bases: Mapping[str, str], rates: Rates) -> None:
        self._lines = index_rule_limits(rules)
        self._bases = bases
        self._rates = rates
        self._of_day: dict[tuple[str | None, str, date], LimitsOfDay] = {}

    def of_day(self, *, company: str | None, currency: str, on: date) -> LimitsOfDay:
        """Return the limits of one company, currency and day."""
        key = (company, currency, on)
        limits = self._of_day.get(key)
        if limits is None:
            if len(self._of_day) >= LIMITS_REMEMBERED_MAX:
                self._of_day.clear()
            base = self._bases.get(company) if company is not None else None
            limits = LimitsOfDay(self._lines, company=company, base=base, currency=currency, on=on, rates=self._rates)
            self._of_day[key] = limits
        return limits


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
