"""Whether a role player may still act: asked at every action, on that day (MXR-07)."""

from collections.abc import Sequence
from datetime import date

from app.domain.matrix.candidates import Case
from app.domain.matrix.snapshot import Snapshot, Step, Transaction


def is_mandate_in_force(snapshot: Snapshot, transaction: Transaction, *, user: str, step: Step, lines: Sequence[int], on: date) -> bool:
    """Whether `user` has, on that day, a mandate for this step that covers all of `lines` (positions from 0).

    How far it reaches is not asked: that was weighed when the route was made. Inactive users, portal users and users whose mandate is
    not in force have none; neither have the submitter and the coders where the approval type excludes them.

    Raises:
        NoExchangeRate: a limit cannot be compared.
        ChartCycle: the chart leads in a circle above a line's cost center.
    """
    case = Case(snapshot, transaction, on=on)
    groups = [place for place, group in enumerate(case.groups) if step.is_overall or not set(lines).isdisjoint(group.lines)]
    holders = [{claim[1] for claim in case.list_claims(step.order, group)} for group in groups]  # all, for what is missing in any is raised
    return bool(groups) and all(user in of_group for of_group in holders)
