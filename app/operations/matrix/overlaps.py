"""Rows of one person that say the same twice: allowed, since the largest limit counts, and yet hardly meant."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from app.operations.matrix.editing.checks import CODING, Register
from app.persistence.matrix_content import Value

FIRST_DAY, LAST_DAY = "0000", "9999"
OF_ONE_CODING_MAX = 1000


class Reach(NamedTuple):
    """What a mandate row is good for: whose it is, for what, and when."""

    row: str
    user_id: str
    approval_type_id: str
    coding: tuple[str | None, ...]
    steps: frozenset[str]
    starts_on: str
    ends_on: str
    is_active: bool

    @classmethod
    def of(cls, row: str, legal: Value, financial: Value, register: Register) -> "Reach":
        """Return the reach of a financial mandate with its legal one; `row` names it in findings."""
        return cls(
            row,
            legal["user_id"],
            register.rules[legal["rule_id"]]["approval_type_id"],
            tuple(financial[name] for name in CODING),
            frozenset(financial["steps"]),
            legal["starts_on"] or FIRST_DAY,
            legal["ends_on"] or LAST_DAY,
            legal["status"] == "active",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """Two rows with the same person, coding and step on the same day."""

    rows: tuple[str, str]
    user_id: str
    text: str


def find_overlaps(reaches: Iterable[Reach]) -> Iterator[Overlap]:
    """Give each row that says again what an earlier one says, with that one. Source: MXM-09."""
    groups: dict[tuple[object, ...], list[Reach]] = defaultdict(list)
    for reach in reaches:
        if reach.is_active:
            groups[reach.user_id, reach.approval_type_id, reach.coding].append(reach)
    for group in groups.values():
        if len(group) > 1:
            yield from _overlaps_of(group[:OF_ONE_CODING_MAX])


def _overlaps_of(group: list[Reach]) -> Iterator[Overlap]:
    for place, later in enumerate(group):
        for earlier in group[:place]:
            steps = sorted(step.replace("_", " ") for step in later.steps & earlier.steps)
            if steps and later.starts_on <= earlier.ends_on and earlier.starts_on <= later.ends_on:
                coding = ", ".join(value for value in later.coding if value) or "anything"
                text = f"has {' and '.join(steps)} for {coding} twice on the same days; the largest limit counts."
                yield Overlap(rows=(earlier.row, later.row), user_id=later.user_id, text=text)
                break
