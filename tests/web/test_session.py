"""Signing in, staying in, and what a browser remembers."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder, run_wsgi_app

from app.web.session import local_path
from tests.web.cast import Stage
from tests.web.conftest import send
from tests.web.stand_ins import make_app


def test_a_visitor_is_sent_to_sign_in_and_back_to_where_he_was(visitor: FlaskClient) -> None:
    answer = visitor.get("/tasks/42?organisation=Acme")

    assert answer.status_code == 303
    assert answer.location == "/login?next=/tasks/42?organisation%3DAcme"

    answer = send(visitor, "/login", page="/login", username="claire", password="right", next="/tasks/42?organisation=Acme")

    assert answer.location == "/tasks/42?organisation=Acme"


@pytest.mark.parametrize(("username", "password"), [("claire", "wrong"), ("nobody", "right"), ("", "")])
def test_unknown_and_wrong_give_one_text(visitor: FlaskClient, username: str, password: str) -> None:
    """USR-21."""
    answer = send(visitor, "/login", page="/login", username=username, password=password)

    assert answer.status_code == 401
    assert "User name and password do not match, or the account is locked." in answer.text


def test_a_form_without_its_token_is_refused_before_anything_happens(claire: FlaskClient, stage: Stage) -> None:
    answer = claire.post("/tasks/42/approve", data={"revision": "11"})

    assert answer.status_code == 400
    assert "Nothing was sent." in answer.text
    assert "42" in stage.tasks


def test_signing_out_ends_the_session(claire: FlaskClient) -> None:
    answer = send(claire, "/logout")

    assert answer.location == "/login"
    assert claire.get("/inbox").status_code == 303


def test_an_htmx_request_without_a_session_leads_the_whole_page_to_sign_in(visitor: FlaskClient) -> None:
    answer = visitor.get("/inbox/count", headers={"HX-Request": "true"})

    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"].startswith("/login?next=")


def test_a_deactivated_person_is_out_at_once(claire: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(__import__("tests.web.cast", fromlist=["PEOPLE"]).PEOPLE, "claire")

    assert claire.get("/inbox").status_code == 303


@pytest.mark.parametrize(
    "wanted", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "", "/a\nb", "/" + "a" * 3000]
)
def test_a_foreign_address_is_never_gone_to(wanted: str) -> None:
    with make_app(Stage()).test_request_context("/login"):
        assert local_path(wanted) == "/"


@pytest.mark.parametrize("host", ["xn--a", "..", "a" * 300, "[::1"])
def test_a_host_that_is_no_name_gets_the_form_or_a_refusal(visitor: FlaskClient, host: str) -> None:
    asked = {**EnvironBuilder("/login?next=http://elsewhere.test/").get_environ(), "HTTP_HOST": host}  # the test client takes it apart

    _, status, _ = run_wsgi_app(visitor.application, asked)

    assert status in ("200 OK", "400 BAD REQUEST")


def test_theme_and_keys_are_kept_by_the_browser_and_rendered_by_the_server(claire: FlaskClient) -> None:
    assert 'data-theme="dark"' not in claire.get("/inbox").text

    send(claire, "/preferences", theme="dark", keys="off", next="/inbox")

    page = claire.get("/inbox").text
    assert '<html lang="en" data-theme="dark" data-keys="off">' in page


def test_an_unknown_theme_changes_nothing(claire: FlaskClient) -> None:
    send(claire, "/preferences", theme="<script>", keys="perhaps")

    assert "data-theme" not in claire.get("/inbox").text
