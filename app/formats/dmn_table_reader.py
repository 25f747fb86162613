"""Decision tables, read from their XML and compiled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lxml import etree

from app.feel import Expression, compile_expression
from app.feel.errors import FeelError
from app.formats.dmn_cells import Cell
from app.formats.dmn_compile import Compiler, Sight, constant, find_label, fit_result, refuse
from app.formats.dmn_file import read_name
from app.formats.dmn_run import Node
from app.formats.dmn_table import AGGREGATIONS, HIT_POLICIES, DecisionTable, Input, Output, Rule
from app.formats.dmn_types import ANY_TYPE
from app.formats.xml import local_name

RULES_MAX: Final = 5_000
CELLS_MAX: Final = 30_000
_BOX: Final = frozenset({"decision", "businessKnowledgeModel"})


def compile_table(compiler: Compiler, element: etree._Element, sight: Sight, _depth: int) -> Node:
    """Return the closure of a decisionTable element; its faults become diagnostics."""
    file = compiler.file
    written = file.children(element, "rule")
    columns = file.children(element, "output")
    width = len(file.children(element, "input")) + len(columns)
    if len(written) > RULES_MAX or len(written) * width > CELLS_MAX:
        message = f"The decision table has {len(written)} rules; at most {RULES_MAX} rules and {CELLS_MAX} cells are run."
        file.fault(element, "dmn-table-size", message, "Split the table.", kind="unsupported")
        return refuse(message)
    hit_policy, aggregation = _read_hit_policy(compiler, element)
    inputs = tuple(_compile_input(compiler, part, sight) for part in file.children(element, "input"))
    if not columns:
        return compiler.fault(element, "dmn-output-missing", "The decision table has no output.", "Add an output column.")
    outputs = tuple(_compile_output(compiler, part, sight, is_single=len(columns) == 1) for part in columns)
    if aggregation and len(columns) > 1:
        message = f"Hit policy COLLECT with {aggregation} needs one output, but the table has {len(columns)}."
        file.fault(element, "dmn-aggregation", message, "Leave one output column, or no aggregation.")
    if hit_policy in ("PRIORITY", "OUTPUT ORDER") and not any(output.ranks is not None for output in outputs):
        message = f"Hit policy {hit_policy} needs the output values in their order, but no output column lists them."
        file.fault(element, "dmn-output-values", message, "List the values of an output column, the most important first.")
    rules = tuple(
        _compile_rule(compiler, rule, sight, row=row, inputs=inputs, outputs=outputs) for row, rule in enumerate(written, start=1)
    )
    name = _name_table(element)
    table = DecisionTable(name=name, hit_policy=hit_policy, aggregation=aggregation, inputs=inputs, outputs=outputs, rules=rules)
    compiler.found_tables.append((element, table))
    return table.evaluate


def _name_table(element: etree._Element) -> str:
    """Return the name of the decision or knowledge model around the table."""
    parent = element.getparent()
    while parent is not None and local_name(parent) not in _BOX:
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


def _compile_input(compiler: Compiler, element: etree._Element, sight: Sight) -> Input:
    file = compiler.file
    expression = file.child(element, "inputExpression")
    text = file.text(expression)
    kind = ANY_TYPE
    if expression is None or not text:
        message = f"Input {find_label(element)} has no expression."
        node = compiler.fault(element, "dmn-expression-missing", message, "Write an expression.", kind="product")
    elif not file.check_language(expression):
        node = constant(None)
    else:
        kind = compiler.types.resolve(expression, expression.get("typeRef"))
        node = compiler.compile_feel(expression, text, sight, kind.feel)
    values = file.child(element, "inputValues")
    allowed = None
    if values is not None and file.text(values) not in ("", "-"):
        allowed = compiler.compile_cell(values, file.text(values), sight, kind.feel)
    label = element.get("label") or text or element.get("id") or "without expression"
    return Input(label=label, text=text, node=node, kind=kind, plain=kind.plain, takes_all=kind.takes_all, allowed=allowed)


def _compile_output(compiler: Compiler, element: etree._Element, sight: Sight, *, is_single: bool) -> Output:
    file = compiler.file
    name = read_name(element)
    if not name and not is_single:
        file.fault(element, "dmn-name-missing", "This output has no name, but the table has several.", "Name every output.")
    kind = compiler.types.resolve(element, element.get("typeRef"))
    values = file.child(element, "outputValues")
    text = file.text(values)
    if values is not None and text:
        # The values are a list of literals; one that is no list of values, such as a range, has no order.
        compiler.compile_cell(values, text, sight, kind.feel)
    default = file.child(element, "defaultOutputEntry")
    node = None
    if default is not None and file.text(default) and file.check_language(default):
        node = fit_result(
            compiler.compile_feel(default, file.text(default), sight, kind.feel), kind, f"output {name or find_label(element)}"
        )
    return Output(name=name, kind=kind, ranks=_compile_ranks(text or kind.written), default=node)


def _compile_ranks(text: str) -> Expression | None:
    try:
        return compile_expression(f"[{text}]") if text else None
    except FeelError:
        return None


def _compile_rule(
    compiler: Compiler, element: etree._Element, sight: Sight, *, row: int, inputs: Sequence[Input], outputs: Sequence[Output]
) -> Rule:
    file = compiler.file
    written, results = file.children(element, "inputEntry"), file.children(element, "outputEntry")
    if len(written) != len(inputs) or len(results) != len(outputs):
        message = (
            f"Row {row} has {len(written)} input and {len(results)} output cells, but the table has {len(inputs)} inputs and "
            f"{len(outputs)} outputs."
        )
        file.fault(element, "dmn-row-length", message, "Give every row one cell for each column.")
        return Rule(
            row=row, id=element.get("id"), annotation=None, cells=(None,) * len(inputs), outputs=(constant(None),) * len(outputs), texts=()
        )
    cells: list[Cell | None] = [
        compiler.compile_cell(cell, file.text(cell), sight, column.kind.feel) if file.check_language(cell) else None
        for cell, column in zip(written, inputs, strict=True)
    ]
    nodes: list[Node] = []
    texts: list[str] = []
    for cell, output in zip(results, outputs, strict=True):
        text = file.text(cell)
        texts.append(text)
        node = compiler.compile_feel(cell, text, sight, output.kind.feel) if text and file.check_language(cell) else constant(None)
        nodes.append(fit_result(node, output.kind, f"output {output.name or 'of the table'} in row {row}"))
    annotation = _read_annotation(compiler, element)
    return Rule(row=row, id=element.get("id"), annotation=annotation, cells=tuple(cells), outputs=tuple(nodes), texts=tuple(texts))


def _read_annotation(compiler: Compiler, element: etree._Element) -> str | None:
    texts = [compiler.file.text(part) for part in compiler.file.children(element, "annotationEntry")]
    described = compiler.file.child(element, "description")
    texts += [] if described is None else [(described.text or "").strip()]
    return "; ".join(text for text in texts if text) or None
