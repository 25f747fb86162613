"""Boxed conditionals, filters and iterators of DMN 1.4."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from lxml import etree

from app.feel import compile_expression
from app.feel.lexer import normalize_name
from app.feel.types import ANY, FeelType, kind_of
from app.feel.values import Range
from app.formats.dmn_compile import Compiler, Sight
from app.formats.dmn_run import Node, Run, Scope
from app.formats.dmn_types import ANY_TYPE, MISFIT, DmnType
from app.formats.xml import local_name

_ANY_LIST: Final = FeelType(kind="list", of=ANY)
_ITERATE_RANGE: Final = compile_expression("for i in range return i", ["range"])
_TAKE_ITEM: Final = compile_expression("items[position]", ["items", "position"])


def _compile_part(compiler: Compiler, element: etree._Element, name: str, sight: Sight, depth: int) -> Node:
    part = compiler.file.child(element, name)
    if part is None:
        message = f"Expected {name} in {local_name(element)}, but there is none."
        return compiler.fault(element, "dmn-expression-missing", message, f"Add {name}.")
    return compiler.compile_child(part, sight, depth)


def _compile_conditional(compiler: Compiler, element: etree._Element, sight: Sight, depth: int) -> Node:
    condition, then, otherwise = (_compile_part(compiler, element, part, sight, depth) for part in ("if", "then", "else"))
    return lambda run, scope: then(run, scope) if condition(run, scope) is True else otherwise(run, scope)


def _compile_filter(compiler: Compiler, element: etree._Element, sight: Sight, depth: int) -> Node:
    """A filter is FEEL's own: the condition sees `item` and, when that is a context, its entries; a number is a position."""
    source = _compile_part(compiler, element, "in", sight, depth)
    condition = _compile_part(compiler, element, "match", sight.adding({"item": ANY}, closed=False), depth)

    def evaluate(run: Run, scope: Scope) -> Any:
        items = source(run, scope)
        if items is None:
            return None
        items = items if isinstance(items, list) else [items]
        run.charge_items(len(items))
        kept: list[Any] = []
        for item in items:
            values = {"item": item, **item} if isinstance(item, Mapping) else {"item": item}
            found = condition(run, Scope(values, scope))
            if found.__class__ is Decimal:
                return _TAKE_ITEM.value_within(run, {"items": items, "position": found})
            if found is True:
                kept.append(item)
        return kept

    return evaluate


def _read_variable(compiler: Compiler, element: etree._Element) -> tuple[str, DmnType]:
    """Return the name of an iterator's variable and the type that its list declares for the items."""
    name = normalize_name(element.get("iteratorVariable") or "")
    if not name:
        compiler.file.fault(element, "dmn-name-missing", f"This {local_name(element)} names no variable.", "Give it an iteratorVariable.")
    source = compiler.file.child(element, "in")
    reference = None if source is None else source.get("typeRef")
    kind = ANY_TYPE if source is None else compiler.types.resolve(source, reference)
    return name, kind.item or kind


def _compile_for(compiler: Compiler, element: etree._Element, sight: Sight, depth: int) -> Node:
    variable, kind = _read_variable(compiler, element)
    source = _compile_part(compiler, element, "in", sight, depth)
    body = _compile_part(compiler, element, "return", sight.adding({variable: kind.feel, "partial": _ANY_LIST}), depth)
    reads_partial = any("partial" in (text.text or "") for text in element.iter(f"{{{compiler.file.namespace}}}text"))

    def evaluate(run: Run, scope: Scope) -> Any:
        items = _iterate(run, source(run, scope), kind)
        if items is None:
            return None
        results: list[Any] = []
        for item in items:
            values = {variable: item}
            if reads_partial:
                run.charge_items(len(results))
                values["partial"] = list(results)
            results.append(body(run, Scope(values, scope)))
        return results

    return evaluate


def _compile_quantified(compiler: Compiler, element: etree._Element, sight: Sight, depth: int) -> Node:
    variable, kind = _read_variable(compiler, element)
    wanted = local_name(element) == "some"
    source = _compile_part(compiler, element, "in", sight, depth)
    condition = _compile_part(compiler, element, "satisfies", sight.adding({variable: kind.feel}), depth)

    def evaluate(run: Run, scope: Scope) -> Any:
        items = _iterate(run, source(run, scope), kind)
        if items is None:
            return None
        answer: bool | None = not wanted
        for item in items:
            found = condition(run, Scope({variable: item}, scope))
            if found is wanted:
                return wanted
            if not isinstance(found, bool):
                answer = None
        return answer

    return evaluate


def _iterate(run: Run, value: Any, kind: DmnType) -> list[Any] | None:
    """Return what an iterator runs over: the items of a list, or the numbers or dates of a range; null for null."""
    if isinstance(value, Range):
        value = _ITERATE_RANGE.value_within(run, {"range": value})
    if value is None:
        run.warn("Expected a list to iterate over, but got null.")
        return None
    items = value if isinstance(value, list) else [value]
    run.charge_items(len(items))
    run.charge(len(items))
    if kind.takes_all:
        return items
    fitted = [kind.fit(item, run) for item in items]
    wrong = next((item for item, found in zip(items, fitted, strict=True) if found is MISFIT), None)
    if wrong is not None:
        run.warn(f"An item is no {kind.name}, but a {kind_of(wrong)}.")
    return [None if found is MISFIT else found for found in fitted]


ITERATORS: Final[Mapping[str, Callable[[Compiler, etree._Element, Sight, int], Node]]] = {
    "conditional": _compile_conditional,
    "filter": _compile_filter,
    "for": _compile_for,
    "some": _compile_quantified,
    "every": _compile_quantified,
}
