"""Settings, read from the environment once. A bad value stops the start with a clear text; no secret has a default outside the demo."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

SECRET_LENGTH_MIN = 32


class SettingsInvalid(ValueError):
    """A setting has a value that Countersign cannot start with."""


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
