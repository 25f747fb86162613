"""Boxed expressions, compiled to closures: literal, context, list, relation, invocation, function, conditional, filter, iterators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from lxml import etree

from app.feel import FeelSyntaxError, UnaryTests, compile_expression, compile_unary_tests
from app.feel.env import Env
from app.feel.errors import FeelError
from app.feel.functions import call_function_named
from app.feel.types import kind_of
from app.feel.values import Function, Parameter, Range
from app.formats.dmn_file import DmnFile, read_name
from app.formats.dmn_run import Node, Run, Scope
from app.formats.dmn_types import MISFIT, DmnType, TypeTable
from app.formats.xml import line_of, local_name

NESTING_MAX: Final = 50
EXPRESSIONS: Final = frozenset(
    {"literalExpression", "decisionTable", "context", "invocation", "list", "relation"}
    | {"functionDefinition", "conditional", "filter", "for", "some", "every"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiler:
    """Compiles the expressions of one file; whatever is wrong becomes a diagnostic and a node that gives null."""

    file: DmnFile
    types: TypeTable
    read_table: Callable[[Compiler, etree._Element, frozenset[str]], Node]

    def compile(self, element: etree._Element, names: frozenset[str], *, depth: int = 0) -> Node:
        """Return the closure of one boxed expression.

        Args:
            element: the expression's element.
            names: names in sight, which FEEL needs to read names with blanks.
            depth: how many expressions are around it.
        """
        kind = local_name(element)
        if depth > NESTING_MAX:
            self.file.fault(element, "dmn-depth", f"Expressions are nested deeper than {NESTING_MAX} levels.", "Split the decision.")
            return _give_null
        if kind == "decisionTable":
            node = self.read_table(self, element, names)
        else:
            compile_kind = _COMPILERS.get(kind)
            if compile_kind is None:
                self.file.fault(element, "dmn-expression-unknown", f"There is no expression {kind}.", "Use an expression of DMN.")
                return _give_null
            node = compile_kind(self, element, names, depth)
        return self._fit(element, node)

    def compile_child(self, element: etree._Element, names: frozenset[str], depth: int) -> Node:
        """Return the closure of the only expression inside `element`; none or several are a fault."""
        found = [child for child in self.file.model_children(element) if local_name(child) in EXPRESSIONS]
        if len(found) == 1:
            return self.compile(found[0], names, depth=depth + 1)
        message = f"Expected one expression in {local_name(element)}, but there are {len(found)}."
        self.file.fault(element, "dmn-expression-missing", message, "Give it exactly one expression.")
        return _give_null

    def compile_feel(self, element: etree._Element, text: str, names: frozenset[str]) -> Node:
        """Return the closure of a FEEL text."""
        try:
            expression = compile_expression(text, names, types=self.types.feel_types)
        except FeelSyntaxError as error:
            self.fault_syntax(element, text, error)
            return _give_null
        except FeelError as error:
            self.file.fault(element, "feel-limit", f"The expression is too large: {error}.", "Make the expression smaller.")
            return _give_null
        evaluate = expression.value_within
        return lambda run, scope: evaluate(run.env, scope)

    def compile_tests(self, element: etree._Element, text: str, names: frozenset[str]) -> UnaryTests | None:
        """Return the compiled unary tests; None when they match everything or cannot be read."""
        if text in ("", "-"):
            return None
        try:
            return compile_unary_tests(text, names, types=self.types.feel_types)
        except FeelSyntaxError as error:
            self.fault_syntax(element, text, error)
        except FeelError as error:
            self.file.fault(element, "feel-limit", f"The cell is too large: {error}.", "Make the cell smaller.")
        return None

    def fault_syntax(self, element: etree._Element, text: str, error: FeelSyntaxError) -> None:
        """Keep a syntax error with the line in the file where it is."""
        child = self.file.child(element, "text")
        first = child if child is not None else element
        written = (first.text or "") if child is not None else ""
        leading = written[: len(written) - len(written.lstrip())].count("\n")
        start = line_of(first)
        line = None if start is None else start + leading + error.line - 1
        shown = text if len(text) <= 80 else text[:79] + "…"
        message = f"{shown!r} is no FEEL: {error.message} (column {error.column})."
        self.file.fault(element, "feel-syntax", message, "Correct the expression.", line=line)

    def _fit(self, element: etree._Element, node: Node) -> Node:
        """Bring the value to the typeRef that the expression itself declares."""
        if local_name(element) == "functionDefinition" or not element.get("typeRef"):
            return node
        return fit_result(node, self.types.resolve(element, element.get("typeRef")), f"the expression {find_label(element)}")


def fit_result(node: Node, kind: DmnType, what: str) -> Node:
    """Return the node with its value brought to a type; a value that does not fit is null, with a warning."""
    if kind.feel.kind == "Any" and not kind.tests:
        return node

    def evaluate(run: Run, scope: Scope) -> Any:
        value = node(run, scope)
        fitted = kind.fit(value, run.env)
        if fitted is MISFIT:
            run.warn(f"The value of {what} is no {kind.name}, but a {kind_of(value)}.")
            return None
        return fitted

    return evaluate


def find_label(element: etree._Element) -> str:
    """Return how messages call an element: label, name or id."""
    return element.get("label") or read_name(element) or element.get("id") or local_name(element)


def make_function(
    compiler: Compiler, element: etree._Element, names: frozenset[str], *, name: str, depth: int, result: DmnType | None = None
) -> Callable[[Run, Scope], Function] | None:
    """Return what makes the FEEL function of a functionDefinition or encapsulatedLogic in a scope."""
    file = compiler.file
    kind = (element.get("kind") or "FEEL").strip()
    if kind != "FEEL":
        file.fault(element, "dmn-function-kind", f"Functions of kind {kind} are not run here.", "Write it in FEEL.", kind="unsupported")
        return None
    parameters = tuple(
        (file.name(part), compiler.types.resolve(part, part.get("typeRef"))) for part in file.children(element, "formalParameter")
    )
    body = compiler.compile_child(element, names | {part for part, _ in parameters}, depth)
    if element.get("typeRef"):
        body = fit_result(body, compiler.types.resolve(element, element.get("typeRef")), f"function {name}")
    if result is not None:
        body = fit_result(body, result, f"function {name}")

    def make(run: Run, scope: Scope) -> Function:
        def invoke(env: Env, arguments: Sequence[Any]) -> Any:
            inner = run.within(env)
            values: dict[str, Any] = {}
            for (part, part_type), argument in zip(parameters, arguments, strict=True):
                fitted = part_type.fit(argument, env)
                if fitted is MISFIT:
                    inner.warn(f"{name}: {part} must be a {part_type.name}, but is a {kind_of(argument)}.")
                    return None
                values[part] = fitted
            return body(inner, scope.with_values(values))

        return Function(parameters=tuple(Parameter(name=part) for part, _ in parameters), invoke=invoke, name=name)

    return make


def _give_null(_run: Run, _scope: Scope) -> Any:
    return None


def _compile_literal(compiler: Compiler, element: etree._Element, names: frozenset[str], _depth: int) -> Node:
    if compiler.file.child(element, "importedValues") is not None:
        message = "Imported values are not run here."
        compiler.file.fault(element, "dmn-imported-values", message, "Write the values in the file.", kind="unsupported")
        return _give_null
    text = compiler.file.text(element)
    if not compiler.file.check_language(element):
        return _give_null
    if not text:
        compiler.file.fault(element, "dmn-expression-missing", "The literal expression is empty.", "Write an expression, or null.")
        return _give_null
    return compiler.compile_feel(element, text, names)


def _compile_context(compiler: Compiler, element: etree._Element, names: frozenset[str], depth: int) -> Node:
    """Entries see those before them; an entry without variable is the result."""
    entries: list[tuple[str, Node]] = []
    result: Node | None = None
    for entry in compiler.file.children(element, "contextEntry"):
        variable = compiler.file.child(entry, "variable")
        if variable is None:
            result = compiler.compile_child(entry, names, depth)
            continue
        name = compiler.file.name(variable)
        node = compiler.compile_child(entry, names, depth)
        kind = compiler.types.resolve(variable, variable.get("typeRef"))
        entries.append((name, fit_result(node, kind, f"entry {name}")))
        names |= {name}

    def evaluate(run: Run, scope: Scope) -> Any:
        inner = scope.with_values({})
        values: dict[str, Any] = {}
        for name, node in entries:
            values[name] = node(run, inner)
            inner.set_value(name, values[name])
        return values if result is None else result(run, inner)

    return evaluate


def _compile_list(compiler: Compiler, element: etree._Element, names: frozenset[str], depth: int) -> Node:
    parts = [child for child in compiler.file.model_children(element) if local_name(child) in EXPRESSIONS]
    nodes = [compiler.compile(part, names, depth=depth + 1) for part in parts]
    return lambda run, scope: [node(run, scope) for node in nodes]


def _compile_relation(compiler: Compiler, element: etree._Element, names: frozenset[str], depth: int) -> Node:
    columns = compiler.file.children(element, "column")
    kinds = [compiler.types.resolve(column, column.get("typeRef")) for column in columns]
    headings = [compiler.file.name(column) for column in columns]
    rows: list[list[Node]] = []
    for row in compiler.file.children(element, "row"):
        parts = [child for child in compiler.file.model_children(row) if local_name(child) in EXPRESSIONS]
        if len(parts) != len(columns):
            message = f"Expected {len(columns)} cells, one for each column, but the row has {len(parts)}."
            compiler.file.fault(row, "dmn-row-length", message, "Give every row one cell for each column.")
            continue
        nodes = [compiler.compile(part, names, depth=depth + 1) for part in parts]
        rows.append([fit_result(node, kind, f"column {name}") for node, kind, name in zip(nodes, kinds, headings, strict=True)])
    return lambda run, scope: [{name: node(run, scope) for name, node in zip(headings, row, strict=True)} for row in rows]


def _compile_invocation(compiler: Compiler, element: etree._Element, names: frozenset[str], depth: int) -> Node:
    called = compiler.compile_child(element, names, depth)
    bindings: list[tuple[str, Node]] = []
    for binding in compiler.file.children(element, "binding"):
        parameter = compiler.file.child(binding, "parameter")
        if parameter is None:
            compiler.file.fault(binding, "dmn-parameter-missing", "The binding names no parameter.", "Name the parameter.")
            continue
        kind = compiler.types.resolve(parameter, parameter.get("typeRef"))
        name = compiler.file.name(parameter)
        bindings.append((name, fit_result(compiler.compile_child(binding, names, depth), kind, f"parameter {name}")))

    def evaluate(run: Run, scope: Scope) -> Any:
        function = called(run, scope)
        if not isinstance(function, Function):
            run.warn(f"Expected a function to invoke, but got a {kind_of(function)}.")
            return None
        return call_function_named(run.env, function, {name: node(run, scope) for name, node in bindings})

    return evaluate


def _compile_function(compiler: Compiler, element: etree._Element, names: frozenset[str], depth: int) -> Node:
    made = make_function(compiler, element, names, name=find_label(element), depth=depth)
    return _give_null if made is None else made


def _compile_part(compiler: Compiler, element: etree._Element, name: str, names: frozenset[str], depth: int) -> Node:
    part = compiler.file.child(element, name)
    if part is None:
        message = f"Expected {name} in {local_name(element)}, but there is none."
        compiler.file.fault(element, "dmn-expression-missing", message, f"Add {name}.")
        return _give_null
    return compiler.compile_child(part, names, depth)


def _compile_conditional(compiler: Compiler, element: etree._Element, names: frozenset[str], depth: int) -> Node:
    condition, then, otherwise = (_compile_part(compiler, element, part, names, depth) for part in ("if", "then", "else"))
    return lambda run, scope: then(run, scope) if condition(run, scope) is True else otherwise(run, scope)


def _compile_filter(compiler: Compiler, element: etree._Element, names: frozenset[str], depth: int) -> Node:
    """A filter is FEEL's own: the condition sees `item` and, when that is a context, its entries; a number is an index."""
    source = _compile_part(compiler, element, "in", names, depth)
    condition = _compile_part(compiler, element, "match", names | {"item"}, depth)

    def evaluate(run: Run, scope: Scope) -> Any:
        items = as_list(source(run, scope))
        run.env.charge_items(len(items))
        kept: list[Any] = []
        for item in items:
            values = {**item, "item": item} if isinstance(item, dict) else {"item": item}
            if condition(run, scope.with_values(values)) is True:
                kept.append(item)
        return kept

    return evaluate


def _compile_for(compiler: Compiler, element: etree._Element, names: frozenset[str], depth: int) -> Node:
    variable = (element.get("iteratorVariable") or "").strip()
    source = _compile_part(compiler, element, "in", names, depth)
    body = _compile_part(compiler, element, "return", names | {variable, "partial"}, depth)

    def evaluate(run: Run, scope: Scope) -> Any:
        items = iterate(run, source(run, scope))
        if items is None:
            return None
        results: list[Any] = []
        for item in items:
            run.env.charge_items(len(results))
            results.append(body(run, scope.with_values({variable: item, "partial": list(results)})))
        return results

    return evaluate


def _compile_quantified(compiler: Compiler, element: etree._Element, names: frozenset[str], depth: int) -> Node:
    variable = (element.get("iteratorVariable") or "").strip()
    wanted = local_name(element) == "some"
    source = _compile_part(compiler, element, "in", names, depth)
    condition = _compile_part(compiler, element, "satisfies", names | {variable}, depth)

    def evaluate(run: Run, scope: Scope) -> Any:
        items = iterate(run, source(run, scope))
        if items is None:
            return None
        answer: bool | None = not wanted
        for item in items:
            found = condition(run, scope.with_values({variable: item}))
            if found is wanted:
                return wanted
            if not isinstance(found, bool):
                answer = None
        return answer

    return evaluate


def as_list(value: Any) -> list[Any]:
    """Return the value as a list: null is none, a single value is one item."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def iterate(run: Run, value: Any) -> list[Any] | None:
    """Return what an iterator runs over: the items of a list, or the numbers or dates of a range; null for anything else."""
    if isinstance(value, list):
        run.env.charge_items(len(value))
        return value
    if isinstance(value, Range):
        found = _ITERATE_RANGE.value_within(run.env, {"range": value})
        return found if isinstance(found, list) else None
    if value is None:
        run.warn("Expected a list to iterate over, but got null.")
        return None
    return [value]


_ITERATE_RANGE: Final = compile_expression("for i in range return i", ["range"])
_COMPILERS: Final[dict[str, Callable[[Compiler, etree._Element, frozenset[str], int], Node]]] = {
    "literalExpression": _compile_literal,
    "context": _compile_context,
    "list": _compile_list,
    "relation": _compile_relation,
    "invocation": _compile_invocation,
    "functionDefinition": _compile_function,
    "conditional": _compile_conditional,
    "filter": _compile_filter,
    "for": _compile_for,
    "some": _compile_quantified,
    "every": _compile_quantified,
}
