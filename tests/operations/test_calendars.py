"""Business calendars: kept by administrators, given to companies, seen at once."""

from datetime import date

import pytest

from app.domain.business_calendar import next_working_instant
from app.domain.errors import InvalidRequest, NotFound, NotPermitted, StaleRevision
from app.operations.answer import RequestKey
from app.operations.calendars.change_calendar import change_calendar
from app.operations.calendars.create_calendar import create_calendar
from app.operations.calendars.in_force import calendars_of
from app.operations.calendars.list_calendars import list_calendars
from app.operations.calendars.read_calendar import read_calendar
from app.operations.turn import read_environment

WEEK = {day: ["09:00-17:00"] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")}


def make(office, key="office", *, as_user="adm", request=None, **fields):
    values = {"name": "Office", "hours": WEEK, "holiday_country": None, "holiday_subdivision": None, "holidays": [], "exceptions": []}
    return create_calendar(
        office.system, office.caller(as_user), key=key, companies=fields.pop("companies", []), request=request, **values | fields
    )


def in_force(office):
    with office.system.database.read() as reading:
        environment = read_environment(reading, office.caller("adm").environment_id)
        return calendars_of(office.system, reading, environment, now=office.system.clock())


def test_without_any_calendar_it_is_monday_to_friday_nine_to_five(office):
    standard = in_force(office).of_company("NL01")

    assert [len(spans) for spans in standard.week] == [1, 1, 1, 1, 1, 0, 0]
    assert str(standard.week[0][0]) == "09:00-17:00"
    assert str(standard.zone) == "Europe/Amsterdam"


def test_a_calendar_counts_for_its_companies_from_the_next_look_on(office):
    before = in_force(office)
    answer = make(office, time_zone="Asia/Tokyo", companies=["NL01"])
    after = in_force(office)

    assert answer.status == 201
    assert answer.body["companies"] == ["NL01"]
    assert str(before.of_company("NL01").zone) == "Europe/Amsterdam"
    assert str(after.of_company("NL01").zone) == "Asia/Tokyo"
    assert str(after.of_company(None).zone) == str(after.of_company("unknown").zone) == "Europe/Amsterdam"


def test_the_calendar_of_the_key_default_is_that_of_everybody_without_one(office):
    make(office, "default", hours={"saturday": ["10:00-12:00"]})

    assert [len(spans) for spans in in_force(office).of_company("NL01").week] == [0, 0, 0, 0, 0, 1, 0]


def test_public_holidays_and_days_of_its_own_are_free(office):
    answer = make(
        office,
        holiday_country="NL",
        holidays=[{"on": date(2026, 12, 28), "name": "Bridge"}],
        exceptions=[{"on": date(2026, 12, 26), "name": "Stocktaking", "hours": ["08:00-09:00"]}],
        companies=["NL01"],
    )
    kept = in_force(office).of_company("NL01")

    assert {"on": "2026-12-25", "name": "Christmas Day"} in answer.body["public_holidays"]
    assert [str(span) for span in kept.spans_on(date(2026, 12, 25))] == []
    assert [str(span) for span in kept.spans_on(date(2026, 12, 26))] == ["08:00-09:00"]
    assert [str(span) for span in kept.spans_on(date(2026, 12, 28))] == []
    assert next_working_instant(office.system.clock(), kept)


def test_a_change_names_what_changes_and_moves_companies(office):
    made = make(office, companies=["NL01"]).body
    other = make(office, "other", companies=[]).body

    changed = change_calendar(office.system, office.caller("adm"), other["id"], name="Other", companies=["NL01"], revision=1)

    assert (changed.body["name"], changed.body["companies"], changed.revision) == ("Other", ["NL01"], 2)
    assert changed.body["hours"] == other["hours"]
    assert read_calendar(office.system, office.caller("adm"), made["id"]).body["companies"] == []
    with pytest.raises(StaleRevision):
        change_calendar(office.system, office.caller("adm"), other["id"], name="Late", revision=1)


def test_what_is_sent_twice_is_made_once(office):
    key = RequestKey(key="k", route="POST /calendars", digest="d")

    first, second = make(office, request=key), make(office, request=key)

    assert first.body["id"] == second.body["id"]
    with pytest.raises(InvalidRequest, match="already"):
        make(office)


def test_pages_follow_one_another(office):
    for key in ("a", "b", "c"):
        make(office, key)

    first = list_calendars(office.system, office.caller("adm"), limit=2).body
    rest = list_calendars(office.system, office.caller("adm"), limit=2, cursor=first["next_cursor"]).body

    assert [item["key"] for item in first["items"] + rest["items"]] == ["a", "b", "c"]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"hours": {}}, "hours"),
        ({"hours": {"monday": ["17:00-09:00"]}}, "hours.monday"),
        ({"hours": {"monday": ["09:00-12:00", "11:00-13:00"]}}, "hours.monday"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"time_zone": "../../etc/passwd"}, "time_zone"),
        ({"holiday_country": "XX"}, "holiday_country"),
        ({"holiday_country": "NL", "holiday_subdivision": "XX"}, "holiday_subdivision"),
        ({"holiday_subdivision": "BY"}, "holiday_subdivision"),
        ({"holidays": [{"on": date(2026, 1, 2), "name": ""}] * 2}, "holidays[1].on"),
        ({"exceptions": [{"on": date(2026, 1, 2), "name": "", "hours": ["x"]}]}, "exceptions[0].hours"),
        ({"companies": ["nowhere"]}, "companies"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_field(office, fields, place):
    with pytest.raises(InvalidRequest) as refused:
        make(office, **fields)

    assert list(refused.value.facts["errors"]) == [place]


def test_only_administrators_keep_calendars_and_only_of_their_environment(office):
    made = make(office).body

    with pytest.raises(NotPermitted):
        make(office, "mine", as_user="marc")
    with pytest.raises(NotPermitted):
        read_calendar(office.system, office.caller("marc"), made["id"])
    with pytest.raises(NotFound):
        change_calendar(office.system, office.caller("adm"), office.system.new_id(), name="x")
