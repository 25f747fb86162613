"""Decision tables: inputs, rules, and every hit policy of the standard."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from app.domain.errors import DecisionError, SeveralRowsMatch
from app.feel import Expression, UnaryTests, compile_expression
from app.feel.operators import equals
from app.feel.types import kind_of
from app.formats.dmn_run import Node, Run, Scope
from app.formats.dmn_types import MISFIT, DmnType

TRACED_ITEMS_MAX: Final = 20
HIT_POLICIES: Final = frozenset({"UNIQUE", "ANY", "PRIORITY", "FIRST", "RULE ORDER", "OUTPUT ORDER", "COLLECT"})
AGGREGATIONS: Final = frozenset({"SUM", "MIN", "MAX", "COUNT"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One input column; `allowed` are the values it may have."""

    label: str
    text: str
    node: Node
    kind: DmnType
    allowed: UnaryTests | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One output column; `ranks` are its values in the order of priority, `default` is given when no rule matches."""

    name: str
    kind: DmnType
    ranks: Expression | None
    default: Node | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule: tests by input (None matches everything) and outputs; `row` starts at 1."""

    row: int
    id: str | None
    annotation: str | None
    tests: tuple[tuple[int, UnaryTests], ...]
    outputs: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionTable:
    """A compiled decision table."""

    name: str
    hit_policy: str
    aggregation: str | None
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]

    def evaluate(self, run: Run, scope: Scope) -> Any:
        """Return what the table decides.

        1. Compute each input once; one outside its allowed values decides nothing (null, with a warning).
        2. Find the rules that match; FIRST stops at the first.
        3. Compute their outputs and combine them by the hit policy; without a match give the default outputs.

        Raises:
            SeveralRowsMatch: hit policy UNIQUE and more than one rule matches.
            DecisionError: hit policy ANY and the matching rules have different outputs.
        """
        values = self._read_inputs(run, scope)
        if values is None:
            return None
        matched = self._match(run, scope, values)
        if not matched:
            return self._give_default(run, scope)
        if self.hit_policy == "UNIQUE" and len(matched) > 1:
            rows = ", ".join(str(rule.row) for rule in matched)
            raise SeveralRowsMatch(decision=self.name, rows=rows)
        results = [self._compute(run, scope, rule) for rule in matched]
        combined, used = _COMBINE[self.hit_policy](self, run, results)
        for index in used:
            rule = matched[index]
            trace = {"decision": self.name, "row": rule.row, "rule": rule.id, "annotation": rule.annotation}
            run.matched_rules.append({**trace, "outputs": self.shape(results[index])})
        return combined

    def _read_inputs(self, run: Run, scope: Scope) -> list[Any] | None:
        values: list[Any] = []
        for column in self.inputs:
            value = column.node(run, scope)
            fitted = column.kind.fit(value, run.env)
            if fitted is MISFIT:
                run.warn(f"{self.name}: input {column.label} is no {column.kind.name}, but a {kind_of(value)}.")
                fitted = None
            run.inputs.append({"decision": self.name, "input": column.label, "expression": column.text, "value": show_input(fitted)})
            if column.allowed is not None and fitted is not None and not column.allowed.matches_within(run.env, fitted, scope):
                run.warn(f"{self.name}: the value of input {column.label} is not among its allowed values.")
                return None
            values.append(fitted)
        return values

    def _match(self, run: Run, scope: Scope, values: Sequence[Any]) -> list[Rule]:
        matched: list[Rule] = []
        env = run.env
        for rule in self.rules:
            for index, tests in rule.tests:
                if not tests.matches_within(env, values[index], scope):
                    break
            else:
                matched.append(rule)
                if self.hit_policy == "FIRST":
                    break
        return matched

    def _compute(self, run: Run, scope: Scope, rule: Rule) -> tuple[Any, ...]:
        return tuple(node(run, scope) for node in rule.outputs)

    def shape(self, values: Sequence[Any]) -> Any:
        """Return one output as its value, several as a context."""
        if len(self.outputs) == 1:
            return values[0]
        return {output.name: value for output, value in zip(self.outputs, values, strict=True)}

    def _give_default(self, run: Run, scope: Scope) -> Any:
        if any(output.default is not None for output in self.outputs):
            values = [output.default(run, scope) if output.default else None for output in self.outputs]
            return [self.shape(values)] if self._gives_list else self.shape(values)
        if self.aggregation == "COUNT":
            return Decimal(0)
        return [] if self._gives_list else None

    @property
    def _gives_list(self) -> bool:
        return self.hit_policy in ("RULE ORDER", "OUTPUT ORDER") or (self.hit_policy == "COLLECT" and self.aggregation is None)


def show_input(value: Any) -> Any:
    """Return what the trace keeps of an input: single values and short lists of them; of anything larger only its kind."""
    if isinstance(value, list):
        is_short = len(value) <= TRACED_ITEMS_MAX and not any(isinstance(item, list | Mapping) for item in value)
        return list(value) if is_short else f"a list of {len(value)}"
    return "a context" if isinstance(value, Mapping) else value


Combined = tuple[Any, Sequence[int]]


def _combine_one(table: DecisionTable, _run: Run, results: list[tuple[Any, ...]]) -> Combined:
    return table.shape(results[0]), [0]


def _combine_any(table: DecisionTable, _run: Run, results: list[tuple[Any, ...]]) -> Combined:
    for result in results[1:]:
        if equals(list(result), list(results[0])) is not True:
            raise DecisionError(decision=table.name, reason="it has hit policy ANY, but the rules that match have different outputs")
    return table.shape(results[0]), range(len(results))


def _combine_rule_order(table: DecisionTable, _run: Run, results: list[tuple[Any, ...]]) -> Combined:
    return [table.shape(result) for result in results], range(len(results))


def _combine_priority(table: DecisionTable, run: Run, results: list[tuple[Any, ...]]) -> Combined:
    first = _rank_results(table, run, results)[0]
    return table.shape(results[first]), [first]


def _combine_output_order(table: DecisionTable, run: Run, results: list[tuple[Any, ...]]) -> Combined:
    order = _rank_results(table, run, results)
    return [table.shape(results[index]) for index in order], order


def _rank_results(table: DecisionTable, run: Run, results: list[tuple[Any, ...]]) -> list[int]:
    """Return the results' positions by the order of the output values, left column first; values not listed come last."""
    ranks = [_list_ranks(output, run) for output in table.outputs]

    def key(index: int) -> tuple[int, ...]:
        return tuple(_find_rank(values, value) for values, value in zip(ranks, results[index], strict=True))

    return sorted(range(len(results)), key=key)


def _list_ranks(output: Output, run: Run) -> list[Any]:
    found = output.ranks.value_within(run.env, {}) if output.ranks is not None else []
    return found if isinstance(found, list) else []


def _find_rank(values: list[Any], value: Any) -> int:
    return next((position for position, listed in enumerate(values) if equals(listed, value) is True), len(values))


def _combine_collect(table: DecisionTable, run: Run, results: list[tuple[Any, ...]]) -> Combined:
    shaped = [table.shape(result) for result in results]
    everything = range(len(results))
    if table.aggregation is None:
        return shaped, everything
    return _AGGREGATE[table.aggregation].value_within(run.env, {"values": shaped}), everything


_COMBINE: Final[dict[str, Callable[[DecisionTable, Run, list[tuple[Any, ...]]], Combined]]] = {
    "UNIQUE": _combine_one,
    "FIRST": _combine_one,
    "ANY": _combine_any,
    "PRIORITY": _combine_priority,
    "RULE ORDER": _combine_rule_order,
    "OUTPUT ORDER": _combine_output_order,
    "COLLECT": _combine_collect,
}
_AGGREGATE: Final = {name: compile_expression(f"{name.lower()}(values)", ["values"]) for name in sorted(AGGREGATIONS)}
