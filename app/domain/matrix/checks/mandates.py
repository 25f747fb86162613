"""Findings about single mandates: who cannot act on them, which never count, which are hidden by others, which end soon."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import product

from app.domain.matrix.checks.finding import RESOLVED, CounterExample, Finding, Severity, name_some, next_amount
from app.domain.matrix.checks.gaps import ask_resolve
from app.domain.matrix.checks.ladder import Ladder
from app.domain.matrix.checks.survey import Survey
from app.domain.matrix.snapshot import Line, MandateRow, Step, Transaction

SOON_DAYS = 30
CODING = ("company", "organisation", "parameter_3", "parameter_4")

Ladders = Mapping[str | None, Sequence[Ladder]]
"""The ladders of every known company, the one of its base currency first."""


def find_mandate_findings(survey: Survey, ladders: Ladders) -> Iterator[Finding]:
    """Give everything that is odd about single mandates."""
    yield from _find_without_actor(survey, ladders)
    yield from _find_never_used(survey, ladders)
    yield from _find_hidden(survey, ladders)
    yield from _find_ending(survey, ladders)
    yield from _find_outliving_copies(survey, ladders)


def _find_without_actor(survey: Survey, ladders: Ladders) -> Iterator[Finding]:
    """Give the holders of mandates who cannot act and are followed by nobody. Source: MXU-01, MXU-03."""
    rows: dict[str, list[MandateRow]] = {}
    for row in survey.snapshot.mandates:
        if not row.expired and survey.actors[row.user] is None:
            rows.setdefault(row.user, []).append(row)
    for user, of_user in sorted(rows.items()):
        reason = survey.snapshot.find_actor(user).reason
        yield _write(
            survey,
            ladders,
            of_user,
            code="mandate_without_actor",
            severity="error",
            sentence=f"{survey.snapshot.name_of(user)} holds {_count(of_user)}, but cannot act on them: {reason}.",
            remedy="Give the mandates to a full, active user, or name a successor.",
            users=[user],
        )


def _find_never_used(survey: Survey, ladders: Ladders) -> Iterator[Finding]:
    """Give mandates in force that no transaction can use, by the reason."""
    reachable = _list_centers_in_use(survey)
    groups: dict[str, list[MandateRow]] = {}
    for row in survey.rows_in_force:
        reason = _say_never_used(survey, ladders, row, reachable)
        if reason is not None:
            groups.setdefault(reason, []).append(row)
    for reason, rows in sorted(groups.items()):
        yield _write(
            survey,
            ladders,
            rows,
            code="mandate_never_used",
            severity="warning",
            sentence=f"{_count(rows).capitalize()} can never be used: {reason}.",
            remedy="Correct the mandate, or end it.",
        )


def _say_never_used(survey: Survey, ladders: Ladders, row: MandateRow, reachable: Mapping[str | None, frozenset[str]]) -> str | None:
    steps = row.steps & survey.active_steps
    if not steps:
        return "its steps are switched off"
    companies = [row.company] if row.company is not None else list(ladders)
    if row.company is not None and survey.snapshot.base_currencies and row.company not in survey.snapshot.base_currencies:
        return f"there is no company {row.company}"
    if steps != {Step.SECRETARY} and not any(
        row.rule in ladder.reach_of_rule or ladder.missing_rates for company in companies for ladder in ladders.get(company, ())
    ):
        return f"rule {row.rule} has no limit for {row.company or 'any company'}"
    if row.cost_center is not None:
        scopes = {survey.scope_of(company) for company in companies}
        if not any(row.cost_center in reachable.get(scope, ()) for scope in scopes):
            return f"nothing can be coded on {row.cost_center}, nor on anything below it"
    return None


def _list_centers_in_use(survey: Survey) -> dict[str | None, frozenset[str]]:
    """Return, chart by chart, the cost centers that are codable or have something codable below them."""
    found: dict[str | None, frozenset[str]] = {}
    for scope, centers in survey.centers.items():
        used: set[str] = set()
        parents = survey.parents.get(scope, {})
        for center in centers:
            current: str | None = center if survey.is_codable(scope, center) else None
            while current is not None and current not in used:
                used.add(current)
                current = parents.get(current)
        found[scope] = frozenset(used)
    return found


def _find_hidden(survey: Survey, ladders: Ladders) -> Iterator[Finding]:
    """Give mandates whose limit never counts, since the same person has a higher one that covers all the same lines. Source: MXM-09."""
    rows: dict[tuple[str, Step], list[MandateRow]] = {}
    for row in survey.rows_in_force:
        for step in row.steps & survey.active_steps:
            if step is not Step.SECRETARY:
                rows.setdefault((survey.actors[row.user] or "", step), []).append(row)
    comparison = _Comparison(ladders)
    pairs: dict[tuple[str, str], dict[tuple[str, str], tuple[MandateRow, MandateRow]]] = {}
    for (user, _), of_step in rows.items():
        for code, hidden, wider in _list_hidden(survey, comparison, of_step):
            pairs.setdefault((user, code), {})[hidden.id, wider.id] = (hidden, wider)
    for (user, code), found in sorted(pairs.items()):
        hidden, wider = next(iter(found.values()))
        name = survey.snapshot.name_of(user)
        words = {
            "duplicate_mandate": (f"{name} holds the same twice: {hidden.id} and {wider.id}", "Delete one of them."),
            "overlapping_mandates": (
                f"{name} holds two limits for the same lines and step; the one of {hidden.id} never counts beside {wider.id}",
                "Delete the smaller one, since the largest limit counts.",
            ),
            "shadowed_limit": (
                f"The limit of {name}'s mandate {hidden.id} never counts: {wider.id} covers the same lines and reaches further",
                "Narrow the wider mandate, or delete the narrower one.",
            ),
        }[code]
        yield _write(
            survey,
            ladders,
            [hidden],
            code=code,
            severity="info" if code == "duplicate_mandate" else "warning",
            sentence=words[0] + (f", and {len(found) - 1} more." if len(found) > 1 else "."),
            remedy=words[1],
            users=[user],
            mandates=sorted({each.id for pair in found.values() for each in pair}),
            pairs=[list(pair) for pair in found],
        )


class _Comparison:
    """Which rule reaches at least as far as which, for every company and currency; remembered."""

    def __init__(self, ladders: Ladders) -> None:
        self._ladders = ladders
        self._known: dict[tuple[str, str, str | None], int] = {}

    def compare(self, rule: str, other: str, company: str | None) -> int:
        """Return 0 when the other rule gives the same for a company (None: for all), 1 when at least as much and somewhere more, else -1."""
        key = (rule, other, company)
        if key not in self._known:
            self._known[key] = self._compare(rule, other, company)
        return self._known[key]

    def _compare(self, rule: str, other: str, company: str | None) -> int:
        if rule == other:
            return 0
        is_more = False
        for ladder in (
            each for of_company in ([company] if company is not None else self._ladders) for each in self._ladders.get(of_company, ())
        ):
            one, two = ladder.reach_of_rule.get(rule, -1), ladder.reach_of_rule.get(other, -1)
            if two < one or ladder.missing_rates:
                return -1
            is_more = is_more or two > one
        return 1 if is_more else 0


def _list_hidden(survey: Survey, comparison: _Comparison, rows: Sequence[MandateRow]) -> Iterator[tuple[str, MandateRow, MandateRow]]:
    """Give (code, hidden row, row that hides it) among the rows of one person and step."""
    if len(rows) < 2:
        return
    by_coding: dict[tuple[str | None, ...], list[MandateRow]] = {}
    for row in rows:
        by_coding.setdefault((*(getattr(row, name) for name in CODING), row.cost_center), []).append(row)
    centers = {row.cost_center for row in rows}
    for row in rows:
        own = (*(getattr(row, name) for name in CODING), row.cost_center)
        for coding in _list_wider(survey, row, centers):
            for other in by_coding.get(coding, ()):
                if other is row or not _covers_days(other, row):
                    continue
                more = comparison.compare(row.rule, other.rule, row.company)
                if more == 0 and coding == own and row.id < other.id:
                    yield "duplicate_mandate", row, other
                elif more == 1:
                    yield ("overlapping_mandates" if coding == own else "shadowed_limit"), row, other


def _list_wider(survey: Survey, row: MandateRow, centers: set[str | None]) -> Iterable[tuple[str | None, ...]]:
    """Return the codings that cover everything this row's coding covers, the same included."""
    values = [(value, None) if (value := getattr(row, name)) is not None else (None,) for name in CODING]
    places: list[str | None] = [row.cost_center]
    walks = not survey.type.link_cost_center_required or not row.steps & {Step.FIRST_LINE, Step.SECOND_LINE}
    is_one_chart = survey.type.chart_scope == "all" or row.company is not None
    if row.cost_center is not None:
        if walks and is_one_chart and len(centers) > 1 and survey.has_chain(row.company, row.cost_center):
            places += [center for center in survey.snapshot.find_chain(row.company, row.cost_center)[1:] if center in centers]
        if None in centers:
            places.append(None)
    return ((*named, place) for named in product(*values) for place in places)


def _covers_days(wider: MandateRow, row: MandateRow) -> bool:
    starts = wider.starts_on is None or (row.starts_on is not None and wider.starts_on <= row.starts_on)
    ends = wider.ends_on is None or (row.ends_on is not None and row.ends_on <= wider.ends_on)
    return starts and ends


def _find_ending(survey: Survey, ladders: Ladders) -> Iterator[Finding]:
    """Give mandates that end soon, by person and day; a warning where a line that resolves today does not on the day after."""
    ending: dict[tuple[str, str], list[MandateRow]] = {}
    for row in survey.rows_in_force:
        if row.ends_on is not None and row.ends_on <= survey.on + timedelta(days=SOON_DAYS):
            ending.setdefault((row.ends_on.isoformat(), row.user), []).append(row)
    for (day, user), rows in sorted(ending.items()):
        last_day = rows[0].ends_on
        assert last_day is not None, "only rows with an end are here"
        transaction = _line_within(survey, ladders, rows[0])
        today, _, _ = ask_resolve(survey.snapshot, transaction, on=survey.on)
        after, _, _ = ask_resolve(survey.snapshot, transaction, on=last_day + timedelta(days=1))
        breaks = today == RESOLVED and after != RESOLVED
        yield Finding(
            code="expires_soon",
            severity="warning" if breaks else "info",
            sentence=f"{_count(rows).capitalize()} of {survey.snapshot.name_of(user)} end{'s' if len(rows) == 1 else ''} on {day}"
            + ("; after that day the example finds nobody." if breaks else "."),
            remedy="Prolong the mandate, or give it to somebody else.",
            subject={"users": [user], "mandates": sorted(row.id for row in rows), "ends_on": day, "days_left": (last_day - survey.on).days},
            example=CounterExample(transaction=transaction, on=last_day + timedelta(days=1), answer=after),
        )


def _find_outliving_copies(survey: Survey, ladders: Ladders) -> Iterator[Finding]:
    """Give mandates that somebody took over from a person who is back. Source: USR-42."""
    by_id = {row.id: row for row in survey.snapshot.mandates}
    for row in survey.rows_in_force:
        original = by_id.get(survey.around.copied_from.get(row.id, ""))
        if original is None or not original.expired:
            continue
        owner = survey.snapshot.people_by_id.get(original.user)
        if owner is not None and owner.active and owner.kind == "full" and owner.id != row.user:
            yield _write(
                survey,
                ladders,
                [row],
                code="copy_outlives_original",
                severity="warning",
                sentence=f"{survey.snapshot.name_of(row.user)} still holds mandate {row.id}, a copy from {owner.name}, who is active again.",
                remedy="End the copy, and give its owner a new mandate where he shall have one.",
                users=[row.user, owner.id],
            )


def _write(
    survey: Survey,
    ladders: Ladders,
    rows: Sequence[MandateRow],
    *,
    code: str,
    severity: Severity,
    sentence: str,
    remedy: str,
    **subject: object,
) -> Finding:
    """Return a finding about rows; its example is a line that the first of them is meant for, just above its limit where that is known."""
    transaction = _line_above(survey, ladders, rows[0])
    answer, _, _ = ask_resolve(survey.snapshot, transaction, on=survey.on)
    return Finding(
        code=code,
        severity=severity,
        sentence=sentence,
        remedy=remedy,
        subject={"mandates": sorted(row.id for row in rows), **subject},
        example=CounterExample(transaction=transaction, on=survey.on, answer=answer),
    )


def _line_above(survey: Survey, ladders: Ladders, row: MandateRow) -> Transaction:
    ladder = _ladder_of(ladders, row)
    reach = ladder.reach_of_rule.get(row.rule, -1)
    return _line_of(survey, ladder, row, reach if reach < ladder.last else -1)


def _line_within(survey: Survey, ladders: Ladders, row: MandateRow) -> Transaction:
    return _line_of(survey, _ladder_of(ladders, row), row, -1)


def _line_of(survey: Survey, ladder: Ladder, row: MandateRow, reach: int) -> Transaction:
    center = row.cost_center
    if center is None:
        center = next((each for each in survey.centers.get(survey.scope_of(ladder.company), ())), None)
    line = Line(
        amount=next_amount(ladder.amount_of(reach), ladder.currency),
        company=ladder.company,
        cost_center=center,
        organisation=row.organisation,
        parameter_3=row.parameter_3,
        parameter_4=row.parameter_4,
    )
    return Transaction(currency=ladder.currency, lines=(line,))


def _ladder_of(ladders: Ladders, row: MandateRow) -> Ladder:
    """Return the ladder to show a row on: of its company, else of the first company in which its rule gives authority."""
    found = ladders.get(row.company, ()) if row.company is not None else ()
    every = [ladder for of_company in ladders.values() for ladder in of_company]
    return next((each for each in (*found, *every) if row.rule in each.reach_of_rule), (*found, *every)[0])


def _count(rows: Sequence[MandateRow]) -> str:
    return f"mandate {rows[0].id}" if len(rows) == 1 else f"mandates {name_some(sorted(row.id for row in rows))}"
