"""Settings, read from the environment once. A bad value stops the start with a clear text; no secret has a default outside the demo."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

SECRET_LENGTH_MIN = 32
PROXIES_MAX = 5


class SettingsInvalid(ValueError):
    """A setting has a value that Countersign cannot start with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcSettings:
    """The OpenID provider whose accounts people sign in with."""

    issuer: str
    client_id: str
    client_secret: str
    username_claim: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What differs from installation to installation."""

    data_dir: Path
    database_url: str
    redis_url: str | None
    secret_key: str
    public_url: str
    smtp_url: str | None = None
    mail_from: str = "Countersign <countersign@localhost>"
    demo: bool = False
    testing: bool = False
    oidc: OidcSettings | None = None
    proxies: int = 0
    """How many reverse proxies stand before the web server and tell it the address of the browser."""

    @classmethod
    def from_environment(cls, variables: Mapping[str, str] | None = None, *, needs_secret: bool = True) -> "Settings":
        """Return the settings that the COUNTERSIGN_* variables give; only what serves pages needs the secret that signs cookies.

        Raises:
            SettingsInvalid: names the variable, its value's fault and the remedy.
        """
        given = os.environ if variables is None else variables
        data_dir = Path(given.get("COUNTERSIGN_DATA_DIR") or "data").expanduser().resolve()
        demo = given.get("COUNTERSIGN_DEMO", "") == "1"
        return cls(
            data_dir=data_dir,
            database_url=_database_url(given.get("COUNTERSIGN_DATABASE_URL") or f"sqlite:///{data_dir / 'countersign.db'}"),
            redis_url=_url(given, "COUNTERSIGN_REDIS_URL", {"redis", "rediss", "unix"}),
            secret_key=_secret_key(given.get("COUNTERSIGN_SECRET_KEY"), data_dir, demo=demo) if needs_secret else "",
            public_url=(_url(given, "COUNTERSIGN_PUBLIC_URL", {"http", "https"}) or "http://127.0.0.1:8080").rstrip("/"),
            smtp_url=_url(given, "COUNTERSIGN_SMTP_URL", {"smtp", "smtps"}),
            mail_from=given.get("COUNTERSIGN_MAIL_FROM") or "Countersign <countersign@localhost>",
            demo=demo,
            oidc=_oidc(given) if needs_secret else None,
            proxies=_number(given, "COUNTERSIGN_PROXIES", most=PROXIES_MAX),
        )


def _database_url(url: str) -> str:
    if url.startswith(("sqlite:///", "postgresql+psycopg://")):
        return url
    if url.startswith(("postgresql://", "postgres://")):
        return "postgresql+psycopg://" + url.split("://", 1)[1]
    raise SettingsInvalid(f"COUNTERSIGN_DATABASE_URL: expected sqlite:///PATH or postgresql+psycopg://…, but got {url.split(':', 1)[0]}:…")


def _url(given: Mapping[str, str], name: str, schemes: set[str]) -> str | None:
    value = given.get(name)
    if value and urlsplit(value).scheme not in schemes:
        raise SettingsInvalid(f"{name}: expected an address that begins with {' or '.join(sorted(schemes))}, but got {value!r}.")
    return value or None


def _oidc(given: Mapping[str, str]) -> OidcSettings | None:
    """Return the OpenID provider; it speaks https, except on this machine, since what it says lets people in."""
    issuer = given.get("COUNTERSIGN_OIDC_ISSUER")
    if not issuer:
        return None
    address = urlsplit(issuer)
    is_here = address.hostname in {"127.0.0.1", "localhost", "::1"}
    if not address.hostname or address.scheme not in ({"http", "https"} if is_here else {"https"}):
        raise SettingsInvalid(f"COUNTERSIGN_OIDC_ISSUER: expected an address that begins with https://, but got {issuer!r}.")
    client_id, secret = given.get("COUNTERSIGN_OIDC_CLIENT_ID"), given.get("COUNTERSIGN_OIDC_CLIENT_SECRET")
    if not client_id or not secret:
        raise SettingsInvalid(
            "COUNTERSIGN_OIDC_ISSUER is set, so COUNTERSIGN_OIDC_CLIENT_ID and COUNTERSIGN_OIDC_CLIENT_SECRET are needed too."
        )
    claim = given.get("COUNTERSIGN_OIDC_USERNAME_CLAIM") or None
    return OidcSettings(issuer=issuer, client_id=client_id, client_secret=secret, username_claim=claim)


def _number(given: Mapping[str, str], name: str, *, most: int) -> int:
    value = given.get(name) or "0"
    if not value.isascii() or not value.isdecimal() or int(value) > most:
        raise SettingsInvalid(f"{name}: expected a whole number from 0 to {most}, but got {value!r}.")
    return int(value)


def _secret_key(value: str | None, data_dir: Path, *, demo: bool) -> str:
    if value:
        if len(value) < SECRET_LENGTH_MIN:
            raise SettingsInvalid(f"COUNTERSIGN_SECRET_KEY: expected at least {SECRET_LENGTH_MIN} characters, but got {len(value)}.")
        return value
    if not demo:
        raise SettingsInvalid("COUNTERSIGN_SECRET_KEY is not set. Set it to 32 or more random characters, the same for all processes.")
    return _demo_secret(data_dir / "secret_key")


def _demo_secret(path: Path) -> str:
    """Return the secret that the demo keeps in its data folder, made at the first start."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return path.read_text()
