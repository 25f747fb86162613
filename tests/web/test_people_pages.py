"""The pages of who keeps the users: search, fields, roles, sign-in, handing over."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.operations.answer import Caller
from app.operations.instances.start_instance import start_instance
from app.operations.people.change_user import change_user
from app.operations.people.read_user import read_user
from app.operations.system import System
from tests.data.pictures import GIF, png
from tests.operations.conftest import Office
from tests.operations.diagrams import chain, deploy, user_task
from tests.web.conftest import send, token_of

SignIn = Callable[[str], FlaskClient]
Callers = Callable[[str], Caller]


@pytest.fixture
def adm(signed_in: SignIn) -> FlaskClient:
    """A browser with the application manager signed in."""
    return signed_in("adm")


@pytest.fixture
def office(system: System, caller: Callers) -> Office:
    """The people at their desks."""
    return Office(system=system, caller=caller)


def address_of(adm: FlaskClient, username: str) -> str:
    """Return the address of a user's page, as the list links it."""
    page = adm.get(f"/people?username={username}&active=active&active=inactive&kind=full&kind=portal&kind=none").text
    found = re.search(rf'href="(/people/[0-9a-f-]{{36}})">(?:(?!</a>).)*<span class="faint">{username}<', page, re.DOTALL)
    assert found, f"{username} is not in the list"
    return found.group(1)


def form_of(page: str, action: str) -> dict[str, str | list[str]]:
    """Return the fields of the form with this action as a browser would send them."""
    form = next(each for each in re.findall(r"<form.*?</form>", page, re.DOTALL) if f'method="post" action="{action}"' in each)
    fields: dict[str, str | list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and ('type="checkbox"' not in tag or " checked" in tag):
            before = fields.get(name[1])
            now = value[1] if value else "on" if "checkbox" in tag else ""
            fields[name[1]] = now if before is None else [*([before] if isinstance(before, str) else before), now]
    for name, options in re.findall(r'<select[^>]*name="([^"]*)".*?>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        fields[name] = chosen[1] if chosen else ""
    return fields | dict(re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>\n?(.*?)</textarea>', form, re.DOTALL))


def names_in(page: str) -> list[str]:
    """Return the user names of the rows of the list."""
    return re.findall(r'<b>[^<]*</b><span class="faint">([^<]*)</span></span></a>', page)


def test_the_list_begins_with_active_full_and_portal_users(adm: FlaskClient) -> None:
    """USR-07, USR-08, USR-11, USR-13: the defaults, what Clear goes back to, and the name as a hyperlink."""
    page = adm.get("/people").text

    assert {"marc", "pia"} <= set(names_in(page))
    assert not {"otto", "erp"} & set(names_in(page))
    for value, ticked in (("full", True), ("portal", True), ("none", False), ("active", True), ("inactive", False)):
        assert (f'value="{value}" checked' in page) is ticked
    assert '<a class="button" href="/people">Clear</a>' in page


SEARCHES = {
    "name=anth": ["marc"],
    "username=DONA": ["donald"],
    "email=eva@": ["eva"],
    "role=coding": ["eva"],
    "company=NL01&name=carl": ["carl"],
    "company=NL01&cost_center=CON": ["carl"],
    "function=buyer": ["jeremy"],
    "kind=none": ["erp"],
    "active=inactive": ["otto"],
    "name=%25": [],
    "name=%01<script>": [],
    "kind=hostile&name=frank": ["frank"],
    "sort=-username&email=example&role=matrix_administrator": ["wfa", "adm"],
}


def test_the_search_finds(adm: FlaskClient, system: System, caller: Callers) -> None:
    """USR-01..10."""
    access = {"companies": [], "cost_centers": [{"company": "NL01", "cost_center": "CON"}]}
    change_user(system, caller("adm"), caller("adm").user_id, access=access)

    for query, found in SEARCHES.items():
        page = adm.get(f"/people?{query}")
        assert (page.status_code, names_in(page.text)) == (200, found), query
        assert "<script>" not in page.text


def test_a_cost_center_alone_is_refused_at_its_field(adm: FlaskClient) -> None:
    """USR-06."""
    page = adm.get("/people?cost_center=SALES")

    assert page.status_code == 422
    assert 'id="search-cost_center-error"' in page.text
    assert 'value="SALES"' in page.text


def test_columns_are_chosen_and_remembered(adm: FlaskClient) -> None:
    """USR-12."""
    page = adm.get("/people?column=phone&column=kind&column=password_hash").text
    assert re.findall(r'<th scope="col">([^<]*)</th>', page) == ["Phone", "Type"]

    assert re.findall(r'<th scope="col">([^<]*)</th>', adm.get("/people").text) == ["Phone", "Type"]


def test_who_keeps_no_users_sees_none(signed_in: SignIn) -> None:
    claire = signed_in("claire")

    for path in ("/people", "/people/new", "/groups", "/calendars", "/settings", "/partnerships"):
        if path != "/people/new":
            assert f'href="{path}"' not in claire.get("/inbox").text
        assert claire.get(path).status_code == 403, path


def test_a_new_user_is_made_once_and_activated(adm: FlaskClient, system: System, caller: Callers) -> None:
    """USR-13, USR-32, USR-33, USR-35: New, Save, and Activate, which mails him."""
    fields = form_of(adm.get("/people/new").text, "/people/new") | {
        "username": "Nora",
        "last_name": "Nys",
        "email": "nora@example.com",
        "roles": ["coding"],
    }

    answers = [adm.post("/people/new", data=fields) for _ in range(2)]

    assert {each.status_code for each in answers} == {303}
    assert len({each.location for each in answers}) == 1
    address = answers[0].location
    page = adm.get(address).text
    assert "Nys" in page
    assert "Not active" in page
    assert "Remove the role Coding" in page

    adm.post(f"{address}/activate", data=form_of(page, f"{address}/activate"))

    assert "nora@example.com says how he sets his password" in adm.get(address).text
    assert read_user(system, caller("adm"), address.rpartition("/")[2]).body["active"] is True


def test_a_refused_new_user_keeps_what_was_typed(adm: FlaskClient) -> None:
    fields = form_of(adm.get("/people/new").text, "/people/new") | {
        "username": "nora",
        "first_name": "Nora",
        "email": "no address",
        "cost_center": "NOWHERE",
        "function": '"><script>',
    }

    answer = adm.post("/people/new", data=fields)

    assert answer.status_code == 422
    assert "fields need another look" in answer.text
    for field in ("email", "cost_center", "last_name"):
        assert f'id="user-{field}-error"' in answer.text
        assert f'href="#user-{field}"' in answer.text
    assert 'value="Nora"' in answer.text
    assert 'value="no address"' in answer.text
    assert "&#34;&gt;&lt;script&gt;" in answer.text


def test_a_user_name_in_use_is_said(adm: FlaskClient) -> None:
    """USR-19."""
    fields = form_of(adm.get("/people/new").text, "/people/new") | {"username": "Marc", "last_name": "Second"}

    answer = adm.post("/people/new", data=fields)

    assert (answer.status_code, "User name marc is in use." in answer.text) == (409, True)


def test_fields_are_saved_and_save_and_close_leads_to_the_list(adm: FlaskClient, system: System, caller: Callers) -> None:
    """USR-15..24, USR-28, USR-32..34."""
    address = address_of(adm, "ann")
    shown = form_of(adm.get(address).text, address)
    changed = shown | {
        "title": "Dr",
        "phone": "+31 20 555 99",
        "security_level": "40",
        "access_level": "companies",
        "access_companies": ["NL01", "UK01"],
        "access_cost_centers": "NL01 SALES\r\nCON",
        "internal_note": "Two\r\nlines",
    }

    answer = adm.post(address, data=changed)

    assert (answer.status_code, answer.location) == (303, address)
    user = read_user(system, caller("adm"), address.rpartition("/")[2]).body
    assert (user["title"], user["phone"], user["security_level"], user["internal_note"]) == ("Dr", "+31 20 555 99", 40, "Two\nlines")
    assert user["access"]["companies"] == ["NL01", "UK01"]
    assert {(each["company"], each["cost_center"]) for each in user["access"]["cost_centers"]} == {("NL01", "SALES"), (None, "CON")}
    again = form_of(adm.get(address).text, address)
    for name in ("title", "phone", "security_level", "access_level", "access_companies", "login_type", "kind"):
        assert again[name] == changed[name], name
    assert adm.post(address, data=again | {"close": "1"}).location == "/people"


def test_a_page_opened_before_a_change_loses_nothing_that_was_typed(adm: FlaskClient) -> None:
    """Somebody else was faster: nothing is overwritten unseen, what was typed stays."""
    address = address_of(adm, "ann")
    stale = form_of(adm.get(address).text, address)
    adm.post(address, data=stale | {"title": "Dr"})

    stale["idempotency_key"] = "another form"
    answer = adm.post(address, data=stale | {"function": "Something new"})

    assert answer.status_code == 409
    assert "Somebody changed this after you opened it." in answer.text
    assert 'value="Something new"' in answer.text
    assert adm.post(address, data=form_of(answer.text, address)).status_code == 303


def test_another_kind_lists_the_mandates_that_end(adm: FlaskClient, system: System, caller: Callers) -> None:
    """MXU-02: asked first, with the mandates listed; then they expire."""
    address = address_of(adm, "marc")
    answer = adm.post(address, data=form_of(adm.get(address).text, address) | {"kind": "portal"})

    assert answer.status_code == 409
    assert "1 mandates would expire." in answer.text
    assert read_user(system, caller("adm"), address.rpartition("/")[2]).body["kind"] == "full"

    confirmed = adm.post(address, data=form_of(answer.text, address) | {"expire_mandates": "on"})

    assert confirmed.status_code == 303
    assert "1 mandates expired with it." in adm.get(address).text


def test_a_role_with_running_transactions_asks_first(adm: FlaskClient, office: Office) -> None:
    """USR-30, USR-31: the prompt with the count; yes changes them too, no leaves them."""
    deploy(office, chain("work", user_task("Code", candidate_roles='["coding"]')))
    for _ in range(4):
        start_instance(office.system, office.caller("erp"), definition="work", document_id=None)
    address = address_of(adm, "ann")

    asked = adm.post(f"{address}/roles", data=form_of(adm.get(address).text, f"{address}/roles") | {"role": "coding"})

    assert asked.status_code == 409
    assert "4 running transactions have open tasks of the role coding." in asked.text
    assert "Yes, give him those tasks too" in asked.text
    answer = adm.post(f"{address}/roles", data=form_of(asked.text, f"{address}/roles") | {"apply_to_running": "yes"})
    assert answer.status_code == 303
    office.tick()
    assert len(office.inbox("ann")) == 4

    page = adm.get(address).text
    asked = adm.post(f"{address}/roles/take", data=form_of(page, f"{address}/roles/take"))
    assert (asked.status_code, "No, he keeps them" in asked.text) == (409, True)
    answer = adm.post(f"{address}/roles/take", data=form_of(asked.text, f"{address}/roles/take") | {"apply_to_running": "no"})
    assert answer.status_code == 303
    office.tick()
    assert len(office.inbox("ann")) == 4
    assert "has the role Coding no more." in adm.get(address).text

    twice = adm.post(f"{address}/roles/take", data={"csrf_token": token_of(page), "role": "coding", "idempotency_key": "twice"})
    assert (twice.status_code, "does not hold the role" in twice.text) == (404, True)


def test_nobody_takes_the_last_administrator(adm: FlaskClient) -> None:
    address = address_of(adm, "adm")

    answer = send(adm, f"{address}/roles/take", page=address, role="administrator")

    assert answer.status_code == 409
    assert "is the only active administrator" in answer.text


def test_unlock_and_reset_pin(adm: FlaskClient, real_app: Flask) -> None:
    """USR-21, USR-38."""
    stranger = real_app.test_client()
    for _ in range(3):
        send(stranger, "/login", page="/login", username="ann", password="wrong")
    address = address_of(adm, "ann")
    page = adm.get(address).text
    assert "Locked out after failed attempts" in page

    adm.post(f"{address}/unlock", data=form_of(page, f"{address}/unlock"))
    answer = adm.post(f"{address}/reset-pin", data=form_of(page, f"{address}/reset-pin"))

    assert answer.status_code == 303
    page = adm.get(address).text
    assert "can sign in again." in page
    assert "asked for a new one." in page
    assert "Locked out" not in page


def test_deactivating_shows_first_what_would_happen(adm: FlaskClient, office: Office) -> None:
    """USR-27, USR-36, USR-39: successor, preview with conflicts, the same effect."""
    office.begin("invoice_sales_12000")
    address = address_of(adm, "marc")
    assert 'name="successor"' in adm.get(f"{address}/deactivate").text
    before = adm.get(f"{address}/deactivate?successor=claire").text
    assert "Claire would take over" in before
    assert "plays another role in 1 running transaction." in before
    part = adm.get(f"{address}/deactivate?successor=claire", headers={"HX-Request": "true"}).text
    assert "Claire would take over" in part
    assert "<html" not in part
    assert office.inbox("marc")

    fields = form_of(before, f"{address}/deactivate")
    assert adm.post(f"{address}/deactivate", data=fields).status_code == 409
    answer = adm.post(f"{address}/deactivate", data=fields | {"confirm": "on", "idempotency_key": "confirmed"})

    assert (answer.status_code, answer.location) == (303, address)
    page = adm.get(address).text
    assert "Claire takes over" in page
    assert "Not active" in page
    assert "claire is the successor." in page
    twice = adm.post(f"{address}/deactivate", data=fields | {"confirm": "on", "idempotency_key": "twice", "revision": ""})
    assert (twice.status_code, "nothing to hand over" in twice.text) == (409, True)


def test_a_transfer_leaves_the_user_active(adm: FlaskClient) -> None:
    """USR-37, USR-40."""
    address = address_of(adm, "marc")
    page = adm.get(f"{address}/transfer?successor=ann").text
    assert "Mandates copied" in page

    adm.post(f"{address}/transfer", data=form_of(page, f"{address}/transfer"))

    page = adm.get(address).text
    assert "Marc Anthony stays active. Ann takes over" in page


def test_a_successor_who_cannot_is_refused_in_the_preview(adm: FlaskClient) -> None:
    address = address_of(adm, "marc")
    for successor, said in (("otto", "is not active"), ("nobody", "There is no user nobody."), ("marc", "Nobody succeeds himself.")):
        page = adm.get(f"{address}/deactivate?successor={successor}").text
        assert said in page
        assert "would take over" not in page


def test_a_picture_is_shown_next_to_the_name(adm: FlaskClient) -> None:
    """USR-14: png or jpeg of at most 100 kB, told by its content, shown next to names."""
    address = address_of(adm, "ann")

    def upload(content: bytes) -> int:
        data = {"csrf_token": token_of(adm.get(address).text), "picture": (BytesIO(content), "ann.png")}
        return adm.post(f"{address}/avatar", data=data).status_code

    assert [upload(GIF), upload(b""), upload(png(bytes_total=100 * 1024 + 1)), upload(png(bytes_total=100 * 1024))] == [422, 422, 422, 303]

    source = re.search(r'<img class="face[^"]*" src="([^"]*)"', adm.get("/people").text)[1]
    picture = adm.get(source.replace("&amp;", "&"))
    assert (picture.status_code, picture.mimetype) == (200, "image/png")
    send(adm, f"{address}/avatar/delete", page=address)
    assert adm.get(source).status_code == 404


def test_what_is_not_there_is_a_page_that_says_so(adm: FlaskClient) -> None:
    for path in ("/people/x", "/people/%00", "/people/00000000-0000-0000-0000-000000000000", "/avatars/x", "/calendars/x", "/groups/x"):
        assert adm.get(path).status_code == 404, path


def test_a_form_that_is_too_large_is_refused(adm: FlaskClient) -> None:
    answer = send(adm, "/people/new", page="/people/new", username="x", internal_note="x" * 3_000_000)

    assert answer.status_code == 413
