"""What a check of the matrix finds: a sentence, a remedy, and a transaction that shows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from app.domain.matrix.authority import Authority
from app.domain.matrix.values import Transaction
from app.domain.money import EXACT, minor_digits

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
RESOLVED = "resolved"
"""What resolve answers to a counter-example that shows a risk and not a refusal."""

NAMED_MAX = 5
"""How many cost centers, mandates or people a sentence names; `subject` carries them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterExample:
    """A transaction to be posted to resolve, the day to ask for, and the code of the answer (`resolved` when there is a route)."""

    transaction: Transaction
    on: date
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fault, risk or oddity of a matrix.

    `subject` says where it is, by the names of the matrix's own fields: lists of cost centers, mandates, users, rules, a company, an
    amount. It is JSON.
    """

    code: str
    severity: Severity
    sentence: str
    remedy: str
    subject: Mapping[str, object] = field(default_factory=dict)
    example: CounterExample | None = None


def next_amount(limit: Authority | None, currency: str) -> Decimal:
    """Return the smallest amount in minor units that is higher than `limit`; zero for None, since even a line of nothing needs a signature."""
    digits = minor_digits(currency)
    if limit is None:
        return Decimal(0).scaleb(-digits)
    exact = Fraction(limit)
    return Decimal(exact.numerator * 10**digits // exact.denominator + 1).scaleb(-digits, context=EXACT)


def name_some(names: list[str]) -> str:
    """Return "A, B and 3 more"."""
    if len(names) <= NAMED_MAX:
        return ", ".join(names[:-1]) + (f" and {names[-1]}" if len(names) > 1 else "".join(names))
    return f"{', '.join(names[:NAMED_MAX])} and {len(names) - NAMED_MAX} more"
