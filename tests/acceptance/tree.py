"""The process tree of `countersign up`: started, looked into and killed by process id."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from app.runtime.leash import leashed
from tests.runtime.processes import environment, outlives

DEADLINE_SECONDS = 90.0
LOOK_SECONDS = 0.05
COMMANDS = {"valkey": "valkey-server", "web": "app.cli web ", "ticker": "app.cli ticker", "worker": "app.cli worker"}
_ADDRESS = re.compile(r"Countersign runs at http://127\.0\.0\.1:(\d+)")
_NEVER = threading.Event()

Found = TypeVar("Found")


def await_value(look: Callable[[], Found], what: str, *, seconds: float = DEADLINE_SECONDS) -> Found:
    """Return the first value of `look` that is true; fails with `what` when none comes in time."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        _NEVER.wait(LOOK_SECONDS)
    return found


@dataclass(kw_only=True)
class Tree:
    """One installation: its data folder and, while it runs, its supervisor."""

    data_dir: Path
    log: Path
    database_url: str | None
    settings: dict[str, str]
    supervisor: subprocess.Popen[bytes] | None = None
    port: int = 0
    _log_read: int = field(default=0)

    def start(self) -> None:
        """Start the tree on a free port and return when it is ready and all parts run."""
        given = ("--database-url", self.database_url) if self.database_url else ()
        command = (sys.executable, "-P", "-m", "app.cli", "up", "--port", "0", "--data-dir", str(self.data_dir), *given)
        self._log_read = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.supervisor = subprocess.Popen(
                leashed(command), env=environment(**self.settings), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        self.port = int(await_value(self._address, "the address")[1])
        for part in COMMANDS:
            await_value(lambda part=part: self.part(part), part)

    def stop(self) -> None:
        """Stop the tree in order, or by force when it takes too long."""
        if self.supervisor is None:
            return
        self.supervisor.terminate()
        try:
            self.supervisor.wait(timeout=DEADLINE_SECONDS)
        finally:
            self.kill_supervisor()

    def kill_supervisor(self) -> None:
        """Kill the supervisor."""
        assert self.supervisor is not None
        self.supervisor.kill()
        self.supervisor.wait()
        self.supervisor = None

    def part(self, name: str) -> int | None:
        """Return the process id of a part, None while it does not run."""
        assert self.supervisor is not None
        return next((child for child in children(self.supervisor.pid) if COMMANDS[name] in command_line(child)), None)

    def web_workers(self) -> list[int]:
        """Return the process ids of the web workers that run now."""
        web = self.part("web")
        return children(web) if web else []

    def processes(self) -> list[int]:
        """Return the process ids of all parts and of the web workers."""
        assert self.supervisor is not None
        return [*children(self.supervisor.pid), *self.web_workers()]

    def kill_part(self, name: str) -> None:
        """Kill a part with SIGKILL; `web worker` names one of the web server's."""
        look = self.web_workers if name == "web worker" else lambda: [self.part(name)]
        victim = await_value(lambda: [each for each in look() if each], name)[0]
        os.kill(victim, signal.SIGKILL)
        assert not outlives(victim, seconds=DEADLINE_SECONDS)

    def _address(self) -> re.Match[str] | None:
        text = self.log.read_bytes()[self._log_read :].decode()
        assert self.supervisor is not None
        assert self.supervisor.poll() is None, text
        return _ADDRESS.search(text)


def children(process_id: int) -> list[int]:
    """Return the process ids of the children of a process."""
    try:
        lists = [task.read_text() for task in Path(f"/proc/{process_id}/task").glob("*/children")]
    except OSError:
        return []
    return [int(child) for text in lists for child in text.split()]


def command_line(process_id: int) -> str:
    """Return the command line of a process, its words separated by spaces; empty when there is none."""
    try:
        return Path(f"/proc/{process_id}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def stands_still(process_id: int) -> bool:
    """Return whether every thread of a process was stopped by a signal."""
    try:
        states = [status.read_text() for status in Path(f"/proc/{process_id}/task").glob("*/status")]
    except OSError:
        return False
    return bool(states) and all("\nState:\tT" in state for state in states)
