"""Which name means what, decided when an expression is compiled."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class Globals:
    """What one compilation shares: the builtins, the caller's known names, and the free names it finds."""

    __slots__ = ("builtins", "free", "known")

    def __init__(self, *, builtins: dict[str, Any], known: frozenset[str]) -> None:
        self.builtins = builtins
        self.known = known
        self.free: set[str] = set()


class Scope:
    """Variables in sight, from the inside out.

    A filter's scope has no names of its own but an item, whose entries are only known when it runs: `items` names the variables
    that hold such items.
    """

    __slots__ = ("globals", "item", "live", "names", "parent")

    def __init__(
        self, shared: Globals, *, parent: Scope | None = None, names: Iterable[str] = (), item: str = "", live: Iterable[str] = ()
    ) -> None:
        self.globals = shared
        self.parent = parent
        self.names = set(names)
        self.item = item
        self.live = frozenset(live)

    def inner(self, names: Iterable[str] = (), *, item: str = "", live: Iterable[str] = ()) -> Scope:
        """Return a scope within this one; `live` are variables whose list still grows while it is read."""
        return Scope(self.globals, parent=self, names=names, item=item, live=live)

    def resolve(self, name: str) -> tuple[Scope | None, tuple[str, ...]]:
        """Return the scope that defines `name` (None: the caller's context or a builtin), and the filter items to ask first."""
        items: list[str] = []
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope, tuple(items)
            if scope.item:
                items.append(scope.item)
                if name == "item":
                    return scope, tuple(items)
            scope = scope.parent
        return None, tuple(items)

    def builtin(self, name: str) -> Any:
        """Return the builtin that `name` calls here, or None when something else has that name."""
        defined, _ = self.resolve(name)
        if defined is not None or name in self.globals.known:
            return None
        return self.globals.builtins.get(name)
