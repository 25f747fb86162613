"""The finite breakpoints of a company and currency, as whole numbers (MATRIX 2.9).

Whoever could sign an amount changes only where the amount passes a limit, and which steps are needed only where it passes a threshold.
So amounts are told apart by the interval they lie in: interval 0 reaches to the first breakpoint, interval i lies above breakpoint i - 1
and reaches to breakpoint i, the last one has no end. A limit is the number of the last interval that it reaches; one test an interval
is a complete check.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from app.domain.errors import NoExchangeRate
from app.domain.matrix.authority import UNLIMITED, Authority
from app.domain.matrix.checks.survey import Survey

AMOUNT_SETTINGS = ("check_amount", "check_amount_additional", "threshold_1", "threshold_2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """The breakpoints of one company in one currency, and what reaches how far.

    `reach_of_rule` holds the last interval that each rule reaches; rules that give no authority here are missing. `forced_above` holds
    the settings of the approval type that are passed in the intervals above a number. `missing_rates` are pairs of currencies without a
    rate; a rule that needs one gives no authority.
    """

    company: str | None
    currency: str
    breakpoints: tuple[Authority, ...]
    reach_of_rule: Mapping[str, int]
    forced_above: Mapping[str, int]
    missing_rates: frozenset[tuple[str, str]]

    @property
    def last(self) -> int:
        """Return the number of the last interval, which has no end."""
        return len(self.breakpoints)

    def amount_of(self, interval: int) -> Authority | None:
        """Return the largest amount of an interval: unlimited for the last one, None for none at all (-1)."""
        if interval < 0:
            return None
        return UNLIMITED if interval == self.last else self.breakpoints[interval]


def make_ladder(survey: Survey, *, company: str | None, currency: str) -> Ladder:
    """Return the breakpoints of a company in a currency."""
    snapshot, on = survey.snapshot, survey.on
    missing: set[tuple[str, str]] = set()
    limits: dict[str, Authority] = {}
    for rule in {row.rule for row in survey.rows_in_force}:
        try:
            limit = snapshot.find_limit(rule, company=company, currency=currency, on=on)
        except NoExchangeRate as error:
            missing.add((str(error.facts["source"]), str(error.facts["target"])))
            continue
        if limit is not None:
            limits[rule] = limit
    settings: dict[str, Authority] = {}
    for name in AMOUNT_SETTINGS:
        amount = getattr(survey.type, name)
        if amount is None:
            continue
        try:
            # The total is converted, not the setting: the breakpoint is where the converted total equals the setting.
            rate = snapshot.rates.convert(_ONE, currency, survey.type.currency, on)
        except NoExchangeRate:
            missing.add((currency, survey.type.currency))
            continue
        settings[name] = Fraction(amount) / Fraction(rate)
    finite = {*settings.values(), *(limit for limit in limits.values() if limit != UNLIMITED)}
    breakpoints = sorted({Fraction(each): each for each in finite}.items())
    place = {value: number for number, (value, _) in enumerate(breakpoints)}
    return Ladder(
        company=company,
        currency=currency,
        breakpoints=tuple(each for _, each in breakpoints),
        reach_of_rule={rule: len(place) if limit == UNLIMITED else place[Fraction(limit)] for rule, limit in limits.items()},
        forced_above={name: place[Fraction(value)] for name, value in settings.items()},
        missing_rates=frozenset(missing),
    )


_ONE = Decimal(1)
