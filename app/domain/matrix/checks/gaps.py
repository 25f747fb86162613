"""Findings about amounts: what finds nobody, what nobody may reach, and where one person would have to sign twice."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from app.domain.errors import CountersignError
from app.domain.matrix.authority import Authority, display_limit
from app.domain.matrix.checks.finding import RESOLVED, CounterExample, Finding, Severity, name_some, next_amount
from app.domain.matrix.checks.ladder import Ladder
from app.domain.matrix.checks.lineup import can_sign
from app.domain.matrix.checks.reach import Field, Outlook
from app.domain.matrix.checks.survey import CompanyGroup, Survey
from app.domain.matrix.checks.variants import NO_PARAMETERS, PARAMETER_NAMES, Parameters, Variant, Variants
from app.domain.matrix.resolution import resolve_role_players
from app.domain.matrix.snapshot import Line, Snapshot, Transaction
from app.domain.matrix.wording import write_amount


class _Kind(NamedTuple):
    code: str
    severity: Severity
    remedy: str


NOBODY = _Kind(
    "no_role_player", "error", "Give somebody a mandate for the step on these cost centers or above them, or link them in the chart."
)
NOT_ACTIVE = _Kind("step_not_active", "error", "Switch the step on, or take the check amount or threshold away.")
DEAD_END = _Kind("dead_end", "error", "Give a second person a mandate for one of the steps.")
UNREACHABLE = _Kind("limit_unreachable", "warning", "Give somebody a mandate for the step that is missing on the way to this limit.")
GAP = _Kind("gap", "warning", "Give somebody who may sign more a mandate on these cost centers or above them.")
CEILING = _Kind("authority_ends", "info", "Nothing, if nobody shall approve more; else give somebody a higher limit.")


class _Gap(NamedTuple):
    """What cost centers must have in common to be told together."""

    kind: _Kind
    reach: int
    ceiling: int
    parameters: Parameters


def find_gaps(field: Field) -> Iterator[Finding]:
    """Give, for one company and currency, every amount that finds nobody: one finding a smallest amount and cause, with all cost centers."""
    gaps: dict[_Gap, list[str]] = {}
    ceiling = max((outlook.ceiling for outlook in field.outlooks.values()), default=-1)
    for center, outlook in sorted(field.outlooks.items()):
        if outlook.reach < field.ladder.last:
            kind = _classify(field, outlook, ceiling)
            gaps.setdefault(_Gap(kind, outlook.reach, _shown_ceiling(kind, outlook.ceiling), NO_PARAMETERS), []).append(center)
    yield from _write_all(field.survey, field.group, field.ladder, gaps)


def find_variant_gaps(survey: Survey, group: CompanyGroup, ladder: Ladder, variants: Variants) -> Iterator[Finding]:
    """Give the same for codings that were looked at one by one; why each fails is what the resolution says."""
    found = [variant for variant in variants if variant.reach < ladder.last]
    ceiling = max((variant.ceiling for variant in found), default=-1)
    gaps: dict[_Gap, list[str]] = {}
    for variant in found:
        kind = _classify_variant(survey, group, ladder, variant, ceiling)
        gap = _Gap(kind, variant.reach, _shown_ceiling(kind, variant.ceiling), variant.parameters)
        gaps.setdefault(gap, []).extend(variant.centers)
    yield from _write_all(survey, group, ladder, gaps)
    if variants.left_out:
        yield Finding(
            code="check_incomplete",
            severity="info",
            sentence=f"Of {variants.left_out} classes of cost centers not every combination of organisation and parameters was looked at.",
            remedy="Nothing; simulate the combinations that matter, or use lowest_sufficient, under which none of them is harder.",
            subject={"companies": list(group.companies), "currency": ladder.currency, "classes": variants.left_out},
        )


def ask_resolve(snapshot: Snapshot, transaction: Transaction, *, on: date) -> tuple[str, str, Mapping[str, object]]:
    """Return the code, the words and the facts of resolve's refusal; `resolved` when there is a route."""
    try:
        resolve_role_players(snapshot, transaction, on=on, detail="people")
    except CountersignError as error:
        return error.code, error.detail, error.facts
    return RESOLVED, "", {}


def show_limit(amount: Authority | None, currency: str) -> str:
    """Return a limit in words."""
    shown = None if amount is None else display_limit(amount, currency)
    return "unlimited" if shown is None else write_amount(shown, currency)


def _classify(field: Field, outlook: Outlook, ceiling: int) -> _Kind:
    following = outlook.reach + 1
    if following > field.demand.refused_above:
        return NOT_ACTIVE
    if can_sign(outlook.lineup, following, field.demand, one_step_each=False):
        return DEAD_END
    return _classify_lack(outlook.reach, outlook.ceiling, ceiling)


def _classify_variant(survey: Survey, group: CompanyGroup, ladder: Ladder, variant: Variant, ceiling: int) -> _Kind:
    code, _, facts = ask_resolve(
        survey.snapshot, _example(group, ladder, variant.reach, variant.centers[0], variant.parameters), on=survey.on
    )
    conflict = facts.get("conflict")
    if code == NOT_ACTIVE.code:
        return NOT_ACTIVE
    if isinstance(conflict, list) and len(conflict) > 1:
        return DEAD_END
    return _classify_lack(variant.reach, variant.ceiling, ceiling)


def _classify_lack(reach: int, own_ceiling: int, ceiling: int) -> _Kind:
    if reach < 0:
        return NOBODY
    if reach < own_ceiling:
        return UNREACHABLE
    return GAP if reach < ceiling else CEILING


def _shown_ceiling(kind: _Kind, ceiling: int) -> int:
    """Return how far limits reach where the sentence says so, else -1, so that what differs in it alone is told together."""
    return ceiling if kind in {UNREACHABLE, DEAD_END} else -1


def _example(group: CompanyGroup, ladder: Ladder, reach: int, center: str, parameters: Parameters) -> Transaction:
    amount = next_amount(ladder.amount_of(reach), ladder.currency)
    named: dict[str, Any] = dict(zip(PARAMETER_NAMES, parameters, strict=True))
    return Transaction(currency=ladder.currency, lines=(Line(amount=amount, company=group.first, cost_center=center, **named),))


def _write_all(survey: Survey, group: CompanyGroup, ladder: Ladder, gaps: Mapping[_Gap, list[str]]) -> Iterator[Finding]:
    for gap, centers in sorted(gaps.items(), key=lambda entry: (entry[0].reach, entry[0].kind, entry[1], str(entry[0].parameters))):
        transaction = _example(group, ladder, gap.reach, centers[0], gap.parameters)
        code, detail, _ = ask_resolve(survey.snapshot, transaction, on=survey.on)
        amount = transaction.lines[0].amount
        named = {name: value for name, value in zip(PARAMETER_NAMES, gap.parameters, strict=True) if value is not None}
        subject: dict[str, object] = {
            "companies": list(group.companies),
            "cost_centers": sorted(centers),
            "currency": ladder.currency,
            "smallest_amount": f"{amount:f}",
            "detail": detail,
            **named,
        }
        limit = show_limit(ladder.amount_of(gap.ceiling), ladder.currency)
        yield Finding(
            code=gap.kind.code,
            severity=gap.kind.severity,
            sentence=f"{name_place(group, sorted(centers), named)}: {_say(gap.kind, write_amount(amount, ladder.currency), limit)}",
            remedy=gap.kind.remedy,
            subject=subject,
            example=CounterExample(transaction=transaction, on=survey.on, answer=code),
        )


def name_place(group: CompanyGroup, centers: list[str], named: Mapping[str, str | None]) -> str:
    """Return companies, cost centers and the other values of a coding as they begin a sentence."""
    companies = name_some([each for each in group.companies if each is not None])
    parameters = [f"{name.replace('_', ' ')} {value}" for name, value in named.items() if value is not None]
    return ", ".join([*([companies] if companies else []), name_some(centers), *parameters])


def _say(kind: _Kind, amount: str, limit: str) -> str:
    match kind.code:
        case "no_role_player":
            return "nobody can approve any amount."
        case "step_not_active":
            return f"from {amount} on a step is forced that is switched off."
        case "dead_end":
            return f"from {amount} on somebody would have to sign two steps; limits reach {limit}."
        case "limit_unreachable":
            return f"limits reach {limit}, but from {amount} on a step on the way there has nobody."
        case "gap":
            return f"from {amount} on nobody can approve, though elsewhere somebody could."
        case _:
            return f"from {amount} on nobody can approve; no limit reaches further."
