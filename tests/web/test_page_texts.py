"""Whatever people, documents, files and groups are called, it is shown as text: nothing of it becomes a tag, an attribute or a script."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from urllib.parse import quote
from xml.sax.saxutils import escape

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.operations.answer import Caller
from app.operations.system import System
from app.persistence.tables.people import company, environment, user
from tests.operations.conftest import Office
from tests.web.conftest import send, token_of

SignIn = Callable[[str], FlaskClient]
HOSTILE = "x'\"><img src=q onerror=alert(1)></script><script>"
RAW = re.compile(r"""<img src=q|x'"|x&#39;"|x'&#34;|</script><script>""")
ASKED = (
    "q",
    "next",
    "username",
    "name",
    "business_key",
    "definition",
    "organisation",
    "process",
    "successor",
    "timeline",
    "verb",
    "decide",
)
ASKED_TOO = ("status", "amount_from", "received_from", "currency", "after", "ended", "role", "company", "sort", "elements", "error")


@pytest.fixture
def office(system: System, caller: Callable[[str], Caller]) -> Office:
    """The people at their desks."""
    return Office(system=system, caller=caller)


def name_everything(office: Office, marc: FlaskClient, adm: FlaskClient) -> dict[str, str]:
    """Give everything that has a name a hostile one, and return the ids of what pages show of it."""
    with office.system.database.write() as work:
        names = dict.fromkeys(
            ("full_name", "first_name", "last_name", "function", "function_description", "internal_note", "email"), HOSTILE
        )
        work.execute(sa.update(user).values(**names, title=HOSTILE, initials=HOSTILE[:20], phone=HOSTILE[:40]))
        work.execute(sa.update(company).values(name=HOSTILE))
        work.execute(sa.update(environment).values(name=HOSTILE, authority_version=environment.c.authority_version + 1))
        work.commit()
    known = {text: text.replace(word, escape(HOSTILE)) for text, word in ((">Acme<", "Acme"), (">Item 1<", "Item 1"))}
    document = office.send("invoice_sales_12000", **known | {">A-2026-1201<": f">{escape(HOSTILE)}<"})
    started = office.start(document)["id"]
    task = office.task("marc")
    said = dict.fromkeys(("text", "comment", "question", "reason", "note", "label", "name", "instructions"), HOSTILE)
    for browser, path, more in (
        (marc, f"/tasks/{task}/comments", {}),
        (marc, f"/tasks/{task}/ask", {"whom": "ann"}),
        (marc, f"/tasks/{task}/hold", {}),
        (marc, "/inbox/filters?status=completed", {}),
        (marc, "/profile/tokens", {"scopes": "read"}),
        (marc, "/profile/absences", {"stand_in": "ann", "starts_on": "2026-12-01", "ends_on": "2026-12-02"}),
        (adm, "/groups", {"key": "team", "add": "marc"}),
        (adm, "/calendars/new", {"key": "cal", "time_zone": "UTC", "monday": "09:00-17:00", "holidays": f"2026-12-24 {HOSTILE}"}),
        (adm, f"/documents/{document}/tasks", {"person": "marc", "mode": "any"}),
    ):
        assert send(browser, path, **said, **more).status_code in (201, 303), path
    upload = {"csrf_token": token_of(marc.get("/help").text), "file": (BytesIO(b"text"), f"{HOSTILE.replace('/', '')}.txt")}
    assert marc.post(f"/tasks/{task}/attachments", data=upload).status_code == 303
    return {"document_id": document, "instance_id": started, "task_id": task, "user_id": office.caller("marc").user_id}


def addresses(app: Flask, browser: FlaskClient, ids: dict[str, str]) -> list[str]:
    """Return every page that can be named, with the ids that are known and those that lists link to."""
    rules = {rule.rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("web.") and "GET" in (rule.methods or ())}
    filled = {re.sub(r"<(\w+)>", lambda match: ids.get(match[1], match[0]), rule) for rule in rules}
    lists = "".join(browser.get(path).text for path in ("/groups", "/calendars", "/inbox"))
    return sorted({path for path in filled if "<" not in path} | set(re.findall(r'href="(/\w+/[0-9a-f-]{36})', lists)))


def test_nothing_that_somebody_wrote_becomes_a_part_of_a_page(real_app: Flask, office: Office, signed_in: SignIn) -> None:
    """Stored, and in the address; as whole pages and as parts; in texts, attributes and the JSON for the diagram."""
    browsers = {username: signed_in(username) for username in ("marc", "adm")}
    ids = name_everything(office, browsers["marc"], browsers["adm"])
    query = "&".join(f"{name}={quote(HOSTILE)}" for name in ASKED + ASKED_TOO)
    shown: dict[str, int] = {}

    for username, browser in browsers.items():
        for path in addresses(real_app, browser, ids):
            for asked, headers in (("", {}), (query, {}), (query, {"HX-Request": "true"})):
                answer = browser.get(f"{path}?{asked}", headers=headers)
                assert answer.status_code < 500, path
                if answer.mimetype == "text/html":
                    assert not RAW.search(answer.text), f"{path}?{asked[:20]} as {username}"
                    shown[path] = shown.get(path, 0) + answer.text.count("&lt;img src=q")

    for path, times in (("/inbox", 10), ("/people", 50), (f"/tasks/{ids['task_id']}", 100), (f"/documents/{ids['document_id']}", 50)):
        assert shown[path] > times, path


def test_a_form_that_comes_back_is_text_too(office: Office, signed_in: SignIn) -> None:
    adm = signed_in("adm")
    marc_id = office.caller("marc").user_id
    names = ("name", "key", "label", "phone", "email", "first_name", "full_name", "add", "partner", "stand_in", "note", "time_zone")

    for path in ("/groups", "/calendars/new", "/people/new", f"/people/{marc_id}", "/partnerships", "/profile/absences", "/profile/tokens"):
        answer = send(adm, path, **dict.fromkeys(names, HOSTILE), kind="full", username=HOSTILE, hour=HOSTILE)
        assert answer.status_code == 422, path
        assert not RAW.search(answer.text), path
        assert "&lt;img src=q" in answer.text, path
