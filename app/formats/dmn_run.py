"""One evaluation of a decision model: its budget, its warnings, the names in sight, and what it traces."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any, Final

from app.feel.env import Env

if TYPE_CHECKING:
    from app.formats.dmn_table import DecisionTable, Rule

NO_NAMES: Final[Mapping[str, Any]] = {}


class Run(Env):
    """The state of one evaluation, which every FEEL expression in it has as its root: one budget and one trace for all.

    Attributes:
        matched: table, rule and outputs of each rule that counted.
        read: table, position of the input column, and its value.
        given: the input data that was read, by name.
    """

    def __init__(self, *, now: datetime | None, zone: tzinfo | None) -> None:
        self.now = now
        self.zone = zone
        self.matched: list[tuple[DecisionTable, Rule, Any]] = []
        self.given: dict[str, Any] = {}
        self.read: list[tuple[DecisionTable, int, Any]] = []

    @classmethod
    def of(cls, env: Env) -> Run:
        """Return the evaluation that a state of FEEL belongs to."""
        root = env.root or env
        assert isinstance(root, Run), "functions of a decision model are called within its evaluation"
        return root


class Scope(dict[str, Any]):
    """The names in sight: own ones, then those around, which are kept once they are read."""

    __slots__ = ("_outer",)

    def __init__(self, values: Mapping[str, Any], outer: Mapping[str, Any] = NO_NAMES) -> None:
        super().__init__(values)
        self._outer = outer

    def __missing__(self, name: str) -> Any:
        value = self[name] = self._outer[name]
        return value

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or name in self._outer


class InputScope(Scope):
    """The outermost names: read on demand, once."""

    __slots__ = ("_read",)

    def __init__(self, read: Callable[[str], Any]) -> None:
        super().__init__(NO_NAMES)
        self._read = read

    def __missing__(self, name: str) -> Any:
        value = self[name] = self._read(name)
        return value

    def __contains__(self, name: object) -> bool:
        try:
            self[str(name)]
        except KeyError:
            return False
        return True


Node = Callable[[Run, Scope], Any]
