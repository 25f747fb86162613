"""Signing in with a company account, against a real provider on a loopback port."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import flask
import pytest
import requests
import sqlalchemy as sa
from flask.testing import FlaskClient
from joserfc.jwk import KeySet, RSAKey
from werkzeug.test import TestResponse

from app import create_app
from app.operations.system import System
from app.persistence.tables.access import identity
from app.persistence.tables.people import user
from app.settings import OidcSettings, Settings
from app.web import Provider, register_pages
from tests.web.oidc_provider import CLIENT_ID, CLIENT_SECRET, OpenIdProvider, serve

MARC = {"sub": "marc-1", "email": "marc@example.com", "email_verified": True, "preferred_username": "marc"}
Change = Callable[..., None]


@pytest.fixture(scope="module")
def served() -> Iterator[OpenIdProvider]:
    """One provider for all: making its keys takes a while, and so does stopping it."""
    with serve(OpenIdProvider()) as provider:
        yield provider


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch, served: OpenIdProvider) -> OpenIdProvider:
    """A provider that lets Marc in."""
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")  # loopback has no TLS
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    served.claims, served.token_claims, served.metadata, served.signing_keys = dict(MARC), {}, {}, None
    served.is_unsigned = False
    served.asked.clear()
    return served


@pytest.fixture
def oidc_app(system: System, provider: OpenIdProvider) -> flask.Flask:
    """The pages with the provider configured."""
    return make_app(system, provider)


@pytest.fixture
def browser(oidc_app: flask.Flask) -> FlaskClient:
    """A browser that nobody has signed in with."""
    return oidc_app.test_client()


@pytest.fixture
def change(system: System) -> Change:
    """A function that changes columns of a user."""

    def change_one(username: str, **values: Any) -> None:
        with system.database.write() as work:
            work.execute(sa.update(user).where(user.c.username == username).values(**values))
            work.commit()

    return change_one


def make_app(system: System, provider: OpenIdProvider, **more: Any) -> flask.Flask:
    """Return an application of the pages alone that signs people in with the provider."""
    app = flask.Flask("pages_under_test", static_folder=None)
    app.secret_key = "a secret of the tests"
    configured = Provider(
        issuer=provider.issuer, client_id=CLIENT_ID, client_secret=CLIENT_SECRET, public_url="http://countersign.test", **more
    )
    register_pages(app, system, provider=configured)
    return app


def authorize(browser: FlaskClient, path: str = "/login/company") -> str:
    """Begin, let the provider answer, and return the address that it sends the browser back to."""
    begun = browser.get(path)
    assert begun.status_code == 302, begun.text
    sent_back = requests.get(begun.location, allow_redirects=False, timeout=10)
    assert sent_back.status_code == 302, sent_back.text
    address = urlsplit(sent_back.headers["Location"])
    assert f"{address.scheme}://{address.netloc}" == "http://countersign.test"
    return f"{address.path}?{address.query}"


def sign_in(browser: FlaskClient, path: str = "/login/company") -> TestResponse:
    """Sign in with the company account and return the last answer."""
    return browser.get(authorize(browser, path))


def linked(system: System) -> list[tuple[str, str]]:
    """Return which subjects are linked to which users."""
    statement = sa.select(identity.c.subject, user.c.username).join(user, user.c.id == identity.c.user_id)
    with system.database.read() as reading:
        return [(row.subject, row.username) for row in reading.rows(statement)]


def is_in(browser: FlaskClient) -> bool:
    """Return whether somebody is signed in."""
    return browser.get("/inbox").status_code == 200


def test_a_company_account_signs_in(browser: FlaskClient, provider: OpenIdProvider, system: System) -> None:
    assert "Sign in with your company account" in browser.get("/login").text

    answer = sign_in(browser, "/login/company?next=/documents")

    assert (answer.status_code, answer.location) == (303, "/documents")
    assert "Marc Anthony" in browser.get("/inbox").text
    assert linked(system) == [("marc-1", "marc")]
    (asked,) = provider.asked
    assert asked["code_challenge_method"] == "S256"
    assert asked["response_type"] == "code"
    assert asked["nonce"]
    assert asked["state"]


def test_signing_out_ends_the_session(browser: FlaskClient) -> None:
    sign_in(browser)
    page = browser.get("/help").text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]

    assert browser.post("/logout", data={"csrf_token": token}).location == "/login"

    assert not is_in(browser)


def test_a_linked_account_is_its_users_whatever_its_other_claims_say(
    browser: FlaskClient, provider: OpenIdProvider, oidc_app: flask.Flask
) -> None:
    sign_in(browser)
    provider.claims |= {"email": "claire@example.com", "preferred_username": "claire"}

    again = oidc_app.test_client()
    assert sign_in(again).status_code == 303

    assert "Marc Anthony" in again.get("/inbox").text


def test_another_account_with_the_same_address_does_not_get_in(
    browser: FlaskClient, provider: OpenIdProvider, oidc_app: flask.Flask, system: System
) -> None:
    """An address that is given to somebody else opens no account of its former owner."""
    sign_in(browser)
    provider.claims |= {"sub": "somebody-else"}

    assert sign_in(oidc_app.test_client()).status_code == 401
    assert linked(system) == [("marc-1", "marc")]


def test_who_signs_in_by_the_directory_alone_gets_in_this_way(browser: FlaskClient, change: Change) -> None:
    """USR-18: login type none."""
    change("marc", login_type="", password_hash=None)

    sign_in(browser)

    assert is_in(browser)


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "x", "email": "nobody@example.com", "email_verified": True},
        {"sub": "x", "email": "marc@example.com", "email_verified": False},
        {"sub": "x", "email": "marc@example.com", "email_verified": "true"},
        {"sub": "x", "email": "marc@example.com"},
        {"sub": "x", "preferred_username": "marc"},
        {"sub": "x"},
        {"sub": "x", "email": ["marc@example.com"], "email_verified": True},
        {"sub": "x", "email": "marc@example.com\x00", "email_verified": True},
        {"sub": "x" * 300, "email": "marc@example.com", "email_verified": True},
    ],
)
def test_nobody_is_let_in_by_what_is_not_vouched_for(
    browser: FlaskClient, provider: OpenIdProvider, system: System, claims: dict[str, Any]
) -> None:
    provider.claims = claims

    answer = sign_in(browser)

    assert answer.status_code == 401
    assert "Nobody here is known by this company account, or the user is not active." in answer.text
    assert not is_in(browser)
    assert linked(system) == []


def test_who_is_not_active_stays_out(browser: FlaskClient, provider: OpenIdProvider, change: Change, oidc_app: flask.Flask) -> None:
    """USR-39: with the text of an unknown one, before and after the account was linked."""
    provider.claims = {"sub": "otto-1", "email": "otto@example.com", "email_verified": True}
    refused = sign_in(browser)
    assert refused.status_code == 401
    assert "or the user is not active" in refused.text

    provider.claims = dict(MARC)
    sign_in(browser)
    change("marc", active=False)

    assert not is_in(browser)
    assert sign_in(oidc_app.test_client()).status_code == 401


def test_an_address_of_two_users_lets_nobody_in(browser: FlaskClient, change: Change) -> None:
    change("ann", email="marc@example.com")

    assert sign_in(browser).status_code == 401


def test_a_claim_that_the_installation_trusts_is_the_user_name(system: System, provider: OpenIdProvider) -> None:
    provider.claims = {"sub": "x", "preferred_username": "claire"}
    browser = make_app(system, provider, username_claim="preferred_username").test_client()

    assert sign_in(browser).status_code == 303

    assert linked(system) == [("x", "claire")]


@pytest.mark.parametrize(
    "token_claims",
    [
        {"nonce": "another"},
        {"exp": int(time.time()) - 600, "iat": int(time.time()) - 4200},
        {"aud": ["another client"]},
        {"aud": ["another client"], "azp": CLIENT_ID},
        {"iss": "https://another.example"},
        {"sub": ""},
        {"at_hash": "wrong"},
    ],
    ids=" ".join,
)
def test_a_token_that_is_not_for_this_sign_in_lets_nobody_in(
    browser: FlaskClient, provider: OpenIdProvider, token_claims: dict[str, Any]
) -> None:
    """Wrong nonce, expired, for another client, of another issuer, for nobody, for another access token."""
    provider.token_claims = token_claims

    answer = sign_in(browser)

    assert answer.status_code == 401
    assert not is_in(browser)


def test_a_token_that_somebody_else_signed_lets_nobody_in(browser: FlaskClient, provider: OpenIdProvider) -> None:
    provider.signing_keys = KeySet([RSAKey.generate_key(2048, {"kid": "first"})])

    assert sign_in(browser).status_code == 401
    assert not is_in(browser)


def test_a_new_key_of_the_provider_is_asked_for(browser: FlaskClient, provider: OpenIdProvider, oidc_app: flask.Flask) -> None:
    sign_in(browser)
    provider.keys = KeySet([*provider.keys.keys, RSAKey.generate_key(2048, {"kid": "second"})])
    provider.signing_keys = KeySet([provider.keys.keys[-1]])

    assert sign_in(oidc_app.test_client()).status_code == 303


@pytest.mark.parametrize("offered", [["none"], ["HS256"], ["none", "HS256"]])
def test_a_provider_that_offers_weak_signatures_alone_is_not_asked(
    browser: FlaskClient, provider: OpenIdProvider, offered: list[str]
) -> None:
    provider.metadata = {"id_token_signing_alg_values_supported": offered}

    for _ in range(2):
        assert browser.get("/login/company").status_code == 401
    assert provider.asked == []


def test_a_token_without_a_signature_lets_nobody_in(browser: FlaskClient, provider: OpenIdProvider) -> None:
    """Even where the metadata offer it."""
    provider.metadata = {"id_token_signing_alg_values_supported": ["RS256", "none"]}
    provider.is_unsigned = True

    assert sign_in(browser).status_code == 401
    assert not is_in(browser)


def test_where_the_metadata_offer_nothing_rs256_is_taken(browser: FlaskClient, provider: OpenIdProvider) -> None:
    provider.metadata = {"id_token_signing_alg_values_supported": None}

    assert sign_in(browser).status_code == 303


def test_metadata_of_another_issuer_are_not_taken(browser: FlaskClient, provider: OpenIdProvider) -> None:
    provider.metadata = {"issuer": "https://another.example"}

    answer = browser.get("/login/company")

    assert answer.status_code == 401
    assert "was not completed" in answer.text


def other_state(address: str) -> str:
    """Return the address with another state."""
    state = parse_qs(urlsplit(address).query)["state"][0]
    return address.replace(state, "another")


@pytest.mark.parametrize("spoil", [other_state, lambda address: address.split("?")[0], lambda address: address.replace("state=", "stat=")])
def test_an_answer_that_nobody_asked_for_lets_nobody_in(browser: FlaskClient, spoil: Callable[[str], str]) -> None:
    """A wrong state: somebody else's answer is not taken for one's own."""
    address = authorize(browser)

    assert browser.get(spoil(address)).status_code == 401
    assert not is_in(browser)


def test_an_answer_counts_in_the_browser_that_asked_alone(browser: FlaskClient, oidc_app: flask.Flask) -> None:
    address = authorize(browser)

    other = oidc_app.test_client()
    assert other.get(address).status_code == 401
    assert not is_in(other)


def test_an_answer_counts_once(browser: FlaskClient) -> None:
    address = authorize(browser)
    assert browser.get(address).status_code == 303

    assert browser.get(address).status_code == 401


def test_a_refusal_of_the_provider_is_told_politely(browser: FlaskClient) -> None:
    state = parse_qs(urlsplit(browser.get("/login/company").location).query)["state"][0]

    answer = browser.get(f"/login/company/callback?error=access_denied&error_description=<script>&state={state}")

    assert answer.status_code == 401
    assert "was not completed" in answer.text
    assert "<script>&" not in answer.text


@pytest.mark.usefixtures("provider")
def test_a_provider_that_is_down_is_told_politely(system: System) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        gone = OpenIdProvider(issuer=f"http://127.0.0.1:{free.getsockname()[1]}")
    browser = make_app(system, gone).test_client()

    answer = browser.get("/login/company")

    assert answer.status_code == 503
    assert "cannot be reached now" in answer.text
    assert 'name="password"' in answer.text


def test_nobody_is_led_to_a_foreign_address(browser: FlaskClient) -> None:
    assert sign_in(browser, "/login/company?next=https://evil.example/").location == "/"


def test_a_new_session_begins(browser: FlaskClient) -> None:
    """What somebody put into the browser before does not stay in the session."""
    with browser.session_transaction() as before:
        before["planted"] = "x"

    sign_in(browser)

    with browser.session_transaction() as after:
        assert set(after) == {"_fresh", "_id", "_permanent", "_user_id"}


def test_the_settings_name_the_provider(settings: Settings, system: System, provider: OpenIdProvider) -> None:
    """The same on the whole application."""
    oidc = OidcSettings(issuer=provider.issuer, client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
    browser = create_app(replace(settings, oidc=oidc), system).test_client()

    assert sign_in(browser).status_code == 303


def test_without_a_provider_there_is_no_such_page(client: FlaskClient) -> None:
    assert "company account" not in client.get("/login").text
    assert client.get("/login/company").status_code == 404
    assert client.get("/login/company/callback?code=x&state=y").status_code == 404
