"""What all tests share: one cast of people (fixture FX), a virtual clock, a real database, the real engine.

The suite runs on SQLite, and on PostgreSQL when TEST_DATABASE_URL names a server (`python -m app.runtime.postgres pytest` starts one).
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import flask
import pytest

from app import create_app
from app.demo.load import load_demo
from app.operations.answer import Caller
from app.operations.people.callers import find_caller
from app.operations.system import System
from app.persistence.migrations import upgrade
from app.runtime import postgres
from app.settings import Settings
from app.wiring import build_system
from tests.pristine import Pristine, PristineFile, PristineServerDatabase

START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
SECRET = "only for tests: thirty-two characters"
SERVER_URL = os.environ.get("TEST_DATABASE_URL")


class VirtualClock:
    """A clock that stands still until a test moves it. It begins at 2026-11-02 09:00 in Amsterdam, a Monday."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        """Return the instant, each microsecond once, so that what happens in order also sorts in order."""
        self.now += timedelta(microseconds=1)
        return self.now

    def advance(self, **steps: float) -> None:
        """Move the clock, by the keywords of timedelta."""
        self.now += timedelta(**steps)


class PlainPasswords:
    """Passwords without the slowness that argon2 has on purpose; its own tests use the real one."""

    def hash(self, password: str) -> str:
        """Return the password itself."""
        return f"plain:{password}"

    def verify(self, encoded: str | None, password: str) -> bool:
        """Return whether it is the password."""
        return encoded == f"plain:{password}"


def pytest_report_header() -> str:
    """Name the database at the top of the report."""
    return f"database: {'PostgreSQL' if SERVER_URL else 'SQLite'}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that use a database, so that a run on another database need not repeat the others."""
    for item in items:
        if {"pristine", "tree_database_url"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.database)


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> str:
    """Give the name of the xdist worker, `main` without xdist."""
    return str(getattr(request.config, "workerinput", {}).get("workerid", "main"))


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Pristine]:
    """Give a database with all tables and fixture FX, afresh for whoever asks it."""
    folder = tmp_path_factory.mktemp("pristine")
    name = f"countersign_test_{worker_id}"
    url = f"sqlite:///{folder / name}.db"
    if SERVER_URL:
        postgres.drop_database(SERVER_URL, name)
        url = postgres.create_database(SERVER_URL, name)
    upgrade(url)
    system = replace(build_system(test_settings(url, folder)), clock=VirtualClock(), passwords=PlainPasswords())
    load_demo(system)
    system.database.close()
    yield PristineServerDatabase(url) if SERVER_URL else PristineFile(url)
    if SERVER_URL:
        postgres.drop_database(SERVER_URL, name)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Give a running Chromium."""
    from tests.chromium import launched

    with launched() as browser:
        yield browser


@pytest.fixture
def database_url(pristine: Pristine, tmp_path: Path) -> str:
    """Give the address of a database that is as new."""
    return pristine.give(tmp_path)


def test_settings(url: str, folder: Path) -> Settings:
    """Return settings for a database of the tests."""
    return Settings(
        data_dir=folder, database_url=url, redis_url=None, secret_key=SECRET, public_url="http://countersign.test", demo=True, testing=True
    )


test_settings.__test__ = False  # type: ignore[attr-defined]  # a function of the fixtures, no test


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Give the settings of the application under test."""
    return test_settings(database_url, tmp_path)


@pytest.fixture
def clock() -> VirtualClock:
    """Give the virtual clock."""
    return VirtualClock()


@pytest.fixture
def mails() -> list[EmailMessage]:
    """Give the list that sent mails are put into."""
    return []


@pytest.fixture
def system(settings: Settings, clock: VirtualClock, mails: list[EmailMessage]) -> Iterator[System]:
    """Give the system on a database of its own, with the virtual clock and a list for a mail server."""
    made = replace(build_system(settings), clock=clock, send_mail=mails.append, passwords=PlainPasswords())
    yield made
    made.database.close()


@pytest.fixture
def app(settings: Settings, system: System) -> flask.Flask:
    """Give the whole web application over the system."""
    return create_app(settings, system)


@pytest.fixture
def client(app: flask.Flask) -> Any:
    """Give a test client; sign in with `headers=bearer("marc")`."""
    return app.test_client()


@pytest.fixture
def caller(system: System) -> Callable[[str], Caller]:
    """Give a function from a user name to the caller."""
    return lambda username: find_caller(system, username)
