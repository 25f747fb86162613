"""From the votes in a slot to its outcome, and from the slots of a step to the step's outcome (MUL-02..04)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Literal

Vote = Literal["open", "approved", "rejected"]
Outcome = Literal["undecided", "approved", "rejected"]

_COUNT = re.compile(r"([1-9]\d{0,3}) +of\Z")
_SHARE = re.compile(r"(\d{1,3}(?:\.\d{1,4})?) *%\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class VotingMode:
    """How many of a slot's people must act: all, any one, a number, or a share of them; with `veto` all, and any one may stop it."""

    kind: Literal["all", "any", "count", "share", "veto"]
    count: int = 1
    share: Fraction = Fraction(1)

    def approvals_needed(self, voters: int) -> int:
        """Return how many approvals decide a slot of so many people; a share is rounded up."""
        if self.kind in ("all", "veto"):
            return voters
        if self.kind == "any":
            return 1
        return self.count if self.kind == "count" else max(1, -(-voters * self.share.numerator // self.share.denominator))


_WORDS = {"all": VotingMode(kind="all"), "any": VotingMode(kind="any"), "veto": VotingMode(kind="veto")}


@lru_cache(maxsize=256)
def parse_mode(text: str) -> VotingMode:
    """Return the mode that "all", "any", "veto", "2 of" or "60 %" writes.

    Raises:
        ValueError: none of these, or a share above 100 % or of 0 %.
    """
    trimmed = text.strip().lower()
    if mode := _WORDS.get(trimmed):
        return mode
    if found := _COUNT.match(trimmed):
        return VotingMode(kind="count", count=int(found[1]))
    if (found := _SHARE.match(trimmed)) and 0 < Fraction(found[1]) <= 100:
        return VotingMode(kind="share", share=Fraction(found[1]) / 100)
    raise ValueError(f'Expected the mode "all", "any", "veto", "2 of" or "60 %", but got {text!r}.')


def is_reachable(mode: str, *, voters: int) -> bool:
    """Whether so many people can approve at all; ask before a slot is handed to them, for nobody could decide it afterwards."""
    return 1 <= parse_mode(mode).approvals_needed(voters) <= voters


def decide_slot(mode: str, votes: Sequence[Vote | str], *, fail_fast: bool = False) -> Outcome:
    """Return the outcome of one slot from the votes of all its people, who has not acted counting as "open".

    * any: the first vote decides, approval or rejection.
    * all: when everybody has acted, one rejection rejects; with `fail_fast` it does so at once.
    * veto: everybody must approve, and one rejection rejects at once: `all` with `fail_fast` in one word.
    * a number or share: enough approvals approve; rejected once enough approvals cannot be reached any more, `fail_fast` or not, since one
      rejection does not overrule a quorum.

    Raises:
        ValueError: nobody votes, or the mode asks for more people than there are.
    """
    chosen = parse_mode(mode)
    needed = chosen.approvals_needed(len(votes))
    if not 1 <= needed <= len(votes):
        raise ValueError(f"Expected enough people for the mode {mode!r}, but got {len(votes)}.")
    if chosen.kind == "any":
        return _any_of(votes)
    approved, rejected = votes.count("approved"), votes.count("rejected")
    undecided = len(votes) - approved - rejected
    if rejected and chosen.kind in ("all", "veto") and rejects_at_once(mode, fail_fast=fail_fast):
        return "rejected"
    if chosen.kind in ("all", "veto") and undecided:
        return "undecided"
    if approved >= needed:
        return "approved"
    return "rejected" if approved + undecided < needed else "undecided"


def rejects_at_once(mode: str, *, fail_fast: bool) -> bool:
    """Whether the first person of `all`, and the first slot of a step, that rejects decides without waiting for the others."""
    return fail_fast or parse_mode(mode).kind == "veto"


def _any_of(votes: Sequence[Vote | str]) -> Outcome:
    """Return the one vote that counts; should both kinds stand, the rejection does."""
    if "rejected" in votes:
        return "rejected"
    return "approved" if "approved" in votes else "undecided"


def decide_step(outcomes: Sequence[Outcome], *, mode: str = "any", fail_fast: bool = False) -> Outcome:
    """Return the outcome of a step: every slot must be decided, and one rejected slot rejects it (MXS-13).

    With `fail_fast`, and in mode veto, the first rejected slot rejects it without waiting for the others.

    Raises:
        ValueError: a step without slots.
    """
    if not outcomes:
        raise ValueError("Expected at least one slot, but got none.")
    if "rejected" in outcomes and ("undecided" not in outcomes or rejects_at_once(mode, fail_fast=fail_fast)):
        return "rejected"
    return "undecided" if "undecided" in outcomes else "approved"
