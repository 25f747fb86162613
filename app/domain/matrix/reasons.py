"""The reasons of a route, written only when somebody stores or shows them: finding the people costs a tenth of telling why."""

from collections.abc import Sequence

from app.domain.matrix.candidates import Case
from app.domain.matrix.evidence import list_considered
from app.domain.matrix.explanation import Explanation
from app.domain.matrix.route import Consideration
from app.domain.matrix.search import Placement


class RouteReasons:
    """What a resolution looked at, kept with its route. Everything written follows from it alone."""

    __slots__ = ("_case", "_explanation", "_placements", "_pools", "_roles")

    def __init__(self, case: Case, placements: Sequence[Placement], pools: Sequence[tuple[str, ...]]) -> None:
        self._case = case
        self._placements = placements
        self._pools = pools
        self._explanation: Explanation | None = None
        self._roles: dict[str, int] = {}

    def write_why(self, place: int) -> str:
        """Return the sentences of a slot."""
        if self._explanation is None:
            self._explanation = Explanation(self._case, self._placements, self._pools)
        return self._explanation.write_why(self._placements[place])

    def list_considered(self, place: int) -> tuple[Consideration, ...]:
        """Return everybody who was considered for a slot, the preferred one first, those who were refused last."""
        if not self._roles:
            self._roles = {signature.user: signature.step.order for signature in self._case.transaction.signed}
            for placed, pool in zip(self._placements, self._pools, strict=True):
                self._roles.update(dict.fromkeys(pool, placed.slot.step))
        return list_considered(self._case, self._placements[place], self._pools[place], self._roles)
