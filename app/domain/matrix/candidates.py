"""Who could fill a slot, in the order of preference (MATRIX 2.3)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from operator import attrgetter, itemgetter
from typing import NamedTuple, TypeAlias

from app.domain.matrix.authority import NO_LIMITS, Authority, higher_of, lower_of
from app.domain.matrix.index import Cover, Entry
from app.domain.matrix.needs import ForcedStep, Group, find_forced_steps, find_total, group_lines
from app.domain.matrix.snapshot import MandateRow, Snapshot, Step, Transaction

WHOLE = -1
"""The group of a slot for the transaction as a whole."""

SECRETARY, FIRST_LINE, SECOND_LINE, FIRST_OVERALL, SECOND_OVERALL = (step.order for step in Step)

Best: TypeAlias = dict[str, tuple[int, Authority]]
"""Candidate -> his best rank and his highest limit among all rows that cover the line."""

Claim: TypeAlias = tuple[int, str, Authority, MandateRow]
"""What one row in force gives a candidate: rank, user name, limit, and the row."""

Lots: TypeAlias = list[tuple[int, list[Entry]]]
"""The rows that cover a line, nearest first: all of one rank together."""

ANY_DISTANCE = (1 << 24) - 1
_NOBODY_BANNED: Mapping[str, str] = {}


class Option(NamedTuple):
    """One candidate of a slot. A smaller rank is nearer: parameters first, then levels up, then whether the company is named.

    The fields stand in the order in which they decide.
    """

    rank: int
    limit: Authority
    user: str
    sufficient: bool


def pack_rank(signature: int, distance: int, *, company_named: bool) -> int:
    """Return the rank as one number whose order is that of (signature, distance, company named first)."""
    return signature << 25 | distance << 1 | (0 if company_named else 1)


def unpack_rank(rank: int) -> tuple[int, int | None, bool]:
    """Return the parts of a rank: place of the signature class, levels up (None: any cost center), whether the company is named."""
    distance = rank >> 1 & ANY_DISTANCE
    return rank >> 25, None if distance == ANY_DISTANCE else distance, not rank & 1


class Case:
    """One transaction against one snapshot on one day: groups, total, forced steps, and candidates found on demand."""

    __slots__ = (
        "_best",
        "_claims",
        "_covers",
        "_forced",
        "_lots",
        "_options",
        "_preferred",
        "banned",
        "groups",
        "on",
        "rates_on",
        "snapshot",
        "total",
        "transaction",
    )

    def __init__(self, snapshot: Snapshot, transaction: Transaction, *, on: date) -> None:
        approval_type = snapshot.approval_type
        self.snapshot = snapshot
        self.transaction = transaction
        self.on = on
        self.rates_on = transaction.issued_on if approval_type.rate_on == "document" and transaction.issued_on else on
        self.groups: tuple[Group, ...] = group_lines(transaction.lines, approval_type.aggregate)
        self.total: Decimal = find_total(transaction.lines, self.groups)
        self.banned: Mapping[str, str] = _find_banned(transaction) if approval_type.exclude_submitter else _NOBODY_BANNED
        self._forced: Mapping[int, ForcedStep] | None = None
        self._covers: dict[int, list[Cover]] = {}
        self._lots: dict[tuple[int, int], Lots] = {}
        self._claims: dict[tuple[int, int], list[Claim]] = {}
        self._best: dict[tuple[int, int], Best] = {}
        self._preferred: dict[tuple[int, int], tuple[Option, ...]] = {}
        self._options: dict[tuple[int, int], tuple[Option, ...]] = {}

    @property
    def forced(self) -> Mapping[int, ForcedStep]:
        """Return the steps that the total forces, by order; see `needs.find_forced_steps` for what is raised."""
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

    def list_preferred(self, step: int, group: int) -> tuple[Option, ...]:
        """Return the first of `list_options` with all who are as near and as sufficient; most slots need no others, and few are found faster."""
        preferred = self._preferred.get((step, group))
        if preferred is None:
            is_whole = group == WHOLE and len(self.groups) > 1
            preferred = self._preferred[step, group] = self.list_options(step, group) if is_whole else self._find_preferred(step, group)
        return preferred

    def list_options(self, step: int, group: int) -> tuple[Option, ...]:
        """Return the candidates of a slot, the preferred one first; see `sort_options`."""
        options = self._options.get((step, group))
        if options is None:
            amount = self.amount_of(group)
            found = [Option(rank, limit, user, amount <= limit) for user, (rank, limit) in self.find_best(step, group).items()]
            options = self._options[step, group] = sort_options(step, found)
        return options

    def _find_preferred(self, step: int, group: int) -> tuple[Option, ...]:
        claims = self.list_claims(step, 0 if group == WHOLE else group)
        if not claims:
            return ()
        amount = self.amount_of(group)
        if len(claims) == 1:
            ((rank, user, limit, _),) = claims
            alone = self._options[step, group] = (Option(rank, limit, user, amount <= limit),)
            return alone
        rank, able = claims[0][0], frozenset[str]()
        if step > FIRST_LINE:
            able = frozenset([user for _, user, limit, _ in claims if amount <= limit])
            rank = next((of_rank for of_rank, user, _, _ in claims if user in able), rank)
        limits: dict[str, Authority] = {}
        are_all = True
        for of_rank, user, limit, _ in claims:
            if user in limits:
                limits[user] = higher_of(limits[user], limit)
            elif of_rank == rank and (not able or user in able):
                limits[user] = limit
            else:
                are_all = False
        options = sort_options(step, [Option(rank, limit, user, amount <= limit) for user, limit in limits.items()])
        if are_all:
            self._options[step, group] = options
        return options if len(options) == 1 else tuple([option for option in options if option.sufficient == options[0].sufficient])

    def find_best(self, step: int, group: int) -> Best:
        """Return all candidates of a slot with rank and limit; overall slots need a mandate for every group."""
        best = self._best.get((step, group))
        if best is None:
            best = self._best[step, group] = self._intersect(step) if group == WHOLE else self._collect(step, group)
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

    def _collect(self, step: int, group: int) -> Best:
        best: Best = {}
        for rank, user, limit, _ in self.list_claims(step, group):
            known = best.get(user)
            best[user] = (rank, limit) if known is None else (known[0], higher_of(limit, known[1]))
        return best

    def list_claims(self, step: int, group: int) -> list[Claim]:
        """Return what the rows in force give, nearest first."""
        claims = self._claims.get((step, group))
        if claims is None:
            on, banned = self.on, self.banned
            limits = self._find_limits(step, group)
            claims = self._claims[step, group] = [
                (rank, user, limit, row)
                for rank, entries in self.list_covering(step, group)
                for user, rule, starts_on, ends_on, row in entries
                if (starts_on is None or starts_on <= on)
                and (ends_on is None or on <= ends_on)
                and user not in banned
                and (limit := limits[rule]) is not None
            ]
        return claims

    def find_refusal(self, step: int, group: int, entry: Entry) -> str | None:
        """Return why a row that covers a group gives nothing, or None when it is in force."""
        user, rule, starts_on, ends_on, row = entry
        if row.expired:
            return "mandate expired"
        if starts_on is not None and self.on < starts_on:
            return f"mandate starts on {starts_on.isoformat()}"
        if ends_on is not None and ends_on < self.on:
            return f"mandate ended on {ends_on.isoformat()}"
        actor = self.snapshot.find_actor(row.user)
        if actor.user is None:
            return actor.reason
        if user in self.banned:
            return self.banned[user]
        if self._find_limits(step, group)[rule] is not None:
            return None
        return f"no limit for {self.groups[group].line.company or 'any company'} in {self.transaction.currency}"

    def _find_limits(self, step: int, group: int) -> Mapping[str, Authority | None]:
        """Return how far each rule reaches for the company of a group's lines, in the transaction's currency."""
        if step == SECRETARY:
            return NO_LIMITS
        company = self.groups[group].line.company
        return self.snapshot.find_limits(company=company, currency=self.transaction.currency, on=self.rates_on)

    def list_covering(self, step: int, group: int) -> Lots:
        """Return the rows that cover a group and that somebody can act on, in force or not."""
        lots = self._lots.get((step, group))
        if lots is None:
            covers = self._covers.get(group)
            if covers is None:
                covers = self._covers[group] = self.snapshot.index.find_covers(self.groups[group].line)
            lots = self._lots[step, group] = walk_centers(covers, step, self.find_chain(step, group))
        return lots

    def list_refused(self, step: int, group: int) -> Lots:
        """Return the rows that cover a group, but that nobody can act on."""
        covers = self.snapshot.refused.find_covers(self.groups[group].line)
        return [] if not covers else walk_centers(covers, step, self.find_chain(step, group))


def walk_centers(covers: Iterable[Cover], step: int, chain: Sequence[str]) -> Lots:
    """Return the rows that stand on a cost center of the chain or on any, nearest first, each lot with its rank.

    It takes one look a signature class and cost center. No two lots have the same rank.
    """
    found = []
    for signature, steps in covers:
        centers = steps[step]
        if centers is None:
            continue
        if not centers.keys().isdisjoint(chain):
            rank = pack_rank(signature.key, 0, company_named=signature.company)
            for cost_center in chain:
                entries = centers.get(cost_center)
                if entries is not None:
                    found.append((rank, entries))
                rank += 2
        if None in centers:
            found.append((pack_rank(signature.key, ANY_DISTANCE, company_named=signature.company), centers[None]))
    found.sort(key=_first)
    return found


_first = itemgetter(0)
_sufficiency = attrgetter("sufficient")
_nearness = attrgetter("rank")


def sort_options(step: int, options: list[Option]) -> tuple[Option, ...]:
    """Return candidates in the order of preference of the step.

    First line and secretary: nearest first, inside one rank who suffices first, then the smaller limit. Other steps: who suffices first
    ("lowest sufficient authority"), among them nearest, then the smaller limit. The user name breaks ties.
    """
    if len(options) > 1:
        options.sort()
        options.sort(key=_sufficiency, reverse=True)
        if step <= FIRST_LINE:
            options.sort(key=_nearness)
    return tuple(options)


def _find_banned(transaction: Transaction) -> dict[str, str]:
    """Return who holds no approval role in this transaction, with the reason (MXR-05)."""
    banned = dict.fromkeys(transaction.coders, "coded this transaction")
    if transaction.submitter is not None:
        banned[transaction.submitter] = "submitted this transaction"
    return banned
