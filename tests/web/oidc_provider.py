"""A real OpenID provider for the tests: Authlib's server parts on a loopback port, with a key pair of its own.

It lets in whoever comes, as the person that `claims` describe; `token_claims` change what its ID tokens say, to see that they are checked.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import flask
from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import OpenIDCode, UserInfo
from joserfc.jwk import KeySet, RSAKey
from werkzeug.serving import make_server

CLIENT_ID = "countersign"
CLIENT_SECRET = "a secret between the two"
ALGORITHM = "RS256"


class Client(ClientMixin):
    """Countersign, as the provider knows it."""

    client_id = CLIENT_ID

    def get_client_id(self) -> str:
        return CLIENT_ID

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == "http://countersign.test/login/company/callback"

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == CLIENT_SECRET

    def check_endpoint_auth_method(self, method: str, _endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass(frozen=True, kw_only=True)
class Code(AuthorizationCodeMixin):
    """A code that was given out, and what came with the request for it."""

    code: str
    redirect_uri: str
    scope: str
    nonce: str | None
    code_challenge: str | None
    code_challenge_method: str | None

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str | None:
        return self.nonce

    def get_auth_time(self) -> None:
        return None

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


@dataclass(kw_only=True)
class OpenIdProvider:
    """The provider: who comes next, what its tokens say, and what was asked of it."""

    issuer: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    token_claims: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    asked: list[Mapping[str, str]] = field(default_factory=list)
    codes: dict[str, Code] = field(default_factory=dict)
    keys: KeySet = field(default_factory=lambda: KeySet([RSAKey.generate_key(2048, {"kid": "first"})]))
    signing_keys: KeySet | None = None
    is_unsigned: bool = False

    def app(self) -> flask.Flask:
        """Return the provider's application."""
        app = flask.Flask("openid_provider")
        server = AuthorizationServer(app, query_client=self._find_client, save_token=lambda _token, _request: None)
        server.register_grant(_code_grant(self), [CodeChallenge(required=True), _id_token(self)])

        @app.get("/.well-known/openid-configuration")
        def configuration() -> dict[str, Any]:
            return {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "id_token_signing_alg_values_supported": [ALGORITHM],
            } | self.metadata

        @app.get("/keys")
        def keys() -> Any:
            return self.keys.as_dict(private=False)

        @app.get("/authorize")
        def authorize() -> Any:
            self.asked.append(flask.request.args.to_dict())
            grant = server.get_consent_grant(end_user=self.claims)
            return server.create_authorization_response(grant_user=self.claims, grant=grant)

        @app.post("/token")
        def token() -> Any:
            return server.create_token_response()

        return app

    @staticmethod
    def _find_client(client_id: str) -> Client | None:
        return Client() if client_id == CLIENT_ID else None


def _code_grant(provider: OpenIdProvider) -> type[AuthorizationCodeGrant]:
    class Grant(AuthorizationCodeGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic",)

        def save_authorization_code(self, code: str, request: Any) -> None:
            data = request.payload.data
            provider.codes[code] = Code(
                code=code,
                redirect_uri=request.payload.redirect_uri,
                scope=request.scope,
                nonce=data.get("nonce"),
                code_challenge=data.get("code_challenge"),
                code_challenge_method=data.get("code_challenge_method"),
            )

        def query_authorization_code(self, code: str, _client: Client) -> Code | None:
            return provider.codes.get(code)

        def delete_authorization_code(self, authorization_code: Code) -> None:
            del provider.codes[authorization_code.code]

        def authenticate_user(self, _authorization_code: Code) -> dict[str, Any]:
            return provider.claims

    return Grant


def _id_token(provider: OpenIdProvider) -> OpenIDCode:
    class IdToken(OpenIDCode):
        def exists_nonce(self, nonce: str, _request: Any) -> bool:
            return any(code.nonce == nonce for code in provider.codes.values())

        def resolve_client_private_key(self, _client: Client) -> KeySet:
            return provider.signing_keys or provider.keys

        def encode_id_token(self, token: dict[str, Any], request: Any) -> str:
            signed = str(super().encode_id_token(token, request))
            if not provider.is_unsigned:
                return signed
            header = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
            return f"{header}.{signed.split('.')[1]}."

        def get_client_claims(self, _client: Client) -> dict[str, Any]:
            return {"iss": provider.issuer, "aud": [CLIENT_ID]}

        def generate_user_info(self, user: dict[str, Any], _scope: str) -> UserInfo:
            return UserInfo(user | provider.token_claims)

    return IdToken(require_nonce=True)


@contextmanager
def serve(provider: OpenIdProvider) -> Iterator[OpenIdProvider]:
    """Serve the provider on a free loopback port, in a thread, until the context ends."""
    server = make_server("127.0.0.1", 0, provider.app(), threaded=True)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()
