"""Why a slot is needed and why it is this person's: plain sentences for the approver (UI.md section 8)."""

from collections.abc import Mapping, Sequence

from app.domain.matrix.authority import display_limit
from app.domain.matrix.candidates import FIRST_LINE, SECRETARY, WHOLE, Case, Option, unpack_rank
from app.domain.matrix.evidence import find_group_of_rank, list_named_parameters
from app.domain.matrix.needs import ForcedStep
from app.domain.matrix.search import Placement, SlotKey
from app.domain.matrix.steps import STEP_LABELS
from app.domain.matrix.wording import join_words, write_amount, write_levels, write_lines

_SETTING_NAMES = {
    "check_amount": "check amount",
    "check_amount_additional": "check amount for a second additional approval",
    "threshold_1": "threshold for first overall",
    "threshold_2": "threshold for second overall",
}


class Explanation:
    """Writes the sentences of one route."""

    def __init__(self, case: Case, placements: Sequence[Placement], pools: Sequence[tuple[str, ...]]) -> None:
        self._case = case
        self._currency = case.transaction.currency
        self._placements: dict[int, list[Placement]] = {}
        for placed in placements:
            step, group, _ = placed.slot
            if step != SECRETARY:
                self._placements.setdefault(group, []).append(placed)
        self._amounts: dict[int, str] = {}
        self._overall = self._placements.get(WHOLE, [])
        self._pools: Mapping[SlotKey, tuple[str, ...]] = {slot: pool for (slot, _), pool in zip(placements, pools, strict=True)}

    def write_why(self, placement: Placement) -> str:
        """Return the sentences of one slot: what makes the step necessary, what the mandate is, how far it reaches, who else may sign."""
        slot, option = placement
        name = self._name(option.user)
        sentences = [self._say_need(slot), self._say_mandate(slot, option, name), self._say_reach(slot, option), self._say_pool(slot)]
        return " ".join(filter(None, sentences))

    def _say_need(self, slot: SlotKey) -> str:
        step, group, _ = slot
        if step == SECRETARY:
            return f"Secretary signs every line before first line; this is {self._name_lines(group)}."
        if step == FIRST_LINE:
            return f"{self._say_amount(group)} First line always signs."
        exceeded = self._find_exceeded(slot)
        if exceeded is not None:
            amount = self._say_amount(group if group != WHOLE else exceeded.slot.group)
            return f"{amount} That is higher than {self._say_limits(exceeded)}, so {STEP_LABELS[step]} signs too."
        forced = self._case.forced.get(step)
        return self._say_forced(forced, STEP_LABELS[step]) if forced is not None else ""

    def _find_exceeded(self, slot: SlotKey) -> Placement | None:
        """Return the choice whose limit is too low and so makes this slot necessary; None when another reason does."""
        before = [found for found in self._placements[slot.group] if found.slot < slot]
        if not before:
            short = (of_group for group, of_group in sorted(self._placements.items()) if group != WHOLE)
            return next((of_group[-1] for of_group in short if not any(found.option.sufficient for found in of_group)), None)
        return None if before[-1].option.sufficient else before[-1]

    def _say_limits(self, exceeded: Placement) -> str:
        limit = display_limit(exceeded.option.limit, self._currency)
        if limit is None or self._case.amount_of(exceeded.slot.group) <= exceeded.option.limit:
            return f"what {self._name(exceeded.option.user)} may sign in sum"
        return f"{self._name(exceeded.option.user)}'s limit of {write_amount(limit, self._currency, with_currency=False)}"

    def _say_forced(self, forced: ForcedStep, label: str) -> str:
        case = self._case
        type_currency = case.snapshot.approval_type.currency
        total = write_amount(case.total, self._currency)
        amount = write_amount(forced.amount, type_currency, with_currency=type_currency != self._currency)
        return f"The whole transaction is {total}. That is higher than the {_SETTING_NAMES[forced.setting]} of {amount}, so {label} always signs."

    def _say_amount(self, group: int) -> str:
        said = self._amounts.get(group)
        if said is None:
            said = self._amounts[group] = self._write_amount(group)
        return said

    def _write_amount(self, group: int) -> str:
        case = self._case
        if group == WHOLE:
            return f"The whole transaction is {write_amount(case.total, self._currency)}."
        amount = case.amount_of(group)
        lines = case.groups[group].lines
        largest = next((line for line in lines if case.transaction.lines[line].amount.copy_abs() == amount), None)
        where = self._name_place(group)
        if largest is None:
            return f"{write_lines(lines).capitalize()}{where} are together {write_amount(amount, self._currency)}."
        # A credit is shown negative, although its size is what counts.
        return f"Line {largest + 1}{where} is {write_amount(case.transaction.lines[largest].amount, self._currency)}."

    def _say_mandate(self, slot: SlotKey, option: Option, name: str) -> str:
        case = self._case
        signature, levels_up, _ = unpack_rank(option.rank)
        group = find_group_of_rank(case, slot, option)
        line = case.groups[group].line
        parts = [f"{self._label_parameter(named)} {getattr(line, named)}" for named in list_named_parameters(case, signature)]
        if levels_up is None:
            place = join_words(parts, "and") if parts else "any cost center"
        else:
            center = case.find_chain(slot.step, group)[levels_up]
            up = f", {write_levels(levels_up)} above {line.cost_center}" if levels_up else ""
            place = (join_words([center, *parts], "and") if parts else center) + up
        return f"{name} holds {STEP_LABELS[slot.step]} for {place}."

    def _say_reach(self, slot: SlotKey, option: Option) -> str:
        if slot.step == SECRETARY:
            return ""
        limit = display_limit(option.limit, self._currency)
        if limit is None:
            return "The limit is unlimited."
        text = f"The limit is {write_amount(limit, self._currency, with_currency=False)}"
        if option.sufficient:
            return f"{text}, which is enough."
        following = next((found.slot for found in (*self._placements[slot.group], *self._overall) if found.slot > slot), None)
        after = f", so {STEP_LABELS[following.step]} signs after" if following is not None else ""
        if slot.step == FIRST_LINE or (following is not None and following.step == slot.step):
            return f"{text}{after}."
        return f"{text}{after}; nobody free on {STEP_LABELS[slot.step]} reaches the amount, so the smallest authority signs."

    def _say_pool(self, slot: SlotKey) -> str:
        pool = self._pools[slot]
        return f"{join_words(map(self._name, pool), 'or')}: one signature is enough." if len(pool) > 1 else ""

    def _name(self, user: str) -> str:
        return self._case.snapshot.name_of(user)

    def _name_lines(self, group: int) -> str:
        return f"{write_lines(self._case.groups[group].lines)}{self._name_place(group)}"

    def _name_place(self, group: int) -> str:
        cost_center = self._case.groups[group].line.cost_center
        return f" on {cost_center}" if cost_center is not None else ""

    def _label_parameter(self, parameter: str) -> str:
        return label_parameter(self._case, parameter)


def label_parameter(case: Case, parameter: str) -> str:
    """Return the name that the approval type gives to a coding parameter."""
    approval_type = case.snapshot.approval_type
    labels = {"parameter_3": approval_type.parameter_3_label, "parameter_4": approval_type.parameter_4_label}
    return labels.get(parameter, parameter)
