"""List functions and sort (tables 75 and 80)."""

from __future__ import annotations

import functools
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from app.feel.env import Env
from app.feel.errors import FeelLimitExceeded
from app.feel.functions import Builtin, call_function
from app.feel.limits import CHARACTERS_PER_STEP, NESTING_MAX, STRING_MAX
from app.feel.numbers import DECIMAL128, whole
from app.feel.operators import compare, equals, identity_key
from app.feel.values import Function


class _NotOrdered(Exception):
    """A function given to sort does not answer true or false."""


def position_of(position: Decimal, length: int) -> int | None:
    """Return the index from 0 of a position in -length..length; None for 0, fractions and everything beyond."""
    index = whole(position)
    if index is None or index == 0 or abs(index) > length:
        return None
    return index - 1 if index > 0 else length + index


def _list_contains(env: Env, items: list[Any], element: Any) -> bool:
    _charge_compared(env, items, element)
    return any(equals(item, element, env) is True for item in items)


def _charge_compared(env: Env, items: list[Any], value: Any = None) -> None:
    """Pay for comparing all items, with `value` or, when that is no string, with each other; long strings take their time."""
    env.charge_items(len(items))
    if items and (value is None or value.__class__ is str):
        shortest = len(value) if value.__class__ is str else STRING_MAX
        env.charge(sum(min(len(item), shortest) for item in items if item.__class__ is str) // CHARACTERS_PER_STEP)


def _count(_env: Env, items: list[Any]) -> Decimal:
    return Decimal(len(items))


def _extreme(sign: int) -> Callable[..., Any]:
    def extreme(env: Env, *given: Any) -> Any:
        items = _items_of(given)
        _charge_compared(env, items)
        best = items[0] if items else None
        for item in items:
            order = compare(item, best)
            if order is None:
                env.warn("min and max take values of one kind that have an order.")
                return None
            if order * sign > 0:
                best = item
        return best

    return extreme


def _items_of(given: tuple[Any, ...]) -> list[Any]:
    """Return the items of a function that takes a list or any number of arguments."""
    if len(given) == 1 and isinstance(given[0], list):
        return given[0]
    return list(given)


def _numbers(env: Env, given: tuple[Any, ...], name: str) -> list[Decimal] | None:
    items = _items_of(given)
    env.charge_items(len(items))
    if all(item.__class__ is Decimal for item in items):
        return items
    env.warn(f"{name} takes numbers only.")
    return None


def _on_numbers(name: str, reduce: Callable[[list[Decimal]], Any], *, at_least: int = 1) -> Builtin:
    """Return a builtin on a list or any number of numbers; null for fewer than `at_least`."""

    def reduced(env: Env, *given: Any) -> Any:
        numbers = _numbers(env, given, name)
        if numbers is None:
            return None
        if len(numbers) < at_least:
            env.warn(f"{name} of {len(numbers)} numbers is undefined.")
            return None
        return reduce(numbers)

    return Builtin(name, ("list: list", reduced), ("n...: any", reduced))


def _sum(numbers: list[Decimal]) -> Decimal:
    return functools.reduce(DECIMAL128.add, numbers)


def _product(numbers: list[Decimal]) -> Decimal:
    return functools.reduce(DECIMAL128.multiply, numbers)


def _mean(numbers: list[Decimal]) -> Decimal:
    return DECIMAL128.divide(_sum(numbers), Decimal(len(numbers)))


def _median(numbers: list[Decimal]) -> Decimal:
    ordered = sorted(numbers)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else _mean(ordered[middle - 1 : middle + 1])


def _stddev(numbers: list[Decimal]) -> Decimal:
    wide = DECIMAL128.copy()
    wide.prec = 2 * DECIMAL128.prec
    mean = wide.divide(functools.reduce(wide.add, numbers), Decimal(len(numbers)))
    squares = [wide.multiply(wide.subtract(number, mean), wide.subtract(number, mean)) for number in numbers]
    return DECIMAL128.plus(wide.sqrt(wide.divide(functools.reduce(wide.add, squares), Decimal(len(numbers) - 1))))


def _mode(numbers: list[Decimal]) -> list[Decimal]:
    counts: dict[Decimal, int] = {}
    for number in numbers:
        counts[number] = counts.get(number, 0) + 1
    most = max(counts.values(), default=0)
    return sorted(number for number, count in counts.items() if count == most)


def _truth(*, decisive: bool) -> Callable[..., Any]:
    def decided(env: Env, *given: Any) -> bool | None:
        items = _items_of(given)
        env.charge_items(len(items))
        if any(item is decisive for item in items):
            return decisive
        if all(item.__class__ is bool for item in items):
            return not decisive
        env.warn(f"{'any' if decisive else 'all'}: not every item is true or false.")
        return None

    return decided


def _sublist(env: Env, items: list[Any], start: Decimal, length: Decimal | None = None) -> list[Any] | None:
    first = position_of(start, len(items))
    count = None if first is None else len(items) - first if length is None else whole(length)
    if first is None or count is None or not 1 <= count <= len(items) - first:
        env.warn("sublist: the positions are not in the list.")
        return None
    env.charge_items(count)
    return items[first : first + count]


def _append(env: Env, items: list[Any], *added: Any) -> list[Any]:
    env.charge_items(len(items) + len(added))
    return [*items, *added]


def _concatenate(env: Env, *lists: list[Any]) -> list[Any]:
    env.charge_items(sum(map(len, lists)))
    return [item for items in lists for item in items]


def _insert_before(env: Env, items: list[Any], position: Decimal, item: Any) -> list[Any] | None:
    index = position_of(position, len(items))
    if index is None:
        env.warn(f"insert before: there is no position {position}.")
        return None
    env.charge_items(len(items) + 1)
    return [*items[:index], item, *items[index:]]


def _remove(env: Env, items: list[Any], position: Decimal) -> list[Any] | None:
    index = position_of(position, len(items))
    if index is None:
        env.warn(f"remove: there is no position {position}.")
        return None
    env.charge_items(len(items))
    return items[:index] + items[index + 1 :]


def _replace_at(env: Env, items: list[Any], position: Decimal, item: Any) -> list[Any] | None:
    index = position_of(position, len(items))
    if index is None:
        env.warn(f"list replace: there is no position {position}.")
        return None
    env.charge_items(len(items))
    return [*items[:index], item, *items[index + 1 :]]


def _replace_matching(env: Env, items: list[Any], match: Function, new: Any) -> list[Any] | None:
    env.charge_items(len(items))
    result = []
    for item in items:
        answer = call_function(env, match, [item, new])
        if answer.__class__ is not bool:
            env.warn("list replace: the function must give true or false.")
            return None
        result.append(new if answer else item)
    return result


def _reverse(env: Env, items: list[Any]) -> list[Any]:
    env.charge_items(len(items))
    return items[::-1]


def _index_of(env: Env, items: list[Any], match: Any) -> list[Decimal]:
    _charge_compared(env, items, match)
    return [Decimal(index) for index, item in enumerate(items, 1) if equals(item, match, env) is True]


def _distinct(env: Env, items: list[Any]) -> list[Any]:
    _charge_compared(env, items)
    seen: set[Any] = set()
    result = []
    for item in items:
        key = identity_key(item, env)
        if key not in seen:
            seen.add(key)
            result.append(item)
    return result


def _union(env: Env, *lists: list[Any]) -> list[Any]:
    return _distinct(env, _concatenate(env, *lists))


def _flatten(env: Env, items: list[Any]) -> list[Any]:
    result: list[Any] = []

    def add(part: list[Any], depth: int) -> None:
        if depth > NESTING_MAX:
            raise FeelLimitExceeded("depth", f"more than {NESTING_MAX} nested lists")
        env.charge_items(len(part))
        for item in part:
            if item.__class__ is list:
                add(item, depth + 1)
            else:
                result.append(item)

    add(items, 0)
    env.charge_items(len(result))
    return result


def _sort(env: Env, items: list[Any], precedes: Function | None = None) -> list[Any] | None:
    for _ in range(len(items).bit_length()):
        _charge_compared(env, items)

    def order(left: Any, right: Any) -> int:
        if precedes is None:
            natural = compare(left, right)
            if natural is None:
                raise _NotOrdered
            return natural
        if _precedes(env, precedes, left, right):
            return -1
        return 1 if _precedes(env, precedes, right, left) else 0

    try:
        return sorted(items, key=functools.cmp_to_key(order))
    except _NotOrdered:
        env.warn("sort: the items cannot be ordered.")
        return None


def _precedes(env: Env, precedes: Function, left: Any, right: Any) -> bool:
    answer = call_function(env, precedes, [left, right])
    if not isinstance(answer, bool):
        raise _NotOrdered
    return answer


BUILTINS: Final = (
    Builtin("list contains", ("list: list, element: any", _list_contains)),
    Builtin("count", ("list: list", _count)),
    Builtin("min", ("list: list", _extreme(-1)), ("c...: any", _extreme(-1))),
    Builtin("max", ("list: list", _extreme(1)), ("c...: any", _extreme(1))),
    _on_numbers("sum", _sum),
    _on_numbers("mean", _mean),
    _on_numbers("product", _product),
    _on_numbers("median", _median),
    _on_numbers("stddev", _stddev, at_least=2),
    _on_numbers("mode", _mode, at_least=0),
    Builtin("all", ("list: list", _truth(decisive=False)), ("b...: any", _truth(decisive=False))),
    Builtin("any", ("list: list", _truth(decisive=True)), ("b...: any", _truth(decisive=True))),
    Builtin("sublist", ("list: list, start position: number, length?: number", _sublist)),
    Builtin("append", ("list: list, item...: any", _append)),
    Builtin("concatenate", ("list...: list", _concatenate)),
    Builtin("insert before", ("list: list, position: number, newItem: any", _insert_before)),
    Builtin("remove", ("list: list, position: number", _remove)),
    Builtin(
        "list replace",
        ("list: list, position: number, newItem: any", _replace_at),
        ("list: list, match: function, newItem: any", _replace_matching),
    ),
    Builtin("reverse", ("list: list", _reverse)),
    Builtin("index of", ("list: list, match: any", _index_of)),
    Builtin("union", ("list...: list", _union)),
    Builtin("distinct values", ("list: list", _distinct)),
    Builtin("flatten", ("list: list", _flatten)),
    Builtin("sort", ("list: list, precedes: function", _sort), ("list: list", _sort)),
)
