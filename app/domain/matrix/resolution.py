"""Who must approve a transaction: the entry point of the approval matrix."""

from collections.abc import Sequence
from datetime import date
from typing import Literal

from app.domain.errors import InvalidInput, SearchExhausted
from app.domain.matrix.authority import display_limit
from app.domain.matrix.candidates import SECRETARY, Case
from app.domain.matrix.colouring import NodeBudget
from app.domain.matrix.failure import explain_failure
from app.domain.matrix.lookahead import FeasibilityLookahead
from app.domain.matrix.pools import find_pools
from app.domain.matrix.reasons import RouteReasons
from app.domain.matrix.route import ConflictingSlot, Consideration, Route, RouteStep, Slot
from app.domain.matrix.search import BudgetExceeded, Placement, Search
from app.domain.matrix.snapshot import LINES_MAX, STEPS, Snapshot, Transaction
from app.domain.matrix.validation import find_signature_faults
from app.domain.matrix.values import on_basis

__all__ = ["ConflictingSlot", "Consideration", "Route", "RouteStep", "Slot", "resolve_role_players"]

Detail = Literal["people", "evidence"]
NODES_MAX = 5_000
"""Candidates that the preferred search may look at, plus NODES_PER_GROUP for each group of lines."""

NODES_PER_GROUP = 5
COLOURING_NODES_MAX = 10_000
LOOKAHEAD_NODES_MAX = 50_000


def resolve_role_players(
    snapshot: Snapshot, transaction: Transaction, *, on: date, detail: Detail = "evidence", nodes_max: int = NODES_MAX
) -> Route:
    """Return who must approve `transaction`, step by step.

    1. Group the lines by coding; the forced steps follow from the total.
    2. Fill the slots in order (secretary, first line, second line, overall), preferred candidate first, one step a person; what later
       steps need follows from who was chosen. The first complete assignment is the preferred one.
    3. If that takes more than `nodes_max` looks, search again with a lookahead that never enters a dead end.
    4. Widen each slot to its pool: everybody equal whom no other step needs.
    5. Keep what was looked at with the route, which writes its sentences and its evidence from it when they are asked for.

    The answer depends on the arguments alone, never on time spent or on the order of rows.

    Args:
        snapshot: approval type, rules, mandates, chart and people as of one version.
        transaction: 1 to LINES_MAX lines in one currency, counted with or without tax as the approval type says; signatures that stand
            keep their people in their steps.
        on: date in the environment's time zone.
        detail: `people` gives a route without reasons, which keeps nothing of the case in memory; the people are the same.
        nodes_max: budget of step 2.

    Returns:
        Route with 1..5 steps; every slot has a non-empty pool; nobody plays two steps.

    Raises:
        NoRolePlayersFound: names step, lines, chart path, each rejected candidate with its reason, and a minimal conflict.
        NoExchangeRate: a limit or a forcing amount cannot be compared.
        ChartCycle: the chart leads in a circle above a line's cost center.
        StepNotActive: the total forces a step that is switched off.
        SearchExhausted: the lookahead's budget is used up as well; nothing is known.
        InvalidInput: no line, too many lines, or one person signed two steps.
    Source: MXS-01..14, MXP-01..07, MXR-01..06, MXO-02..06, MXL-02..04.
    """
    check_transaction(transaction)
    case = Case(snapshot, on_basis(transaction, snapshot.approval_type), on=on)
    placements = _assign(case, nodes_max)
    pools = find_pools(case, placements)
    return _write_route(case, placements, pools, RouteReasons(case, placements, pools) if detail == "evidence" else None)


def check_transaction(transaction: Transaction) -> None:
    """Refuse what cannot be resolved at all.

    Raises:
        InvalidInput: no line, too many lines, or one person signed two steps.
    """
    if not 1 <= len(transaction.lines) <= LINES_MAX:
        raise InvalidInput(reason=f"expected 1 to {LINES_MAX} lines, but got {len(transaction.lines)}")
    for fault in find_signature_faults(transaction.signed):
        raise InvalidInput(reason=fault.removesuffix("."))


def _assign(case: Case, nodes_max: int) -> tuple[Placement, ...]:
    search = Search(case, nodes_max=nodes_max + (NODES_PER_GROUP * len(case.groups) if nodes_max > 1 else 0))
    try:
        placements = search.run()
    except BudgetExceeded:
        lookahead = FeasibilityLookahead(case, NodeBudget(COLOURING_NODES_MAX))
        if not lookahead.is_feasible:
            raise explain_failure(case, search.dead_end) from None
        search = Search(case, nodes_max=LOOKAHEAD_NODES_MAX + NODES_PER_GROUP * len(case.groups), lookahead=lookahead)
        try:
            placements = search.run()
        except BudgetExceeded:
            raise SearchExhausted(limit=LOOKAHEAD_NODES_MAX) from None
    if placements is None:
        raise explain_failure(case, search.dead_end)
    return placements


def _write_route(case: Case, placements: Sequence[Placement], pools: Sequence[tuple[str, ...]], reasons: RouteReasons | None) -> Route:
    currency = case.transaction.currency
    slots: dict[int, list[Slot]] = {}
    for place, (((step, group, _), (_, limit, user, _)), pool) in enumerate(zip(placements, pools, strict=True)):
        shown = None if step == SECRETARY else display_limit(limit, currency)
        slot = Slot(lines=case.lines_of(group), role_player=user, pool=pool, limit=shown, place=place, reasons=reasons)
        if step in slots:
            slots[step].append(slot)
        else:
            slots[step] = [slot]
    return Route(tuple([RouteStep(STEPS[step], tuple(of_step)) for step, of_step in slots.items()]))
