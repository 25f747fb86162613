"""Who could fill a slot, in the order of preference (MATRIX 2.3)."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple, TypeAlias

from app.domain.matrix.authority import UNLIMITED, Authority, higher_of, lower_of
from app.domain.matrix.needs import ForcedStep, Group, find_forced_steps, find_total, group_lines
from app.domain.matrix.snapshot import Entry, Index, Line, SignatureClass, Snapshot, Step, Transaction

WHOLE = -1
"""The group of a slot for the transaction as a whole."""

SECRETARY, FIRST_LINE, SECOND_LINE, FIRST_OVERALL, SECOND_OVERALL = (step.order for step in Step)

Best: TypeAlias = dict[str, tuple[int, Authority]]
"""Candidate -> his best rank and his highest limit among all rows that cover the line."""

ANY_DISTANCE = (1 << 24) - 1


class Option(NamedTuple):
    """One candidate of a slot. A smaller rank is nearer: parameters first, then levels up, then whether the company is named."""

    user: str
    sufficient: bool
    rank: int
    limit: Authority


class Rank(NamedTuple):
    """A rank taken apart: place of the signature class, levels up (None: any cost center), whether the company is named."""

    signature: int
    levels_up: int | None
    company_named: bool


def pack_rank(signature: int, distance: int, *, company_named: bool) -> int:
    """Return the rank as one number whose order is that of (signature, distance, company named first)."""
    return signature << 25 | distance << 1 | (0 if company_named else 1)


def unpack_rank(rank: int) -> Rank:
    """Return the parts of a packed rank."""
    distance = rank >> 1 & ANY_DISTANCE
    return Rank(rank >> 25, None if distance == ANY_DISTANCE else distance, not rank & 1)


class Case:
    """One transaction against one snapshot on one day: groups, total, forced steps, and candidates found on demand."""

    __slots__ = ("_best", "_forced", "_limits", "_options", "banned", "groups", "on", "rates_on", "snapshot", "total", "transaction")

    def __init__(self, snapshot: Snapshot, transaction: Transaction, *, on: date) -> None:
        approval_type = snapshot.approval_type
        self.snapshot = snapshot
        self.transaction = transaction
        self.on = on
        self.rates_on = transaction.issued_on if approval_type.rate_on == "document" and transaction.issued_on else on
        self.groups: tuple[Group, ...] = group_lines(transaction.lines, approval_type.aggregate)
        self.total: Decimal = find_total(transaction.lines, self.groups)
        self.banned: Mapping[str, str] = _find_banned(transaction) if approval_type.exclude_submitter else {}
        self._forced: Mapping[Step, ForcedStep] | None = None
        self._best: dict[tuple[int, int], Best] = {}
        self._options: dict[tuple[int, int], tuple[Option, ...]] = {}
        self._limits: dict[str | None, dict[str, Authority | None]] = {}

    @property
    def forced(self) -> Mapping[Step, ForcedStep]:
        """Return the steps that the total forces; see `needs.find_forced_steps` for what is raised."""
        if self._forced is None:
            self._forced = find_forced_steps(self.snapshot, self.transaction, total=self.total, on=self.rates_on)
        return self._forced

    def lines_of(self, group: int) -> tuple[int, ...]:
        """Return the positions of the lines of a slot."""
        return tuple(range(len(self.transaction.lines))) if group == WHOLE else self.groups[group].lines

    def amount_of(self, group: int) -> Decimal:
        """Return the amount that a limit is compared with."""
        return self.total if group == WHOLE else self.groups[group].amount

    def find_chain(self, step: int, group: int) -> tuple[str, ...]:
        """Return the cost centers on which a mandate for this step may stand, nearest first; ChartCycle if there is no end."""
        line = self.groups[group].line
        if step <= SECOND_LINE and self.snapshot.approval_type.link_cost_center_required:
            return () if line.cost_center is None else (line.cost_center,)
        return self.snapshot.find_chain(line.company, line.cost_center)

    def list_options(self, step: int, group: int) -> tuple[Option, ...]:
        """Return the candidates of a slot, the preferred one first.

        First line and secretary: nearest first, inside one rank who suffices first, then the smaller limit. Other steps: who
        suffices first ("lowest sufficient authority"), among them nearest, then the smaller limit. The user name breaks ties.
        """
        options = self._options.get((step, group))
        if options is None:
            best = self.find_best(step, group)
            amount = self.amount_of(group)
            options = self._options[step, group] = sort_options(
                step, [Option(user, amount <= limit, rank, limit) for user, (rank, limit) in best.items()]
            )
        return options

    def find_best(self, step: int, group: int) -> Best:
        """Return all candidates of a slot with rank and limit; overall slots need a mandate for every group."""
        best = self._best.get((step, group))
        if best is None:
            best = self._best[step, group] = self._intersect(step) if group == WHOLE else self._search(step, group)
        return best

    def _intersect(self, step: int) -> Best:
        common = self.find_best(step, 0)
        for group in range(1, len(self.groups)):
            other = self.find_best(step, group)
            common = {
                user: (max(rank, other[user][0]), lower_of(limit, other[user][1]))
                for user, (rank, limit) in common.items()
                if user in other
            }
        return common

    def _search(self, step: int, group: int) -> Best:
        """Probe the index: one look a signature class, then one a cost center of the chain."""
        line = self.groups[group].line
        chain = self.find_chain(step, group)
        best: Best = {}
        for signature in self.snapshot.signature_classes[step]:
            centers = find_entries(self.snapshot.index, signature, step, line)
            if not centers:
                continue
            rank = pack_rank(signature.key, 0, company_named=signature.company)
            for cost_center in chain:
                entries = centers.get(cost_center)
                if entries is not None:
                    self._collect(best, entries, rank, step, line.company)
                rank += 2
            entries = centers.get(None)
            if entries is not None:
                rank = pack_rank(signature.key, ANY_DISTANCE, company_named=signature.company)
                self._collect(best, entries, rank, step, line.company)
        return best

    def _collect(self, best: Best, entries: list[Entry], rank: int, step: int, company: str | None) -> None:
        on = self.on
        for user, rule, starts_on, ends_on, _ in entries:
            if (starts_on is not None and on < starts_on) or (ends_on is not None and ends_on < on) or user in self.banned:
                continue
            limit = UNLIMITED if step == SECRETARY else self.find_limit(rule, company)
            if limit is None:
                continue
            known = best.get(user)
            best[user] = (rank, limit) if known is None else (min(rank, known[0]), higher_of(limit, known[1]))

    def find_limit(self, rule: str, company: str | None) -> Authority | None:
        """Return how far a rule reaches for a company in the transaction's currency, remembered for this case."""
        of_company = self._limits.get(company)
        if of_company is None:
            of_company = self._limits[company] = {}
        if rule not in of_company:
            of_company[rule] = self.snapshot.find_limit(rule, company=company, currency=self.transaction.currency, on=self.rates_on)
        return of_company[rule]


def sort_options(step: int, options: list[Option]) -> tuple[Option, ...]:
    """Return candidates in the order of preference of the step."""
    if len(options) > 1:
        options.sort(key=_nearest_first if step <= FIRST_LINE else _sufficient_first)
    return tuple(options)


def _nearest_first(option: Option) -> tuple[int, bool, Authority, str]:
    return (option.rank, not option.sufficient, option.limit, option.user)


def _sufficient_first(option: Option) -> tuple[bool, int, Authority, str]:
    return (not option.sufficient, option.rank, option.limit, option.user)


def find_entries(index: Index, signature: SignatureClass, step: int, line: Line) -> Mapping[str | None, list[Entry]]:
    """Return the rows of a signature class that name the line's values, by cost center; none if the line lacks a value they name."""
    company, organisation, parameter_3, parameter_4 = line.company, line.organisation, line.parameter_3, line.parameter_4
    if signature.company:
        if company is None:
            return _NO_ENTRIES
    else:
        company = None
    if signature.organisation:
        if organisation is None:
            return _NO_ENTRIES
    else:
        organisation = None
    if signature.parameter_3:
        if parameter_3 is None:
            return _NO_ENTRIES
    else:
        parameter_3 = None
    if signature.parameter_4:
        if parameter_4 is None:
            return _NO_ENTRIES
    else:
        parameter_4 = None
    return index.get((step, company, organisation, parameter_3, parameter_4), _NO_ENTRIES)


_NO_ENTRIES: Mapping[str | None, list[Entry]] = {}


def _find_banned(transaction: Transaction) -> dict[str, str]:
    """Return who holds no approval role in this transaction, with the reason (MXR-05)."""
    banned = dict.fromkeys(transaction.coders, "coded this transaction")
    if transaction.submitter is not None:
        banned[transaction.submitter] = "submitted this transaction"
    return banned
