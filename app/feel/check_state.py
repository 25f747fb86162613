"""What one static check keeps: its findings, and the names in sight with their types."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final

from app.feel import syntax
from app.feel.builtins import BUILTINS
from app.feel.compiler import MISSING, constant_of
from app.feel.errors import FeelSyntaxError
from app.feel.record import Record
from app.feel.scope import Globals
from app.feel.scope import Scope as CompileScope
from app.feel.syntax import Node
from app.feel.types import ANY, FeelType

WARNINGS: Final = frozenset({"never", "constant", "external"})
FINDINGS_MAX: Final = 100


class Finding(Record):
    """A fault that can be seen without evaluating.

    Args:
        code: what kind of fault; README.md lists them.
        severity: "error", or "warning" for what has a meaning that surely nobody wants.
        position: offset in the text; `line` and `column` count from 1.
        message: what is wrong.
        remedy: what to do.
    """

    code: str
    severity: str
    position: int
    line: int
    column: int
    message: str
    remedy: str


class NamesInSight:
    """Names with their types, from the inside out; `item` is the type of the items of a filter."""

    __slots__ = ("item", "parent", "types")

    def __init__(self, types: Mapping[str, FeelType], *, parent: NamesInSight | None = None, item: FeelType | None = None) -> None:
        self.types = dict(types)
        self.parent = parent
        self.item = item

    def inner(self, types: Mapping[str, FeelType] | None = None, *, item: FeelType | None = None) -> NamesInSight:
        """Return what is in sight within this."""
        return NamesInSight(types or {}, parent=self, item=item)

    def layers(self) -> Iterator[NamesInSight]:
        """Yield this and all around it."""
        current: NamesInSight | None = self
        while current is not None:
            yield current
            current = current.parent

    def find(self, name: str) -> FeelType | None:
        """Return the type of a name, ANY when it may be an entry of an item of which nothing is known, None when it is not there."""
        for layer in self.layers():
            if name in layer.types:
                return layer.types[name]
            if layer.item is not None:
                entries = dict(layer.item.entries)
                if layer.item.kind == "context" and name in entries:
                    return entries[name]
                if name == "item":
                    return layer.item
                if layer.item.kind == "Any" or (layer.item.kind == "context" and not entries):
                    return ANY
        return None

    def all_names(self) -> set[str]:
        """Return every name in sight."""
        names: set[str] = set()
        for layer in self.layers():
            names |= layer.types.keys()
            if layer.item is not None:
                names |= {"item", *(key for key, _ in layer.item.entries)}
        return names


class Checker:
    """Infers the type of every node and collects what is wrong on the way."""

    def __init__(self, text: str, *, types: Mapping[str, FeelType], closed: bool, table: Mapping[type[Node], Infer]) -> None:
        self.text = text
        self.types = types
        self.closed = closed
        self.findings: list[Finding] = []
        self._table = table
        self._constants = CompileScope(Globals(builtins=BUILTINS, known=frozenset()))

    def infer(self, node: Node, names: NamesInSight) -> FeelType:
        """Return the type of a node, ANY when it is not known."""
        return self._table[type(node)](self, node, names)

    def find(self, code: str, at: int, message: str, remedy: str) -> None:
        """Add a finding at an offset of the text."""
        if self.is_full:
            return
        place = FeelSyntaxError(message, at, self.text)
        finding = Finding(
            code=code,
            severity="warning" if code in WARNINGS else "error",
            position=at,
            line=place.line,
            column=place.column,
            message=message,
            remedy=remedy,
        )
        if finding not in self.findings:
            self.findings.append(finding)

    @property
    def is_full(self) -> bool:
        """True when there are as many findings as anybody reads; more are not looked for."""
        return len(self.findings) >= FINDINGS_MAX

    def constant(self, node: Node, names: NamesInSight) -> Any:
        """Return the value of a literal, MISSING for anything else."""
        if isinstance(node, syntax.Invocation) and isinstance(node.function, syntax.Name) and names.find(node.function.name) is not None:
            return MISSING
        return constant_of(node, self._constants)


Infer = Callable[[Checker, Any, NamesInSight], FeelType]


def known_names(names: NamesInSight) -> Collection[str]:
    """Return every name that may stand here, the builtins among them."""
    return names.all_names() | BUILTINS.keys()
