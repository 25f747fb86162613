"""One evaluation of a decision model: its budget, its warnings, and what it traces."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any, Final

from app.domain.errors import DecisionError
from app.feel import begin_evaluation
from app.feel.env import Env
from app.feel.host import from_host

DEPTH_MAX: Final = 60

_NOTHING: Final[Mapping[str, Any]] = {}


@dataclass(slots=True)
class Run:
    """The state of one evaluation; FEEL's step budget holds for all its expressions together."""

    env: Env
    matched_rules: list[dict[str, Any]] = field(default_factory=list)
    inputs: list[dict[str, Any]] = field(default_factory=list)
    results: dict[str, Any] = field(default_factory=dict)
    depth: int = 0

    @classmethod
    def begin(cls, *, now: datetime | None, zone: tzinfo | None) -> Run:
        """Return the state of a new evaluation."""
        return cls(env=begin_evaluation(now=now, zone=zone))

    def within(self, env: Env) -> Run:
        """Return the same run for a part that FEEL called: its budget is FEEL's own."""
        return Run(env=env, matched_rules=self.matched_rules, inputs=self.inputs, results=self.results, depth=self.depth)

    def warn(self, message: str) -> None:
        """Keep why something is null."""
        self.env.warn(message)

    def descend(self, decision: str) -> None:
        """Count one decision within another; too many are an error."""
        self.depth += 1
        if self.depth > DEPTH_MAX:
            raise DecisionError(decision=decision, reason=f"its requirements are nested deeper than {DEPTH_MAX} levels")

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was null, and why."""
        return tuple(self.env.messages or ())


Node = Callable[[Run, "Scope"], Any]


class Scope(Mapping[str, Any]):
    """The names in sight: own ones, then those around. Values of the outermost scope are read on demand, once."""

    __slots__ = ("_outer", "_read", "_values")

    def __init__(
        self, values: Mapping[str, Any], outer: Mapping[str, Any] = _NOTHING, *, read: Callable[[str, Any], Any] | None = None
    ) -> None:
        self._values = dict(values)
        self._outer = outer
        self._read = read

    def __getitem__(self, name: str) -> Any:
        if name in self._values:
            return self._values[name]
        value = self._outer[name]
        if self._read is not None:
            value = self._values[name] = self._read(name, from_host(value))
        return value

    def __contains__(self, name: object) -> bool:
        return name in self._values or name in self._outer

    def __iter__(self) -> Iterator[str]:
        return iter({**dict.fromkeys(self._values), **dict.fromkeys(self._outer)})

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def with_values(self, values: Mapping[str, Any]) -> Scope:
        """Return a scope within this one."""
        return Scope(values, self)

    def set_value(self, name: str, value: Any) -> None:
        """Add a name; only the maker of a scope does, before it hands it on."""
        self._values[name] = value
