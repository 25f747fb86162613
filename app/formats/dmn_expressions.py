"""Boxed expressions, compiled to closures: literal, context, list, relation, invocation, function."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from lxml import etree

from app.feel.env import Env
from app.feel.functions import call_function_named
from app.feel.types import ANY, FeelType, kind_of
from app.feel.values import Function, Parameter
from app.formats.dmn_compile import Compiler, Sight, constant, find_label, fit_result, give_null
from app.formats.dmn_iterators import ITERATORS
from app.formats.dmn_run import Node, Run, Scope
from app.formats.dmn_table_reader import compile_table
from app.formats.dmn_types import MISFIT, DmnType


def make_function(
    compiler: Compiler, element: etree._Element, sight: Sight, *, name: str, depth: int, result: DmnType | None = None
) -> Callable[[Scope], Function]:
    """Return what makes the FEEL function of a functionDefinition or encapsulatedLogic in a scope."""
    file = compiler.file
    formal = file.children(element, "formalParameter")
    parameters = tuple((file.name(part), compiler.types.resolve(part, part.get("typeRef"))) for part in formal)
    kind = (element.get("kind") or "FEEL").strip()
    if kind != "FEEL":
        message = f"Functions of kind {kind} are not run here."
        file.fault(element, "dmn-function-kind", message, "Write it in FEEL.", kind="unsupported")
        body = give_null(f"{name}: {message}")
    else:
        body = compiler.compile_child(element, sight.adding({part: part_type.feel for part, part_type in parameters}), depth)
    for kind_of_result in (compiler.types.resolve(element, element.get("typeRef")), result):
        if kind_of_result is not None and kind_of_result.feel.kind != "function":
            body = fit_result(body, kind_of_result, f"function {name}")
    declared = tuple(Parameter(name=part, type=None if part_type.takes_all else part_type.feel) for part, part_type in parameters)

    def make(scope: Scope) -> Function:
        def invoke(env: Env, arguments: Sequence[Any]) -> Any:
            run = Run.of(env)
            values = fit_arguments(run, name, parameters, arguments)
            return None if values is None else body(run, Scope(values, scope))

        return Function(parameters=declared, invoke=invoke, name=name)

    return make


def fit_arguments(run: Run, name: str, parameters: Sequence[tuple[str, DmnType]], arguments: Sequence[Any]) -> dict[str, Any] | None:
    """Return the arguments by the names of the parameters, brought to their types; None and a warning when one does not fit."""
    values: dict[str, Any] = {}
    for (part, part_type), argument in zip(parameters, arguments, strict=True):
        fitted = part_type.fit(argument, run)
        if fitted is MISFIT:
            run.warn(f"{name}: {part} must be a {part_type.name}, but is a {kind_of(argument)}.")
            return None
        values[part] = fitted
    return values


def _compile_literal(compiler: Compiler, element: etree._Element, sight: Sight, _depth: int) -> Node:
    if compiler.file.child(element, "importedValues") is not None:
        message = "Imported values are not run here."
        compiler.file.fault(element, "dmn-imported-values", message, "Write the values in the file.", kind="unsupported")
        return give_null(message)
    text = compiler.file.text(element)
    if not compiler.file.check_language(element):
        return give_null(f"{find_label(element)} is not written in FEEL.")
    if not text:
        message = "The literal expression is empty."
        return compiler.fault(element, "dmn-expression-missing", message, "Write an expression, or null.", kind="product")
    return compiler.compile_feel(element, text, sight)


def _compile_context(compiler: Compiler, element: etree._Element, sight: Sight, depth: int) -> Node:
    """Entries see those before them, a function also itself; an entry without variable is the result."""
    entries: list[tuple[str, Node]] = []
    result: Node | None = None
    for entry in compiler.file.children(element, "contextEntry"):
        variable = compiler.file.child(entry, "variable")
        if variable is None:
            result = compiler.compile_child(entry, sight, depth)
            continue
        name = compiler.file.name(variable)
        kind = compiler.types.resolve(variable, variable.get("typeRef"))
        feel = kind.feel
        if compiler.file.child(entry, "functionDefinition") is not None:
            feel = ANY
            sight = sight.adding({name: feel})
        node = compiler.compile_child(entry, sight, depth)
        if any(name == each for each, _ in entries):
            compiler.file.fault(entry, "dmn-name-twice", f"Two entries of the context are named {name!r}.", "Rename one of them.")
        entries.append((name, fit_result(node, kind, f"entry {name}")))
        sight = sight.adding({name: feel})

    def evaluate(run: Run, scope: Scope) -> Any:
        inner = Scope({}, scope)
        values: dict[str, Any] = {}
        for name, node in entries:
            values[name] = inner[name] = node(run, inner)
        return values if result is None else result(run, inner)

    return evaluate


def _compile_list(compiler: Compiler, element: etree._Element, sight: Sight, depth: int) -> Node:
    nodes = [compiler.compile(part, sight, depth=depth + 1) for part in compiler.list_expressions(element)]
    return lambda run, scope: [node(run, scope) for node in nodes]


def _compile_relation(compiler: Compiler, element: etree._Element, sight: Sight, depth: int) -> Node:
    columns = compiler.file.children(element, "column")
    kinds = [compiler.types.resolve(column, column.get("typeRef")) for column in columns]
    headings = [compiler.file.name(column) for column in columns]
    rows: list[list[Node]] = []
    for row in compiler.file.children(element, "row"):
        parts = compiler.list_expressions(row)
        if len(parts) != len(columns):
            message = f"Expected {len(columns)} cells, one for each column, but the row has {len(parts)}."
            compiler.file.fault(row, "dmn-row-length", message, "Give every row one cell for each column.")
        nodes = [compiler.compile(part, sight, depth=depth + 1) for part in parts[: len(columns)]]
        nodes += [constant(None)] * (len(columns) - len(nodes))
        rows.append([fit_result(node, kind, f"column {name}") for node, kind, name in zip(nodes, kinds, headings, strict=True)])
    return lambda run, scope: [{name: node(run, scope) for name, node in zip(headings, row, strict=True)} for row in rows]


def _compile_invocation(compiler: Compiler, element: etree._Element, sight: Sight, depth: int) -> Node:
    called = compiler.compile_child(element, sight, depth)
    bindings: list[tuple[str, Node]] = []
    for binding in compiler.file.children(element, "binding"):
        parameter = compiler.file.child(binding, "parameter")
        if parameter is None:
            compiler.file.fault(binding, "dmn-parameter-missing", "The binding names no parameter.", "Name the parameter.")
            continue
        kind = compiler.types.resolve(parameter, parameter.get("typeRef"))
        name = compiler.file.name(parameter)
        node = compiler.compile_child(binding, sight, depth) if compiler.list_expressions(binding) else constant(None)
        bindings.append((name, fit_result(node, kind, f"parameter {name}")))

    def evaluate(run: Run, scope: Scope) -> Any:
        function = called(run, scope)
        if not isinstance(function, Function):
            run.warn(f"Expected a function to invoke, but got a {kind_of(function)}.")
            return None
        return call_function_named(run, function, {name: node(run, scope) for name, node in bindings})

    return evaluate


def _compile_function(compiler: Compiler, element: etree._Element, sight: Sight, depth: int) -> Node:
    make = make_function(compiler, element, sight, name=_name_function(compiler, element), depth=depth)
    return lambda _run, scope: make(scope)


def _name_function(compiler: Compiler, element: etree._Element) -> str:
    """Return the name of the context entry or decision that the function stands in."""
    parent = element.getparent()
    variable = None if parent is None else compiler.file.child(parent, "variable")
    return find_label(element if variable is None else variable)


def function_type(parameters: Sequence[tuple[str, DmnType]], result: DmnType | None) -> FeelType:
    """Return the type of a function, parameters with their names."""
    return FeelType(
        kind="function", entries=tuple((name, kind.feel) for name, kind in parameters), of=ANY if result is None else result.feel
    )


COMPILERS: Final[Mapping[str, Callable[[Compiler, etree._Element, Sight, int], Node]]] = {
    "literalExpression": _compile_literal,
    "decisionTable": compile_table,
    "context": _compile_context,
    "list": _compile_list,
    "relation": _compile_relation,
    "invocation": _compile_invocation,
    "functionDefinition": _compile_function,
    **ITERATORS,
}
