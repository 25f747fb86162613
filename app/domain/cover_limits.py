"""How much a document may come to for who stands in: the caps of a cover in every currency that a rate leads to."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from app.domain.absence import Cover
from app.domain.errors import NoExchangeRate
from app.domain.matrix.authority import Rates
from app.domain.money import Money, round_down

Limits = Mapping[str, Decimal]
DIGITS = 4
"""Amounts have no more decimals, so that a limit that is rounded down to them decides like the exact one."""


def limits_of(cover: Cover, rates: Rates, *, on: date) -> Limits | None:
    """Return the most that the total of a document may come to, by currency; None where any amount will do.

    A cap holds as converted into the document's currency, by the newest rate of the matrix on that day. A currency that no rate leads to is
    not among them: such a document is not covered. Totals are compared without their sign, a credit note like its invoice.
    """
    if not cover.caps:
        return None
    currencies = rates.currencies() | {cap.currency for cap in cover.caps}
    limits = {}
    for currency in sorted(currencies):
        try:
            converted = [rates.convert(cap.amount, cap.currency, currency, on) for cap in cover.caps]
        except NoExchangeRate:
            continue
        limits[currency] = min(round_down(amount, digits=DIGITS) for amount in converted)
    return limits


def covers_task(cover: Cover, *, process: str | None, total: Money | None, rates: Rates, on: date) -> bool:
    """Return whether the stand-in may act on a task of this process about a document of this total; None where there is none."""
    if cover.processes and process not in cover.processes:
        return False
    if total is None or not cover.caps:
        return True
    limits = limits_of(cover, rates, on=on) or {}
    limit = limits.get(total.currency)
    return limit is not None and abs(total.amount) <= limit
