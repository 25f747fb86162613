"""All findings of an approval matrix: the entry point of the static checks (MATRIX 2.9)."""

from collections.abc import Callable
from datetime import date

from app.domain.matrix.checks.chart import find_chart_findings, find_people_findings
from app.domain.matrix.checks.finding import SEVERITIES, Finding
from app.domain.matrix.checks.gaps import find_gaps, find_variant_gaps
from app.domain.matrix.checks.ladder import Ladder, make_ladder
from app.domain.matrix.checks.mandates import Ladders, find_mandate_findings
from app.domain.matrix.checks.reach import Field
from app.domain.matrix.checks.reliance import find_reliances
from app.domain.matrix.checks.settings import find_limit_findings, find_setting_findings
from app.domain.matrix.checks.survey import CompanyGroup, Surroundings, Survey
from app.domain.matrix.checks.together import find_split_overall, find_splitting, find_sums
from app.domain.matrix.checks.variants import Variants, needs_variants
from app.domain.matrix.snapshot import Snapshot

Progress = Callable[[int, int], None]
"""Called with the parts done and the parts there are."""


def find_findings(snapshot: Snapshot, *, on: date, around: Surroundings | None = None, progress: Progress | None = None) -> list[Finding]:
    """Return everything that a matrix has wrong or odd, the gravest first.

    1. Settings, rules, rates, chart, people and single mandates, each row once.
    2. For every group of companies and every currency: how far each class of cost centers goes, one amount an interval between the
       finite breakpoints; what finds nobody, with the smallest such amount.
    3. There, in the companies' own currency: who cannot be done without, and what several lines together make impossible or evade.

    Args:
        snapshot: the matrix as of one version.
        on: day in the environment's time zone.
        around: what the matrix does not know itself (statuses of cost centers, backups, copies).
        progress: told after each part.

    Returns:
        Findings by severity, then code and sentence; each example reproduces by `resolve_role_players`.
    Source: MATRIX 2.9; MXT-11, MXT-12, MXM-09, MXS-02, MXS-09, MXO-13, USR-42.
    """
    survey = Survey(snapshot, on=on, around=around or Surroundings())
    parts = [(group, currency) for group in survey.company_groups for currency in survey.currencies_of(group.first)]
    tell = progress or _ignore
    ladders = _make_ladders(survey, parts)
    tell(0, len(parts) + 1)
    found: list[Finding] = []
    if ladders:
        found += find_setting_findings(survey, ladders)
        found += find_limit_findings(survey, ladders)
        found += find_chart_findings(survey, ladders)
        found += find_mandate_findings(survey, ladders)
    found += find_people_findings(survey)
    tell(1, len(parts) + 1)
    for number, (group, currency) in enumerate(parts, start=2):
        ladder = next(each for each in ladders[group.first] if each.currency == currency)
        found += _find_in_part(survey, group, ladder, is_own=currency == survey.currencies_of(group.first)[0])
        tell(number, len(parts) + 1)
    return sorted(found, key=lambda each: (SEVERITIES.index(each.severity), each.code, each.sentence))


def _make_ladders(survey: Survey, parts: list[tuple[CompanyGroup, str]]) -> Ladders:
    """Return the ladders of every company; those of one group are the same."""
    ladders: dict[str | None, list[Ladder]] = {}
    for group, currency in parts:
        ladder = make_ladder(survey, company=group.first, currency=currency)
        for company in group.companies:
            ladders.setdefault(company, []).append(ladder)
    return ladders


def _find_in_part(survey: Survey, group: CompanyGroup, ladder: Ladder, *, is_own: bool) -> list[Finding]:
    if ladder.missing_rates:
        return []  # nothing can be compared there; `rate_missing` says so
    if needs_variants(survey.type):
        return list(find_variant_gaps(survey, group, ladder, Variants(survey, group, ladder)))
    field = Field(survey, group, ladder)
    found = list(find_gaps(field))
    if is_own:
        found += [*find_reliances(field), *find_splitting(field), *find_sums(field), *find_split_overall(field)]
    return found


def _ignore(_done: int, _of: int) -> None:
    """Tell nobody."""
