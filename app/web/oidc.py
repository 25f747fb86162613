"""Signing in with a company account: OpenID Connect, authorization code with PKCE, state and nonce.

The provider says who somebody is; whether he may come in stands in `operations/people/sign_in_with_provider.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import structlog
from flask import Blueprint, Flask, current_app, redirect, request, session, url_for
from flask_login import current_user
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

from app.domain.errors import CountersignError, NotSignedIn, Unavailable
from app.operations.people.sign_in_with_provider import sign_in_with_provider
from app.web.context import pages
from app.web.errors import status_of
from app.web.session import OIDC, local_path, login_page, start_session

NAME = "provider"
TIMEOUT_SECONDS = 10
LEEWAY_SECONDS = 60
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
UNREACHABLE = "Your company's sign-in cannot be reached now. Try again in a moment, or sign in with your password."
REFUSED = "Your company's sign-in was not completed. Try again."
_NEXT = "oidc_next"
_OFFERED = "id_token_signing_alg_values_supported"
_STATE = f"_state_{NAME}_"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """The OpenID provider of an installation."""

    issuer: str
    client_id: str
    client_secret: str
    public_url: str
    username_claim: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """The provider with what speaks to it."""

    provider: Provider
    oauth: Any


class ProviderUntrusted(Exception):
    """The provider's answer is not one of the provider that was configured."""


def install_oidc(app: Flask, provider: Provider | None) -> None:
    """Let people sign in with the provider; without one, the pages of it are not there. Nothing is asked of it before somebody does."""
    if provider is None:
        return
    from authlib.integrations.flask_client import OAuth  # here, since urllib3 opens a socket when it is imported

    oauth = OAuth(app)
    oauth.register(
        name=NAME,
        client_id=provider.client_id,
        client_secret=provider.client_secret,
        server_metadata_url=f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={"scope": "openid profile email", "code_challenge_method": "S256", "default_timeout": TIMEOUT_SECONDS},
    )
    app.extensions[OIDC] = Client(provider=provider, oauth=oauth.create_client(NAME))


def add_oidc_routes(blueprint: Blueprint) -> None:
    """Add the two steps of signing in with a company account."""
    blueprint.add_url_rule("/login/company", "begin_oidc", begin_oidc)
    blueprint.add_url_rule("/login/company/callback", "finish_oidc", finish_oidc)


def begin_oidc() -> BaseResponse:
    """Send the browser to the provider, and keep state, nonce and PKCE's secret for when it comes back."""
    client = _client()
    target = local_path(request.args.get("next", "/"))
    if current_user.is_authenticated:
        return redirect(target, 303)
    for name in [name for name in session if name.startswith(_STATE)]:
        session.pop(name)
    session[_NEXT] = target
    try:
        _check_metadata(client)
        return cast(BaseResponse, client.oauth.authorize_redirect(f"{client.provider.public_url}{url_for('web.finish_oidc')}"))
    except _failures() as error:
        return _refuse(error, target)


def finish_oidc() -> BaseResponse:
    """Exchange the code, check what the provider says, and begin the session of whom it names."""
    client = _client()
    target = local_path(str(session.get(_NEXT, "/")))
    try:
        _check_metadata(client)
        claims = _read_claims(client)
        caller = sign_in_with_provider(
            pages().system,
            issuer=client.provider.issuer,
            subject=_text(claims, "sub") or "",
            username=_text(claims, client.provider.username_claim) if client.provider.username_claim else None,
            email=_text(claims, "email") if claims.get("email_verified") is True else None,
        )
    except NotSignedIn as refusal:
        return _answer(refusal, target)
    except _failures() as error:
        return _refuse(error, target)
    return start_session(caller, target)


def _client() -> Client:
    client = current_app.extensions.get(OIDC)
    if client is None:
        raise NotFound
    return cast(Client, client)


def _check_metadata(client: Client) -> None:
    """Check that the metadata is the provider's own, and take no signatures but those made with a key pair.

    Raises:
        ProviderUntrusted: it names another issuer, or no such signatures.
    """
    metadata = client.oauth.load_server_metadata()
    if metadata.get("issuer") != client.provider.issuer:
        client.oauth.server_metadata.pop("_loaded_at", None)
        raise ProviderUntrusted("another issuer")
    strong = [each for each in metadata.get(_OFFERED) or ["RS256"] if each in ALGORITHMS]
    if not strong:
        raise ProviderUntrusted("no signatures made with a key pair")
    metadata[_OFFERED] = strong


def _read_claims(client: Client) -> Mapping[str, Any]:
    """Return the checked claims of the ID token.

    Authlib 1.9 leaves `userinfo` as the provider sent it, unchecked, where there is no ID token, and compares `aud` with nothing unless it is told to (tests/web/test_oidc.py, the token for another client).

    Raises:
        ProviderUntrusted: there is no ID token.
    """
    expected = {
        "iss": {"essential": True, "values": [client.provider.issuer]},
        "aud": {"essential": True, "values": [client.provider.client_id]},
    }
    token = client.oauth.authorize_access_token(claims_options=expected, leeway=LEEWAY_SECONDS)
    if "id_token" not in token:
        raise ProviderUntrusted("no ID token")
    return cast("Mapping[str, Any]", token["userinfo"])


def _text(claims: Mapping[str, Any], name: str) -> str | None:
    value = claims.get(name)
    return value.strip() if isinstance(value, str) else None


def _failures() -> tuple[type[Exception], ...]:
    """Return what a provider that is down, answers nonsense or refuses makes Authlib raise; its metadata and tokens are foreign JSON."""
    from authlib.common.errors import AuthlibBaseError
    from joserfc.errors import JoseError
    from requests import RequestException

    return AuthlibBaseError, JoseError, RequestException, ProviderUntrusted, RuntimeError, ValueError, TypeError, KeyError, AttributeError


def _refuse(error: Exception, target: str) -> BaseResponse:
    """Return the sign-in page with what happened, in words that tell an attacker nothing; the log has the kind of the error."""
    from requests import RequestException

    log.warning("company_sign_in_failed", error=type(error).__name__)
    if isinstance(error, RequestException):
        return _answer(Unavailable(UNREACHABLE), target)
    return _answer(NotSignedIn(REFUSED), target)


def _answer(refusal: CountersignError, target: str) -> BaseResponse:
    return login_page(error=refusal.detail, target=target, status=status_of(refusal))
