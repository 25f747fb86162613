"""Exact money: a decimal amount with its ISO 4217 currency. Rounding happens here and nowhere else.

An amount may have 36 digits, more than the 28 of Python's usual context, so every operation names its context.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal, Inexact, InvalidOperation, Overflow
from fractions import Fraction

MINOR_DIGITS = dict.fromkeys(
    ["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"], 0
) | dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3)
DIGITS_MAX = 18

# Operands have at most 36 digits; a terminating quotient of two such numbers has fewer than 300.
EXACT = Context(prec=300, traps=[InvalidOperation, Overflow, Inexact])
"""Arithmetic that raises where it would have to round."""

_ROUNDING = Context(prec=300, traps=[InvalidOperation, Overflow])
_AMOUNT = re.compile(r"-?\d{1,18}(\.\d{1,18})?\Z", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}\Z")


def minor_digits(currency: str) -> int:
    """Return how many decimals the currency has: 2, but 0 for JPY and its like and 3 for KWD and its like."""
    return MINOR_DIGITS.get(currency, 2)


def parse_amount(text: object) -> Decimal:
    """Return the exact amount that `text` writes, such as "1250.00".

    Raises:
        ValueError: not a string, or not a plain decimal number of at most 18 digits before and after the point.
    """
    if not isinstance(text, str) or not _AMOUNT.match(text):
        raise ValueError(f'Expected an amount as a decimal string such as "1250.00", but got {text!r}.')
    try:
        return Decimal(text)
    except InvalidOperation as error:  # pragma: no cover - the pattern excludes it
        raise ValueError(str(error)) from error


def check_currency(text: object) -> str:
    """Return `text` when it has the form of an ISO 4217 code, else raise ValueError."""
    if not isinstance(text, str) or not _CURRENCY.match(text):
        raise ValueError(f"Expected a currency code of three capitals such as EUR, but got {text!r}.")
    return text


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount in one currency; arithmetic across currencies raises ValueError."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal) or not self.amount.is_finite():
            raise ValueError(f"Expected a finite decimal amount, but got {self.amount!r}.")
        check_currency(self.currency)

    def __add__(self, other: Money) -> Money:
        return Money(EXACT.add(self.amount, self._same(other).amount), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(EXACT.subtract(self.amount, self._same(other).amount), self.currency)

    def __neg__(self) -> Money:
        return Money(self.amount.copy_negate(), self.currency)

    def __abs__(self) -> Money:
        return Money(self.amount.copy_abs(), self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._same(other).amount

    def __le__(self, other: Money) -> bool:
        return self.amount <= self._same(other).amount

    def __gt__(self, other: Money) -> bool:
        return self.amount > self._same(other).amount

    def __ge__(self, other: Money) -> bool:
        return self.amount >= self._same(other).amount

    def _same(self, other: Money) -> Money:
        if self.currency != other.currency:
            raise ValueError(f"Expected {self.currency}, but got {other.currency}: amounts in two currencies cannot be combined.")
        return other

    @property
    def has_minor_digits_only(self) -> bool:
        """Whether the amount has no more decimals than its currency."""
        return self.amount == round_to_minor(self.amount, self.currency)

    def to_json(self) -> dict[str, str]:
        """Return `{"amount": "1250.00", "currency": "EUR"}`, with at least the currency's decimals."""
        return amount_json(self.amount, self.currency)


def round_to_minor(amount: Decimal, currency: str) -> Decimal:
    """Return the amount rounded half up (away from zero) to the currency's decimals."""
    return amount.quantize(Decimal(1).scaleb(-minor_digits(currency)), rounding=ROUND_HALF_UP, context=_ROUNDING)


def round_down(amount: Decimal | Fraction, *, digits: int) -> Decimal:
    """Return the largest amount with so many decimals that is not above the given one."""
    if isinstance(amount, Fraction):
        return Decimal(amount * 10**digits // 1).scaleb(-digits, context=EXACT)
    return amount.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_FLOOR, context=_ROUNDING)


def amount_json(amount: Decimal, currency: str) -> dict[str, str]:
    """Return what Money of this amount is in JSON, for an amount and a currency that come from where Money has been."""
    return {"amount": amount_text(amount, currency), "currency": currency}


def amount_text(amount: Decimal, currency: str, *, grouped: bool = False) -> str:
    """Return the amount as plain digits, `grouped` by commas, with at least the currency's decimals and no other trailing zeros."""
    text = f"{amount:,f}" if grouped else str(amount)
    if "E" in text:  # what `str` writes with an exponent; anything else it writes as the format does, in a third of the time
        text = f"{amount:f}"
    whole, _, decimals = text.partition(".")
    digits = minor_digits(currency)
    if len(decimals) == digits:
        return text
    decimals = decimals.rstrip("0").ljust(digits, "0")
    return f"{whole}.{decimals}" if decimals else whole


def allocate(amount: Decimal, weights: Sequence[Decimal], currency: str) -> list[Decimal]:
    """Return `amount` split in proportion to `weights`, to the minor unit; the shares add up to `amount` exactly.

    The largest remainders get the units that rounding leaves over; equal remainders by position. Weights whose sum is
    zero share equally.
    """
    if not weights:
        raise ValueError("Expected at least one line to allocate the amount to.")
    magnitudes = [Fraction(weight.copy_abs()) for weight in weights]
    if not any(magnitudes):
        magnitudes = [Fraction(1)] * len(weights)
    digits = max(minor_digits(currency), _decimals(amount))
    units = int(amount.copy_abs().scaleb(digits, context=EXACT))
    whole = sum(magnitudes)
    exact = [units * magnitude / whole for magnitude in magnitudes]
    shares = [int(share) for share in exact]
    by_remainder = sorted(range(len(shares)), key=lambda index: (shares[index] - exact[index], index))
    for index in by_remainder[: units - sum(shares)]:
        shares[index] += 1
    sign = -1 if amount < 0 else 1
    return [Decimal(sign * share).scaleb(-digits, context=EXACT) for share in shares]


def _decimals(amount: Decimal) -> int:
    exponent = amount.normalize(EXACT).as_tuple().exponent
    assert isinstance(exponent, int), "money is finite"
    return max(0, -exponent)
