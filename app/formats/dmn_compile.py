"""What compiles the expressions of one DMN file: FEEL texts and cells, with everything that is wrong kept as a fault."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from lxml import etree

from app.domain.diagnostics import DiagnosticClass
from app.feel import Expression, FeelSyntaxError, UnaryTests, compile_expression, compile_unary_tests, syntax
from app.feel.errors import FeelError, FeelLimitExceeded
from app.feel.lexer import is_plain_name
from app.feel.types import ANY, FeelType, kind_of
from app.formats.dmn_cells import Cell, Region
from app.formats.dmn_file import DmnFile, find_id, read_name
from app.formats.dmn_run import Node, Run, Scope
from app.formats.dmn_type_table import TypeTable
from app.formats.dmn_types import MISFIT, DmnType
from app.formats.xml import line_of, local_name

NESTING_MAX: Final = 50
SHOWN_MAX: Final = 80
EXPRESSIONS_MAX: Final = 8_000
_TYPE_WORDS: Final = re.compile(r"\binstance\b|\bfunction\b")
_LITERAL: Final = re.compile(r'(?P<number>-?(?:0|[1-9]\d{0,29})(?:\.\d{1,4})?)|"(?P<text>[^"\\\n\r\x0b\x0c]*)"|(?P<word>true|false|null)')
_WORDS: Final[Mapping[str, bool | None]] = {"true": True, "false": False, "null": None}
EXPRESSIONS: Final = frozenset(
    {"literalExpression", "decisionTable", "context", "invocation", "list", "relation"}
    | {"functionDefinition", "conditional", "filter", "for", "some", "every"}
)


@dataclass(frozen=True, slots=True)
class Sight:
    """The names that an expression sees, with their types; it is not closed when there may be more, such as the entries of an item."""

    types: Mapping[str, FeelType]
    names: frozenset[str]
    closed: bool = True

    @classmethod
    def of(cls, types: Mapping[str, FeelType]) -> Sight:
        """Return what sees these names."""
        return cls(types, frozenset(types))

    def adding(self, types: Mapping[str, FeelType], *, closed: bool = True) -> Sight:
        """Return what also sees these names, which hide others of the same name."""
        return Sight({**self.types, **types}, self.names.union(types), self.closed and closed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A FEEL text as it stands in a file, for those who check it.

    Attributes:
        input_type: for a cell, the type of what it tests.
        expected: the type that an expression must give, None for any.
        line: of the text's first line.
    """

    file: DmnFile
    element: etree._Element
    text: str
    sight: Sight
    is_cell: bool
    input_type: FeelType
    expected: FeelType | None
    line: int | None
    members: frozenset[str]
    types: Mapping[str, FeelType]


Observe = Callable[[Written], None]


@dataclass(frozen=True, kw_only=True)
class Compiler:
    """Compiles the expressions of one file; whatever is wrong becomes a diagnostic and a node that gives null, with a warning.

    Attributes:
        compile_kind: the compilers by the name of the expression's element.
        observe: told every FEEL text that could be read, for the checks.
        found_tables: every decision table with its element, for the checks.
        counted: one for each FEEL text that was read, to bound their number.
    """

    file: DmnFile
    types: TypeTable
    compile_kind: Mapping[str, Callable[[Compiler, etree._Element, Sight, int], Node]]
    observe: Observe | None = None
    found_tables: list[tuple[etree._Element, Any]] = field(default_factory=list)
    counted: list[None] = field(default_factory=list)

    @cached_property
    def members(self) -> frozenset[str]:
        """The names of entries that FEEL cannot tell from operators and blanks by itself."""
        named = {"contextEntry", "variable", "output", "column", "parameter", "decision", "inputData", "businessKnowledgeModel"}
        names = set(self.types.entry_names)
        for file in (self.file, *self.file.imports.values()):
            names |= {read_name(element) for element in file.root.iter() if local_name(element) in named}
        for table in self.types.imported:
            names |= table.entry_names
        return frozenset(name for name in names if name and not is_plain_name(name))

    def compile(self, element: etree._Element, sight: Sight, *, depth: int = 0) -> Node:
        """Return the closure of one boxed expression; `depth` tells how many expressions are around it."""
        kind = local_name(element)
        if depth > NESTING_MAX:
            message = f"Expressions are nested deeper than {NESTING_MAX} levels."
            self.file.fault(element, "dmn-depth", message, "Split the decision.", kind="unsupported")
            return refuse(message)
        compile_kind = self.compile_kind.get(kind)
        if compile_kind is None:
            return self.fault(element, "dmn-expression-unknown", f"There is no expression {kind}.", "Use an expression of DMN.")
        node = compile_kind(self, element, sight, depth)
        if kind == "functionDefinition" or not element.get("typeRef"):
            return node
        return fit_result(node, self.types.resolve(element, element.get("typeRef")), f"the expression {find_label(element)}")

    def compile_child(self, element: etree._Element, sight: Sight, depth: int) -> Node:
        """Return the closure of the only expression inside `element`; none or several are a fault."""
        found = self.list_expressions(element)
        if len(found) == 1:
            return self.compile(found[0], sight, depth=depth + 1)
        message = f"Expected one expression in {local_name(element)}, but there are {len(found)}."
        return self.fault(element, "dmn-expression-missing", message, "Give it exactly one expression.")

    def list_expressions(self, element: etree._Element) -> list[etree._Element]:
        """Return the expressions directly inside `element`."""
        return [child for child in self.file.model_children(element) if local_name(child) in EXPRESSIONS]

    def compile_feel(self, element: etree._Element, text: str, sight: Sight, expected: FeelType | None = None) -> Node:
        """Return the closure of a FEEL text; `expected` is the type that it must have, for the checks."""
        literal = _LITERAL.fullmatch(text)
        if literal is not None:
            value = _read_literal(literal)
            if self.observe is not None and expected is not None and (expected.allowed or kind_of(value) != expected.kind):
                self.observe(self._write(element, text, sight, expected=expected))
            return constant(value)
        expression = self._read(element, text, sight, compile_expression)
        if not isinstance(expression, Expression):
            unread: Node = expression
            return unread
        if self.observe is not None:
            self.observe(self._write(element, text, sight, expected=expected))
        if isinstance(expression.tree, syntax.Name) and expression.tree.name in sight.names:
            return read_variable(expression.tree.name)
        return expression.value_within

    def compile_cell(self, element: etree._Element, text: str, sight: Sight, input_type: FeelType = ANY) -> Cell | None:
        """Return the unary tests of a cell; None for one that cannot be read, which is a fault."""
        cell = Cell(text, lambda: self._compile_tests(element, text, sight))
        if cell.region is None and not isinstance(cell.tests, UnaryTests):
            return None
        if self.observe is not None and not (cell.is_plain and _is_of(cell.region, input_type)):
            self.observe(self._write(element, text, sight, input_type=input_type, is_cell=True))
        return cell

    def fault(self, element: etree._Element, code: str, message: str, remedy: str, *, kind: DiagnosticClass = "invalid") -> Node:
        """Keep a fault, and return a node that gives null and tells it."""
        self.file.fault(element, code, message, remedy, kind=kind)
        return give_null(message)

    def line_of_text(self, element: etree._Element) -> int | None:
        """Return the line of the first line of an element's text that is not blank."""
        child = self.file.child(element, "text")
        first = element if child is None else child
        written = "" if child is None else child.text or ""
        start = line_of(first)
        return None if start is None else start + written[: len(written) - len(written.lstrip())].count("\n")

    def _compile_tests(self, element: etree._Element, text: str, sight: Sight) -> UnaryTests | None:
        tests = self._read(element, text, sight, compile_unary_tests)
        return tests if isinstance(tests, UnaryTests) else None

    def _read(self, element: etree._Element, text: str, sight: Sight, read: Callable[..., Any]) -> Any:
        """Return the compiled text, else a node that gives null; types are told only where the text may name one."""
        self.counted.append(None)
        if len(self.counted) > EXPRESSIONS_MAX:
            message = f"The file has more than {EXPRESSIONS_MAX} expressions."
            self.file.fault(self.file.root, "dmn-size", message, "Split the file.", kind="unsupported")
            return refuse(message)
        types = self.types.feel_types if _TYPE_WORDS.search(text) else None
        try:
            return read(text, sight.names, members=self.members, types=types)
        except FeelSyntaxError as error:
            start = self.line_of_text(element)
            line = None if start is None else start + error.line - 1
            message = f"{show_text(text)} is no FEEL: {error.message} (column {error.column})."
            self.file.fault(element, "feel-syntax", message, "Correct the expression.", line=line)
            return give_null(f"{find_id(element) or find_label(element)}: {message}")
        except FeelError as error:
            message = f"The expression is too large: {error}."
            self.file.fault(element, "feel-limit", message, "Make the expression smaller.", kind="unsupported")
            return refuse(message)

    def _write(
        self,
        element: etree._Element,
        text: str,
        sight: Sight,
        *,
        input_type: FeelType = ANY,
        expected: FeelType | None = None,
        is_cell: bool = False,
    ) -> Written:
        return Written(
            file=self.file,
            element=element,
            text=text,
            sight=sight,
            is_cell=is_cell,
            input_type=input_type,
            expected=expected,
            line=self.line_of_text(element),
            members=self.members,
            types=self.types.feel_types,
        )


def fit_result(node: Node, kind: DmnType, what: str) -> Node:
    """Return the node with its value brought to a type; a value that does not fit is null, with a warning."""
    if kind.takes_all:
        return node
    plain = kind.plain

    def evaluate(run: Run, scope: Scope) -> Any:
        value = node(run, scope)
        if value is None or value.__class__ is plain:
            return value
        fitted = kind.fit(value, run)
        if fitted is MISFIT:
            run.warn(f"The value of {what} is no {kind.name}, but a {kind_of(value)}.")
            return None
        return fitted

    return evaluate


def find_label(element: etree._Element) -> str:
    """Return how messages call an element: label, name or id."""
    return element.get("label") or read_name(element) or element.get("id") or local_name(element)


def show_text(text: str) -> str:
    """Return a FEEL text for a message, cut where it is long."""
    return repr(text if len(text) <= SHOWN_MAX else text[: SHOWN_MAX - 1] + "…")


def constant(value: Any) -> Node:
    """Return a node that always gives the value."""
    return lambda _run, _scope: value


def read_variable(name: str) -> Node:
    """Return a node that gives the value of a name in sight."""

    def evaluate(run: Run, scope: Scope) -> Any:
        try:
            return scope[name]
        except KeyError:
            run.warn(f"There is no variable {name!r}.")
            return None

    return evaluate


def give_null(reason: str) -> Node:
    """Return a node that gives null and warns why."""

    def evaluate(run: Run, _scope: Scope) -> Any:
        run.warn(reason)
        return None

    return evaluate


def refuse(reason: str) -> Node:
    """Return a node that cannot be evaluated at all: it exceeds a bound."""

    def evaluate(_run: Run, _scope: Scope) -> Any:
        raise FeelLimitExceeded("model", reason)

    return evaluate


def _is_of(region: Region | None, kind: FeelType) -> bool:
    """Return whether a cell's values are plainly of a type, so that there is nothing to check."""
    return region is not None and not kind.allowed and (kind.kind == "Any" or region.kind in ("", kind.kind))


def _read_literal(match: re.Match[str]) -> Any:
    if match["number"] is not None:
        return Decimal(match["number"])
    return match["text"] if match["text"] is not None else _WORDS[match["word"]]
