"""What is wrong with a decision table as a whole: overlaps, conflicts, gaps, rows that are never reached or never match.

The cells of each column are cut at their ends into places; rows are sets of places. Nothing is sampled: what is told is certain, as far as
the columns do not depend on each other; cells that are no plain unary tests are left out, and that is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any, Final

from app.feel import compile_expression
from app.feel.errors import FeelError
from app.feel.operators import equals
from app.formats.dmn_table import DecisionTable
from app.formats.dmn_table_space import Column, read_columns

REPORTED_MAX: Final = 10
GAPS_MAX: Final = 3
STEPS_MAX: Final = 150_000
BITS_MAX: Final = 60_000_000
_LIST_POLICIES: Final = frozenset({"COLLECT", "RULE ORDER", "OUTPUT ORDER"})
_UNKNOWN: Final = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFinding:
    """One finding; `rows` from 1, the first is where it is shown; `example` is an input by the labels of the columns."""

    code: str
    rows: tuple[int, ...]
    message: str
    remedy: str
    example: tuple[tuple[str, str], ...] = ()


def check_table(table: DecisionTable) -> list[TableFinding]:
    """Return what is wrong with a table, the gravest first.

    1. Cut each input's axis.
    2. Rows that never match, overlaps or conflicts, rows that are not reached, gaps, each at most REPORTED_MAX times.
    3. What could not be decided.
    """
    columns = read_columns(table)
    if len(table.rules) * sum(len(column.with_null) for column in columns) > BITS_MAX:
        message = "The table is too large to be checked as a whole."
        return [TableFinding(code="dmn-table-undecided", rows=(), message=message, remedy="Split the table.")]
    space = _Space(table, columns)
    found = list(_find_dead_rows(space))
    dead = {finding.rows[0] - 1 for finding in found}
    if table.hit_policy in ("UNIQUE", "ANY"):
        found += _find_overlaps(space)
    if table.hit_policy in ("FIRST", "PRIORITY", "ANY"):
        found += _find_masked_rows(space, dead)
    if table.hit_policy in _LIST_POLICIES:
        return found
    if not any(output.default for output in table.outputs):
        found += _find_gaps(space)
    return [*found, *_tell_undecided(space)]


class _Budget:
    """The steps that are left; every search counts, so that a check ends."""

    def __init__(self) -> None:
        self.left = STEPS_MAX

    def take(self, steps: int = 1) -> bool:
        """Return whether there are steps left."""
        self.left -= steps
        return self.left > 0


class _Space:
    """The columns of a table, and the sets of rows that meet."""

    def __init__(self, table: DecisionTable, columns: Sequence[Column]) -> None:
        self.table = table
        self.columns = columns
        self.budget = _Budget()
        self.everything = (1 << len(table.rules)) - 1
        self._trees = [_OrTree(column.sure) for column in self.columns]
        self._met: list[dict[tuple[tuple[int, int], ...], int]] = [{} for _ in self.columns]

    @cached_property
    def outputs(self) -> list[tuple[Any, ...]]:
        """The outputs of each row, _UNKNOWN where they are no constants."""
        return [_read_outputs(rule.texts) for rule in self.table.rules]

    def rows_meeting(self, row: int) -> int:
        """Return the rows that surely share a value with `row` in every column, as bits; itself is among them."""
        rows = self.everything
        for number, column in enumerate(self.columns):
            spans = column.spans[row]
            if spans is None:
                return 0
            key = tuple(spans)
            known = self._met[number]
            if key not in known:
                known[key] = self._trees[number].union(spans)
            rows &= known[key]
            if not rows:
                break
        return rows

    def example_of(self, *rows: int) -> tuple[tuple[str, str], ...]:
        """Return an input that satisfies all the rows."""
        bits = sum(1 << row for row in rows)
        chosen = []
        for column in self.columns:
            common = [place for place in column.with_null if column.sure[place] & bits == bits]
            place = next((each for each in common if each % 2), common[0] if common else None)
            chosen.append((column.label, "any value" if place is None else column.show(place)))
        return tuple(chosen)


class _OrTree:
    """The union of the sets in a span, found in few steps."""

    def __init__(self, sets: Sequence[int]) -> None:
        self._size = len(sets)
        self._tree = [0] * self._size + list(sets)
        for place in range(self._size - 1, 0, -1):
            self._tree[place] = self._tree[2 * place] | self._tree[2 * place + 1]

    def union(self, spans: Iterable[tuple[int, int]]) -> int:
        """Return the union of the sets of all spans; ends are included."""
        result = 0
        for first, last in spans:
            low, high = first + self._size, last + self._size + 1
            while low < high:
                if low & 1:
                    result |= self._tree[low]
                    low += 1
                if high & 1:
                    high -= 1
                    result |= self._tree[high]
                low >>= 1
                high >>= 1
        return result


def _read_outputs(texts: Sequence[str]) -> tuple[Any, ...]:
    return tuple(_read_constant(text) for text in texts)


def _read_constant(text: str) -> Any:
    """Return the value of an output that depends on nothing, else _UNKNOWN."""
    try:
        expression = compile_expression(text)
        if expression.names or "(" in text:
            return _UNKNOWN
        return expression.value({})
    except FeelError:
        return None if not text else _UNKNOWN


def _bits(rows: int) -> Iterator[int]:
    while rows:
        bit = rows & -rows
        yield bit.bit_length() - 1
        rows ^= bit


def _find_dead_rows(space: _Space) -> Iterator[TableFinding]:
    """A row that no value of some column satisfies."""
    alive = space.everything
    for column in space.columns:
        covered = 0
        for place in column.with_null:
            covered |= column.likely[place]
        for row in list(_bits(alive & ~covered))[:REPORTED_MAX]:
            message = f"Row {row + 1} never matches: no value that is allowed satisfies its cell of {column.label}."
            yield TableFinding(
                code="dmn-row-never-matches", rows=(row + 1,), message=message, remedy="Correct the cell, or remove the row."
            )
        alive &= covered


def _find_overlaps(space: _Space) -> Iterator[TableFinding]:
    """Pairs of rows that one input satisfies; under ANY only those whose outputs differ."""
    unique = space.table.hit_policy == "UNIQUE"
    pairs = 0
    for row in range(len(space.table.rules)):
        for other in _bits(space.rows_meeting(row) >> (row + 1)):
            later = row + 1 + other
            if not unique and not _differ(space.outputs[row], space.outputs[later]):
                continue
            pairs += 1
            if pairs > REPORTED_MAX:
                continue
            example = space.example_of(row, later)
            shown = _show(example)
            if unique:
                message = f"Rows {row + 1} and {later + 1} overlap, which hit policy UNIQUE forbids: both match {shown}."
                remedy = "Narrow one of the rows, or choose another hit policy, such as FIRST."
                yield TableFinding(code="dmn-rows-overlap", rows=(row + 1, later + 1), message=message, remedy=remedy, example=example)
            else:
                message = f"Rows {row + 1} and {later + 1} have different outputs, which hit policy ANY forbids, but both match {shown}."
                remedy = "Give both the same outputs, or narrow one of them."
                yield TableFinding(code="dmn-rows-conflict", rows=(row + 1, later + 1), message=message, remedy=remedy, example=example)
    if pairs > REPORTED_MAX:
        message = f"{pairs - REPORTED_MAX} more pairs of rows {'overlap' if unique else 'have different outputs for the same input'}."
        code = "dmn-rows-overlap" if unique else "dmn-rows-conflict"
        yield TableFinding(code=code, rows=(1,), message=message, remedy="Begin with the rows that are named.")


def _differ(left: Sequence[Any], right: Sequence[Any]) -> bool:
    """Return whether two rows surely have different outputs."""
    for first, second in zip(left, right, strict=False):
        if first is not _UNKNOWN and second is not _UNKNOWN and equals(first, second) is not True:
            return True
    return False


def _find_masked_rows(space: _Space, dead: set[int]) -> Iterator[TableFinding]:
    """Rows for whose every input rows that win over them match."""
    policy = space.table.hit_policy
    ranks = _rank_rows(space) if policy == "PRIORITY" else None
    if policy == "PRIORITY" and ranks is None:
        return
    count = 0
    for row in range(len(space.table.rules)):
        if row in dead or any(column.spans[row] is None for column in space.columns):
            continue
        rivals = [other for other in _bits(space.rows_meeting(row)) if other != row and _wins(space, ranks, other, row)]
        if not rivals or not _is_covered(space, row, rivals):
            continue
        count += 1
        if count > REPORTED_MAX:
            continue
        names = _name_rows(rivals)
        if policy == "ANY":
            message = f"Row {row + 1} adds nothing: {names} have the same outputs for all its inputs."
            yield TableFinding(code="dmn-row-redundant", rows=(row + 1,), message=message, remedy="Remove the row.")
            continue
        why = "match first" if policy == "FIRST" else "give more important outputs"
        message = f"Row {row + 1} is never reached: for all its inputs {names} {why}."
        remedy = (
            "Move the row up, narrow the rows before it, or remove it." if policy == "FIRST" else "Narrow those rows, or remove this one."
        )
        example = space.example_of(row, rivals[0])
        yield TableFinding(code="dmn-row-unreachable", rows=(row + 1, rivals[0] + 1), message=message, remedy=remedy, example=example)


def _wins(space: _Space, ranks: Sequence[tuple[int, ...]] | None, other: int, row: int) -> bool:
    """Return whether `other` counts instead of `row` where both match."""
    if ranks is not None:
        return (ranks[other], other) < (ranks[row], row)
    if space.table.hit_policy == "ANY":
        known = _UNKNOWN not in space.outputs[row] and _UNKNOWN not in space.outputs[other]
        return other < row and known and not _differ(space.outputs[row], space.outputs[other])
    return other < row


def _rank_rows(space: _Space) -> list[tuple[int, ...]] | None:
    """Return the rank of each row's outputs by the output values, None when an output is no constant."""
    listed: list[list[Any]] = []
    for output in space.table.outputs:
        values = output.ranks.value({}) if output.ranks is not None else []
        listed.append(values if isinstance(values, list) else [])
    ranks: list[tuple[int, ...]] = []
    for outputs in space.outputs:
        if _UNKNOWN in outputs or len(outputs) != len(listed):
            return None
        pairs = zip(listed, outputs, strict=True)
        ranks.append(
            tuple(next((at for at, each in enumerate(values) if equals(each, value) is True), len(values)) for values, value in pairs)
        )
    return ranks


def _name_rows(rows: Sequence[int]) -> str:
    if len(rows) == 1:
        return f"row {rows[0] + 1} alone"
    shown = ", ".join(str(row + 1) for row in rows[:5])
    return f"rows {shown}{' and others' if len(rows) > 5 else ''}"


def _is_covered(space: _Space, row: int, rivals: Sequence[int]) -> bool:
    """Return whether every input of `row` satisfies one of the rivals; False too when that takes too long to find out."""
    places = [_places_of(column, row) for column in space.columns]
    start = sum(1 << other for other in rivals)
    return next(_search(space, places, start, sure=True), None) is None and space.budget.left > 0


def _places_of(column: Column, row: int) -> list[int]:
    bit = 1 << row
    spans = column.spans[row] or ()
    return [place for first, last in spans for place in range(first, last + 1) if column.sure[place] & bit]


def _find_gaps(space: _Space) -> Iterator[TableFinding]:
    """Inputs that no row matches; null is left out, since a comparison with null is never true."""
    places = [list(column.live) for column in space.columns]
    gaps = list(islice(_search(space, places, space.everything, sure=False), GAPS_MAX + 1))
    if not gaps:
        return
    examples = [_show_gap(space, gap) for gap in gaps[:GAPS_MAX]]
    more = "; and more" if len(gaps) > GAPS_MAX else ""
    message = f"No row matches {'; or '.join(map(_show, examples))}{more}."
    remedy = "Add a row for it, or a default output; without them the result is null."
    yield TableFinding(code="dmn-table-gap", rows=(), message=message, remedy=remedy, example=examples[0])


def _show_gap(space: _Space, gap: Sequence[int | None]) -> tuple[tuple[str, str], ...]:
    shown = zip(space.columns, gap, strict=True)
    return tuple((column.label, "any value" if place is None else column.show(place)) for column, place in shown)


def _search(space: _Space, places: Sequence[Sequence[int]], start: int, *, sure: bool) -> Iterator[list[int | None]]:
    """Yield inputs, as a place in each column (None: any), that none of the rows in `start` covers.

    One column after the other; places with the same rows are one, a set of rows that was found to cover everything is not searched again, and
    a row that accepts everything in the columns that are left ends the search of its branch.
    """
    groups: list[list[tuple[int, int]]] = []
    for column, allowed in zip(space.columns, places, strict=True):
        masks = column.sure if sure else column.likely
        grouped: dict[int, int] = {}
        for place in allowed:
            grouped.setdefault(masks[place] & start, place)
        groups.append(list(grouped.items()))
    complete = [start] * (len(groups) + 1)
    for number in range(len(groups) - 1, -1, -1):
        complete[number] = complete[number + 1]
        for mask, _ in groups[number]:
            complete[number] &= mask
    yield from _Search(space.budget, groups, complete).run(0, start, ())


class _Search:
    """A search through the columns, each with its distinct sets of rows and a place for each.

    Args:
        budget: what it may cost.
        groups: for each column the sets of rows, each with one of its places.
        complete: for each column the rows that accept everything from there on.
    """

    def __init__(self, budget: _Budget, groups: Sequence[Sequence[tuple[int, int]]], complete: Sequence[int]) -> None:
        self._budget = budget
        self._groups = groups
        self._complete = complete
        self._covered: set[tuple[int, int]] = set()

    def run(self, number: int, rows: int, way: tuple[int | None, ...]) -> Iterator[list[int | None]]:
        """Yield what is not covered, of the inputs that begin with `way` and satisfy `rows` so far."""
        if not rows:
            yield [*way, *([None] * (len(self._groups) - number))]
            return
        if rows & self._complete[number] or (number, rows) in self._covered:
            return
        is_covered = True
        for mask, place in self._groups[number]:
            if not self._budget.take():
                return
            for gap in self.run(number + 1, rows & mask, (*way, place)):
                is_covered = False
                yield gap
        if is_covered:
            self._covered.add((number, rows))


def _show(example: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"{label} = {value}" for label, value in example) or "the same input"


def _tell_undecided(space: _Space) -> Iterator[TableFinding]:
    rows = sorted({row + 1 for column in space.columns for row, span in enumerate(column.spans) if span is None})
    if rows:
        shown = ", ".join(map(str, rows[:REPORTED_MAX])) + (" and others" if len(rows) > REPORTED_MAX else "")
        message = f"Not decided for rows {shown}: a cell of theirs is no plain test of a constant."
        remedy = "Write plain values and ranges where you can, and add cases for these rows."
        yield TableFinding(code="dmn-table-undecided", rows=(rows[0],), message=message, remedy=remedy)
    if space.budget.left <= 0:
        message = "The table has too many combinations for all of them to be checked."
        yield TableFinding(code="dmn-table-undecided", rows=(), message=message, remedy="Split the table.")
