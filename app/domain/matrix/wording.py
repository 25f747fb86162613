"""Amounts, people and lines as they stand in a sentence for an approver."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from app.domain.money import amount_text


def write_amount(amount: Decimal, currency: str, *, with_currency: bool = True) -> str:
    """Return an amount such as "EUR 300,000.00"; a fraction of a minor unit is shown, never rounded away."""
    number = amount_text(amount, currency, grouped=True).replace("-", "\N{MINUS SIGN}")
    return f"{currency} {number}" if with_currency else number


def write_lines(lines: Sequence[int]) -> str:
    """Return positions from 0 as people count them: "line 1" or "lines 1, 2 and 5"."""
    numbers = [str(position + 1) for position in lines]
    return f"line {numbers[0]}" if len(numbers) == 1 else f"lines {join_words(numbers, 'and')}"


def join_words(words: Iterable[str], conjunction: str) -> str:
    """Return "a", "a and b" or "a, b and c"."""
    listed = list(words)
    return listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])} {conjunction} {listed[-1]}"


def write_levels(levels_up: int) -> str:
    """Return "one level" or "3 levels"."""
    return "one level" if levels_up == 1 else f"{levels_up} levels"
