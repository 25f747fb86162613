"""What is said when nobody fits: step, lines, chart path, every candidate with his reason, and the smallest conflict (MXR-04)."""

from app.domain.errors import NoRolePlayersFound
from app.domain.matrix.candidates import WHOLE, Case
from app.domain.matrix.conflict import find_conflict
from app.domain.matrix.evidence import list_rejected
from app.domain.matrix.explanation import label_parameter
from app.domain.matrix.route import ConflictingSlot, Consideration
from app.domain.matrix.search import DeadEnd, SlotKey
from app.domain.matrix.snapshot import STEPS
from app.domain.matrix.wording import join_words, write_amount, write_lines

CODINGS_NAMED_MAX = 10
SLOTS_NAMED_MAX = 10
"""How many codings and slots a message spells out; the facts carry them all."""


def explain_failure(case: Case, dead_end: DeadEnd | None) -> NoRolePlayersFound:
    """Return the error for a transaction that nobody can sign as the matrix stands."""
    conflict = find_conflict(case)
    dead_end = dead_end or _deepest_of(case, conflict)
    slot = dead_end.slot
    step = STEPS[slot.step]
    rejected: tuple[Consideration, ...] = ()
    if not dead_end.is_inactive:
        rejected = list_rejected(case, slot, dead_end.roles, needs_authority=dead_end.needs_authority)
    groups = range(len(case.groups)) if slot.group == WHOLE else (slot.group,)
    path = list(dict.fromkeys(cost_center for group in groups for cost_center in case.find_chain(slot.step, group)))
    sentences = [
        f"No role players could be found for step {step.label}, {_say_place(case, slot)}.",
        *_say_cause(case, dead_end, path),
        *(f"{case.snapshot.name_of(found.user)}: {found.reason}." for found in rejected),
        *_say_conflict(conflict),
    ]
    return NoRolePlayersFound(
        " ".join(sentences),
        step=step.value,
        lines=list(case.lines_of(slot.group)),
        path=path,
        rejected=[{"user": found.user, "reason": found.reason} for found in rejected],
        conflict=[
            {
                "step": found.step.value,
                "lines": list(found.lines),
                "users": list(found.users),
                "needs_authority": found.needs_authority,
            }
            for found in conflict
        ],
    )


def _deepest_of(case: Case, conflict: tuple[ConflictingSlot, ...]) -> DeadEnd:
    """Return where to point when the search was cut off before it met a dead end: the deepest slot of the conflict."""
    if not conflict:
        return DeadEnd(SlotKey(STEPS[1].order, 0), {}, needs_authority=False, is_inactive=False)
    last = conflict[-1]
    group = WHOLE if last.step.is_overall else next(place for place, group in enumerate(case.groups) if group.lines == last.lines)
    is_active = case.snapshot.approval_type.is_active(last.step)
    return DeadEnd(SlotKey(last.step.order, group), {}, needs_authority=False, is_inactive=not is_active)


def _say_place(case: Case, slot: SlotKey) -> str:
    if slot.group != WHOLE:
        return f"{write_lines(case.groups[slot.group].lines)} on {_say_coding(case, slot.group)}"
    codings = [_say_coding(case, group) for group in range(min(len(case.groups), CODINGS_NAMED_MAX))]
    rest = len(case.groups) - len(codings)
    return f"whole transaction: {join_words([*codings, f'{rest} more'] if rest else codings, 'and')}"


def _say_coding(case: Case, group: int) -> str:
    line = case.groups[group].line
    coding = "/".join(value for value in (line.company, line.cost_center) if value is not None)
    named = [
        f"{label_parameter(case, name)} {getattr(line, name)}"
        for name in ("organisation", "parameter_3", "parameter_4")
        if getattr(line, name) is not None
    ]
    return ", ".join([coding or "no cost center", *named])


def _say_cause(case: Case, dead_end: DeadEnd, path: list[str]) -> list[str]:
    slot = dead_end.slot
    if dead_end.is_inactive:
        return ["Authority is insufficient and no further step is active."]
    said = [f"Looked at {' > '.join(path)}."] if path and slot.group != WHOLE else []
    if slot.group != WHOLE:
        line = case.groups[slot.group].line
        if line.cost_center is not None and len(path) == 1 and not case.snapshot.is_in_chart(line.company, line.cost_center):
            said.append(f"{line.cost_center} is not in the chart. Link it, or give it a mandate.")
    elif path:
        said.append(f"Looked at {', '.join(path)}.")
    if dead_end.needs_authority:
        said.append(f"Whoever signs it must reach {write_amount(case.total, case.transaction.currency)}.")
    return said


def _say_conflict(conflict: tuple[ConflictingSlot, ...]) -> list[str]:
    if len(conflict) < 2:
        return []
    slots = [_say_slot(found) for found in conflict if not found.needs_authority]
    if len(slots) > SLOTS_NAMED_MAX:
        slots = [*slots[:SLOTS_NAMED_MAX], f"{len(slots) - SLOTS_NAMED_MAX} more"]
    reaching = [_say_slot(found) for found in conflict if found.needs_authority]
    if reaching:
        slots.append(f"somebody whose limit suffices, on {join_words(reaching, 'or')}")
    return [f"These needs cannot all be met, one step a person: {'; '.join(slots)}."] if len(slots) > 1 else [f"Needed is {slots[0]}."]


def _say_slot(found: ConflictingSlot) -> str:
    users = ", ".join(found.users) or "nobody"
    return f"{found.step.label} ({users})" if found.step.is_overall else f"{found.step.label} for {write_lines(found.lines)} ({users})"
