"""The parts of the system as processes of their own, as an installation runs them."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

import click

from app.bench.load.processor import cpu_of_database, cpu_of_tree
from app.runtime.address import free_port, readiness
from app.runtime.leash import leashed
from app.runtime.valkey import socket_in, valkey_answers, valkey_part, valkey_url
from app.settings import Settings

START_SECONDS_MAX = 60
STOP_SECONDS_MAX = 30
LOOK_SECONDS = 0.25


class Parts:
    """The processes that are measured."""

    def __init__(self, processes: Sequence[tuple[str, subprocess.Popen[bytes]]], *, url: str, port: int) -> None:
        self._processes, self._url = processes, url
        self.port = port

    def process_id(self, name: str) -> int:
        """Return the process of the first part of that name."""
        return next(process.pid for part, process in self._processes if part == name)

    def cpu_seconds(self) -> float:
        """Return the seconds of CPU that all parts, and the database, have used."""
        return sum(cpu_of_tree(process.pid) for _, process in self._processes) + cpu_of_database(self._url)


@contextmanager
def running_parts(settings: Settings, *names: str) -> Iterator[Parts]:
    """Start Valkey and these parts (`web`, `ticker`, `worker`) on the database, and end them afterwards, the last one first."""
    with ExitStack() as stack:
        socket = stack.enter_context(socket_in(settings.data_dir))
        port = free_port("127.0.0.1", 0)
        environment = {
            **os.environ,
            "COUNTERSIGN_DATABASE_URL": settings.database_url,
            "COUNTERSIGN_REDIS_URL": valkey_url(socket),
            "COUNTERSIGN_DEMO": "1",
            "COUNTERSIGN_DATA_DIR": str(settings.data_dir),
        }
        options = {"web": ("--port", str(port), "--workers", "1")}
        lines = [("valkey", list(valkey_part(settings.data_dir, socket).command))]
        lines += [(name, [sys.executable, "-P", "-m", "app.cli", name, *options.get(name, ())]) for name in names]
        processes: list[tuple[str, subprocess.Popen[bytes]]] = []
        log = stack.enter_context((settings.data_dir / "parts.log").open("wb"))
        try:
            for name, line in lines:
                process = subprocess.Popen(leashed(line), env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
                processes.append((name, process))
                if name == "valkey":
                    _await(lambda: valkey_answers(socket), "Valkey")
                elif name == "web":
                    _await(lambda: not readiness("127.0.0.1", port).startswith("no answer"), "The web server")
            yield Parts(processes, url=settings.database_url, port=port)
        finally:
            for _, process in reversed(processes):
                process.terminate()
                process.wait(timeout=STOP_SECONDS_MAX)


def _await(condition: Callable[[], bool], what: str) -> None:
    give_up_at = time.monotonic() + START_SECONDS_MAX
    while not condition():
        if time.monotonic() > give_up_at:
            raise click.ClickException(f"{what} did not start.")
        time.sleep(LOOK_SECONDS)
