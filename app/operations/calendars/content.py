"""What a business calendar says: checked before it is stored, and shown as it is stored."""

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.domain.business_calendar import WEEKDAYS, parse_spans
from app.domain.errors import InvalidRequest
from app.operations.answer import JsonObject
from app.operations.calendars.public_holidays import known_years, public_holidays
from app.operations.wording import instant


def columns_of(fields: Mapping[str, Any], *, year: int) -> dict[str, Any]:
    """Return what is stored of the fields of a request; those that are not there stay out.

    Raises:
        InvalidRequest: names every field that makes no sense.
    """
    faults: dict[str, list[str]] = {}
    stored = {name: fields[name] for name in ("name", "time_zone", "holiday_country", "holiday_subdivision") if name in fields}
    if "time_zone" in fields and not _is_zone(fields["time_zone"]):
        faults["time_zone"] = ["Expected a time zone such as Europe/Amsterdam."]
    if "hours" in fields:
        stored["hours"] = [list(fields["hours"].get(day, [])) for day in WEEKDAYS]
        faults |= _faults_of_week(stored["hours"])
    for name in ("holidays", "exceptions"):
        if name in fields:
            stored[name] = [each | {"on": each["on"].isoformat()} for each in sorted(fields[name], key=lambda each: each["on"])]
            faults |= _faults_of_days(name, stored[name])
    if "holiday_country" in fields or "holiday_subdivision" in fields:
        faults |= _faults_of_country(fields.get("holiday_country"), fields.get("holiday_subdivision"), year=year)
    if faults:
        raise InvalidRequest(" ".join(f"{place}: {fault}" for place, (fault,) in list(faults.items())[:3]), errors=faults)
    return stored


def calendar_view(row: Any, *, companies: Mapping[str, str | None], year: int) -> JsonObject:
    """Return a calendar in the form of the API, with the public holidays of this year and the next."""
    country = row.holiday_country
    public = public_holidays(country, row.holiday_subdivision, known_years(year)) if country else {}
    return {
        "id": row.id,
        "key": row.key,
        "name": row.name,
        "time_zone": row.time_zone,
        "hours": dict(zip(WEEKDAYS, row.hours, strict=True)),
        "holiday_country": country,
        "holiday_subdivision": row.holiday_subdivision,
        "holidays": row.holidays,
        "exceptions": row.exceptions,
        "companies": [company for company, key in companies.items() if key == row.key],
        "public_holidays": [{"on": day.isoformat(), "name": name} for day, name in public.items() if day.year in {year, year + 1}],
        "revision": row.revision,
        "created_at": instant(row.created_at),
    }


def check_companies(companies: Mapping[str, Any], wanted: Sequence[str]) -> None:
    """Raise InvalidRequest that names the companies that do not exist."""
    missing = [company for company in wanted if company not in companies]
    if missing:
        raise InvalidRequest(f"There is no company {', '.join(missing[:3])}.", errors={"companies": [f"There is no company {missing[0]}."]})


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _faults_of_week(hours: Sequence[Sequence[str]]) -> dict[str, list[str]]:
    faults = {}
    for day, texts in zip(WEEKDAYS, hours, strict=True):
        try:
            parse_spans(texts)
        except ValueError as error:
            faults[f"hours.{day}"] = [str(error)]
    if not faults and not any(hours):
        faults["hours"] = ["Expected working hours on one weekday at least: in a week without any nothing would ever be due."]
    return faults


def _faults_of_days(name: str, days: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    faults = {}
    seen: set[str] = set()
    for index, each in enumerate(days):
        if each["on"] in seen:
            faults[f"{name}[{index}].on"] = [f"{each['on']} is named twice."]
        seen.add(each["on"])
        try:
            parse_spans(each.get("hours", ()))
        except ValueError as error:
            faults[f"{name}[{index}].hours"] = [str(error)]
    return faults


def _faults_of_country(country: str | None, subdivision: str | None, *, year: int) -> dict[str, list[str]]:
    if country is None:
        return {} if subdivision is None else {"holiday_subdivision": ["Expected holiday_country with it."]}
    try:
        public_holidays(country, subdivision, [year])
    except ValueError as error:
        return {"holiday_country" if subdivision is None else "holiday_subdivision": [f"{error}."]}
    return {}
