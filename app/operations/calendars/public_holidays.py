"""Public holidays of countries; the one place that knows the library `holidays`."""

from collections.abc import Mapping, Sequence
from datetime import date

YEARS_BEFORE = 1
YEARS_AFTER = 10


def public_holidays(country: str, subdivision: str | None, years: Sequence[int]) -> Mapping[date, str]:
    """Return the public holidays of these years with their English names.

    Raises:
        ValueError: there is no such country or subdivision, or nothing is known of it.
    """
    from holidays import country_holidays  # takes a third of a second, which only those who need it should wait for

    try:
        found = country_holidays(country, subdiv=subdivision, years=years, language="en_US")
    except NotImplementedError as error:
        raise ValueError(str(error)) from error
    return {day: str(found[day]) for day in sorted(found)}


def known_years(year: int) -> range:
    """Return the years around `year` whose holidays a calendar knows: what is due later than that counts them as any day."""
    return range(year - YEARS_BEFORE, year + YEARS_AFTER + 1)
