"""Every candidate that was considered for a slot, and what became of him: the trace behind a route and behind a refusal."""

from collections.abc import Mapping
from functools import lru_cache

from app.domain.matrix.authority import Authority, display_limit
from app.domain.matrix.candidates import (
    SECRETARY,
    WHOLE,
    Case,
    Option,
    unpack_rank,
)
from app.domain.matrix.route import Consideration, Outcome
from app.domain.matrix.search import Placement, SlotKey
from app.domain.matrix.snapshot import STEPS
from app.domain.matrix.wording import write_amount, write_lines

LINES_NAMED_MAX = 10
_PARAMETER_NAMES = {2: "organisation", 3: "parameter_3", 4: "parameter_4"}


class _Writer:
    """Describes the candidates of one slot; what many of them share is worked out once."""

    def __init__(self, case: Case, slot: SlotKey) -> None:
        self._case = case
        self._slot = slot
        self._principals: dict[int, Mapping[str, str]] = {}
        self._places: dict[tuple[int, int], tuple[tuple[str, ...], str | None, int | None, bool]] = {}

    def describe(self, option: Option, outcome: Outcome, reason: str) -> Consideration:
        """Return what stands in the evidence about a candidate."""
        case, slot = self._case, self._slot
        rank, limit, user, sufficient = option
        group = slot.group if slot.group != WHOLE else find_group_of_rank(case, slot, option)
        place = self._places.get((group, rank))
        if place is None:
            place = self._places[group, rank] = self._find_place(group, rank)
            self._principals[group] = self._find_principals(group)
        principal = self._principals[group].get(user)
        has_limit = slot.step != SECRETARY
        shown = display_limit(limit, case.transaction.currency) if has_limit else None
        return Consideration(user, outcome, reason, shown, has_limit and shown is None, sufficient, *place, principal)

    def _find_place(self, group: int, packed: int) -> tuple[tuple[str, ...], str | None, int | None, bool]:
        signature, levels_up, company_named = unpack_rank(packed)
        center = None if levels_up is None else self._case.find_chain(self._slot.step, group)[levels_up]
        return list_named_parameters(self._case, signature), center, levels_up, company_named

    def _find_principals(self, group: int) -> Mapping[str, str]:
        """Return the principal by candidate who takes another's place, where no mandate of his own gave him his rank."""
        step = self._slot.step
        claims = self._case.list_claims(step, group)
        if not [user for _, user, _, row in claims if row.user != user]:  # as nearly everywhere
            return {}
        best = self._case.find_best(step, group)
        owners: dict[str, set[str]] = {}
        for rank, user, _, row in claims:
            if best[user][0] == rank:
                owners.setdefault(user, set()).add(row.user)
        return {user: min(of_user) for user, of_user in owners.items() if user not in of_user}


def list_considered(case: Case, placement: Placement, pool: tuple[str, ...], roles: Mapping[str, int]) -> tuple[Consideration, ...]:
    """Return all candidates of a filled slot, the preferred one first, those who were refused last."""
    slot, chosen = placement
    considered = []
    writer = _Writer(case, slot)
    for option in case.list_options(slot.step, slot.group):
        outcome: Outcome = "not_chosen"
        if option.user == chosen.user:
            outcome, reason = "chosen", "chosen"
        elif option.user in pool:
            outcome, reason = "pool", f"equal to {chosen.user}: one signature is enough"
        else:
            reason = _say_why_not(case, slot, option, chosen, roles)
        considered.append(writer.describe(option, outcome, reason))
    return (*considered, *list_refused(case, slot))


def list_rejected(case: Case, slot: SlotKey, roles: Mapping[str, int], *, needs_authority: bool) -> tuple[Consideration, ...]:
    """Return all candidates of a slot that nobody could fill, each with the reason."""
    rejected = []
    writer = _Writer(case, slot)
    for option in case.list_options(slot.step, slot.group):
        role = roles.get(option.user)
        if role is not None and role != slot.step:
            reason = f"plays {STEPS[role]}"
        elif needs_authority and not option.sufficient:
            reason = f"insufficient: {_say_limit(case, option.limit)} for {write_amount(case.total, case.transaction.currency)}"
        else:
            reason = "needed for another step"
        rejected.append(writer.describe(option, "not_chosen", reason))
    return (*rejected, *list_refused(case, slot))


def list_refused(case: Case, slot: SlotKey) -> tuple[Consideration, ...]:
    """Return who has a mandate that covers the slot, but cannot be a candidate at all, by user name."""
    groups = range(len(case.groups)) if slot.group == WHOLE else (slot.group,)
    candidates = {option.user for option in case.list_options(slot.step, slot.group)}
    others = [
        (group, rank, entry)
        for group in groups
        for rank, entries in (*case.list_covering(slot.step, group), *case.list_refused(slot.step, group))
        for entry in entries
        if entry[0] not in candidates
    ]
    if not others:  # as in most slots
        return ()
    refused: dict[str, tuple[int, str]] = {}
    uncovered: dict[str, str] = {}
    for group, rank, entry in others:
        user = entry[0]
        if user in uncovered:
            continue
        if user in case.find_best(slot.step, group):
            uncovered[user] = _say_uncovered(case, slot.step, user)
        else:
            reason = case.find_refusal(slot.step, group, entry)
            assert reason is not None, "a row without a reason against it makes its user a candidate"
            refused[user] = min((rank, reason), refused.get(user, (rank, reason)))
    reasons = {user: reason for user, (_, reason) in refused.items()} | uncovered
    return tuple(Consideration(user=user, outcome="refused", reason=reasons[user]) for user in sorted(reasons))


def _say_uncovered(case: Case, step: int, user: str) -> str:
    """Return for which lines somebody lacks the mandate that he has for others."""
    missing = (group for group in range(len(case.groups)) if user not in case.find_best(step, group))
    lines = sorted(position for group in missing for position in case.groups[group].lines)
    more = f" and {len(lines) - LINES_NAMED_MAX} more" if len(lines) > LINES_NAMED_MAX else ""
    return f"no mandate for {write_lines(lines[:LINES_NAMED_MAX])}{more}"


def find_group_of_rank(case: Case, slot: SlotKey, option: Option) -> int:
    """Return the group that gave the candidate his rank: for an overall slot the one where he is furthest away."""
    if slot.group != WHOLE:
        return slot.group
    groups = range(len(case.groups))
    return next(group for group in groups if case.find_best(slot.step, group)[option.user][0] == option.rank)


def list_named_parameters(case: Case, signature: int) -> tuple[str, ...]:
    """Return the parameters that a signature class names, most important first."""
    priority = case.snapshot.approval_type.priority
    return _name_parameters(priority, signature)


@lru_cache(maxsize=64)
def _name_parameters(priority: tuple[int, int, int], signature: int) -> tuple[str, ...]:
    return tuple(_PARAMETER_NAMES[parameter] for place, parameter in enumerate(priority) if not signature >> (2 - place) & 1)


def _say_why_not(case: Case, slot: SlotKey, option: Option, chosen: Option, roles: Mapping[str, int]) -> str:
    role = roles.get(option.user)
    if role is not None and role != slot.step:
        return f"plays {STEPS[role]}"
    if chosen.sufficient and not option.sufficient:
        amount = write_amount(case.amount_of(slot.group), case.transaction.currency)
        return f"insufficient: {_say_limit(case, option.limit)} for {amount}"
    if option.rank > chosen.rank:
        return f"further away than {chosen.user}"
    if slot.step != SECRETARY and chosen.limit < option.limit:
        return f"{_say_limit(case, option.limit)} is larger; the smallest authority signs"
    return f"{chosen.user} comes first"


def _say_limit(case: Case, limit: Authority) -> str:
    shown = display_limit(limit, case.transaction.currency)
    return "unlimited" if shown is None else f"limit {write_amount(shown, case.transaction.currency, with_currency=False)}"
