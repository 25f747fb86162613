"""The mandates of a matrix, found by what they name: one look for each set of parameters that occurs, then one for each cost center."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from sys import intern
from typing import NamedTuple, TypeAlias

from app.domain.matrix.steps import STEPS, Step
from app.domain.matrix.values import Line, MandateRow

Entry: TypeAlias = tuple[str, str, date | None, date | None, MandateRow]
"""A mandate row in the index: acting user, rule, first day, last day, the row itself."""

Centers: TypeAlias = dict[str | None, list[Entry]]
"""Cost center -> rows; None stands for any."""

Names: TypeAlias = tuple[str | None, str | None, str | None, str | None]
"""Company, organisation, parameter 3 and parameter 4 that a row names; None stands for any."""

_ORDERS = {step: step.order for step in STEPS}
_NO_STEPS: tuple[Centers | None, ...] = (None,) * len(STEPS)


class SignatureClass(NamedTuple):
    """Which parameters the rows of a class name; a smaller `key` is tried first (MXP-04)."""

    key: int
    company: bool
    organisation: bool
    parameter_3: bool
    parameter_4: bool


Cover: TypeAlias = tuple[SignatureClass, tuple[Centers | None, ...]]
"""A signature class, and step by step its rows that name a line's values."""


class MandateIndex:
    """Rows by names, step and cost center. Immutable: `with_rows` shares with the index it comes from whatever did not change."""

    __slots__ = ("_by_names", "_priority", "classes")

    _by_names: Mapping[Names, tuple[Centers | None, ...]]
    _priority: tuple[int, int, int]
    classes: tuple[SignatureClass, ...]

    def __init__(self, entries: Iterable[Entry], *, priority: tuple[int, int, int]) -> None:
        by_names = _collect(entries)
        self._set(by_names, priority, _list_classes(by_names, priority))

    def find_covers(self, line: Line) -> list[Cover]:
        """Return the rows that may cover a line, whatever their cost centers, in the order of their signature classes.

        A class that names a parameter which the line lacks has none (MXP-07).
        """
        company, organisation, parameter_3, parameter_4 = line.company, line.organisation, line.parameter_3, line.parameter_4
        by_names = self._by_names
        covers = []
        for signature in self.classes:
            _, of_company, of_organisation, of_3, of_4 = signature
            if (
                (of_company and company is None)
                or (of_organisation and organisation is None)
                or (of_3 and parameter_3 is None)
                or (of_4 and parameter_4 is None)
            ):
                continue
            steps = by_names.get(
                (
                    company if of_company else None,
                    organisation if of_organisation else None,
                    parameter_3 if of_3 else None,
                    parameter_4 if of_4 else None,
                )
            )
            if steps is not None:
                covers.append((signature, steps))
        return covers

    def with_rows(self, *, added: Sequence[Entry], removed: Sequence[MandateRow]) -> "MandateIndex":
        """Return the index with some rows more and some less; it costs no more than copying the dictionaries that change."""
        if not added and not removed:
            return self
        by_names = dict(self._by_names)
        touched: dict[tuple[Names, int], Centers] = {}
        for row, entry in (*((row, None) for row in removed), *((entry[4], entry) for entry in added)):
            names = _names_of(row)
            for order in map(_ORDERS.__getitem__, row.steps):
                centers = touched.get((names, order))
                if centers is None:
                    centers = touched[names, order] = dict(by_names.get(names, _NO_STEPS)[order] or {})
                others = [other for other in centers.pop(row.cost_center, ()) if other[4] is not row]
                if entry is not None:
                    others.append(entry)
                if others:
                    centers[row.cost_center] = others
        for (names, order), centers in touched.items():
            steps = by_names.get(names, _NO_STEPS)
            by_names[names] = (*steps[:order], centers or None, *steps[order + 1 :])
        changed = object.__new__(MandateIndex)
        changed._set(
            by_names, self._priority, tuple(sorted({*self.classes, *_list_classes([names for names, _ in touched], self._priority)}))
        )
        return changed

    def with_priority(self, priority: tuple[int, int, int]) -> "MandateIndex":
        """Return the same rows, to be tried in another order of parameters."""
        changed = object.__new__(MandateIndex)
        changed._set(self._by_names, priority, _list_classes(self._by_names, priority))
        return changed

    def _set(
        self,
        by_names: Mapping[Names, tuple[Centers | None, ...]],
        priority: tuple[int, int, int],
        classes: tuple[SignatureClass, ...],
    ) -> None:
        self._by_names = by_names
        self._priority = priority
        self.classes = classes


def _collect(entries: Iterable[Entry]) -> dict[Names, tuple[Centers | None, ...]]:
    """Return the rows by names, step and cost center; the loop is as flat as it can be, for it sees every row of the matrix.

    Texts are interned, so that a look finds the very object that the chart has and need not compare.
    """
    orders_of: dict[frozenset[Step], tuple[int, ...]] = {}
    by_names: dict[Names, list[Centers | None]] = {}
    for entry in entries:
        row = entry[4]
        orders = orders_of.get(row.steps)
        if orders is None:
            orders = orders_of[row.steps] = tuple(_ORDERS[step] for step in row.steps)
        cost_center = row.cost_center and intern(row.cost_center)
        names = (row.company, row.organisation, row.parameter_3, row.parameter_4)
        steps = by_names.get(names)
        if steps is None:
            steps = by_names[names] = list(_NO_STEPS)
        for order in orders:
            centers = steps[order]
            if centers is None:
                centers = steps[order] = {}
            of_center = centers.get(cost_center)
            if of_center is None:
                centers[cost_center] = [entry]
            else:
                of_center.append(entry)
    return {names: tuple(steps) for names, steps in by_names.items()}


def _names_of(row: MandateRow) -> Names:
    return (row.company, row.organisation, row.parameter_3, row.parameter_4)


def _list_classes(by_names: Iterable[Names], priority: tuple[int, int, int]) -> tuple[SignatureClass, ...]:
    named = {
        (company is not None, organisation is not None, parameter_3 is not None, parameter_4 is not None)
        for company, organisation, parameter_3, parameter_4 in by_names
    }
    return tuple(sorted(SignatureClass(signature_key(of_class, priority), *of_class) for of_class in named))


def signature_key(named: tuple[bool, bool, bool, bool], priority: tuple[int, int, int]) -> int:
    """Return the place of a signature class: rows naming the first priority come first, among them those naming the second, and so on.

    `named` says whether company, organisation, parameter 3 and parameter 4 are named; the company has no part in the order.
    """
    key = 0
    for parameter in priority:
        key = key * 2 + (0 if named[parameter - 1] else 1)
    return key
