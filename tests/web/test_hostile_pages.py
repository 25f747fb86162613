"""Whatever is sent to a page, by whomever, is answered by a page: never a fault of ours, and nothing of another environment."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.demo import PASSWORD
from app.operations.answer import Caller
from app.operations.system import System
from tests.operations.conftest import Office
from tests.operations.partner_people import end_partnership, hire
from tests.web.conftest import send, token_of

SignIn = Callable[[str], FlaskClient]
WEB = Path(__file__).parents[2] / "app" / "web"
ID = "0190a000-0000-7000-8000-000000000001"
UNREADABLE = ["a%00b", "x" * 5000]
HOSTILE = [
    "",
    "\x1b[31m",
    "\u202egnp.exe",
    "x" * 10_000,
    "💥" * 300,
    "' or 1=1 --",
    "0001-01-01",
    "9999-12-31T23:59",
    "-5",
    "9" * 20,
    "1e400",
    "NaN",
    "\u0663",
    "2026-12-24\n" * 600,
    "approve",
    "00:00-24:00",
]
QUERIES = [
    "q=%F0%9F%92%A5&cursor=WyJhIl0&status=none&change=x&successor=" + "x" * 3000,
    "received_from=0001-01-01&received_to=9999-12-31&amount_from=1e400&amount_to=" + "9" * 30,
    "_external=1&_scheme=javascript&endpoint=x&_anchor=x&_method=POST&self=1",
]
ENDS_THE_SESSION = {"/login", "/logout", "/security/sign-out-everywhere", "/people/<user_id>/reset-pin", "/people/<user_id>/deactivate"}
PUBLIC = {"/login", "/password-reset", "/preferences", "/password/<secret>", "/decide/<secret>"}


@pytest.fixture
def office(system: System, caller: Callable[[str], Caller]) -> Office:
    """The people at their desks."""
    return Office(system=system, caller=caller)


def rules(app: Flask, method: str) -> list[str]:
    """Return the addresses of the pages that take a method."""
    found = {rule.rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("web.") and method in (rule.methods or ())}
    return sorted(found - {"/static/<path:filename>"})


def fill(rule: str, ids: dict[str, str], other: str = ID) -> str:
    """Return an address with ids in it."""
    return re.sub(r"<(?:[^:>]+:)?(\w+)>", lambda match: "1" if match[1] == "version" else ids.get(match[1], other), rule)


def field_names() -> list[str]:
    """Return the names of all fields that templates and forms know."""
    templates = "".join(path.read_text(encoding="utf-8") for path in (WEB / "templates").rglob("*.html"))
    sources = "".join(path.read_text(encoding="utf-8") for path in [*WEB.glob("*.py"), *(WEB / "routes").glob("*.py")])
    read = re.findall(r'(?:form\.get(?:list)?|typed|typed_key|_text|_person|ticked)\("(\w+)"', sources)
    return sorted({*re.findall(r'name="(\w+)"', templates), *read} - {"csrf_token"})


@pytest.mark.parametrize("part", UNREADABLE, ids=["nul", "endless"])
def test_an_address_that_no_database_can_look_up_is_no_page(real_app: Flask, signed_in: SignIn, part: str) -> None:
    """PostgreSQL refuses a NUL, and a key of a request that is longer than its column."""
    adm = signed_in("adm")
    token = token_of(adm.get("/help").text)

    for method in ("GET", "POST"):
        for rule in rules(real_app, method):
            path = fill(rule, {}, part)
            if path != rule and "<int" not in rule:
                form = {"csrf_token": token, "idempotency_key": "key"}
                answer = adm.get(path) if method == "GET" else adm.post(path, data=form)
                assert answer.status_code == 404, f"{method} {rule}"


def test_a_nul_in_a_field_or_a_filter_is_refused(real_app: Flask, signed_in: SignIn) -> None:
    adm = signed_in("adm")
    token = token_of(adm.get("/help").text)

    for rule in rules(real_app, "POST"):
        answer = adm.post(fill(rule, {}), data={"csrf_token": token, "name": "a\0b"})
        assert answer.status_code == 422, rule
    for rule in rules(real_app, "GET"):
        answer = adm.get(f"{fill(rule, {})}?q=a%00b")
        assert answer.status_code == 422, rule
        assert "cannot be stored" in answer.text


def test_a_version_that_is_no_number_of_the_database_is_not_there(signed_in: SignIn) -> None:
    marc = signed_in("marc")

    assert marc.get("/process-definitions/purchase_invoice/versions/1/bpmn").status_code == 200
    assert marc.get("/process-definitions/purchase_invoice/versions/2147483647/bpmn").status_code == 404
    assert marc.get("/process-definitions/purchase_invoice/versions/2147483648/bpmn").status_code == 404


@pytest.mark.parametrize("username", ["adm", "marc"])
def test_nothing_that_is_sent_is_a_fault_of_ours(real_app: Flask, signed_in: SignIn, office: Office, username: str) -> None:
    """Real and foreign ids, every field, values of every kind, once and twice, with and without htmx."""
    real_app.config["PROPAGATE_EXCEPTIONS"] = False
    chance, names = random.Random(username), field_names()
    document = office.send("invoice_sales_12000")
    started = office.start(document)["id"]
    ids = {"document_id": document, "instance_id": started, "task_id": office.task("marc"), "user_id": office.caller("ann").user_id}
    browser = signed_in(username)
    token = token_of(browser.get("/help").text)

    for rule in rules(real_app, "GET"):
        for query in QUERIES:
            answer = browser.get(f"{fill(rule, ids)}?{query}", headers=chance.choice([{}, {"HX-Request": "true"}]))
            assert answer.status_code < 500, (rule, query)
    for rule in set(rules(real_app, "POST")) - ENDS_THE_SESSION:
        for known in (ids, {}):
            sent: dict[str, Any] = {name: [chance.choice(HOSTILE)] * chance.choice([1, 2]) for name in names if chance.random() < 0.6}
            sent |= {"csrf_token": token, "idempotency_key": f"{rule} {len(known)}"}
            answer = browser.post(fill(rule, known), data=sent, headers=chance.choice([{}, {"HX-Request": "true"}]))
            assert answer.status_code < 500, (rule, sent)
            assert answer.status_code != 400, rule


def test_who_is_not_signed_in_is_led_to_where_he_does(real_app: Flask) -> None:
    visitor = real_app.test_client()
    token = token_of(visitor.get("/login").text)

    for rule in rules(real_app, "GET"):
        if rule not in PUBLIC and not rule.startswith("/login"):
            answer = visitor.get(fill(rule, {}))
            assert (answer.status_code, answer.location.split("?")[0]) == (303, "/login"), rule
    for rule in set(rules(real_app, "POST")) - PUBLIC:
        answer = visitor.post(fill(rule, {}), data={"csrf_token": token})
        assert (answer.status_code, answer.location.split("?")[0]) == (303, "/login"), rule


def test_an_administrator_elsewhere_sees_and_changes_nothing_here(real_app: Flask, signed_in: SignIn, office: Office) -> None:
    """PRT: every page, with the ids of this environment."""
    end_partnership(office)
    hire(office, "spy", roles=("administrator", "workflow_administrator", "coding"), password_hash=f"plain:{PASSWORD}")
    document = office.send("invoice_sales_12000")
    started = office.start(document)["id"]
    adm, marc, spy = signed_in("adm"), signed_in("marc"), signed_in("spy")
    send(adm, "/groups", key="team", name="Team", add="marc")
    send(adm, "/calendars/new", key="cal", name="Ours", time_zone="UTC", monday="09:00-17:00")
    send(marc, "/profile/tokens", label="mine", scopes="read")
    send(marc, "/profile/absences", stand_in="ann", starts_on="2026-12-01", ends_on="2026-12-02")
    send(marc, "/inbox/filters?status=completed", name="signed")
    places = {
        "group_id": (adm, "/groups", "/groups/"),
        "calendar_id": (adm, "/calendars", "/calendars/"),
        "token_id": (marc, "/profile/tokens", "/tokens/"),
        "absence_id": (marc, "/profile/absences", "/absences/"),
        "filter_id": (marc, "/inbox?status=completed", "/inbox/filters/"),
    }
    found = {name: re.search(f"{start}([0-9a-f-]{{36}})", browser.get(path).text) for name, (browser, path, start) in places.items()}
    ids = {name: match[1] for name, match in found.items() if match}
    assert ids.keys() == places.keys()
    ids |= {"document_id": document, "instance_id": started, "task_id": office.task("marc"), "user_id": office.caller("marc").user_id}
    before = [browser.get(path).text.count(ids[name]) for name, (browser, path, _) in places.items()]

    token = token_of(spy.get("/help").text)
    form = dict.fromkeys(("name", "text", "reason", "question", "comment"), "x") | dict.fromkeys(
        ("to", "whom", "user", "successor", "stand_in"), "ann"
    )
    form |= {"starts_on": "2026-12-01", "ends_on": "2026-12-02", "kind": "full", "role": "coding", "scopes": "read", "label": "x"}
    for rule in rules(real_app, "GET"):
        if "<" in rule and rule not in PUBLIC:
            answer = spy.get(fill(rule, ids))
            assert answer.status_code in (303, 404), rule
    for rule in rules(real_app, "POST"):
        if "<" in rule and rule not in PUBLIC and not rule.endswith("/attachments"):
            answer = spy.post(fill(rule, ids), data=form | {"csrf_token": token})
            assert answer.status_code == (303 if rule.startswith("/inbox/filters") else 404), rule

    assert [browser.get(path).text.count(ids[name]) for name, (browser, path, _) in places.items()] == before
    assert office.task("marc") == ids["task_id"]
