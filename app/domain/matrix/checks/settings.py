"""Findings about the approval type, the rules and the rates."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from app.domain.matrix.checks.finding import CounterExample, Finding, name_some, next_amount
from app.domain.matrix.checks.gaps import ask_resolve
from app.domain.matrix.checks.ladder import Ladder
from app.domain.matrix.checks.mandates import Ladders
from app.domain.matrix.checks.survey import Survey
from app.domain.matrix.snapshot import Line, Step, Transaction
from app.domain.matrix.wording import write_amount

_ORDERED = (("check_amount", "check_amount_additional"), ("threshold_1", "threshold_2"))
_LABELS = {
    "check_amount": "check amount",
    "check_amount_additional": "check amount for a second additional approval",
    "threshold_1": "threshold for first overall",
    "threshold_2": "threshold for second overall",
}


def find_setting_findings(survey: Survey, ladders: Ladders) -> Iterator[Finding]:
    """Give amounts out of order, amounts that force a step which is off, and steps that are on with no mandate."""
    for lower, higher in _ORDERED:
        first: Decimal | None = getattr(survey.type, lower)
        second: Decimal | None = getattr(survey.type, higher)
        if first is not None and second is not None and second < first:
            yield Finding(
                code="thresholds_out_of_order",
                severity="warning",
                sentence=f"The {_LABELS[higher]} ({second:f}) is lower than the {_LABELS[lower]} ({first:f}), so the {_LABELS[lower]} decides nothing.",
                remedy="Put the amounts in order.",
                subject={"settings": [lower, higher]},
                example=_example(survey, ladders, above=second),
            )
    yield from _find_inactive(survey, ladders)
    held = {step for row in survey.rows_in_force for step in row.steps}
    for step in Step:
        if step in survey.active_steps and step not in held:
            is_needed = step is Step.FIRST_LINE or (step is Step.SECRETARY and not survey.type.secretary_optional)
            yield Finding(
                code="step_without_mandate",
                severity="error" if is_needed else "warning",
                sentence=f"{step.label.capitalize()} is switched on, but nobody holds a mandate for it.",
                remedy="Give somebody a mandate for the step, or switch it off.",
                subject={"step": step.value},
                example=_example(survey, ladders, above=None),
            )


def _find_inactive(survey: Survey, ladders: Ladders) -> Iterator[Finding]:
    """Give amounts that force a step which is switched off. Source: MXT-11."""
    additional = [step for step in (Step.SECOND_LINE, Step.FIRST_OVERALL, Step.SECOND_OVERALL) if step in survey.active_steps]
    is_met = {
        "check_amount": len(additional) >= 1,
        "check_amount_additional": len(additional) >= 2,
        "threshold_1": Step.FIRST_OVERALL in additional,
        "threshold_2": Step.SECOND_OVERALL in additional,
    }
    for setting, is_active in is_met.items():
        amount: Decimal | None = getattr(survey.type, setting)
        if amount is not None and not is_active:
            yield Finding(
                code="forced_step_not_active",
                severity="error",
                sentence=f"The {_LABELS[setting]} of {write_amount(amount, survey.type.currency)} forces a step that is switched off.",
                remedy="Switch the step on, or take the amount away.",
                subject={"settings": [setting]},
                example=_example(survey, ladders, above=amount),
            )


def find_limit_findings(survey: Survey, ladders: Ladders) -> Iterator[Finding]:
    """Give rules without a limit for a company's currency, and limits that no exchange rate leads to."""
    used: dict[str | None, set[str]] = {}
    for row in survey.rows_in_force:
        if row.steps & survey.active_steps != {Step.SECRETARY}:
            used.setdefault(row.company, set()).add(row.rule)
    for company, of_company in ladders.items():
        if not of_company:
            continue
        base = of_company[0]
        missing = sorted((used.get(company, set()) | used.get(None, set())) - set(base.reach_of_rule)) if not base.missing_rates else []
        if missing:
            nothing = not base.reach_of_rule
            yield Finding(
                code="limit_missing",
                severity="error" if nothing else "warning",
                sentence=f"{company or 'Any company'}: {'no rule has' if nothing else f'rule {name_some(missing)} has no'} "
                f"{'a ' if nothing else ''}limit in {base.currency}, so mandates with it give no authority there.",
                remedy="Add a line to the rule, for the company or for any company.",
                subject={"companies": [company], "currency": base.currency, "rules": missing},
                example=_line_example(survey, base),
            )
        for source, target in sorted({pair for ladder in of_company for pair in ladder.missing_rates}):
            ladder = next(each for each in of_company if (source, target) in each.missing_rates)
            yield Finding(
                code="rate_missing",
                severity="error",
                sentence=f"{company or 'Any company'}: there is no exchange rate from {source} to {target}, so limits cannot be compared.",
                remedy="Add the rate, in either direction.",
                subject={"companies": [company], "currencies": [source, target]},
                example=_line_example(survey, ladder),
            )


def _line_example(survey: Survey, ladder: Ladder) -> CounterExample:
    """Return the smallest line of a company and currency on a cost center that holds a mandate, with what resolve answers."""
    held = [row.cost_center for row in survey.rows_in_force if row.cost_center and row.company in {None, ladder.company}]
    centers: Sequence[str] = survey.centers.get(survey.scope_of(ladder.company), ())
    center = next(iter(held), next(iter(centers), None))
    line = Line(amount=next_amount(None, ladder.currency), company=ladder.company, cost_center=center)
    transaction = Transaction(currency=ladder.currency, lines=(line,))
    return CounterExample(transaction=transaction, on=survey.on, answer=ask_resolve(survey.snapshot, transaction, on=survey.on)[0])


def _example(survey: Survey, ladders: Ladders, *, above: Decimal | None) -> CounterExample | None:
    """Return a line just above an amount in the type's currency, on the first cost center of the first company."""
    company = next(iter(ladders))
    center = next(iter(survey.centers.get(survey.scope_of(company), ())), None)
    line = Line(amount=next_amount(above, survey.type.currency), company=company, cost_center=center)
    transaction = Transaction(currency=survey.type.currency, lines=(line,))
    return CounterExample(transaction=transaction, on=survey.on, answer=ask_resolve(survey.snapshot, transaction, on=survey.on)[0])
