"""Getting in by the pages: a new password, sessions that end, the PIN, and what protects the forms."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import flask
import pytest
from flask.testing import FlaskClient
from flask_login import encode_cookie
from werkzeug.test import TestResponse

from app.demo import PASSWORD
from app.domain.environment_settings import PIN_ROLES
from app.operations.answer import Caller
from app.operations.documents.receive_document import receive_document
from app.operations.instances.start_instance import start_instance
from app.operations.people.attempts import LINKS
from app.operations.people.request_password_reset import ACCEPTED
from app.operations.people.reset_pin import reset_pin
from app.operations.people.set_pin import set_pin
from app.operations.schedules.claim_due import claim_due
from app.operations.schedules.do_due_work import do_due_work
from app.operations.settings.change_settings import change_settings
from app.operations.system import System
from app.web import register_pages
from app.web.routes.mail_actions import PAGE as MAIL_PAGE
from tests.web.conftest import send, token_of
from tests.web.test_main_job import approve

SAMPLES = Path(__file__).parents[1] / "data" / "ubl"
NEW = "a sentence is easy"
Callers = Callable[[str], Caller]


@pytest.fixture
def pages_app(system: System) -> flask.Flask:
    """The pages alone, on the real operations."""
    app = flask.Flask("pages_under_test", static_folder=None)
    app.secret_key = "a secret of the tests"
    register_pages(app, system)
    return app


@pytest.fixture
def browser(pages_app: flask.Flask) -> FlaskClient:
    """A browser that nobody has signed in with."""
    return pages_app.test_client()


def sign_in(browser: FlaskClient, username: str = "marc", password: str = PASSWORD, **fields: str) -> TestResponse:
    """Sign in and return the answer."""
    return send(browser, "/login", page="/login", username=username, password=password, **fields)


def is_in(browser: FlaskClient) -> bool:
    """Return whether somebody is signed in."""
    return browser.get("/inbox").status_code == 200


def mailed_link(system: System, mails: list) -> str:
    """Send what waits in the outbox and return the path of the link in the newest mail."""
    while due := claim_due(system):
        for work in due:
            do_due_work(system, work)
    return re.search(r"http://countersign\.test(/password/\S+)", mails[-1].get_body(("plain",)).get_content())[1]


def ask(browser: FlaskClient, system: System, mails: list, login: str = "marc") -> str:
    """Ask for a new password and return the path of the link."""
    send(browser, "/password-reset", page="/password-reset", login=login)
    return mailed_link(system, mails)


def test_a_forgotten_password_is_set_anew(browser: FlaskClient, system: System, mails: list) -> None:
    """USR-21: reset by mail."""
    assert "/password-reset" in browser.get("/login").text
    link = ask(browser, system, mails)
    assert "Marc Anthony" in browser.get(link).text

    answer = send(browser, link, page=link, password=NEW, password_again=NEW)

    assert (answer.status_code, answer.location) == (303, "/login")
    assert "Your new password is set." in browser.get("/login").text
    assert sign_in(browser, password=NEW).status_code == 303
    assert is_in(browser)


@pytest.mark.parametrize("login", ["marc", "marc@example.com", "nobody", "otto", "<script>", ""])
def test_the_page_never_says_whether_there_is_an_account(browser: FlaskClient, login: str) -> None:
    """USR-21."""
    answer = send(browser, "/password-reset", page="/password-reset", login=login)

    assert answer.status_code == 200
    assert ACCEPTED in answer.text
    assert login not in answer.text or login == ""


def test_opening_the_link_sets_nothing(browser: FlaskClient, system: System, mails: list) -> None:
    """A GET never acts."""
    link = ask(browser, system, mails)
    for _ in range(3):
        assert browser.get(link).status_code == 200

    assert sign_in(browser).status_code == 303


@pytest.mark.parametrize(
    ("password", "again", "said"), [("short", "short", "at least 12"), (NEW, "another one", "not the same"), ("", "", "at least 12")]
)
def test_a_bad_password_is_asked_for_again(  # noqa: PLR0917 - fixtures
    browser: FlaskClient, system: System, mails: list, password: str, again: str, said: str
) -> None:
    link = ask(browser, system, mails)

    answer = send(browser, link, page=link, password=password, password_again=again)

    assert answer.status_code == 422
    assert said in answer.text
    assert 'name="password"' in answer.text


def test_a_used_and_an_ended_link_say_so(browser: FlaskClient, system: System, mails: list, clock) -> None:
    first, second = ask(browser, system, mails), ask(browser, system, mails)
    send(browser, first, page=first, password=NEW, password_again=NEW)
    assert (browser.get(first).status_code, "was used" in browser.get(first).text) == (410, True)

    third = ask(browser, system, mails)
    clock.now += timedelta(hours=2)
    assert (browser.get(third).status_code, "ended" in browser.get(third).text) == (410, True)
    assert browser.get(second).status_code == 410
    assert browser.get("/password/guess").status_code == 404


def test_guesses_are_counted_whatever_is_typed_with_them(browser: FlaskClient) -> None:
    token = token_of(browser.get("/login").text)
    form = {"csrf_token": token, "password": NEW, "password_again": "another"}

    answers = [browser.post(f"/password/guess{number}", data=form).status_code for number in range(LINKS.most + 1)]

    assert answers == [404] * LINKS.most + [429]


def test_a_new_password_signs_every_browser_out(pages_app: flask.Flask, system: System, mails: list) -> None:
    """USR-21: sessions and remember-cookies."""
    browsers = [pages_app.test_client() for _ in range(2)]
    for browser in browsers:
        sign_in(browser, remember="on")
        assert is_in(browser)
    link = ask(pages_app.test_client(), system, mails)
    send(pages_app.test_client(), link, page=link, password=NEW, password_again=NEW)

    assert [is_in(browser) for browser in browsers] == [False, False]


def test_a_remember_cookie_alone_ends_too(pages_app: flask.Flask) -> None:
    browser, other = pages_app.test_client(), pages_app.test_client()
    for each in (browser, other):
        sign_in(each, remember="on")
    other.delete_cookie("session")
    assert is_in(other)
    other.delete_cookie("session")

    send(browser, "/security/sign-out-everywhere")

    assert not is_in(other)


def test_a_remember_cookie_that_somebody_kept_ends_after_thirty_days(browser: FlaskClient, clock) -> None:
    """A browser forgets it by itself; who has copied it does not."""
    sign_in(browser, remember="on")
    kept = browser.get_cookie("remember_token").value

    def comes_in(after: timedelta) -> bool:
        clock.now += after
        other = browser.application.test_client()
        other.set_cookie("remember_token", kept)
        return is_in(other)

    assert comes_in(timedelta(days=29))
    assert not comes_in(timedelta(days=2))


def test_a_remember_cookie_of_an_earlier_version_is_nobodys(pages_app: flask.Flask, caller) -> None:
    browser = pages_app.test_client()
    with pages_app.test_request_context():
        browser.set_cookie("remember_token", encode_cookie(f"{caller('marc').user_id}.0"))

    assert not is_in(browser)


def test_signing_out_takes_the_remember_cookie_along(browser: FlaskClient) -> None:
    sign_in(browser, remember="on")
    assert browser.get_cookie("remember_token") is not None

    send(browser, "/logout")

    assert browser.get_cookie("remember_token") is None
    assert not is_in(browser)


def test_signing_out_everywhere_ends_all_sessions_of_one_person(pages_app: flask.Flask) -> None:
    marc, other, claire = (pages_app.test_client() for _ in range(3))
    for browser, username in ((marc, "marc"), (other, "marc"), (claire, "claire")):
        sign_in(browser, username)

    answer = send(marc, "/security/sign-out-everywhere")

    assert (answer.status_code, answer.location) == (303, "/login")
    assert [is_in(browser) for browser in (marc, other, claire)] == [False, False, True]


@pytest.mark.parametrize("cookie", ["marc", "marc.0", "", ".", "1.2.3", "'; --"])
def test_a_made_up_session_is_nobodys(pages_app: flask.Flask, browser: FlaskClient, cookie: str) -> None:
    with browser.session_transaction() as session:
        session["_user_id"], session["_fresh"] = cookie, True

    assert not is_in(browser)


def test_the_session_of_before_the_sign_in_does_not_go_on(browser: FlaskClient) -> None:
    """Session fixation: what somebody planted is gone, and the token of the forms is another."""
    browser.get("/login")
    with browser.session_transaction() as session:
        session["planted"], before = "x", session["csrf_token"]

    sign_in(browser)
    browser.get("/help")

    with browser.session_transaction() as session:
        assert "planted" not in session
        assert session["csrf_token"] != before


def test_every_form_needs_its_token(pages_app: flask.Flask, browser: FlaskClient) -> None:
    """Whatever page takes a POST: without the token of a form of ours nothing happens.

    But for the page that the link of a mail leads to: its address is a secret that no other site knows, and it needs no session.
    """
    sign_in(browser)
    rules = [rule for rule in pages_app.url_map.iter_rules() if "POST" in (rule.methods or ()) and rule.endpoint != MAIL_PAGE]
    assert len(rules) > 15

    for rule in rules:
        address = re.sub(r"<[^>]+>", "x", rule.rule)
        assert browser.post(address, data={"password": NEW, "password_again": NEW}).status_code == 400, rule
    assert is_in(browser)


def test_the_own_password_is_changed(browser: FlaskClient) -> None:
    sign_in(browser)
    refused = send(browser, "/security/password", old="wrong", new=NEW, new_again=NEW)
    assert refused.status_code == 422
    assert is_in(browser)

    answer = send(browser, "/security/password", old=PASSWORD, new=NEW, new_again=NEW)

    assert answer.location == "/login"
    assert not is_in(browser)
    assert sign_in(browser, password=NEW).status_code == 303


def test_three_wrong_passwords_lock_and_read_the_same(browser: FlaskClient) -> None:
    """USR-21: wrong three times, then right: 401, in the same words."""
    answers = [sign_in(browser, password=password) for password in ("wrong", "wrong", "wrong", PASSWORD)]

    assert [answer.status_code for answer in answers] == [401] * 4
    assert len({re.sub(r'name="csrf_token" value="[^"]+"', "", answer.text) for answer in answers}) == 1


def test_an_address_that_guesses_is_slowed_down(browser: FlaskClient) -> None:
    token = token_of(browser.get("/login").text)
    answers = [browser.post("/login", data={"csrf_token": token, "username": f"guess{number}", "password": "x"}) for number in range(51)]

    assert [answer.status_code for answer in answers] == [401] * 50 + [429]
    assert "Too many attempts" in answers[-1].text


@pytest.fixture
def signing(system: System, caller: Callers) -> System:
    """The system where everyone signs with a PIN."""
    change_settings(system, caller("adm"), settings=[{"key": PIN_ROLES, "value": "everyone"}])
    return system


def test_who_signs_with_a_pin_is_asked_for_one_first(browser: FlaskClient, signing: System) -> None:
    """USR-38: after the first sign-in, before any other page."""
    sign_in(browser)
    asked = browser.get("/documents")
    assert (asked.status_code, asked.location) == (303, "/security?next=/documents")
    assert "Set your PIN." in browser.get(asked.location).text

    refused = send(browser, "/security/pin", page="/security", new="0000", new_again="0000", next="/documents")
    assert refused.status_code == 422
    answer = send(browser, "/security/pin", page="/security", new="2580", new_again="2580", next="/documents")

    assert answer.location == "/documents"
    assert browser.get("/documents").status_code == 200


def test_a_reset_pin_ends_the_session_and_is_asked_for_anew(browser: FlaskClient, signing: System, caller: Callers) -> None:
    """USR-38: re-login required."""
    set_pin(signing, caller("marc"), new="2580")
    sign_in(browser)
    assert is_in(browser)

    reset_pin(signing, caller("adm"), caller("marc").user_id)

    assert not is_in(browser)
    sign_in(browser)
    assert browser.get("/inbox").location == "/security?next=/inbox"


def test_the_pages_ask_for_the_pin_with_a_decision(browser: FlaskClient, signing: System, caller: Callers) -> None:
    """USR-41: a wrong PIN says how many tries are left, and signs nothing; the right one signs."""
    set_pin(signing, caller("marc"), new="2580")
    content = (SAMPLES / "invoice_sales_12000.xml").read_bytes()
    document = receive_document(signing, caller("erp"), content=content, media_type="application/xml").body
    start_instance(signing, caller("erp"), definition="purchase_invoice", document_id=document["id"])
    sign_in(browser)
    address = re.search(r'class="open" href="(/tasks/[^"]+)"', browser.get("/inbox").text)[1]

    wrong = approve(browser, address, pin="1111")
    assert wrong.status_code == 401
    assert "Tries left: 2." in wrong.text
    assert "signs with a PIN" in approve(browser, address).text

    assert approve(browser, address, pin="2580").status_code == 303
