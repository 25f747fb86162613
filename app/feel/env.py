"""The state of one evaluation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Final

from app.feel.errors import FeelLimitExceeded
from app.feel.limits import CALLS_MAX, CELLS_PER_STEP, CHARACTERS_PER_STEP, LIST_MAX, STEPS_MAX, STRING_MAX, WARNINGS_MAX

_LONG_TEXT: Final = 1_000
_NOTHING: Final[dict[str, Any]] = {}


class Env:
    """What compiled expressions read: the caller's context, the variables of the expression, the budget and the warnings.

    Defaults are class attributes, since an evaluation that needs none of them is over in a microsecond.
    """

    context: Mapping[str, Any] = _NOTHING
    variables: dict[str, Any] = _NOTHING
    root: Env | None = None
    now: dt.datetime | None = None
    zone: dt.tzinfo | None = None
    steps: int = STEPS_MAX
    calls: int = 0
    messages: list[str] | None = None
    kept: dict[int, tuple[Any, Any]] | None = None

    def inner(self, variables: dict[str, Any]) -> Env:
        """Return the state for a part of the expression that sees `variables`."""
        env = Env()
        env.context = self.context
        env.variables = variables
        env.root = self.root or self
        return env

    def part(self, context: Mapping[str, Any]) -> Env:
        """Return the state for another expression of the same evaluation, which sees `context` and nothing of this one."""
        env = Env()
        env.context = context
        env.root = self.root or self
        return env

    def warn(self, message: str) -> None:
        """Record why something is null."""
        root = self.root or self
        if root.messages is None:
            root.messages = []
        if len(root.messages) < WARNINGS_MAX and message not in root.messages:
            root.messages.append(message)

    def charge(self, steps: int) -> None:
        """Take `steps` from the budget; FeelLimitExceeded when it is used up."""
        root = self.root or self
        root.steps -= steps
        if root.steps < 0:
            raise FeelLimitExceeded("steps", f"more than {STEPS_MAX}")

    def charge_items(self, count: int) -> None:
        """Pay for a list of `count` items, before it is made."""
        if count > LIST_MAX:
            raise FeelLimitExceeded("list size", f"more than {LIST_MAX} items")
        self.charge(count // CELLS_PER_STEP + 1)

    def charge_text(self, count: int) -> None:
        """Pay for a string of `count` characters, before it is made."""
        if count > STRING_MAX:
            raise FeelLimitExceeded("string size", f"more than {STRING_MAX} characters")
        self.charge(count // CHARACTERS_PER_STEP + 1)

    def charge_long_text(self, count: int) -> None:
        """Pay for comparing a string of `count` characters; a short one costs nothing that counts."""
        if count > _LONG_TEXT:
            self.charge_text(count)

    def enter_call(self, weight: int) -> Env:
        """Count a call that begins, and return the state to give back to `leave_call`."""
        self.charge(weight)
        root = self.root or self
        root.calls += 1
        if root.calls > CALLS_MAX:
            raise FeelLimitExceeded("recursion", f"more than {CALLS_MAX} calls within each other")
        return root


Run = Callable[[Env], Any]
