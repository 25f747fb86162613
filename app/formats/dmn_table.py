"""Decision tables: inputs, rules, and every hit policy of the standard."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from app.domain.errors import DecisionError, SeveralRowsMatch
from app.feel import Expression, compile_expression
from app.feel.host import from_host
from app.feel.operators import equals
from app.feel.types import kind_of
from app.formats.dmn_cells import Cell, Region
from app.formats.dmn_index import ColumnIndex, index_column
from app.formats.dmn_run import Node, Run, Scope
from app.formats.dmn_types import MISFIT, DmnType

TRACED_ITEMS_MAX: Final = 20
HIT_POLICIES: Final = frozenset({"UNIQUE", "ANY", "PRIORITY", "FIRST", "RULE ORDER", "OUTPUT ORDER", "COLLECT"})
AGGREGATIONS: Final = frozenset({"SUM", "MIN", "MAX", "COUNT"})
_ROWS_PER_STEP: Final = 8
_SHOWN_AS_THEY_ARE: Final[frozenset[type]] = frozenset({str, Decimal, bool, type(None)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One input column; `allowed` are the values it may have, values of the class `plain` need no conversion."""

    label: str
    text: str
    node: Node
    kind: DmnType
    plain: type | None
    takes_all: bool
    allowed: Cell | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One output column; `ranks` are its values in the order of priority, `default` is given when no rule matches."""

    name: str
    kind: DmnType
    ranks: Expression | None
    default: Node | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule: a cell for each input (None for one that cannot be read, which never matches) and outputs; `row` starts at 1."""

    row: int
    id: str | None
    annotation: str | None
    cells: tuple[Cell | None, ...]
    outputs: tuple[Node, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
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
        matched = list(self._match(run, scope, values))
        if not matched:
            return self._give_default(run, scope)
        if self.hit_policy == "UNIQUE" and len(matched) > 1:
            rows = ", ".join(str(rule.row) for rule in matched)
            raise SeveralRowsMatch(decision=self.name, rows=rows)
        results = [tuple(node(run, scope) for node in rule.outputs) for rule in matched]
        combined, used = _COMBINE[self.hit_policy](self, run, results)
        run.matched += [(self, matched[index], self.shape(results[index])) for index in used]
        return combined

    @cached_property
    def _indexes(self) -> tuple[ColumnIndex | None, ...]:
        """The index of each input column, made when the table is first evaluated."""
        return tuple(
            index_column([None if rule.cells[column] is None else rule.cells[column].region for rule in self.rules])  # type: ignore[union-attr]
            for column in range(len(self.inputs))
        )

    @cached_property
    def _dashes(self) -> tuple[int, ...]:
        """For each input column, the rows whose cell accepts everything, as bits."""
        return self._select(lambda region: region is not None and region.is_everything)

    @cached_property
    def _nulls(self) -> tuple[int, ...]:
        """For each input column, the rows whose cell accepts null, or may do so."""
        return self._select(lambda region: region is None or region.accepts_null)

    @cached_property
    def _unsure(self) -> tuple[int, ...]:
        """For each input column, the rows whose cell is not plain to see."""
        return self._select(lambda region: region is None)

    def _select(self, holds: Callable[[Region | None], bool]) -> tuple[int, ...]:
        return tuple(
            sum(1 << row for row, rule in enumerate(self.rules) if (cell := rule.cells[column]) is not None and holds(cell.region))
            for column in range(len(self.inputs))
        )

    def _read_inputs(self, run: Run, scope: Scope) -> list[Any] | None:
        values: list[Any] = []
        for position, column in enumerate(self.inputs):
            value = column.node(run, scope)
            if value is not None and value.__class__ is not column.plain and not column.takes_all:
                fitted = column.kind.fit(value, run)
                if fitted is MISFIT:
                    run.warn(f"{self.name}: input {column.label} is no {column.kind.name}, but a {kind_of(value)}.")
                    fitted = None
                value = fitted
            run.read.append((self, position, value))
            if column.takes_all:
                value = from_host(value)
            if column.allowed is not None and value is not None and not _accepts(column.allowed, run, scope, value):
                run.warn(f"{self.name}: the value of input {column.label} is not among its allowed values.")
                return None
            values.append(value)
        return values

    def _match(self, run: Run, scope: Scope, values: Sequence[Any]) -> Iterator[Rule]:
        """Yield the rules that match, in order: found by the indexes of the columns, then by testing the cells that have none."""
        rows = (1 << len(self.rules)) - 1
        tested: list[tuple[int, int]] = []
        for column, index in enumerate(self._indexes):
            if values[column] is None:
                rows &= self._nulls[column]
                if self._unsure[column]:
                    tested.append((column, self._unsure[column]))
            elif index is not None and values[column].__class__ is index.kind:
                rows &= index.find(values[column])
                if index.unsure:
                    tested.append((column, index.unsure))
            else:
                tested.append((column, ~self._dashes[column]))
        run.charge(len(self.rules) // _ROWS_PER_STEP if tested else 1)
        stops = self.hit_policy == "FIRST"
        while rows:
            bit = rows & -rows
            rows ^= bit
            rule = self.rules[bit.bit_length() - 1]
            for column, unsure in tested:
                if unsure & bit and not _accepts(rule.cells[column], run, scope, values[column]):
                    break
            else:
                yield rule
                if stops:
                    return

    def shape(self, values: Sequence[Any]) -> Any:
        """Return one output as its value, several as a context."""
        if len(self.outputs) == 1:
            return values[0]
        return {output.name: value for output, value in zip(self.outputs, values, strict=True)}

    def _give_default(self, run: Run, scope: Scope) -> Any:
        if any(output.default is not None for output in self.outputs):
            values = [output.default(run, scope) if output.default else None for output in self.outputs]
            given = self.shape(values)
            # A default that is itself the list of outputs, such as [], is not put into another one.
            is_whole = isinstance(given, list) and self.outputs[0].kind.feel.kind != "list"
            return [given] if self._gives_list and not is_whole else given
        if self.aggregation == "COUNT":
            return Decimal(0)
        return [] if self._gives_list else None

    @property
    def _gives_list(self) -> bool:
        return self.hit_policy in ("RULE ORDER", "OUTPUT ORDER") or (self.hit_policy == "COLLECT" and self.aggregation is None)


def _accepts(cell: Cell | None, run: Run, scope: Scope, value: Any) -> bool:
    """Return whether a value satisfies a cell; one that cannot be read accepts nothing."""
    tests = None if cell is None else cell.tests
    return tests is not None and tests.matches_within(run, value, scope)


def show_input(value: Any) -> Any:
    """Return what the trace keeps of an input: single values and short lists of them; of anything larger only its kind."""
    if value.__class__ in _SHOWN_AS_THEY_ARE:
        return value
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
    found = output.ranks.value_within(run, {}) if output.ranks is not None else []
    return found if isinstance(found, list) else []


def _find_rank(values: list[Any], value: Any) -> int:
    return next((position for position, listed in enumerate(values) if equals(listed, value) is True), len(values))


def _combine_collect(table: DecisionTable, run: Run, results: list[tuple[Any, ...]]) -> Combined:
    shaped = [table.shape(result) for result in results]
    everything = range(len(results))
    if table.aggregation is None:
        return shaped, everything
    return _AGGREGATE[table.aggregation].value_within(run, {"values": shaped}), everything


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
