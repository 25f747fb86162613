"""Item definitions: the types a DMN file declares, and how values are brought to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from lxml import etree

from app.feel import FeelSyntaxError, UnaryTests, compile_unary_tests
from app.feel.env import Env
from app.feel.errors import FeelError
from app.feel.host import from_host
from app.feel.temporal_text import parse_date, parse_date_time, parse_duration, parse_time
from app.feel.types import ANY, PRIMITIVES, FeelType, conforms, kind_of
from app.feel.values import MIDNIGHT_UTC, DateTime, DaysTimeDuration, YearsMonthsDuration
from app.formats.dmn_file import DmnFile, read_name

MISFIT: Final = object()
NESTING_MAX: Final = 50
_TEMPORAL: Final = frozenset({"date", "time", "date and time", "days and time duration", "years and months duration"})


@dataclass(frozen=True, slots=True, kw_only=True)
class DmnType:
    """A declared type.

    `item` is the type of the elements of a collection, `entries` are those of a context; a value must match every one of `tests`.
    Everything else is in `feel`.
    """

    name: str
    feel: FeelType
    item: DmnType | None = None
    entries: tuple[tuple[str, DmnType], ...] = ()
    tests: tuple[UnaryTests, ...] = ()

    def fit(self, value: Any, env: Env, *, reads_text: bool = False) -> Any:
        """Return the value as this type, after the implicit conversions of clause 10.3.2.9.4; MISFIT when it is none.

        Args:
            value: any FEEL value; null fits every type.
            env: the running evaluation, for the tests on values.
            reads_text: whether a string stands for a date, time or duration where one is declared, as in JSON.
        """
        value = from_host(value)
        if value is None:
            return None
        fitted = self._fit_shape(value, env, reads_text=reads_text)
        if fitted is MISFIT:
            return MISFIT
        return fitted if all(tests.matches_within(env, fitted, {}) for tests in self.tests) else MISFIT

    def _fit_shape(self, value: Any, env: Env, *, reads_text: bool) -> Any:
        if self.item is not None:
            return self._fit_items(value if isinstance(value, list) else [value], env, reads_text=reads_text)
        if isinstance(value, list) and self.feel.kind not in ("list", "Any"):
            return self.fit(value[0], env, reads_text=reads_text) if len(value) == 1 else MISFIT
        if self.entries:
            return self._fit_entries(value, env, reads_text=reads_text) if isinstance(value, Mapping) else MISFIT
        if isinstance(value, str) and reads_text and self.feel.kind in _TEMPORAL:
            return read_temporal(value, self.feel.kind)
        if self.feel.kind == "date and time" and kind_of(value) == "date":
            return DateTime(date=value, time=MIDNIGHT_UTC)
        return value if conforms(value, self.feel) else MISFIT

    def _fit_items(self, values: Sequence[Any], env: Env, *, reads_text: bool) -> Any:
        assert self.item is not None, "only a collection has items"
        fitted = [self.item.fit(value, env, reads_text=reads_text) for value in values]
        return MISFIT if any(value is MISFIT for value in fitted) else fitted

    def _fit_entries(self, value: Mapping[str, Any], env: Env, *, reads_text: bool) -> Any:
        """Return the context with its declared entries fitted; an entry that is absent is null, others stay as they are."""
        fitted = {name: value[name] for name in value}
        for name, kind in self.entries:
            entry = kind.fit(value[name], env, reads_text=reads_text) if name in value else None
            if entry is MISFIT:
                return MISFIT
            fitted[name] = entry
        return fitted


ANY_TYPE: Final = DmnType(name="Any", feel=ANY)


def read_temporal(text: str, kind: str) -> Any:
    """Return the date, time, date and time or duration that the text writes, MISFIT when it is none of that kind."""
    found: Any
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


class TypeTable:
    """The types of one file by name; a reference to one that is not there is a fault."""

    def __init__(self, file: DmnFile) -> None:
        self._file = file
        self._elements: dict[str, etree._Element] = {}
        self._types: dict[str, DmnType] = {}
        self._open: list[str] = []
        for element in file.children(file.root, "itemDefinition"):
            name = file.name(element)
            if name in self._elements:
                file.fault(element, "dmn-name-twice", f"Two item definitions are named {name!r}.", "Rename one of them.")
            self._elements.setdefault(name, element)
        for name in self._elements:
            self._find(name)

    @property
    def feel_types(self) -> Mapping[str, FeelType]:
        """The declared types as FEEL knows them, for `instance of` and function parameters."""
        return {name: kind.feel for name, kind in self._types.items()}

    def resolve(self, element: etree._Element, reference: str | None) -> DmnType:
        """Return the type that a typeRef names; Any without one, and for one that is not there, which is a fault."""
        name = (reference or "").strip().removeprefix("feel:")
        if not name:
            return ANY_TYPE
        found = self._find(name)
        if found is not None:
            return found
        if name in PRIMITIVES or name in ("context", "list", "function", "range"):
            return DmnType(name=name, feel=PRIMITIVES.get(name) or FeelType(kind=name))
        message = f"There is no type {name!r}."
        self._file.fault(element, "dmn-type-unknown", message, "Declare it as an item definition, or choose a type of FEEL.")
        return ANY_TYPE

    def read_variable(self, element: etree._Element) -> DmnType:
        """Return the type of the element's `variable`, Any without one."""
        variable = self._file.child(element, "variable")
        return ANY_TYPE if variable is None else self.resolve(variable, variable.get("typeRef"))

    def _find(self, name: str) -> DmnType | None:
        if name in self._types:
            return self._types[name]
        element = self._elements.get(name)
        if element is None:
            return None
        if name in self._open or len(self._open) > NESTING_MAX:
            path = " → ".join([*self._open, name])
            self._file.fault(element, "dmn-type-cycle", f"The type is defined by itself: {path}.", "Break the circle.")
            return ANY_TYPE
        self._open.append(name)
        self._types[name] = self._read(element, name, depth=0)
        self._open.pop()
        return self._types[name]

    def _read(self, element: etree._Element, name: str, *, depth: int) -> DmnType:
        components = self._file.children(element, "itemComponent")
        reference = self._file.child(element, "typeRef")
        text = element.get("typeRef") if reference is None else reference.text
        if depth > NESTING_MAX:
            self._file.fault(element, "dmn-type-depth", f"The type is nested deeper than {NESTING_MAX} levels.", "Make it flatter.")
            base = ANY_TYPE
        elif components:
            entries = tuple((read_name(part), self._read(part, read_name(part), depth=depth + 1)) for part in components)
            feel = FeelType(kind="context", entries=tuple((key, kind.feel) for key, kind in entries))
            base = DmnType(name=name, feel=feel, entries=entries)
        elif self._file.child(element, "functionItem") is not None:
            base = DmnType(name=name, feel=FeelType(kind="function"))
        else:
            base = self.resolve(element, text)
        allowed = self._read_tests(element, "allowedValues")
        constraint = self._read_tests(element, "typeConstraint")
        if (element.get("isCollection") or "").strip() in ("true", "1"):
            item = _restrict(base, name, allowed)
            return DmnType(name=name, feel=FeelType(kind="list", of=base.feel), item=item, tests=constraint)
        if base.item is not None:
            # Allowed values of a type that refers to a collection are those of its items.
            base = DmnType(name=name, feel=base.feel, item=_restrict(base.item, base.item.name, allowed), tests=base.tests)
            allowed = ()
        return _restrict(base, name, (*allowed, *constraint))

    def _read_tests(self, element: etree._Element, part: str) -> tuple[UnaryTests, ...]:
        child = self._file.child(element, part)
        text = self._file.text(child)
        if child is None or not text or not self._file.check_language(child):
            return ()
        try:
            return (compile_unary_tests(text),)
        except FeelSyntaxError as error:
            self._file.fault(
                child, "feel-syntax", f"The values {text!r} cannot be read: {error}.", 'Write FEEL unary tests, such as "a", "b".'
            )
        except FeelError as error:
            self._file.fault(child, "feel-limit", f"The values are too large: {error}.", "Make the expression smaller.")
        return ()


def _restrict(base: DmnType, name: str, tests: Sequence[UnaryTests]) -> DmnType:
    """Return the base type under a new name, with further tests; those of the base hold too."""
    return DmnType(name=name, feel=base.feel, item=base.item, entries=base.entries, tests=(*base.tests, *tests))
