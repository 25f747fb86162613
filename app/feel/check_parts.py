"""The static check of names, paths, filters, contexts, loops, conditions and functions."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from app.feel import syntax
from app.feel.check_calls import infer_invocation
from app.feel.check_names import shown, suggest
from app.feel.check_operators import BOOLEAN, OPERATORS, described, join, plain
from app.feel.check_state import Checker, Infer, NamesInSight, known_names
from app.feel.compiler import MISSING
from app.feel.properties import PROPERTIES_OF
from app.feel.syntax import Node
from app.feel.temporal_text import parse_temporal
from app.feel.types import ANY, ANY_CONTEXT, NULL, PRIMITIVES, FeelType, is_resolved, kind_of, type_conforms

_UNKNOWN: Final = frozenset({"Any", "Null", "unknown"})
_BARE: Final = frozenset({"list", "context", "function", "range"})
_STRING_PROPERTIES: Final = frozenset({"timezone"})
_BOOLEAN_PROPERTIES: Final = frozenset({"start included", "end included"})


def _infer_name(checker: Checker, node: syntax.Name, names: NamesInSight) -> FeelType:
    found = names.find(node.name)
    if found is not None:
        return found
    if node.name in known_names(names):
        return ANY
    if checker.closed and not checker.is_full:
        remedy = suggest(node.name, known_names(names), otherwise="Declare it, or correct its spelling.")
        checker.find("unknown_name", node.at, f"There is no name {shown(node.name)}.", remedy)
    return ANY


def _infer_at(checker: Checker, node: syntax.AtLiteral, _names: NamesInSight) -> FeelType:
    value = parse_temporal(node.text)
    if value is None:
        message = f"{shown(node.text)} is no date, time or duration."
        checker.find("type", node.at, message, 'Write it as ISO 8601 does: @"2026-01-31", @"10:00:00", @"PT36H".')
        return NULL
    return PRIMITIVES[kind_of(value)]


# -- conditions ----------------------------------------------------------------------------------------------------------------


def check_condition(checker: Checker, node: Node, names: NamesInSight, *, what: str) -> FeelType:
    """Return the type of a condition; a finding says when it is none, or always the same."""
    kind = checker.infer(node, names)
    if isinstance(node, syntax.Boolean):
        checker.find("constant", node.at, f"{what} is always {str(node.value).lower()}.", "Write a condition, or leave it out.")
    elif kind.kind not in _UNKNOWN and kind.kind != "boolean":
        checker.find("type", node.at, f"{what} is {described(kind)}, which never holds.", "Write a condition that is true or false.")
    elif _is_closed(checker, node, names):
        checker.find("constant", node.at, f"{what} depends on nothing, so it is always the same.", "Compare with a variable.")
    return kind


def _is_closed(checker: Checker, node: Node, names: NamesInSight) -> bool:
    """Return whether a comparison has constants alone."""
    if isinstance(node, syntax.Comparison):
        return all(checker.constant(side, names) is not MISSING for side in (node.left, node.right))
    return isinstance(node, syntax.Logic) and all(_is_closed(checker, operand, names) for operand in node.operands)


def _infer_if(checker: Checker, node: syntax.If, names: NamesInSight) -> FeelType:
    check_condition(checker, node.condition, names, what="The condition")
    return join(checker.infer(node.yes, names), checker.infer(node.no, names))


# -- paths and filters ---------------------------------------------------------------------------------------------------------


def _infer_path(checker: Checker, node: syntax.Path, names: NamesInSight) -> FeelType:
    return _entry_of(checker, node, checker.infer(node.source, names))


def _entry_of(checker: Checker, node: syntax.Path, source: FeelType) -> FeelType:
    if source.kind == "list":
        inner = _entry_of(checker, node, source.of or ANY)
        return FeelType(kind="list", of=plain(inner))
    if source.kind in _UNKNOWN or (source.kind == "context" and not source.entries):
        return ANY
    if source.kind == "context":
        entries = dict(source.entries)
        if node.name in entries:
            return entries[node.name]
        _report_entry(checker, node, f"There is no entry {shown(node.name)} here.", list(entries))
        return ANY
    properties = PROPERTIES_OF.get(source.kind, frozenset())
    if node.name not in properties:
        _report_entry(checker, node, f"{described(source).capitalize()} has no property {shown(node.name)}.", sorted(properties))
        return ANY
    return _property_type(source, node.name)


def _report_entry(checker: Checker, node: syntax.Path, message: str, known: list[str]) -> None:
    shown = ", ".join(known[:12]) + (", …" if len(known) > 12 else "")
    otherwise = f"Known here: {shown}." if known else "Leave the path out."
    checker.find("unknown_entry", node.at + 1, message, suggest(node.name, known, otherwise=otherwise))


def _property_type(source: FeelType, name: str) -> FeelType:
    if name in _STRING_PROPERTIES:
        return PRIMITIVES["string"]
    if name in _BOOLEAN_PROPERTIES:
        return BOOLEAN
    if name == "time offset":
        return PRIMITIVES["days and time duration"]
    return plain(source.of or ANY) if source.kind == "range" else PRIMITIVES["number"]


def _infer_filter(checker: Checker, node: syntax.Filter, names: NamesInSight) -> FeelType:
    source = checker.infer(node.source, names)
    item = source.of or ANY if source.kind == "list" else source
    inner = names.inner(item=item if item.kind not in ("Null", "unknown") else ANY)
    position = checker.constant(node.condition, names)
    if isinstance(position, Decimal):
        if position == 0:
            checker.find("never", node.condition.at, "There is no position 0.", "Positions begin at 1; -1 is the last.")
        return item
    condition = checker.infer(node.condition, inner)
    if condition.kind == "number":
        return item
    if condition.kind in ("boolean", "Any", "unknown"):
        if condition.kind == "boolean":
            check_condition(checker, node.condition, inner, what="The filter")
        kept = item if source.kind == "Any" else FeelType(kind="list", of=plain(item))
        return kept if condition.kind == "boolean" else ANY
    checker.find("type", node.condition.at, f"A list is not filtered by {described(condition)}.", "Write a condition or a position.")
    return ANY


# -- lists, contexts, loops, functions -----------------------------------------------------------------------------------------


def _infer_list(checker: Checker, node: syntax.ListLiteral, names: NamesInSight) -> FeelType:
    types = [checker.infer(item, names) for item in node.items]
    inner = plain(types[0]) if types else ANY
    for other in types[1:]:
        inner = join(inner, other)
    return FeelType(kind="list", of=ANY if inner.kind == "Null" else inner)


def _infer_context(checker: Checker, node: syntax.ContextLiteral, names: NamesInSight) -> FeelType:
    inner = names.inner()
    entries: dict[str, FeelType] = {}
    for entry in node.entries:
        if entry.key in entries:
            message = f"The key {shown(entry.key)} stands there twice, so the whole context is null."
            checker.find("duplicate_key", entry.at, message, "Rename one of them.")
        if isinstance(entry.value, syntax.FunctionLiteral):
            inner.types[entry.key] = FeelType(kind="function")
        entries[entry.key] = inner.types[entry.key] = checker.infer(entry.value, inner)
    return FeelType(kind="context", entries=tuple(entries.items())) if entries else ANY_CONTEXT


def _with_iterations(checker: Checker, iterations: tuple[syntax.Iteration, ...], names: NamesInSight) -> NamesInSight:
    inner = names.inner()
    for iteration in iterations:
        source = checker.infer(iteration.source, inner)
        item = source.of or ANY if source.kind in ("list", "range") else source
        if iteration.end is not None:
            end = checker.infer(iteration.end, inner)
            item = join(source, end)
            for kind, at in ((source, iteration.source.at), (end, iteration.end.at)):
                if kind.kind not in _UNKNOWN and kind.kind not in ("number", "date"):
                    checker.find("type", at, f"A loop does not count in {kind.kind}.", "Count in whole numbers or dates.")
        elif source.kind == "Null":
            checker.find("type", iteration.source.at, "A loop over null is null.", "Give a list.")
        inner.types[iteration.name] = ANY if item.kind == "Null" else item
    return inner


def _infer_for(checker: Checker, node: syntax.For, names: NamesInSight) -> FeelType:
    inner = _with_iterations(checker, node.iterations, names)
    inner.types.setdefault("partial", FeelType(kind="list", of=ANY))
    return FeelType(kind="list", of=plain(checker.infer(node.body, inner)))


def _infer_quantified(checker: Checker, node: syntax.Quantified, names: NamesInSight) -> FeelType:
    inner = _with_iterations(checker, node.iterations, names)
    check_condition(checker, node.condition, inner, what=f"The condition of {node.quantifier!r}")
    return BOOLEAN


def _infer_literal_function(checker: Checker, node: syntax.FunctionLiteral, names: NamesInSight) -> FeelType:
    parameters = {parameter.name: parameter.type or ANY for parameter in node.parameters}
    for parameter in node.parameters:
        if parameter.type is not None:
            _check_type(checker, parameter.type, parameter.at)
    if len(parameters) < len(node.parameters):
        checker.find("duplicate_key", node.at, "Two parameters have the same name.", "Rename one of them.")
    result = ANY
    if node.external:
        checker.find("external", node.at, "Functions outside of FEEL are never called; the result is null.", "Write it in FEEL.")
    else:
        result = plain(checker.infer(node.body, names.inner(parameters)))
    entries = tuple((parameter.name, parameter.type or ANY) for parameter in node.parameters)
    return FeelType(kind="function", entries=entries, of=result)


def _infer_instance_of(checker: Checker, node: syntax.InstanceOf, names: NamesInSight) -> FeelType:
    value = checker.infer(node.value, names)
    if _check_type(checker, node.type, node.at) and value.kind not in _UNKNOWN and node.type.kind not in _UNKNOWN:
        bare = FeelType(kind=value.kind)
        if value.kind != node.type.kind or not (value.kind in _BARE or type_conforms(bare, node.type)):
            message = f"{described(value).capitalize()} is never an instance of {node.type}."
            checker.find("never", node.at, message, "Leave the test out, or test for another type.")
    return BOOLEAN


def _check_type(checker: Checker, feel_type: FeelType, at: int) -> bool:
    """Return whether the type is known; a finding says what is not."""
    if is_resolved(feel_type):
        return True
    if feel_type.kind in _BARE and feel_type.of is None and not feel_type.entries:
        example = {"context": "context<name: string>", "function": "function<number> -> number"}.get(
            feel_type.kind, f"{feel_type.kind}<Any>"
        )
        checker.find("unknown_type", at, f"The type {feel_type.kind} needs to say of what.", f"Write {example}.")
        return False
    for inner in (feel_type.of, *(kind for _, kind in feel_type.entries)):
        if inner is not None and not _check_type(checker, inner, at):
            return False
    known = [*PRIMITIVES, *_BARE, *checker.types]
    remedy = suggest(str(feel_type), known, otherwise="Declare the type, or choose one of FEEL.")
    checker.find("unknown_type", at, f"There is no type {shown(str(feel_type))}.", remedy)
    return False


PARTS: Final[Mapping[type[Node], Infer]] = {
    **OPERATORS,
    syntax.AtLiteral: _infer_at,
    syntax.Name: _infer_name,
    syntax.If: _infer_if,
    syntax.Path: _infer_path,
    syntax.Filter: _infer_filter,
    syntax.Invocation: infer_invocation,
    syntax.ListLiteral: _infer_list,
    syntax.ContextLiteral: _infer_context,
    syntax.For: _infer_for,
    syntax.Quantified: _infer_quantified,
    syntax.FunctionLiteral: _infer_literal_function,
    syntax.InstanceOf: _infer_instance_of,
}
