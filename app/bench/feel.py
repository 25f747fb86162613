"""countersign bench feel: conditions, decision tables, compiling, and the start of the package."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, Final

import click

from app.bench.report import Figure, figure, print_report, progress, time_calls
from app.feel import Expression, compile_expression
from app.feel.check import check_expression
from app.formats.dmn import DecisionModel, read_dmn

_CONTEXT: Final[dict[str, Any]] = {
    "amount": Decimal("1250.00"),
    "category": "travel",
    "urgent": False,
    "lines": [{"net amount": Decimal(number), "code": f"C{number % 7}"} for number in range(100)],
}
_CONDITION: Final = 'amount > 1000 and category = "travel"'
_EXPRESSIONS: Final = {
    "arithmetic": "(amount * 1.21 - 100) / 3 + 12.5",
    "texts and dates": 'if starts with(category, "tr") then date("2026-01-31") + duration("P1M") else @"2026-01-31"',
    "filter and sum of 100 lines": "sum(lines[net amount > 50].net amount)",
    "loop over 100 lines": 'count(for line in lines return if line.code = "C3" then line.net amount * 2 else 0)',
    "pattern": 'matches(category, "^[a-z]+$")',
}
_START: Final = "import time; began = time.perf_counter(); import app.feel; print(time.perf_counter() - began)"


@click.command("feel")
@click.option("--runs", default=50, show_default=True, type=click.IntRange(1, 10_000), help="Samples of each figure.")
@click.option("--inner", default=1_000, show_default=True, type=click.IntRange(1, 100_000), help="Evaluations a sample of the fast ones.")
@click.option("--rows", default=50, show_default=True, type=click.IntRange(1, 2_000), help="Rules of the decision table.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(*, runs: int, inner: int, rows: int, as_json: bool) -> None:
    """Measure FEEL: a condition, a decision table with three inputs, compiling it, larger expressions, and the package's start-up."""
    figures = [
        _measure_expression("simple condition", _CONDITION, runs=runs, inner=inner, budget=1.5),
        *_measure_table(rows, runs=runs, inner=max(1, inner // 10)),
        *(_measure_expression(name, text, runs=runs, inner=max(1, inner // 50)) for name, text in _EXPRESSIONS.items()),
        *_measure_reading(runs=min(runs, 50)),
        figure("start-up of the package", list(_start_times(min(runs, 10))), unit="ms", budget=30.0),
    ]
    print_report("feel", figures, as_json=as_json, notes=[f"The condition is {_CONDITION}; the table has {rows} rows and three inputs."])


def write_table(rows: int, *, variant: int = 0) -> bytes:
    """Return a DMN file with one decision table of a text, a number and a truth value; every variant has other texts."""
    rules = "".join(
        f'<rule id="r{row}"><inputEntry><text>"c{row % 10}"</text></inputEntry>'
        f"<inputEntry><text>[{row * 100 + variant}..{row * 100 + 100 + variant})</text></inputEntry>"
        f"<inputEntry><text>{'true' if row % 2 else '-'}</text></inputEntry><outputEntry><text>{row}</text></outputEntry></rule>"
        for row in range(rows)
    )
    inputs = "".join(
        f'<input><inputExpression typeRef="{kind}"><text>{name}</text></inputExpression></input>'
        for name, kind in (("category", "string"), ("amount", "number"), ("urgent", "boolean"))
    )
    data = "".join(
        f'<inputData id="in_{name}" name="{name}"><variable name="{name}" typeRef="{kind}"/></inputData>'
        for name, kind in (("category", "string"), ("amount", "number"), ("urgent", "boolean"))
    )
    required = "".join(
        f'<informationRequirement><requiredInput href="#in_{name}"/></informationRequirement>' for name in ("category", "amount", "urgent")
    )
    return (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="bench" name="bench" namespace="urn:countersign:bench">'
        f'{data}<decision id="table" name="table"><variable name="table" typeRef="number"/>{required}'
        f'<decisionTable hitPolicy="UNIQUE">{inputs}<output typeRef="number"/>{rules}</decisionTable></decision></definitions>'
    ).encode()


def _measure_expression(name: str, text: str, *, runs: int, inner: int, budget: float | None = None) -> Figure:
    expression = compile_expression(text, _CONTEXT.keys(), members=("net amount", "code"))
    return _micro(name, _value(expression), runs=runs, inner=inner, budget=budget)


def _value(expression: Expression) -> Callable[[], object]:
    return lambda: expression.value(_CONTEXT)


def _measure_table(rows: int, *, runs: int, inner: int) -> Iterator[Figure]:
    progress(f"a table of {rows} rows")
    model = read_dmn(write_table(rows), filename="bench.dmn")
    last = rows - 1
    context = {"category": f"c{last % 10}", "amount": Decimal(last * 100 + 50), "urgent": True}
    assert model.evaluate("table", context).outputs == last, "the last row matches"
    yield _micro(f"table of {rows} rows", _decision(model, context), runs=runs, inner=inner, budget=15.0)
    files = iter([write_table(rows, variant=variant) for variant in range(1, min(runs, 20) + 1)])
    samples = time_calls(lambda: read_dmn(next(files), filename="bench.dmn"), runs=min(runs, 20))
    yield figure(f"compiling the table of {rows} rows", [seconds * 1e3 for seconds in samples], unit="ms", budget=10.0)


def _decision(model: DecisionModel, context: dict[str, Any]) -> Callable[[], object]:
    return lambda: model.evaluate("table", context)


def _measure_reading(*, runs: int) -> Iterator[Figure]:
    """Yield what compiling and checking an expression take that has not been seen before."""
    texts = iter([f'amount > {number} and category in ("travel", "food{number}")' for number in range(2 * runs)])
    names = ("amount", "category")
    samples = time_calls(lambda: compile_expression(next(texts), names), runs=runs)
    yield figure("compiling a condition", [seconds * 1e6 for seconds in samples], unit="µs")
    samples = time_calls(lambda: check_expression(next(texts), names), runs=runs)
    yield figure("checking a condition", [seconds * 1e6 for seconds in samples], unit="µs")


def _micro(name: str, call: Callable[[], object], *, runs: int, inner: int, budget: float | None) -> Figure:
    call()
    samples = time_calls(call, runs=runs, inner=inner)
    return figure(name, [seconds * 1e6 for seconds in samples], unit="µs", budget=budget)


def _start_times(runs: int) -> Iterator[float]:
    """Yield the milliseconds that importing the package takes in a new interpreter, once its modules are compiled, as an installation has them."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": folder, "PYTHONDONTWRITEBYTECODE": ""}
        for number in range(runs + 1):
            done = subprocess.run([sys.executable, "-c", _START], capture_output=True, text=True, check=True, env=environment)
            if number > 0:
                yield float(done.stdout) * 1e3
