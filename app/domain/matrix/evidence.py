"""Every candidate that was considered for a slot, and what became of him: the trace behind a route and behind a refusal."""

from collections.abc import Iterator, Mapping

from app.domain.matrix.authority import UNLIMITED, Authority, display_limit
from app.domain.matrix.candidates import (
    ANY_DISTANCE,
    SECRETARY,
    WHOLE,
    Case,
    Option,
    find_entries,
    pack_rank,
    unpack_rank,
)
from app.domain.matrix.route import Consideration, Outcome
from app.domain.matrix.search import Placement, SlotKey
from app.domain.matrix.snapshot import STEPS, Entry
from app.domain.matrix.wording import write_amount, write_lines

LINES_NAMED_MAX = 10
_PARAMETER_NAMES = {2: "organisation", 3: "parameter_3", 4: "parameter_4"}


class _Principals:
    """Whose mandates gave the candidates of a slot their ranks, found in one pass a group."""

    def __init__(self, case: Case, step: int) -> None:
        self._case = case
        self._step = step
        self._by_group: dict[int, dict[str, set[str]]] = {}

    def find(self, group: int, user: str) -> str | None:
        """Return the principal whose place the candidate takes, None when the mandate is his own."""
        owners = self._by_group.get(group)
        if owners is None:
            owners = self._by_group[group] = self._collect(group)
        return None if user in owners[user] else min(owners[user])

    def _collect(self, group: int) -> dict[str, set[str]]:
        best = self._case.find_best(self._step, group)
        owners: dict[str, set[str]] = {}
        for rank, entry in _iterate_covering(self._case, self._step, group):
            user = entry[0]
            if user in best and best[user][0] == rank and _say_refusal(self._case, self._step, group, entry) is None:
                owners.setdefault(user, set()).add(entry[4].user)
        return owners


def list_considered(case: Case, placement: Placement, pool: tuple[str, ...], roles: Mapping[str, int]) -> tuple[Consideration, ...]:
    """Return all candidates of a filled slot, the preferred one first, those who were refused last."""
    slot, chosen = placement
    considered = []
    principals = _Principals(case, slot.step)
    for option in case.list_options(slot.step, slot.group):
        outcome: Outcome = "not_chosen"
        if option.user == chosen.user:
            outcome, reason = "chosen", "chosen"
        elif option.user in pool:
            outcome, reason = "pool", f"equal to {chosen.user}: one signature is enough"
        else:
            reason = _say_why_not(case, slot, option, chosen, roles)
        considered.append(_describe(case, slot, option, principals, outcome=outcome, reason=reason))
    return (*considered, *list_refused(case, slot))


def list_rejected(case: Case, slot: SlotKey, roles: Mapping[str, int], *, needs_authority: bool) -> tuple[Consideration, ...]:
    """Return all candidates of a slot that nobody could fill, each with the reason."""
    rejected = []
    principals = _Principals(case, slot.step)
    for option in case.list_options(slot.step, slot.group):
        role = roles.get(option.user)
        if role is not None and role != slot.step:
            reason = f"plays {STEPS[role]}"
        elif needs_authority and not option.sufficient:
            reason = f"insufficient: {_say_limit(case, option.limit)} for {write_amount(case.total, case.transaction.currency)}"
        else:
            reason = "needed for another step"
        rejected.append(_describe(case, slot, option, principals, outcome="not_chosen", reason=reason))
    return (*rejected, *list_refused(case, slot))


def list_refused(case: Case, slot: SlotKey) -> tuple[Consideration, ...]:
    """Return who has a mandate that covers the slot, but cannot be a candidate at all, by user name."""
    groups = range(len(case.groups)) if slot.group == WHOLE else (slot.group,)
    candidates = case.find_best(slot.step, slot.group)
    refused: dict[str, tuple[int, str]] = {}
    uncovered: dict[str, str] = {}
    for group in groups:
        covered = case.find_best(slot.step, group)
        for rank, entry in _iterate_covering(case, slot.step, group):
            user = entry[0]
            if user in candidates or user in uncovered:
                continue
            if user in covered:
                uncovered[user] = _say_uncovered(case, slot.step, user)
            else:
                reason = _say_refusal(case, slot.step, group, entry)
                assert reason is not None, "a row without a reason against it makes its user a candidate"
                refused[user] = min((rank, reason), refused.get(user, (rank, reason)))
    reasons = {user: reason for user, (_, reason) in refused.items()} | uncovered
    return tuple(Consideration(user=user, outcome="refused", reason=reasons[user]) for user in sorted(reasons))


def _iterate_covering(case: Case, step: int, group: int) -> Iterator[tuple[int, Entry]]:
    """Give every row that covers a group, in force or not, with its rank."""
    snapshot = case.snapshot
    for classes, index in ((snapshot.signature_classes, snapshot.index), (snapshot.refused_classes, snapshot.refused)):
        for signature in classes[step]:
            centers = find_entries(index, signature, step, case.groups[group].line)
            for distance, cost_center in (*enumerate(case.find_chain(step, group)), (ANY_DISTANCE, None)):
                for entry in centers.get(cost_center, ()):
                    yield pack_rank(signature.key, distance, company_named=signature.company), entry


def _say_refusal(case: Case, step: int, group: int, entry: Entry) -> str | None:
    user, rule, starts_on, ends_on, row = entry
    company, currency = case.groups[group].line.company, case.transaction.currency
    if row.expired:
        return "mandate expired"
    if starts_on is not None and case.on < starts_on:
        return f"mandate starts on {starts_on.isoformat()}"
    if ends_on is not None and ends_on < case.on:
        return f"mandate ended on {ends_on.isoformat()}"
    actor = case.snapshot.find_actor(row.user)
    if actor.user is None:
        return actor.reason
    if user in case.banned:
        return case.banned[user]
    if step == SECRETARY or case.find_limit(rule, company) is not None:
        return None
    return f"no limit for {company or 'any company'} in {currency}"


def _say_uncovered(case: Case, step: int, user: str) -> str:
    """Return for which lines somebody lacks the mandate that he has for others."""
    missing = (group for group in range(len(case.groups)) if user not in case.find_best(step, group))
    lines = sorted(position for group in missing for position in case.groups[group].lines)
    more = f" and {len(lines) - LINES_NAMED_MAX} more" if len(lines) > LINES_NAMED_MAX else ""
    return f"no mandate for {write_lines(lines[:LINES_NAMED_MAX])}{more}"


def _describe(case: Case, slot: SlotKey, option: Option, principals: _Principals, *, outcome: Outcome, reason: str) -> Consideration:
    rank = unpack_rank(option.rank)
    group = find_group_of_rank(case, slot, option)
    chain = case.find_chain(slot.step, group)
    has_limit = slot.step != SECRETARY
    return Consideration(
        user=option.user,
        outcome=outcome,
        reason=reason,
        limit=display_limit(option.limit, case.transaction.currency) if has_limit else None,
        unlimited=has_limit and option.limit == UNLIMITED,
        sufficient=option.sufficient,
        parameters=list_named_parameters(case, rank.signature),
        cost_center=None if rank.levels_up is None else chain[rank.levels_up],
        levels_up=rank.levels_up,
        company_named=rank.company_named,
        mandate_of=principals.find(group, option.user),
    )


def find_group_of_rank(case: Case, slot: SlotKey, option: Option) -> int:
    """Return the group that gave the candidate his rank: for an overall slot the one where he is furthest away."""
    if slot.group != WHOLE:
        return slot.group
    groups = range(len(case.groups))
    return next(group for group in groups if case.find_best(slot.step, group)[option.user][0] == option.rank)


def list_named_parameters(case: Case, signature: int) -> tuple[str, ...]:
    """Return the parameters that a signature class names, most important first."""
    priority = case.snapshot.approval_type.priority
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
