"""A second resolution, written from MATRIX.md alone: scans every row for every question and tries every assignment in the order of preference.

It shares the values of the matrix with the product and nothing else, and it is slow on purpose.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import Any

ORDER = ["secretary", "first_line", "second_line", "first_overall", "second_overall"]
INFINITE = Fraction(10) ** 60


class Refused(Exception):
    """The answer is an error of this code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Found:
    user: str
    rank: tuple[Any, ...]
    limit: Fraction


class Exhaustive:
    def __init__(self, snapshot, transaction, on) -> None:
        self.snapshot, self.tx, self.on = snapshot, transaction, on
        self.type = snapshot.approval_type
        self.groups: list[list[int]] = []
        for number, line in enumerate(transaction.lines):
            for group in self.groups:
                if transaction.lines[group[0]].coding == line.coding:
                    group.append(number)
                    break
            else:
                self.groups.append([number])
        self.amounts = [self.amount(group) for group in self.groups]
        self.total = max(abs(sum(Fraction(line.amount) for line in transaction.lines)), *self.amounts)
        self.banned = {transaction.submitter, *transaction.coders} if self.type.exclude_submitter else set()
        self.people = {person.id: person for person in snapshot.people}
        self.memo: dict[Any, Any] = {}
        self.failed: set[Any] = set()
        by_document = self.type.rate_on == "document" and transaction.issued_on is not None
        self.rates_on = transaction.issued_on if by_document else on

    def amount(self, group):
        amounts = [Fraction(self.tx.lines[number].amount) for number in group]
        largest, together = max(map(abs, amounts)), abs(sum(amounts))
        return {"line": largest, "coding": together, "approver": max(largest, together)}[self.type.aggregate]

    def convert(self, amount, source, target):
        if source == target or amount == INFINITE:
            return amount
        known = [rate for rate in self.snapshot.exchange_rates if rate.valid_on is None or rate.valid_on <= self.rates_on]
        known.sort(key=lambda rate: rate.valid_on or date.min)
        for rate in reversed(known):
            if (rate.source, rate.target) == (source, target):
                return amount * Fraction(rate.rate)
        for rate in reversed(known):
            if (rate.source, rate.target) == (target, source):
                return amount / Fraction(rate.rate)
        raise Refused("no_exchange_rate")

    def limit(self, rule, company):
        lines = {
            (line.company, line.currency): INFINITE if line.limit is None else Fraction(line.limit)
            for line in self.snapshot.rules
            if line.rule == rule
        }
        base = self.snapshot.base_currencies.get(company)
        for of_company in [company, None]:
            if (of_company, self.tx.currency) in lines:
                return lines[of_company, self.tx.currency]
            if base is not None and (of_company, base) in lines:
                return self.convert(lines[of_company, base], base, self.tx.currency)
        return None

    def actor(self, user):
        seen = []
        while user is not None and user not in seen:
            seen.append(user)
            person = self.people[user]
            if person.active and person.kind == "full":
                return user
            user = person.successor
        return None

    def chain(self, line, step):
        if line.cost_center is None:
            return []
        if self.type.link_cost_center_required and step in ORDER[:3]:
            return [line.cost_center]
        scope = line.company if self.type.chart_scope == "company" else None
        parents = {node.cost_center: node.parent for node in self.snapshot.chart if node.company == scope}
        chain = [line.cost_center]
        while parents.get(chain[-1]) is not None:
            chain.append(parents[chain[-1]])
            if len(set(chain)) < len(chain):
                raise Refused("chart_cycle")
        return chain

    def on_line(self, step, line) -> dict[str, Found]:
        chain = self.chain(line, step)
        found: dict[str, Found] = {}
        for row in self.snapshot.mandates:
            if step not in row.steps or row.expired:
                continue
            named = {2: row.organisation, 3: row.parameter_3, 4: row.parameter_4}
            has = {2: line.organisation, 3: line.parameter_3, 4: line.parameter_4}
            if any(value is not None and value != has[number] for number, value in named.items()):
                continue
            if row.company not in {None, line.company} or row.cost_center not in {None, *chain}:
                continue
            if (row.starts_on is not None and self.on < row.starts_on) or (row.ends_on is not None and self.on > row.ends_on):
                continue
            user = self.actor(row.user)
            if user is None or user in self.banned:
                continue
            limit = INFINITE if step == "secretary" else self.limit(row.rule, line.company)
            if limit is None:
                continue
            distance = 10**6 if row.cost_center is None else chain.index(row.cost_center)
            rank = (*[named[number] is None for number in self.type.priority], distance, row.company is None)
            known = found.get(user)
            found[user] = Found(user, min(rank, known.rank), max(limit, known.limit)) if known else Found(user, rank, limit)
        return found

    def candidates(self, step, group) -> list[Found]:
        key = (step, group)
        if key not in self.memo:
            if group is not None:
                self.memo[key] = list(self.on_line(step, self.tx.lines[self.groups[group][0]]).values())
            else:
                per_group = [{found.user: found for found in self.candidates(step, number)} for number in range(len(self.groups))]
                users = set.intersection(*map(set, per_group))
                self.memo[key] = [
                    Found(user, max(found[user].rank for found in per_group), min(found[user].limit for found in per_group))
                    for user in users
                ]
        return self.memo[key]

    def is_on(self, step):
        return step == "first_line" or getattr(self.type, step)

    def forced(self):
        kind, active, forced = self.type, [step for step in ORDER[2:] if self.is_on(step)], set()
        amounts = [kind.check_amount, kind.check_amount_additional, kind.threshold_1, kind.threshold_2]
        if any(amount is not None for amount in amounts):
            total = self.convert(self.total, self.tx.currency, kind.currency)
            exceeded = [amount is not None and total > Fraction(amount) for amount in amounts]
            for number in (1, 2):
                if exceeded[number - 1]:
                    if len(active) < number:
                        raise Refused("step_not_active")
                    forced.update(active[:number])
            if exceeded[2] or exceeded[3]:
                if exceeded[2] and "first_overall" not in active:
                    raise Refused("step_not_active")
                forced.update({"first_overall"} & set(active))
            if exceeded[3]:
                if "second_overall" not in active:
                    raise Refused("step_not_active")
                forced.add("second_overall")
        return forced

    def sufficient(self, step, group, found, placed):
        if group is None:
            return found.limit >= self.total
        signed = self.amounts[group]
        if self.type.aggregate == "approver":
            signed += sum(self.amounts[other] for (of_step, other, _), who in placed if of_step == step and who.user == found.user)
        return found.limit >= signed

    def flags(self, placed):
        """Replay the choices: which slot was filled by somebody sufficient, given what he signed before."""
        flags, before = [], []
        for slot, found in placed:
            flags.append((slot, self.sufficient(slot[0], slot[1], found, before)))
            before.append((slot, found))
        return flags

    def next_slot(self, placed, forced):
        """Return the first slot that is needed and not filled, with whether it must reach the total; None when all is filled."""
        flags = self.flags(placed)
        filled = {slot for slot, _ in flags}
        for step in ("secretary", "first_line"):
            for group in range(len(self.groups)):
                left_out = step == "secretary" and self.type.secretary_optional and not self.candidates(step, group)
                if self.is_on(step) and not left_out and (step, group, 0) not in filled:
                    return (step, group, 0), False
        short = False
        for group in range(len(self.groups)):
            first = any(flag for slot, flag in flags if slot[:2] == ("first_line", group))
            if self.is_on("second_line") and (not first or "second_line" in forced):
                of_group = [flag for slot, flag in flags if slot[:2] == ("second_line", group)]
                levels = len({found.rank for found in self.candidates("second_line", group)}) if self.type.approver_limit == "chain" else 1
                if not of_group or (not any(of_group) and len(of_group) < levels):
                    return ("second_line", group, len(of_group)), False
                short = short or not (first or any(of_group))
            else:
                short = short or not first
        overall = [flag for slot, flag in flags if slot[0] == "first_overall"]
        if self.is_on("first_overall") and (short or "first_overall" in forced) and not overall:
            return ("first_overall", None, 0), False
        lacking = not overall[0] if overall else short
        if (lacking or "second_overall" in forced) and ("second_overall", None, 0) not in filled:
            return ("second_overall", None, 0), lacking
        return None

    def ordered(self, slot, placed, lacking):
        step, group, level = slot
        if not self.is_on(step):
            return []
        options = self.candidates(step, group)
        if step == "second_line" and self.type.approver_limit == "chain":
            ranks = sorted({found.rank for found in options})
            options = [found for found in options if found.rank == ranks[level]] if ranks else []

        def order(found):
            suffices = self.sufficient(step, group, found, placed)
            if step in {"secretary", "first_line"}:
                return (found.rank, not suffices, found.limit, found.user)
            return (not suffices, found.rank, found.limit, found.user)

        return [found for found in sorted(options, key=order) if not lacking or found.limit >= self.total]

    def search(self, placed, roles, forced):
        following = self.next_slot(placed, forced)
        if following is None:
            return placed
        slot, lacking = following
        # What follows depends on this alone, so a state that failed once is not tried again.
        sums: dict[str, Fraction] = {}
        for (step, group, _), found in placed if self.type.aggregate == "approver" else ():
            if step == slot[0] and group is not None:
                sums[found.user] = sums.get(found.user, Fraction(0)) + self.amounts[group]
        flags = [flag for flag in self.flags(placed) if flag[0][0] != "secretary"]
        state = (slot, frozenset(roles.items()), tuple(flags), frozenset(sums.items()))
        if state in self.failed:
            return None
        for found in self.ordered(slot, placed, lacking):
            if roles.get(found.user, slot[0]) == slot[0]:
                answer = self.search([*placed, (slot, found)], {**roles, found.user: slot[0]}, forced)
                if answer is not None:
                    return answer
        self.failed.add(state)
        return None

    def resolve(self):
        """Return the slots as (step, lines, role player, pool), or the code of the error."""
        try:
            placed = self.search([], {signature.user: str(signature.step) for signature in self.tx.signed}, self.forced())
        except Refused as refused:
            return refused.code
        if placed is None:
            return "no_role_players_found"
        pools = self.pools(placed)
        everything = tuple(range(len(self.tx.lines)))
        return [
            (step, everything if group is None else tuple(self.groups[group]), found.user, pool)
            for ((step, group, _), found), pool in zip(placed, pools, strict=True)
        ]

    def pools(self, placed):
        colours = {signature.user: str(signature.step) for signature in self.tx.signed}
        colours.update((found.user, slot[0]) for slot, found in placed)
        equal = []
        for (step, group, _), chosen in placed:
            equal.append(
                [
                    found.user
                    for found in self.candidates(step, group)
                    if found.rank == chosen.rank and self.sufficient(step, group, found, []) == self.sufficient(step, group, chosen, [])
                ]
            )
        for (slot, _), users in zip(placed, equal, strict=True):
            for user in users:
                colours.setdefault(user, slot[0])
        return [tuple(sorted(user for user in users if colours[user] == slot[0])) for (slot, _), users in zip(placed, equal, strict=True)]

    def is_complete(self, chosen):
        """Whether these people (user per slot key, in order) fill exactly the slots they need, each in one step."""
        placed, forced, roles = [], self.forced(), {signature.user: str(signature.step) for signature in self.tx.signed}
        for slot, user in chosen:
            following = self.next_slot(placed, forced)
            if following is None or following[0] != slot or roles.get(user, slot[0]) != slot[0]:
                return False
            found = next((found for found in self.ordered(slot, placed, following[1]) if found.user == user), None)
            if found is None:
                return False
            roles[user] = slot[0]
            placed.append((slot, found))
        return self.next_slot(placed, forced) is None


def key_of(exhaustive, slots):
    """Return slot keys (step, group, level) for (step, lines) in the order of a route."""
    keys = []
    for step, lines in slots:
        group = None if step in ORDER[3:] else exhaustive.groups.index(list(lines))
        level = keys[-1][2] + 1 if keys and keys[-1][:2] == (step, group) else 0
        keys.append((step, group, level))
    assert all(ORDER.index(one[0]) <= ORDER.index(other[0]) for one, other in pairwise(keys)), "steps come in order"
    return keys
