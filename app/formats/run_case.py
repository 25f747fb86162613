"""One case of a decision: evaluated, and compared with what the row expects."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from app.domain.errors import DecisionError
from app.feel.json import dumps
from app.formats.cases import Case
from app.formats.dmn import DecisionModel


def run_case(model: DecisionModel, case: Case) -> str | None:
    """Return why the case fails, in the analyst's words; None when everything is as the row expects."""
    try:
        result = model.evaluate(case.decision, case.context)
    except DecisionError as error:
        if case.error == error.code:
            return None
        expected = f"expected the error {case.error}, but got" if case.error else "expected a result, but got"
        return f"{_place(case)} {expected}: {error.detail} ({error.code})"
    matched = ", ".join(f"{rule['decision']} row {rule['row']} ({rule['rule']})" for rule in result.matched_rules) or "none"
    because = f" Rules that matched: {matched}."
    if case.error is not None:
        return f"{_place(case)} expected the error {case.error}, but got {dumps(result.outputs)}.{because}"
    for name, expected in case.expected.items():
        actual = _output(result.outputs, name)
        if not _is_same(actual, expected):
            return f"{_place(case)} expected {name or 'the output'} to be {dumps(expected)}, but it is {dumps(actual)}.{because}"
    if case.rules is not None:
        ids = [str(rule["rule"]) for rule in result.matched_rules]
        if list(case.rules) != ids:
            return f"{_place(case)} expected the rules {', '.join(case.rules)} to match.{because}"
    return None


def _place(case: Case) -> str:
    return f"{case.name}: row {case.line}"


def _output(outputs: Any, name: str) -> Any:
    """Return the output of that name, by path; "" is the whole."""
    value = outputs
    for part in name.split(".") if name else ():
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _is_same(actual: Any, expected: Any) -> bool:
    if isinstance(expected, bool) or isinstance(actual, bool):
        return actual is expected
    if isinstance(actual, int | Decimal) and isinstance(expected, int | Decimal):
        return Decimal(actual) == Decimal(expected)
    if isinstance(expected, str) and not isinstance(actual, str | None):
        return dumps(actual).strip('"') == expected
    return bool(actual == expected)
