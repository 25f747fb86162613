"""Groups, business calendars, settings and partnerships, and the menu that leads to them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from app.domain.environment_settings import DELEGATION_HOPS_MAX, LEVEL_OF_INVOICE, PIN_ROLES, SHOW_PHONE_NUMBER
from app.operations.answer import Caller
from app.operations.settings.read_settings import read_settings
from app.operations.system import System
from tests.web.conftest import send
from tests.web.test_people_pages import form_of

SignIn = Callable[[str], FlaskClient]
Callers = Callable[[str], Caller]


@pytest.fixture
def adm(signed_in: SignIn) -> FlaskClient:
    """A browser with the application manager signed in."""
    return signed_in("adm")


def test_a_group_is_made_changed_and_deleted(adm: FlaskClient) -> None:
    """MUL-01."""
    fields = form_of(adm.get("/groups").text, "/groups") | {"key": "buyers", "name": "Buyers", "add": "marc, Ann\njeremy"}
    for _ in range(2):
        assert adm.post("/groups", data=fields).status_code == 303
    page = adm.get("/groups").text
    assert "Ann, Jeremy, Marc Anthony" in page
    address = re.search(r'href="(/groups/[^"]+)"><b>Buyers', page)[1]

    shown = form_of(adm.get(address).text, address)
    assert shown["members"] == ["ann", "jeremy", "marc"]
    adm.post(address, data=shown | {"members": ["ann"], "add": "carl", "name": "Few <buyers>"})
    page = adm.get(address).text
    assert form_of(page, address)["members"] == ["ann", "carl"]
    assert "Few &lt;buyers&gt;" in page

    stale = adm.post(address, data=shown | {"idempotency_key": "another", "name": "Kept"})
    assert (stale.status_code, 'value="Kept"' in stale.text) == (409, True)
    refused = adm.post(address, data=form_of(page, address) | {"add": "nobody", "idempotency_key": "third"})
    assert (refused.status_code, 'id="group-add-error"' in refused.text) == (422, True)

    assert adm.post(f"{address}/delete", data=form_of(page, f"{address}/delete")).location == "/groups"
    assert adm.get(address).status_code == 404


def test_a_group_needs_key_and_name_and_a_key_of_its_own(adm: FlaskClient) -> None:
    assert send(adm, "/groups", page="/groups", name="No key").status_code == 422
    assert send(adm, "/groups", page="/groups", key="x" * 65, name="Long").status_code == 422
    send(adm, "/groups", page="/groups", key="buyers", name="Buyers")
    twice = send(adm, "/groups", page="/groups", key="buyers", name="Other buyers", add="marc")

    assert twice.status_code == 409
    assert 'value="Other buyers"' in twice.text


def test_a_calendar_is_made_and_changed(adm: FlaskClient) -> None:
    fields = form_of(adm.get("/calendars/new").text, "/calendars/new") | {
        "key": "nl",
        "name": "Netherlands",
        "friday": "09:00-12:30, 13:00-16:00",
        "holiday_country": "nl",
        "holidays": "2026-12-24 Christmas Eve\r\n\r\n2026-12-31",
        "exceptions": "2026-12-05 09:00-12:00 Parcel evening\n2026-12-07",
        "companies": ["NL01"],
    }
    address = adm.post("/calendars/new", data=fields).location

    shown = form_of(adm.get(address).text, address)

    assert (shown["monday"], shown["friday"], shown["sunday"]) == ("09:00-17:00", "09:00-12:30, 13:00-16:00", "")
    assert (shown["holidays"], shown["companies"]) == ("2026-12-24 Christmas Eve\n2026-12-31", "NL01")
    assert shown["exceptions"] == "2026-12-05 09:00-12:00 Parcel evening\n2026-12-07"
    assert "King&#39;s Day" in adm.get(address).text
    assert "Mon to Thu 09:00-17:00; Fri 09:00-12:30, 13:00-16:00" in adm.get("/calendars").text
    assert adm.post(address, data=shown | {"name": "Holland"}).status_code == 303
    stale = adm.post(address, data=shown | {"name": "Kept", "idempotency_key": "another"})
    assert (stale.status_code, 'value="Kept"' in stale.text) == (409, True)


def test_a_calendar_that_makes_no_sense_names_each_field(adm: FlaskClient) -> None:
    wrong = {
        "key": "nl",
        "name": "",
        "time_zone": "Europe/Nowhere",
        "monday": "late",
        "tuesday": "17:00-09:00",
        "holiday_country": "Holland",
        "holidays": "soon",
    }

    answer = send(adm, "/calendars/new", page="/calendars/new", **wrong)
    assert answer.status_code == 422
    for field in ("name", "monday", "holiday_country", "holidays"):
        assert f'id="calendar-{field}-error"' in answer.text, field
    assert 'value="late"' in answer.text

    better = wrong | {"name": "NL", "monday": "", "holiday_country": "XX", "holidays": ""}
    answer = send(adm, "/calendars/new", page="/calendars/new", **better)
    assert answer.status_code == 422
    for field in ("time_zone", "tuesday", "holiday_country"):
        assert f'id="calendar-{field}-error"' in answer.text, field


def test_settings_of_every_type_are_saved(adm: FlaskClient, system: System, caller: Callers) -> None:
    shown = form_of(adm.get("/settings").text, "/settings")

    answer = adm.post(
        "/settings",
        data=shown | {SHOW_PHONE_NUMBER: "on", DELEGATION_HOPS_MAX: "3", LEVEL_OF_INVOICE: "40", PIN_ROLES: ["coding", "consultant"]},
    )

    assert answer.status_code == 303
    values = {item["key"]: item["value"] for item in read_settings(system, caller("adm")).body["items"]}
    assert [values[key] for key in (SHOW_PHONE_NUMBER, DELEGATION_HOPS_MAX, LEVEL_OF_INVOICE, PIN_ROLES)] == [
        True,
        3,
        40,
        "coding consultant",
    ]
    again = form_of(adm.get("/settings").text, "/settings")
    assert (again[SHOW_PHONE_NUMBER], again[PIN_ROLES]) == ("on", ["coding", "consultant"])


@pytest.mark.parametrize("typed", ["0", "many", "", "９"])
def test_a_setting_that_cannot_be_is_refused_at_its_field(adm: FlaskClient, typed: str) -> None:
    shown = form_of(adm.get("/settings").text, "/settings")

    answer = adm.post("/settings", data=shown | {DELEGATION_HOPS_MAX: typed})

    assert answer.status_code == 422
    assert f'id="settings-{DELEGATION_HOPS_MAX}-error"' in answer.text


def test_partners_are_invited_accepted_and_ended(adm: FlaskClient, system: System, caller: Callers) -> None:
    """PAR-01."""
    page = adm.get("/partnerships").text
    end = re.search(r'action="(/partnerships/[^"]+/revoke)"', page)[1]
    assert send(adm, end, page="/partnerships").status_code == 303
    assert send(adm, "/partnerships", page="/partnerships", partner="ACC").status_code == 303
    page = adm.get("/partnerships").text
    assert "Invited, not accepted yet" in page

    twice = send(adm, "/partnerships", page="/partnerships", partner="ACC")
    assert (twice.status_code, 'value="ACC"' in twice.text) == (409, True)
    unknown = send(adm, "/partnerships", page="/partnerships", partner="NOWHERE")
    assert (unknown.status_code, 'id="invite-partner-error"' in unknown.text) == (422, True)
    ended = send(adm, end, page="/partnerships")
    assert ended.status_code in (303, 409)
    assert send(adm, "/partnerships/x/accept", page="/partnerships").status_code == 404


def test_who_may_not_is_told_so(signed_in: SignIn) -> None:
    """A workflow administrator keeps groups and calendars, and neither settings, people nor partnerships."""
    wfa = signed_in("wfa")
    inbox = wfa.get("/inbox").text

    for path, status in {"/groups": 200, "/calendars": 200, "/settings": 403, "/people": 403, "/partnerships": 403}.items():
        assert wfa.get(path).status_code == status, path
        assert (f'href="{path}"' in inbox) is (status == 200), path
    for path, fields in {
        "/settings": {"shown": DELEGATION_HOPS_MAX, DELEGATION_HOPS_MAX: "1"},
        "/partnerships": {"partner": "ACC"},
        "/people/new": {"username": "x", "last_name": "X", "kind": "full"},
    }.items():
        assert send(wfa, path, page="/help", **fields).status_code == 403, path


def test_the_keys_that_lead_to_pages_are_listed_for_who_may_go_there(signed_in: SignIn) -> None:
    for username, listed in (("adm", True), ("claire", False)):
        page = signed_in(username).get("/help").text
        assert ("<kbd>g</kbd><kbd>u</kbd></dt><dd>People</dd>" in page) is listed
        assert ('data-go="u"' in page) is listed
