"""Business calendars and the mail of the day over HTTP: what is refused, and with which words."""

import pytest

from tests.http.clock_visits import clocks_of
from tests.http.people import Api

RIGHT = {"key": "office", "name": "Office", "hours": {"monday": ["09:00-12:30", "13:00-17:00"]}}


def test_every_route_asks_who_is_there(api: Api) -> None:
    for route, make in clocks_of(api).items():
        method, visit = route.split(" ")[0], make()
        statuses = [api.call(method, visit.path, who, **visit.request).status_code for who in (None, visit.stranger, visit.right)]

        assert statuses[0] == 401, route
        assert statuses[1] == (200 if "profile" in route else 403), route
        assert statuses[2] in (200, 201), route


def test_a_calendar_is_answered_as_it_was_sent(api: Api) -> None:
    sent = RIGHT | {
        "time_zone": "Europe/Berlin",
        "holiday_country": "DE",
        "holiday_subdivision": "BY",
        "holidays": [{"on": "2026-12-31", "name": "New Year's Eve"}],
        "exceptions": [{"on": "2026-12-24", "hours": ["09:00-12:00"]}],
        "companies": ["DE01"],
    }

    answer = api.post("/calendars", "adm", json=sent)
    read = api.call("GET", answer.headers["Location"].removeprefix("/api/v1"), "adm")

    assert answer.status_code == 201
    assert read.json == answer.json
    assert answer.headers["ETag"] == '"1"'
    assert {name: answer.json[name] for name in ("key", "time_zone", "companies")} == {
        name: sent[name] for name in ("key", "time_zone", "companies")
    }
    assert answer.json["hours"]["monday"] == ["09:00-12:30", "13:00-17:00"]
    assert answer.json["hours"]["sunday"] == []
    assert answer.json["exceptions"] == [{"on": "2026-12-24", "name": "", "hours": ["09:00-12:00"]}]
    assert any(each["on"] == "2026-01-06" for each in answer.json["public_holidays"])  # Epiphany, in Bavaria


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"hours": {}}, "hours"),
        ({"hours": {"funday": ["09:00-17:00"]}}, "hours"),
        ({"hours": {"monday": ["9-17"]}}, "hours"),
        ({"hours": {"monday": ["09:00-10:00"] * 9}}, "hours"),
        ({"hours": None}, "hours"),
        ({"time_zone": "\u0000"}, "time_zone"),
        ({"holiday_country": "Holland"}, "holiday_country"),
        ({"holidays": [{"on": "2026-02-30"}]}, "holidays"),
        ({"holidays": [{"on": f"{2000 + n // 300}-{n % 12 + 1:02}-{n % 28 + 1:02}"} for n in range(501)]}, "holidays"),
        ({"key": ""}, "key"),
        ({"colour": "blue"}, "colour"),
    ],
)
def test_what_makes_no_sense_is_named(api: Api, wrong: dict[str, object], field: str) -> None:
    answer = api.post("/calendars", "adm", json=RIGHT | wrong)

    assert answer.status_code == 422
    assert {each["pointer"].split("/")[1] for each in answer.json["errors"]} == {field}


def test_a_change_of_an_older_revision_is_refused(api: Api) -> None:
    made = api.post("/calendars", "adm", json=RIGHT).json
    path = f"/calendars/{made['id']}"

    first = api.call("PATCH", path, "adm", json={"name": "One"}, headers={"If-Match": '"1"'})
    late = api.call("PATCH", path, "adm", json={"name": "Two"}, headers={"If-Match": '"1"'})

    assert (first.status_code, late.status_code) == (200, 412)


@pytest.mark.parametrize("hour", [24, -1, "8:00", 8.5, True])
def test_an_hour_is_one_of_the_day(api: Api, hour: object) -> None:
    assert api.call("PATCH", "/profile/digest", "marc", json={"hour": hour}).status_code == 422
    assert api.call("PATCH", "/profile/digest", "marc", json={}).status_code == 422
