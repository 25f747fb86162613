"""One case of a decision: evaluated, and compared with what the row expects; and which rules the cases of a file reached."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from app.domain.errors import DecisionError
from app.feel.json import dumps
from app.formats.cases import Case
from app.formats.dmn import DecisionModel, DecisionResult
from app.formats.dmn_table import DecisionTable

SHOWN_MAX: Final = 12


class Coverage:
    """Which rules of a model's tables its cases matched."""

    def __init__(self, model: DecisionModel) -> None:
        self._model = model
        self._matched: set[tuple[int, int]] = set()

    def add(self, result: DecisionResult) -> None:
        """Note the rules that counted in one case."""
        self._matched |= {(id(table), rule.row) for table, rule, _ in result.run.matched}

    def describe(self) -> str | None:
        """Return how many rules were matched, and which never were; None when the model has no tables."""
        tables = self._model.tables
        total = sum(len(table.rules) for table in tables)
        if not total:
            return None
        missed = [(table, self._missed_rows(table)) for table in tables]
        reached = total - sum(len(rows) for _, rows in missed)
        told = "; ".join(f"{table.name} {_name_rows(rows)}" for table, rows in missed if rows)
        return f"{reached} of {total} rules matched" + (f"; no case matched {told}." if told else ".")

    def _missed_rows(self, table: DecisionTable) -> list[str]:
        missed = [rule for rule in table.rules if (id(table), rule.row) not in self._matched]
        return [f"{rule.row} ({rule.id})" if rule.id else str(rule.row) for rule in missed]


def run_case(model: DecisionModel, case: Case, coverage: Coverage | None = None) -> str | None:
    """Return why the case fails, in the analyst's words; None when everything is as the row expects."""
    try:
        result = _evaluate(model, case)
    except DecisionError as error:
        if case.error == error.code:
            return None
        expected = f"expected the error {case.error}, but got" if case.error else "expected a result, but got"
        return f"{_place(case)} {expected}: {error.detail} ({error.code})"
    if coverage is not None:
        coverage.add(result)
    because = _explain(result)
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


def _evaluate(model: DecisionModel, case: Case) -> DecisionResult:
    zone = None if case.now is None else case.now.tzinfo
    if case.decision is not None and any(case.decision in (each.id, each.name) for each in model.decision_services):
        return model.evaluate_service(case.decision, case.context, now=case.now, zone=zone)
    return model.evaluate(case.decision, case.context, now=case.now, zone=zone)


def _explain(result: DecisionResult) -> str:
    """Return the rules that matched and what the tables read, to see why."""
    rules = [f"{rule['decision']} row {rule['row']} ({rule['rule']})" for rule in result.matched_rules]
    read = list(dict.fromkeys(f"{each['input']} = {dumps(each['value'])}" for each in result.inputs))
    shown = ", ".join(read[:SHOWN_MAX]) + (" and more" if len(read) > SHOWN_MAX else "")
    warned = f" Warnings: {' '.join(result.warnings[:3])}" if result.warnings else ""
    return f" Rules that matched: {', '.join(rules) or 'none'}." + (f" Inputs: {shown}." if read else "") + warned


def _name_rows(rows: list[str]) -> str:
    shown = ", ".join(rows[:SHOWN_MAX]) + (" and others" if len(rows) > SHOWN_MAX else "")
    return f"{'row' if len(rows) == 1 else 'rows'} {shown}"


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
