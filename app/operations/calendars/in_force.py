"""The business calendars of an environment as deadlines are counted by them, read once for each authority version and year."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.business_calendar import BusinessCalendar, parse_spans
from app.operations.calendars.public_holidays import known_years, public_holidays
from app.operations.system import Environment, System
from app.persistence import calendars
from app.persistence.database import Reading

DEFAULT_KEY = "default"
_OFFICE = parse_spans(["09:00-17:00"])
_OFFICE_WEEK = (_OFFICE,) * 5 + ((),) * 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendars:
    """The calendars of companies that have one, and the one of everything else."""

    standard: BusinessCalendar
    by_company: Mapping[str, BusinessCalendar]

    def of_company(self, company: str | None) -> BusinessCalendar:
        """Return the calendar of a company."""
        return self.by_company.get(company, self.standard) if company else self.standard


def calendars_of(system: System, reading: Reading, environment: Environment, *, now: datetime) -> Calendars:
    """Return the calendars of the environment. A change of them raises its authority version."""
    year = now.astimezone(environment.zone).year
    key = (environment.id, environment.authority_version, year)
    return system.calendars.get(key, lambda: _read(reading, environment, year))


def _read(reading: Reading, environment: Environment, year: int) -> Calendars:
    """Return the calendars; without one of the key `default` it is Monday to Friday, nine to five, in the environment's zone."""
    made = {row.key: calendar_of_row(row, year=year) for row in calendars.read_calendars(reading, environment.id)}
    companies = calendars.read_company_calendars(reading, environment.id)
    return Calendars(
        standard=made.get(DEFAULT_KEY) or office_hours(environment.zone),
        by_company={company: made[key] for company, key in companies.items() if key in made},
    )


def office_hours(zone: tzinfo) -> BusinessCalendar:
    """Return the calendar where none is kept: Monday to Friday, nine to five, without holidays."""
    return BusinessCalendar(zone=zone, week=_OFFICE_WEEK)


def calendar_of_row(row: Any, *, year: int) -> BusinessCalendar:
    """Return the calendar that a row, or its columns as attributes, keeps; with the public holidays around `year`.

    Raises:
        ValueError: it makes no sense: no working hours, hours that overlap, a country without known holidays.
    """
    own = {date.fromisoformat(each["on"]) for each in row.holidays}
    country = row.holiday_country
    public = public_holidays(country, row.holiday_subdivision, known_years(year)) if country else {}
    return BusinessCalendar(
        zone=ZoneInfo(row.time_zone),
        week=tuple(parse_spans(texts) for texts in row.hours),
        holidays=frozenset(own | set(public)),
        exceptions={date.fromisoformat(each["on"]): parse_spans(each["hours"]) for each in row.exceptions},
    )
