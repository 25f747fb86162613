"""FEEL expressions of a diagram, and the names that they see."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from app.domain.errors import ExpressionFailed
from app.engine.values import EMPTY
from app.feel import Evaluation, Expression, FeelError, compile_expression


def strip_text(text: str | None) -> str:
    """Return an expression as it stands in a diagram without white space around it and without its optional leading `=`."""
    return (text or "").strip().removeprefix("=").strip()


class LazyNames:
    """Names that are loaded when an expression first reads them, once in an execution."""

    __slots__ = ("_loaded", "loaders")

    def __init__(self, loaders: Mapping[str, Callable[[], object]]) -> None:
        self.loaders = loaders
        self._loaded: dict[str, object] = {}

    def load(self, name: str) -> object:
        """Return the value of a lazy name."""
        if name not in self._loaded:
            self._loaded[name] = self.loaders[name]()
        return self._loaded[name]


class Names(Mapping[str, Any]):
    """What an expression sees: names of the construct itself, then lazy names, then variables from the inside out."""

    __slots__ = ("_extra", "_lazy", "_scopes")

    def __init__(self, scopes: Sequence[Mapping[str, Any]], lazy: LazyNames, extra: Mapping[str, Any] = EMPTY) -> None:
        self._scopes = scopes
        self._lazy = lazy
        self._extra = extra

    def __getitem__(self, name: str) -> Any:
        if self._extra and name in self._extra:
            return self._extra[name]
        if name in self._lazy.loaders:
            return self._lazy.load(name)
        for scope in self._scopes:
            if name in scope:
                return scope[name]
        raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        return name in self._extra or name in self._lazy.loaders or any(name in scope for scope in self._scopes)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys([*self._extra, *self._lazy.loaders, *(name for scope in self._scopes for name in scope)]))

    def __len__(self) -> int:
        return len(list(iter(self)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """A compiled FEEL expression of one element."""

    element: str
    expression: Expression

    def evaluate(self, names: Mapping[str, Any], *, now: datetime, zone: tzinfo) -> Evaluation:
        """Return the value and FEEL's warnings; ExpressionFailed when a bound is exceeded."""
        try:
            return self.expression.evaluate(names, now=now, zone=zone)
        except FeelError as error:
            raise ExpressionFailed(element=self.element, reason=str(error), expression=self.expression.text) from error

    def refuse(self, value: Any, expected: str, warnings: Sequence[str] = ()) -> ExpressionFailed:
        """Return the error that the expression gave `value` where `expected` was needed."""
        shown = "null" if value is None else repr(value)[:80]
        because = f" ({'; '.join(warnings[:3])})" if warnings else ""
        reason = f"{self.expression.text[:200]} gives {shown}, but {expected} is expected{because}"
        return ExpressionFailed(element=self.element, reason=reason, expression=self.expression.text)


def compile_formula(text: str | None, *, element: str, names: Iterable[str] = ()) -> Formula:
    """Return the formula that `text` writes; FeelSyntaxError when it is none; `names` are read as one name, whatever is in them."""
    return Formula(element=element, expression=compile_expression(strip_text(text), names))
