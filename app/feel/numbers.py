"""FEEL numbers: decimal128 arithmetic that never depends on the caller's decimal context."""

import decimal
from decimal import Decimal
from typing import Final

DECIMAL128: Final = decimal.Context(
    prec=34,
    rounding=decimal.ROUND_HALF_EVEN,
    Emin=-6143,
    Emax=6144,
    capitals=1,
    clamp=0,
    traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow, decimal.Underflow],
)
ZERO: Final = Decimal(0)
ONE: Final = Decimal(1)
_PLAIN_EXPONENT_MAX: Final = 40


def read_number(text: str) -> Decimal | None:
    """Return the number written as `text`, rounded to 34 digits; None when it is none or out of range."""
    try:
        number = DECIMAL128.create_decimal(text)
    except (ArithmeticError, ValueError):
        return None
    return number if number.is_finite() else None


def write_number(number: Decimal) -> str:
    """Return `number` in plain digits, as FEEL's `string` writes it; minus zero is zero."""
    if not number:
        number = abs(number)
    return format(number, "f")


def write_json_number(number: Decimal) -> str:
    """Return `number` as a JSON number with every digit; with an exponent when plain digits would be very long."""
    if not number:
        number = number.copy_abs()
    adjusted = number.adjusted()
    if adjusted < -_PLAIN_EXPONENT_MAX or (adjusted > _PLAIN_EXPONENT_MAX and _exponent_of(number) > _PLAIN_EXPONENT_MAX):
        return str(number)
    return format(number, "f")


def _exponent_of(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int), "only a finite number has a first digit beyond the point"
    return exponent


def whole(number: Decimal, *, limit: int = 1_000_000_000) -> int | None:
    """Return `number` as an integer; None when it has a fraction or lies beyond `limit`."""
    if not -limit <= number <= limit:
        return None
    integer = int(number)
    return integer if integer == number else None
