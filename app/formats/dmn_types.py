"""Declared types of a DMN file: how values are brought to them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from app.feel import UnaryTests
from app.feel.env import Env
from app.feel.host import from_host
from app.feel.temporal_text import parse_date, parse_date_time, parse_duration, parse_time
from app.feel.types import ANY, FeelType, conforms, kind_of
from app.feel.values import MIDNIGHT_UTC, DateTime, DaysTimeDuration, YearsMonthsDuration

MISFIT: Final = object()
_TEMPORAL: Final = frozenset({"date", "time", "date and time", "days and time duration", "years and months duration"})
_PLAIN: Final[Mapping[str, type]] = {"number": Decimal, "string": str, "boolean": bool, "date": dt.date}


@dataclass(frozen=True, kw_only=True)
class DmnType:
    """A declared type.

    Attributes:
        item: the type of the elements of a collection.
        entries: the types of a context's entries.
        tests: what a value must match, every one; those of a collection hold for the whole list.
        written: the text of the allowed values, which give an output its order of priority.
        size: how many types it is made of.
    """

    name: str
    feel: FeelType
    item: DmnType | None = None
    entries: tuple[tuple[str, DmnType], ...] = ()
    tests: tuple[UnaryTests, ...] = ()
    written: str = ""
    size: int = 1

    @cached_property
    def plain(self) -> type | None:
        """The class whose values all fit as they are, where there is one."""
        return None if self.tests or self.item else _PLAIN.get(self.feel.kind)

    @cached_property
    def takes_all(self) -> bool:
        """Whether every value fits."""
        return self.feel.kind == "Any" and not self.tests

    def fit(self, value: Any, env: Env, *, from_outside: bool = False) -> Any:
        """Return the value as this type, after the implicit conversions of clause 10.3.2.9.4; MISFIT when it is none.

        Args:
            value: any FEEL value; null fits every type.
            env: the running evaluation, for the tests on values.
            from_outside: the value came as JSON: a string stands for a date, time or duration where one is declared, and an entry that
                is left out of a context is null.
        """
        value = from_host(value)
        if value is None or value.__class__ is self.plain:
            return value
        fitted = self._fit_shape(value, env, from_outside=from_outside)
        if fitted is not MISFIT and self.tests and not all(tests.matches_within(env, fitted, {}) for tests in self.tests):
            return MISFIT
        return fitted

    def _fit_shape(self, value: Any, env: Env, *, from_outside: bool) -> Any:
        if self.item is not None:
            return self._fit_items(value if isinstance(value, list) else [value], env, from_outside=from_outside)
        if isinstance(value, list) and self.feel.kind not in ("list", "Any"):
            return self._fit_shape(from_host(value[0]), env, from_outside=from_outside) if len(value) == 1 else MISFIT
        if self.entries:
            return self._fit_entries(value, env, from_outside=from_outside) if isinstance(value, Mapping) else MISFIT
        if from_outside and isinstance(value, str) and self.feel.kind in _TEMPORAL:
            return read_temporal(value, self.feel.kind)
        if self.feel.kind == "date and time" and kind_of(value) == "date":
            return DateTime(date=value, time=MIDNIGHT_UTC)
        if self.feel.kind == "list" and not isinstance(value, list):
            value = [value]
        return value if conforms(value, self.feel) else MISFIT

    def _fit_items(self, values: Sequence[Any], env: Env, *, from_outside: bool) -> Any:
        assert self.item is not None, "only a collection has items"
        env.charge_items(len(values))
        fitted = [self.item.fit(value, env, from_outside=from_outside) for value in values]
        return MISFIT if any(value is MISFIT for value in fitted) else fitted

    def _fit_entries(self, value: Mapping[str, Any], env: Env, *, from_outside: bool) -> Any:
        """Return the context with its declared entries fitted; others stay as they are."""
        fitted = {name: value[name] for name in value}
        for name, kind in self.entries:
            if name not in value and not from_outside:
                return MISFIT
            entry = kind.fit(value[name], env, from_outside=from_outside) if name in value else None
            if entry is MISFIT:
                return MISFIT
            fitted[name] = entry
        return fitted


ANY_TYPE: Final = DmnType(name="Any", feel=ANY)


def read_temporal(text: str, kind: str) -> Any:
    """Return the date, time, date and time or duration that the text writes, MISFIT when it is none of that kind."""
    found: Any
    text = text.strip()
    if kind == "date":
        found = parse_date(text)
    elif kind == "time":
        found = parse_time(text)
    elif kind == "date and time":
        found = parse_date_time(text)
    else:
        found = parse_duration(text)
        wanted = DaysTimeDuration if kind == "days and time duration" else YearsMonthsDuration
        found = found if isinstance(found, wanted) else None
    return MISFIT if found is None else found
