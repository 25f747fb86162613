"""A provider that answers nonsense, or what is no proof, lets nobody in and breaks no page."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import flask
import pytest
import requests
from flask.testing import FlaskClient
from joserfc.jwk import RSAKey

from app.operations.system import System
from app.web import Provider, register_pages

ISSUER = "https://provider.test"
METADATA = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/keys",
    "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
}
MARC = {"sub": "marc-1", "email": "marc@example.com", "email_verified": True}
PLACES = {"metadata": "/.well-known/openid-configuration", "token": "/token", "keys": "/keys"}


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """What the provider answers, by path."""
    said = {PLACES["metadata"]: json.dumps(METADATA).encode(), PLACES["token"]: b"{}", PLACES["keys"]: b'{"keys": []}'}

    def send(_adapter: Any, request: requests.PreparedRequest, **_options: Any) -> requests.Response:
        answer = requests.Response()
        answer.status_code, answer.request, answer.url = 200, request, str(request.url)
        answer.headers["Content-Type"] = "application/json"
        answer._content = said[urlsplit(str(request.url)).path]
        return answer

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", send)
    return said


@pytest.fixture
def browser(system: System) -> FlaskClient:
    """A browser that nobody has signed in with."""
    app = flask.Flask("pages_under_test", static_folder=None)
    app.secret_key = "a secret of the tests"
    register_pages(
        app, system, provider=Provider(issuer=ISSUER, client_id="countersign", client_secret="s", public_url="http://countersign.test")
    )
    return app.test_client()


def come_back(browser: FlaskClient, answers: dict[str, bytes], claims: dict[str, Any] | None = None, **token: Any) -> int:
    """Begin, and come back from the provider with a code; return the status of the answer."""
    begun = browser.get("/login/company")
    if begun.status_code != 302:
        return begun.status_code
    asked = parse_qs(urlsplit(begun.location).query)
    if token:
        answers[PLACES["token"]] = json.dumps({"access_token": "a", "token_type": "Bearer"} | token).encode()
    if claims is not None:
        said = claims | {
            "iss": ISSUER,
            "aud": "countersign",
            "exp": int(time.time()) + 600,
            "iat": int(time.time()),
            "nonce": asked["nonce"][0],
        }
        answers[PLACES["token"]] = json.dumps(
            {"access_token": "a", "token_type": "Bearer", "id_token": sign_weakly(answers, said)}
        ).encode()
    return browser.get(f"/login/company/callback?code=x&state={asked['state'][0]}").status_code


def sign_weakly(answers: dict[str, bytes], claims: dict[str, Any]) -> str:
    """Return an ID token whose HS256 key is the provider's public key, which everybody knows."""
    key = RSAKey.generate_key(2048, {"kid": "k"})
    answers[PLACES["keys"]] = json.dumps({"keys": [key.as_dict(private=False)]}).encode()
    text = b".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in ({"alg": "HS256", "kid": "k"}, claims))
    mark = hmac.new(key.as_pem(private=False), text, hashlib.sha256).digest()
    return f"{text.decode()}.{base64.urlsafe_b64encode(mark).rstrip(b'=').decode()}"


def is_in(browser: FlaskClient) -> bool:
    """Return whether somebody is signed in."""
    return browser.get("/inbox").status_code == 200


def test_what_stands_beside_the_id_token_proves_nothing(browser: FlaskClient, answers: dict[str, bytes]) -> None:
    """Nobody has signed it for this client, nor for this sign-in."""
    assert come_back(browser, answers, userinfo=MARC) == 401
    assert not is_in(browser)


def test_the_public_key_is_no_secret_to_sign_with(browser: FlaskClient, answers: dict[str, bytes]) -> None:
    assert come_back(browser, answers, claims=MARC) == 401
    assert not is_in(browser)


@pytest.mark.parametrize("noise", [b"", b"[]", b"null", b"5", b"[" * 50_000, b"\xff\xfe", b'{"error": 5}', b'{"keys": [5], "issuer": []}'])
@pytest.mark.parametrize("place", PLACES)
def test_nonsense_is_told_politely(browser: FlaskClient, answers: dict[str, bytes], place: str, noise: bytes) -> None:
    token = {"id_token": "eyJhbGciOiJSUzI1NiIsImtpZCI6ImsifQ.e30.AAAA"} if place == "keys" else {}
    answers[PLACES[place]] = noise

    assert come_back(browser, answers, **token) in (401, 503)
    assert not is_in(browser)


@pytest.mark.parametrize(
    "change",
    [
        {"authorization_endpoint": 5},
        {"authorization_endpoint": None},
        {"authorization_endpoint": []},
        {"token_endpoint": 5},
        {"jwks_uri": 5},
        {"jwks": 5},
        {"id_token_signing_alg_values_supported": 5},
        {"id_token_signing_alg_values_supported": [[], {}, None]},
    ],
    ids=str,
)
def test_metadata_of_a_wrong_kind_are_told_politely(browser: FlaskClient, answers: dict[str, bytes], change: dict[str, Any]) -> None:
    answers[PLACES["metadata"]] = json.dumps(METADATA | change).encode()

    assert come_back(browser, answers, id_token="eyJhbGciOiJSUzI1NiIsImtpZCI6ImsifQ.e30.AAAA") in (401, 503)
    assert not is_in(browser)


@pytest.mark.parametrize(
    "token", ["x", "a.b.c.d.e", 5, [], {}, "bnVsbA.e30.AAAA", "W10.e30.AAAA", "eyJhbGciOjV9.e30.AAAA", "é.é.é", "x." * 100_000]
)
def test_an_id_token_that_is_none_lets_nobody_in(browser: FlaskClient, answers: dict[str, bytes], token: Any) -> None:
    assert come_back(browser, answers, id_token=token, userinfo=MARC) in (401, 503)
    assert not is_in(browser)


@pytest.mark.parametrize(
    "query", ["code=%00&state=%00", "code=a&state=x&error=%F0%9F%92%A5", "code=&state=", "iss=https://evil.test&code=x&state=x"]
)
def test_an_address_that_no_provider_sends_lets_nobody_in(browser: FlaskClient, answers: dict[str, bytes], query: str) -> None:
    assert answers
    browser.get("/login/company")

    assert browser.get(f"/login/company/callback?{query}").status_code in (401, 422)
    assert not is_in(browser)
