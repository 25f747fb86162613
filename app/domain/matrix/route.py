"""The answer of the approval matrix: who signs in which step, and every candidate that was considered."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, NamedTuple, Protocol

from app.domain.matrix.steps import Step

Outcome = Literal["chosen", "pool", "not_chosen", "refused"]


class Consideration(NamedTuple):
    """One candidate of a slot and what became of him.

    `limit` is in the transaction's currency, rounded down to the minor unit where it has no finite form; None with `unlimited`
    false means that no limit applies (secretary, or refused before a limit was looked for). `levels_up` counts from the line's
    cost center; None means a mandate for any cost center. `mandate_of` is the principal when a successor takes his place.
    """

    user: str
    outcome: Outcome
    reason: str
    limit: Decimal | None = None
    unlimited: bool = False
    sufficient: bool = False
    parameters: tuple[str, ...] = ()
    cost_center: str | None = None
    levels_up: int | None = None
    company_named: bool = False
    mandate_of: str | None = None


class Reasons(Protocol):
    """Writes why a route is as it is; `place` counts its slots from 0."""

    def write_why(self, place: int) -> str:
        """Return the sentences of a slot."""

    def list_considered(self, place: int) -> tuple[Consideration, ...]:
        """Return everybody who was considered for a slot."""


@dataclass(slots=True, kw_only=True)  # not frozen, which would take four times as long to make
class Slot:
    """One signature that is needed: any member of `pool` may give it, `role_player` is the preferred one.

    `lines` are positions from 0. `limit` is the role player's, in the transaction's currency (rounded down to the minor unit where
    it has no finite form); None is unlimited, or without meaning for a secretary. Sentences and evidence are written when they are asked
    for, from what the resolution looked at; a route without `reasons` has none.
    """

    lines: tuple[int, ...]
    role_player: str
    pool: tuple[str, ...]
    limit: Decimal | None
    place: int = field(repr=False)
    reasons: Reasons | None = field(default=None, repr=False, compare=False)

    @property
    def why(self) -> str:
        """Return why the slot is needed and why it is this person's."""
        return self.reasons.write_why(self.place) if self.reasons else ""

    @property
    def evidence(self) -> tuple[Consideration, ...]:
        """Return everybody who was considered, the preferred one first, those who were refused last."""
        return self.reasons.list_considered(self.place) if self.reasons else ()


class RouteStep(NamedTuple):
    """A step with its slots; each must be decided before the next step begins."""

    step: Step
    slots: tuple[Slot, ...]


class Route(NamedTuple):
    """Who must approve, step by step; nobody stands in the pools of two steps."""

    steps: tuple[RouteStep, ...]

    def find_step(self, step: Step) -> RouteStep | None:
        """Return the step of the route, or None when it is not needed."""
        return next((found for found in self.steps if found.step is step), None)

    def step_of(self, user: str) -> Step | None:
        """Return the step in which the user may act, or None."""
        return next((found.step for found in self.steps for slot in found.slots if user in slot.pool), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictingSlot:
    """One slot of a minimal set of slots that cannot all be filled: without any one of them the others could.

    Slots with `needs_authority` stand together for one need: one of them filled by somebody whose limit suffices (a line's slot counts
    first and second line together).
    """

    step: Step
    lines: tuple[int, ...]
    users: tuple[str, ...]
    needs_authority: bool = False
