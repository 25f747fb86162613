"""Numeric functions (table 76)."""

from __future__ import annotations

import decimal
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from app.feel.env import Env
from app.feel.functions import Builtin
from app.feel.numbers import DECIMAL128, ZERO
from app.feel.values import DaysTimeDuration, YearsMonthsDuration

_SCALE_MIN: Final = -6111
_SCALE_MAX: Final = 6176


def round_to(number: Decimal, scale: int, *, rounding: str) -> Decimal:
    """Return `number` with that many digits after the point; padding that does not fit in 34 digits is left out."""
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent >= -scale and number.adjusted() + 1 + scale > DECIMAL128.prec:
        return number
    context = DECIMAL128.copy()
    context.prec = DECIMAL128.prec + 1
    return DECIMAL128.plus(number.quantize(Decimal(1).scaleb(-scale, context), rounding=rounding, context=context))


def _rounding(mode: str) -> Callable[..., Any]:
    def rounded(env: Env, number: Decimal, scale: Decimal = ZERO) -> Decimal | None:
        if not _SCALE_MIN <= scale <= _SCALE_MAX:
            env.warn(f"The scale {scale} is not in {_SCALE_MIN}..{_SCALE_MAX}.")
            return None
        return round_to(number, int(scale), rounding=mode)

    return rounded


def _absolute(_env: Env, value: Any) -> Any:
    if isinstance(value, DaysTimeDuration):
        return DaysTimeDuration(seconds=abs(value.seconds))
    if isinstance(value, YearsMonthsDuration):
        return YearsMonthsDuration(months=abs(value.months))
    return DECIMAL128.abs(value)


def _modulo(env: Env, dividend: Decimal, divisor: Decimal) -> Decimal | None:
    if not divisor:
        env.warn("modulo: the divisor is zero.")
        return None
    rest = DECIMAL128.remainder(dividend, divisor)
    return DECIMAL128.add(rest, divisor) if rest and (rest < 0) != (divisor < 0) else rest


def _sqrt(env: Env, number: Decimal) -> Decimal | None:
    if number < 0:
        env.warn("sqrt: the number is negative.")
        return None
    return DECIMAL128.sqrt(number)


def _log(env: Env, number: Decimal) -> Decimal | None:
    if number <= 0:
        env.warn("log: the number is not positive.")
        return None
    return DECIMAL128.ln(number)


def _exp(_env: Env, number: Decimal) -> Decimal:
    return DECIMAL128.exp(number)


def _parity(rest: int, name: str) -> Callable[..., Any]:
    def has_parity(env: Env, number: Decimal) -> bool | None:
        if number != number.to_integral_value():
            env.warn(f"{name}: {number} is no whole number.")
            return None
        return abs(DECIMAL128.remainder_near(number, Decimal(2))) == rest

    return has_parity


_ONE_OR_TWO: Final = "n: number, scale: number"
BUILTINS: Final = (
    Builtin("decimal", (_ONE_OR_TWO, _rounding(decimal.ROUND_HALF_EVEN))),
    Builtin("floor", ("n: number", _rounding(decimal.ROUND_FLOOR)), (_ONE_OR_TWO, _rounding(decimal.ROUND_FLOOR))),
    Builtin("ceiling", ("n: number", _rounding(decimal.ROUND_CEILING)), (_ONE_OR_TWO, _rounding(decimal.ROUND_CEILING))),
    Builtin("round up", (_ONE_OR_TWO, _rounding(decimal.ROUND_UP))),
    Builtin("round down", (_ONE_OR_TWO, _rounding(decimal.ROUND_DOWN))),
    Builtin("round half up", (_ONE_OR_TWO, _rounding(decimal.ROUND_HALF_UP))),
    Builtin("round half down", (_ONE_OR_TWO, _rounding(decimal.ROUND_HALF_DOWN))),
    Builtin("abs", ("n: number|days and time duration|years and months duration", _absolute)),
    Builtin("modulo", ("dividend: number, divisor: number", _modulo)),
    Builtin("sqrt", ("number: number", _sqrt)),
    Builtin("log", ("number: number", _log)),
    Builtin("exp", ("number: number", _exp)),
    Builtin("odd", ("number: number", _parity(1, "odd"))),
    Builtin("even", ("number: number", _parity(0, "even"))),
)
