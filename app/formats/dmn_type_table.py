"""Item definitions: the types that DMN files declare, by name, also those of imported files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Final

from lxml import etree

from app.feel import FeelSyntaxError, UnaryTests, compile_expression, compile_unary_tests, syntax
from app.feel.check import values_of_tests
from app.feel.errors import FeelError
from app.feel.lexer import normalize_name
from app.feel.types import PRIMITIVES, FeelType
from app.formats.dmn_file import FEEL_LANGUAGES, DmnFile, read_name
from app.formats.dmn_types import ANY_TYPE, DmnType

NESTING_MAX: Final = 30
SIZE_MAX: Final = 2_000
_BARE_KINDS: Final = frozenset({"context", "list", "function", "range"})


class TypeTable:
    """The types of one file; a reference to one that is not there is a fault."""

    def __init__(self, file: DmnFile) -> None:
        self._file = file
        self._elements: dict[str, etree._Element] = {}
        self._types: dict[str, DmnType] = {}
        self._open: list[str] = []
        self._tables: dict[int, TypeTable] = {file.number: self}
        for element in file.children(file.root, "itemDefinition"):
            name = file.name(element)
            if name in self._elements:
                file.fault(element, "dmn-name-twice", f"Two item definitions are named {name!r}.", "Rename one of them.")
            self._elements.setdefault(name, element)

    def link(self, tables: Mapping[int, TypeTable]) -> None:
        """Make the types of other files known, then read all own ones, so that every fault is found."""
        self._tables = dict(tables)

    def read_all(self) -> None:
        """Read every type of the file."""
        for name in self._elements:
            self.find(name)

    @cached_property
    def feel_types(self) -> Mapping[str, FeelType]:
        """The declared types as FEEL knows them, for `instance of` and function parameters; imported ones after the import's name."""
        found = {name: kind.feel for name, kind in self._types.items()}
        for prefix, file in self._file.imports.items():
            table = self._tables[file.number]
            for name in table.names:
                kind = table.find(name)
                if kind is not None:
                    found.setdefault(f"{prefix}.{name}" if prefix else name, kind.feel)
        return found

    @cached_property
    def entry_names(self) -> frozenset[str]:
        """The names of all components, which FEEL must know where they hold blanks or operators."""
        component = f"{{{self._file.namespace}}}itemComponent"
        return frozenset(read_name(element) for element in self._file.root.iter(component))

    @property
    def names(self) -> Sequence[str]:
        """The names of the types that this file declares."""
        return list(self._elements)

    @property
    def imported(self) -> Sequence[TypeTable]:
        """The tables of the files that this file imports."""
        return [self._tables[file.number] for file in self._file.imports.values()]

    def resolve(self, element: etree._Element, reference: str | None) -> DmnType:
        """Return the type that a typeRef names; Any without one, and for one that is not there, which is a fault."""
        name = normalize_name(reference or "")
        if not name:
            return ANY_TYPE
        found = self._look_up(element, name)
        if found is not None:
            return found
        message = f"There is no type {name!r}."
        self._file.fault(element, "dmn-type-unknown", message, "Declare it as an item definition, or choose a type of FEEL.")
        return ANY_TYPE

    def read_variable(self, element: etree._Element) -> DmnType:
        """Return the type of the element's `variable`, Any without one."""
        variable = self._file.child(element, "variable")
        return ANY_TYPE if variable is None else self.resolve(variable, variable.get("typeRef"))

    def _look_up(self, element: etree._Element, name: str) -> DmnType | None:
        found = self.find(name) or _find_builtin(name)
        if found is None and ":" in name:
            found = self._find_qualified(element, *(part.strip() for part in name.split(":", 1)))
        if found is None:
            found = self.find_imported(name)
        if found is None and "<" in name:
            found = self._read_written(name)
        return found

    def _find_qualified(self, element: etree._Element, prefix: str, name: str) -> DmnType | None:
        """Return the type of a name after an XML prefix: of FEEL, of this file or of an imported one."""
        uri = element.nsmap.get(prefix, "")
        if prefix == "feel" or uri.lower() in FEEL_LANGUAGES:
            return _find_builtin(name)
        if uri in ("", self._file.uri):
            return self.find(name) or _find_builtin(name)
        imported = next((file for file in self._file.imports.values() if file.uri == uri), None)
        return None if imported is None else self._tables[imported.number].find(name)

    def find_imported(self, name: str) -> DmnType | None:
        """Return the type of a name after the name of an import and a dot, or one of an import without name."""
        for prefix, file in self._file.imports.items():
            if not prefix or name.startswith(f"{prefix}."):
                table = self._tables.get(file.number)
                rest = name[len(prefix) + 1 :] if prefix else name
                found = None if table is None else table.find(rest) or (table.find_imported(rest) if prefix else None)
                if found is not None:
                    return found
        return None

    def _read_written(self, text: str) -> DmnType | None:
        """Return a type such as list<number> or function<number>->string."""
        try:
            tree = compile_expression(f"null instance of {text}", types=self.feel_types).tree
        except FeelError:
            return None
        written = tree.type if isinstance(tree, syntax.InstanceOf) else None
        return None if written is None or "unknown" in str(written.kind) else DmnType(name=text, feel=written)

    def find(self, name: str) -> DmnType | None:
        """Return the type that this file declares under a name."""
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
        found = self._read(element, name, depth=0)
        self._open.pop()
        if found.size > SIZE_MAX:
            message = f"The type {name!r} has more than {SIZE_MAX} components, counted where they stand again."
            self._file.fault(element, "dmn-type-size", message, "Make it smaller.", kind="unsupported")
            found = ANY_TYPE
        self._types[name] = found
        return found

    def _read(self, element: etree._Element, name: str, *, depth: int) -> DmnType:
        components = self._file.children(element, "itemComponent")
        function = self._file.child(element, "functionItem")
        if depth > NESTING_MAX:
            self._file.fault(element, "dmn-type-depth", f"The type is nested deeper than {NESTING_MAX} levels.", "Make it flatter.")
            base = ANY_TYPE
        elif components:
            entries = tuple((self._file.name(part), self._read(part, read_name(part), depth=depth + 1)) for part in components)
            feel = FeelType(kind="context", entries=tuple((key, kind.feel) for key, kind in entries))
            base = DmnType(name=name, feel=feel, entries=entries, size=1 + sum(kind.size for _, kind in entries))
        elif function is not None:
            base = DmnType(name=name, feel=self._read_function(function))
        else:
            reference = self._file.child(element, "typeRef")
            text = element.get("typeRef") if reference is None else reference.text
            base = self.resolve(element if reference is None else reference, text)
        return self._restrict(element, base, name)

    def _read_function(self, element: etree._Element) -> FeelType:
        parameters = self._file.children(element, "parameters")
        kinds = tuple(("", self.resolve(part, part.get("typeRef")).feel) for part in parameters)
        result = element.get("outputTypeRef")
        if result is None and not parameters:
            return FeelType(kind="function")
        return FeelType(kind="function", entries=kinds, of=self.resolve(element, result).feel)

    def _restrict(self, element: etree._Element, base: DmnType, name: str) -> DmnType:
        """Return the base type under a new name with its allowed values and constraint; those of the base hold too."""
        allowed = self._read_tests(element, "allowedValues")
        constraint = self._read_tests(element, "typeConstraint")
        written = self._file.text(self._file.child(element, "allowedValues")) or base.written
        if (element.get("isCollection") or "").strip() in ("true", "1"):
            item = _add_tests(base, base.name, allowed, written)
            return DmnType(name=name, feel=FeelType(kind="list", of=base.feel), item=item, tests=constraint, size=base.size)
        if base.item is not None:
            # Allowed values of a type that refers to a collection are those of its items.
            item = _add_tests(base.item, base.item.name, allowed, written)
            return replace(base, name=name, item=item, tests=(*base.tests, *constraint))
        return _add_tests(base, name, (*allowed, *constraint), written)

    def _read_tests(self, element: etree._Element, part: str) -> tuple[UnaryTests, ...]:
        child = self._file.child(element, part)
        text = self._file.text(child)
        if child is None or not text or not self._file.check_language(child):
            return ()
        try:
            return (compile_unary_tests(text, (), members=self.entry_names),)
        except FeelSyntaxError as error:
            message = f"The values {text!r} cannot be read: {error}."
            self._file.fault(child, "feel-syntax", message, 'Write FEEL unary tests, such as "a", "b".')
        except FeelError as error:
            self._file.fault(child, "feel-limit", f"The values are too large: {error}.", "Make the expression smaller.")
        return ()


def _find_builtin(name: str) -> DmnType | None:
    if name in PRIMITIVES:
        return DmnType(name=name, feel=PRIMITIVES[name])
    return DmnType(name=name, feel=FeelType(kind=name)) if name in _BARE_KINDS else None


def _add_tests(base: DmnType, name: str, tests: Sequence[UnaryTests], written: str) -> DmnType:
    """Return the base type with further tests; FEEL's static check is told the values where they are plain."""
    allowed = values_of_tests(tests[0]) if len(tests) == 1 and not base.item else ()
    feel = base.feel
    if allowed:
        feel = FeelType(kind=feel.kind, of=feel.of, entries=feel.entries, name=feel.name, allowed=allowed)
    return replace(base, name=name, feel=feel, tests=(*base.tests, *tests), written=written)
