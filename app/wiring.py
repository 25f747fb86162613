"""The composition root: the one place where clock, randomness, database, queue and mail server are chosen."""

import os
import secrets
import smtplib
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import flask
from argon2 import PasswordHasher as Argon2
from argon2.exceptions import InvalidHashError, VerificationError

from app.domain.identifiers import IdSource
from app.jobs.queue import is_up
from app.operations.system import System
from app.persistence.database import open_database
from app.settings import Settings

SMTP_TIMEOUT_SECONDS = 15
SECRET_BYTES = 32


class Application(flask.Flask):
    """The web application, without work that none of its requests needs."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function: ours are ordinary ones, none a coroutine, so nobody has to look at each of them in every request."""
        return func


class Passwords:
    """Argon2id with the library's recommended parameters."""

    def __init__(self) -> None:
        self._argon2 = Argon2()
        self._nobody = ""

    def hash(self, password: str) -> str:
        """Return the encoded hash."""
        return self._argon2.hash(password)

    def verify(self, encoded: str | None, password: str) -> bool:
        """Return whether the password is the one that was hashed; without a hash it takes the same time and is never true."""
        if encoded is None:
            self._nobody = self._nobody or self._argon2.hash("nobody has this password")
        try:
            return self._argon2.verify(encoded or self._nobody, password) and encoded is not None
        except (VerificationError, InvalidHashError):
            return False


def build_system(settings: Settings, app: flask.Flask | None = None) -> System:
    """Return the system for these settings."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return System(
        database=open_database(app or flask.Flask("app", static_folder=None), settings.database_url),
        clock=now,
        new_id=IdSource(time.time_ns, secrets.randbits),
        new_secret=new_secret,
        send_mail=mailer(settings.smtp_url, settings.data_dir / "mail"),
        queue_is_up=partial(is_up, settings.redis_url),
        passwords=Passwords(),
        public_url=settings.public_url,
        mail_from=settings.mail_from,
        demo=settings.demo,
    )


def now() -> datetime:
    """Return the present instant, aware, in UTC."""
    return datetime.now(UTC)


def new_secret() -> str:
    """Return a fresh API token."""
    return f"cs_{secrets.token_urlsafe(SECRET_BYTES)}"


def mailer(smtp_url: str | None, folder: Path) -> Callable[[EmailMessage], None]:
    """Return the function that hands a mail to the server, or writes it into `folder` where no server is configured."""
    if smtp_url is None:
        return partial(_write_mail, folder)
    return partial(_send_mail, smtp_url)


def _send_mail(smtp_url: str, message: EmailMessage) -> None:
    address = urlsplit(smtp_url)
    connect = smtplib.SMTP_SSL if address.scheme == "smtps" else smtplib.SMTP
    with connect(address.hostname or "localhost", address.port or 0, timeout=SMTP_TIMEOUT_SECONDS) as server:
        if address.username:
            if address.scheme == "smtp":
                server.starttls()
            server.login(unquote(address.username), unquote(address.password or ""))
        server.send_message(message)


def _write_mail(folder: Path, message: EmailMessage) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    name = message["Message-ID"].strip("<>").split("@")[0]
    temporary = folder / f".{name}.{os.getpid()}"
    temporary.write_bytes(bytes(message))
    temporary.replace(folder / f"{name}.eml")
