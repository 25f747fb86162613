"""Settings of who lets people in: an OpenID provider, and the proxies before the web server."""

import flask
import pytest

from app import create_app
from app.settings import Settings, SettingsInvalid

SECRET = {"COUNTERSIGN_SECRET_KEY": "x" * 32}
PROVIDER = {
    "COUNTERSIGN_OIDC_ISSUER": "https://login.example.com",
    "COUNTERSIGN_OIDC_CLIENT_ID": "countersign",
    "COUNTERSIGN_OIDC_CLIENT_SECRET": "secret",
}


def settings(**variables: str) -> Settings:
    """Return the settings of these variables."""
    return Settings.from_environment(SECRET | variables)


def test_there_is_no_provider_unless_one_is_named() -> None:
    assert settings().oidc is None
    assert settings().proxies == 0


def test_a_provider_has_an_address_an_id_and_a_secret() -> None:
    oidc = settings(**PROVIDER, COUNTERSIGN_OIDC_USERNAME_CLAIM="preferred_username").oidc

    assert oidc is not None
    assert (oidc.issuer, oidc.client_id, oidc.client_secret, oidc.username_claim) == (*PROVIDER.values(), "preferred_username")
    assert settings(**PROVIDER | {"COUNTERSIGN_OIDC_ISSUER": "http://127.0.0.1:9000"}).oidc is not None


@pytest.mark.parametrize(
    "changed",
    [
        {"COUNTERSIGN_OIDC_ISSUER": "http://login.example.com"},
        {"COUNTERSIGN_OIDC_ISSUER": "login.example.com"},
        {"COUNTERSIGN_OIDC_ISSUER": "file:///etc/passwd"},
        {"COUNTERSIGN_OIDC_CLIENT_ID": ""},
        {"COUNTERSIGN_OIDC_CLIENT_SECRET": ""},
        {"COUNTERSIGN_PROXIES": "-1"},
        {"COUNTERSIGN_PROXIES": "6"},
        {"COUNTERSIGN_PROXIES": "one"},
    ],
)
def test_a_bad_value_stops_the_start_and_names_the_variable(changed: dict[str, str]) -> None:
    with pytest.raises(SettingsInvalid, match=next(iter(changed))):
        settings(**PROVIDER | changed)


@pytest.mark.parametrize(("proxies", "address"), [("0", "127.0.0.1"), ("1", "198.51.100.7"), ("2", "203.0.113.5")])
def test_the_address_of_a_browser_is_taken_from_trusted_proxies_alone(tmp_path, proxies: str, address: str) -> None:
    """Whoever writes X-Forwarded-For himself gets no new address by it."""
    app = create_app(settings(COUNTERSIGN_DATA_DIR=str(tmp_path), COUNTERSIGN_PROXIES=proxies))
    app.add_url_rule("/address", "address", lambda: flask.request.remote_addr or "")

    answer = app.test_client().get("/address", headers={"X-Forwarded-For": "192.0.2.66, 203.0.113.5, 198.51.100.7"})

    assert answer.text == address
