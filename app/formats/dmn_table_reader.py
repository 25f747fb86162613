"""Decision tables, read from their XML and compiled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from lxml import etree

from app.feel import Expression, FeelSyntaxError, UnaryTests, compile_expression
from app.formats.dmn_expressions import Compiler, find_label, fit_result
from app.formats.dmn_file import read_name
from app.formats.dmn_run import Node, Run, Scope
from app.formats.dmn_table import AGGREGATIONS, HIT_POLICIES, DecisionTable, Input, Output, Rule
from app.formats.dmn_types import ANY_TYPE

RULES_MAX: Final = 5_000
CELLS_MAX: Final = 50_000


def compile_table(compiler: Compiler, element: etree._Element, names: frozenset[str]) -> Node:
    """Return the closure of a decisionTable element; its faults become diagnostics."""
    file = compiler.file
    name = _name_table(element)
    hit_policy, aggregation = _read_hit_policy(compiler, element)
    inputs = tuple(_compile_input(compiler, part, names) for part in file.children(element, "input"))
    columns = file.children(element, "output")
    if not columns:
        file.fault(element, "dmn-output-missing", "The decision table has no output.", "Add an output column.")
    outputs = tuple(_compile_output(compiler, part, names, is_single=len(columns) == 1) for part in columns)
    if aggregation and len(columns) > 1:
        message = f"Hit policy COLLECT with {aggregation} needs one output, but the table has {len(columns)}."
        file.fault(element, "dmn-aggregation", message, "Leave one output column, or no aggregation.")
    if hit_policy in ("PRIORITY", "OUTPUT ORDER") and not any(output.ranks is not None for output in outputs):
        message = f"Hit policy {hit_policy} needs the output values in their order, but no output column lists them."
        file.fault(element, "dmn-output-values", message, "List the values of an output column, the most important first.")
    written = file.children(element, "rule")
    if len(written) > RULES_MAX or len(written) * (len(inputs) + len(columns)) > CELLS_MAX:
        message = f"The decision table has {len(written)} rules; at most {RULES_MAX} rules and {CELLS_MAX} cells are run."
        file.fault(element, "dmn-table-size", message, "Split the table.", kind="unsupported")
        written = []
    rules = tuple(
        _compile_rule(compiler, rule, names, row=row, inputs=inputs, outputs=outputs) for row, rule in enumerate(written, start=1)
    )
    table = DecisionTable(name=name, hit_policy=hit_policy, aggregation=aggregation, inputs=inputs, outputs=outputs, rules=rules)
    return table.evaluate


def _name_table(element: etree._Element) -> str:
    """Return the name of the decision around the table."""
    parent = element.getparent()
    while parent is not None and not read_name(parent):
        parent = parent.getparent()
    return find_label(element) if parent is None else read_name(parent)


def _read_hit_policy(compiler: Compiler, element: etree._Element) -> tuple[str, str | None]:
    policy = (element.get("hitPolicy") or "UNIQUE").strip().upper().replace("_", " ")
    aggregation = (element.get("aggregation") or "").strip().upper() or None
    if policy not in HIT_POLICIES:
        message = f"There is no hit policy {policy}."
        compiler.file.fault(element, "dmn-hit-policy", message, f"Choose one of {', '.join(sorted(HIT_POLICIES))}.")
        policy = "UNIQUE"
    if aggregation is not None and (aggregation not in AGGREGATIONS or policy != "COLLECT"):
        message = f"Aggregation {aggregation} with hit policy {policy} does not exist."
        compiler.file.fault(element, "dmn-aggregation", message, "Use SUM, MIN, MAX or COUNT with COLLECT.")
        aggregation = None
    return policy, aggregation


def _compile_input(compiler: Compiler, element: etree._Element, names: frozenset[str]) -> Input:
    file = compiler.file
    expression = file.child(element, "inputExpression")
    text = file.text(expression)
    kind = ANY_TYPE
    node: Node = _give_null
    if expression is None or not text:
        file.fault(element, "dmn-expression-missing", f"Input {find_label(element)} has no expression.", "Write an expression.")
    elif file.check_language(expression):
        node = compiler.compile_feel(expression, text, names)
        kind = compiler.types.resolve(expression, expression.get("typeRef"))
    values = file.child(element, "inputValues")
    allowed = None if values is None else compiler.compile_tests(values, file.text(values), names)
    return Input(label=element.get("label") or text, text=text, node=node, kind=kind, allowed=allowed)


def _compile_output(compiler: Compiler, element: etree._Element, names: frozenset[str], *, is_single: bool) -> Output:
    file = compiler.file
    name = read_name(element)
    if not name and not is_single:
        file.fault(element, "dmn-name-missing", "This output has no name, but the table has several.", "Name every output.")
    kind = compiler.types.resolve(element, element.get("typeRef"))
    values = file.child(element, "outputValues")
    ranks = None
    text = file.text(values)
    if values is not None and text:
        # The values are a list of literals; one that is no list of values, such as a range, has no order.
        compiler.compile_tests(values, text, names)
        ranks = _compile_ranks(text)
    default = file.child(element, "defaultOutputEntry")
    node = None
    if default is not None and file.text(default) and file.check_language(default):
        node = fit_result(compiler.compile_feel(default, file.text(default), names), kind, f"output {name or find_label(element)}")
    return Output(name=name, kind=kind, ranks=ranks, default=node)


def _compile_ranks(text: str) -> Expression | None:
    try:
        return compile_expression(f"[{text}]")
    except FeelSyntaxError:
        return None


def _compile_rule(
    compiler: Compiler, element: etree._Element, names: frozenset[str], *, row: int, inputs: Sequence[Input], outputs: Sequence[Output]
) -> Rule:
    file = compiler.file
    cells, results = file.children(element, "inputEntry"), file.children(element, "outputEntry")
    if len(cells) != len(inputs) or len(results) != len(outputs):
        message = f"Row {row} has {len(cells)} input and {len(results)} output cells, but the table has {len(inputs)} inputs and {len(outputs)} outputs."
        file.fault(element, "dmn-row-length", message, "Give every row one cell for each column.")
        return Rule(row=row, id=element.get("id"), annotation=None, tests=(), outputs=())
    tests: list[tuple[int, UnaryTests]] = []
    for index, cell in enumerate(cells):
        compiled = compiler.compile_tests(cell, file.text(cell), names) if file.check_language(cell) else None
        if compiled is not None:
            tests.append((index, compiled))
    nodes: list[Node] = []
    for cell, output in zip(results, outputs, strict=True):
        text = file.text(cell)
        node = compiler.compile_feel(cell, text, names) if text and file.check_language(cell) else _give_null
        nodes.append(fit_result(node, output.kind, f"output {output.name or 'of the table'} in row {row}"))
    return Rule(row=row, id=element.get("id"), annotation=_read_annotation(compiler, element), tests=tuple(tests), outputs=tuple(nodes))


def _read_annotation(compiler: Compiler, element: etree._Element) -> str | None:
    texts = [compiler.file.text(part) for part in compiler.file.children(element, "annotationEntry")]
    described = compiler.file.child(element, "description")
    texts += [] if described is None else [(described.text or "").strip()]
    return "; ".join(text for text in texts if text) or None


def _give_null(_run: Run, _scope: Scope) -> Any:
    return None
