"""What events catch and throw, as the diagram says it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.engine.formulas import Formula
from app.engine.timers import Timer

TriggerKind = Literal[
    "none", "timer", "message", "signal", "error", "escalation", "conditional", "cancel", "terminate", "link", "compensate"
]
THROWS_OUT: frozenset[TriggerKind] = frozenset({"error", "cancel"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """What an event catches or throws.

    `name` is the name of a message, signal or link, the code of an error or escalation (empty catches every code), or the activity
    that is to be compensated (empty means all); `variable` takes the payload that is caught, `payload` computes the one that is thrown;
    `waits` says whether a compensation is waited for.
    """

    kind: TriggerKind = "none"
    name: str = ""
    variable: str | None = None
    payload: Formula | None = None
    timer: Timer | None = None
    condition: Formula | None = None
    waits: bool = True


NONE = Trigger()
