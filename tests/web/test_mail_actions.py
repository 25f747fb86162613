"""The page that the link of a mail leads to: it shows, asks and signs, and gives nothing away."""

from __future__ import annotations

import re
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import flask
import pytest
from flask.testing import FlaskClient

from app.domain.environment_settings import ACTION_LINKS, PIN_ROLES
from app.operations.answer import Caller
from app.operations.documents.receive_document import receive_document
from app.operations.instances.start_instance import start_instance
from app.operations.people.change_profile import change_profile
from app.operations.people.deactivate_user import deactivate_user
from app.operations.people.set_pin import set_pin
from app.operations.schedules.claim_due import claim_due
from app.operations.schedules.do_due_work import do_due_work
from app.operations.settings.change_settings import change_settings
from app.operations.system import System
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.list_tasks import list_tasks
from app.web import register_pages
from tests.conftest import VirtualClock

SAMPLE = Path(__file__).parents[1] / "data" / "ubl" / "invoice_sales_12000.xml"
Callers = Callable[[str], Caller]


@pytest.fixture
def browser(system: System) -> FlaskClient:
    """A browser that nobody has signed in with, on the real operations."""
    app = flask.Flask("pages_under_test", static_folder=None)
    app.secret_key = "a secret of the tests"
    register_pages(app, system)
    return app.test_client()


@pytest.fixture
def path(system: System, caller: Callers, mails: list[EmailMessage]) -> str:
    """The address of the link in marc's mail about a new task."""
    put(system, caller, ACTION_LINKS, True)
    change_profile(system, caller("marc"), notify_new_task=True)
    document = receive_document(system, caller("erp"), content=SAMPLE.read_bytes(), media_type="application/xml").body["id"]
    start_instance(system, caller("erp"), definition="purchase_invoice", document_id=document)
    for work in claim_due(system):
        do_due_work(system, work)
    part = mails[0].get_body(("plain",))
    assert part is not None
    found = re.search(r"http://countersign\.test(/decide/\S+)", part.get_content())
    assert found is not None
    return found[1]


def put(system: System, caller: Callers, key: str, value: object) -> None:
    change_settings(system, caller("adm"), settings=[{"key": key, "value": value}])


def status(system: System, caller: Callers) -> list[str]:
    """Return what became of marc's tasks."""
    return [each["my_status"] for tab in ("open", "completed") for each in list_tasks(system, caller("marc"), status=tab).body["items"]]


def revision_of(html: str) -> str:
    found = re.search(r'name="revision" value="(\d+)"', html)
    assert found is not None
    return found[1]


def test_opening_the_link_shows_who_what_and_how_much_and_signs_nothing(path, browser, system, caller) -> None:
    pages = [browser.get(path), browser.head(path), browser.get(path)]

    assert [page.status_code for page in pages] == [200, 200, 200]
    assert status(system, caller) == ["open"]
    for words in ("Marc Anthony", "A-2026-1201", "EUR 12,000.00", "First line", "cannot be undone"):
        assert words in pages[0].text
    assert "session" not in pages[0].headers.get("Set-Cookie", "")


def test_the_page_tells_nobody_where_it_is(path, browser) -> None:
    for answer in (browser.get(path), browser.post(path), browser.get("/decide/cs_unknown")):
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in answer.headers["X-Robots-Tag"]
        assert answer.headers["Cache-Control"] == "no-store"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_the_page_gives_no_more_of_the_document_than_its_summary(path, browser) -> None:
    html = browser.get(path).text

    assert "/documents/" not in html
    assert "timeline" not in html.lower()
    assert browser.get("/inbox").status_code == 303, "the link signs nobody in"


def test_the_button_approves_once(path, browser, system, caller) -> None:
    form = {"verb": "approve", "revision": revision_of(browser.get(path).text), "note": "Fine"}
    first, again, later = browser.post(path, data=form), browser.post(path, data=form), browser.get(path)

    assert (first.status_code, again.status_code, later.status_code) == (200, 410, 410)
    assert "Marc Anthony approved first line" in first.text
    assert "works once" in again.text
    assert status(system, caller) == ["approved"]


def test_a_rejection_asks_for_its_reason_and_keeps_the_link(path, browser, system, caller) -> None:
    refused = browser.post(path, data={"verb": "reject"})
    done = browser.post(path, data={"verb": "reject", "note": "<b>Twice</b>"})

    assert (refused.status_code, done.status_code) == (422, 200)
    assert "Say why" in refused.text
    assert status(system, caller) == ["rejected"]


def test_a_note_comes_back_escaped(path, browser) -> None:
    refused = browser.post(path, data={"verb": "approve", "note": "</textarea><script>x</script>" + "y" * 5000})

    assert refused.status_code == 422
    assert "<script>x" not in refused.text


@pytest.mark.parametrize("form", [{}, {"verb": "delegate"}, {"verb": ""}])
def test_a_form_without_a_decision_decides_nothing(path, browser, system, caller, form) -> None:
    assert browser.post(path, data=form).status_code == 200
    assert status(system, caller) == ["open"]


def test_the_page_asks_for_the_pin_of_who_signs_with_one(path, browser, system, caller) -> None:
    """USR-41."""
    put(system, caller, PIN_ROLES, "everyone")
    assert "set one first" in browser.get(path).text
    set_pin(system, caller("marc"), new="2580")
    assert 'name="pin"' in browser.get(path).text

    wrong = browser.post(path, data={"verb": "approve", "pin": "1111"})
    right = browser.post(path, data={"verb": "approve", "pin": "2580"})

    assert (wrong.status_code, right.status_code) == (422, 200)
    assert "1111" not in wrong.text
    assert status(system, caller) == ["approved"]


def test_each_refusal_has_its_own_words(path, browser, system, caller, clock: VirtualClock) -> None:
    """Unknown, decided, ended, and left: each its own page, and no traces of the document."""
    (item,) = list_tasks(system, caller("marc")).body["items"]
    assert browser.get("/decide/cs_unknown").status_code == 404
    approve_task(system, caller("marc"), item["id"])
    decided = browser.get(path)
    assert (decided.status_code, "already" in decided.text) == (409, True)
    clock.advance(days=4)
    ended = browser.get(path)
    assert (ended.status_code, "This link ended" in ended.text) == (410, True)
    deactivate_user(system, caller("adm"), caller("marc").user_id, successor="ann")
    left = browser.post(path, data={"verb": "approve"})
    assert (left.status_code, "not active here any more" in left.text) == (410, True)
    assert "A-2026-1201" not in decided.text + ended.text + left.text


def test_links_end_when_they_are_switched_off(path, browser, system, caller) -> None:
    put(system, caller, ACTION_LINKS, False)

    assert browser.get(path).status_code == 410
