"""Who else may give a signature: everybody equal to the role player whom no other step needs (MATRIX 2.7, MXR-06)."""

from collections.abc import Sequence
from decimal import Decimal

from app.domain.matrix.candidates import FIRST_LINE, SECOND_LINE, Case, Option
from app.domain.matrix.search import Placement
from app.domain.money import EXACT


def find_pools(case: Case, placements: Sequence[Placement]) -> list[tuple[str, ...]]:
    """Return the pool of each placement, by user name; nobody is in the pools of two steps, so that any member may act.

    Everybody gets one colour: signers and role players their step, anybody else the earliest step in which he is as near and as
    sufficient as the role player.
    """
    colours = {signature.user: signature.step.order for signature in case.transaction.signed}
    for slot, chosen in placements:
        colours[chosen.user] = slot.step
    sums = _Sums(case, placements) if case.snapshot.approval_type.aggregate == "approver" else None
    pools = []
    for (step, group, _), chosen in placements:
        options = case.list_preferred(step, group)
        if sums is not None or chosen not in options:
            options = case.list_options(step, group)
        pool = {chosen.user}
        for option in options:
            rank, _, user, sufficient = option
            if user == chosen.user or rank != chosen.rank or colours.get(user, step) != step:
                continue
            if sums is not None and step in {FIRST_LINE, SECOND_LINE}:
                is_equal = sums.admit(step, group, option, chosen)
            else:
                is_equal = sufficient == chosen.sufficient
            if is_equal:
                colours[user] = step
                pool.add(user)
        pools.append(tuple(sorted(pool)))
    return pools


class _Sums:
    """What each person might sign in one step: pool members must stay within their limits even if they sign it all (MXS-09)."""

    def __init__(self, case: Case, placements: Sequence[Placement]) -> None:
        self._case = case
        self._signed: dict[tuple[int, str], list[tuple[int, Option]]] = {}
        for slot, option in placements:
            if slot.step in {FIRST_LINE, SECOND_LINE}:
                self._signed.setdefault((slot.step, option.user), []).append((slot.group, option))

    def admit(self, step: int, group: int, option: Option, chosen: Option) -> bool:
        """Whether the candidate may be added to the pool of a group; if so the group counts as signed by him."""
        if not chosen.sufficient and option.sufficient:
            return False
        candidate = option._replace(sufficient=chosen.sufficient)
        signed = sorted([*self._signed.get((step, option.user), []), (group, candidate)], key=lambda entry: entry[0])
        total = Decimal(0)
        for of_group, counted in signed:
            total = EXACT.add(total, self._case.groups[of_group].amount)
            if counted.sufficient and not total <= counted.limit:
                return False
        self._signed[step, option.user] = signed
        return True
