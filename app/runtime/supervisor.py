"""Supervisor of a process tree: starts parts, restarts what dies with a growing pause, stops everything in order."""

import contextlib
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import FrameType, TracebackType
from typing import Self

import structlog

from app.runtime.leash import leashed

RESTART_DELAY_SECONDS_FIRST = 0.25
RESTART_DELAY_SECONDS_MAX = 30.0
STEADY_SECONDS = 30.0
LOOK_SECONDS = 0.1
STOP_SIGNALS_TO_HURRY = 2
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

log = structlog.get_logger(__name__)


class StopRequested(Exception):
    """Somebody asked the tree to stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One child process of the tree. Lower stop orders stop first; among equals the one started last."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] | None = None
    stop_seconds: float = 10.0
    stop_order: int = 0


def restart_delay(deaths: int) -> float:
    """Return how many seconds to wait before the restart that follows the `deaths`-th early death in a row."""
    return min(RESTART_DELAY_SECONDS_MAX, RESTART_DELAY_SECONDS_FIRST * 2.0 ** min(max(deaths, 1) - 1, 16))


@dataclass(slots=True, kw_only=True)
class _Child:
    """A part while it is watched: its process, or the moment of its next start."""

    part: Part
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    restart_at: float = 0.0
    deaths: int = 0


@dataclass(slots=True)
class Supervisor:
    """A process tree. Use it as a context: leaving the context stops the parts, each in its turn.

    Every part leads its own process group and is on a leash: Ctrl-C reaches the supervisor alone, and no part outlives it.
    The first SIGINT, SIGTERM or SIGHUP makes `wait_until` and `watch` raise StopRequested, which the context swallows; a
    second one while stopping kills what is left. Must be used from the main thread.
    """

    clock: Callable[[], float] = time.monotonic
    _children: list[_Child] = field(default_factory=list)
    _stop_signals: int = 0
    _wakeup: tuple[int, int] = (-1, -1)
    _previous: dict[int, object] = field(default_factory=dict)

    def __enter__(self) -> Self:
        """Take over the signals."""
        self._wakeup = os.pipe()
        for end in self._wakeup:
            os.set_blocking(end, False)
        signal.set_wakeup_fd(self._wakeup[1], warn_on_full_buffer=False)
        for number in _STOP_SIGNALS:
            self._previous[number] = signal.signal(number, self._request_stop)
        self._previous[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, _wake)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> bool:
        """Stop every part and give the signals back."""
        try:
            self.stop()
        finally:
            signal.set_wakeup_fd(-1)
            for number, handler in self._previous.items():
                signal.signal(number, handler)  # type: ignore[arg-type]  # what signal.signal returned is what it takes
            for end in self._wakeup:
                os.close(end)
        return kind is StopRequested

    def start(self, part: Part, *, held: bool = False) -> None:
        """Start `part` and keep it running from now on; with `held` its standard input stays open until `release`."""
        child = _Child(part=part)
        self._children.append(child)
        self._spawn(child, held=held)

    def release(self) -> None:
        """Close the standard input of the parts that are held."""
        for child in self._children:
            if child.process and child.process.stdin:
                child.process.stdin.close()

    def run_once(self, part: Part) -> int:
        """Run `part` to its end and return its exit status.

        Raises:
            StopRequested: a stop was asked for first; the part is ended.
        """
        process = _open(part)
        try:
            self.wait_until(lambda: process.poll() is not None)
        finally:
            self._end(process, part)
        return process.returncode

    def watch(self) -> None:
        """Keep the parts running until a stop is asked for.

        Raises:
            StopRequested: always, in the end.
        """
        self.wait_until(lambda: False, look_seconds=RESTART_DELAY_SECONDS_MAX)

    def wait_until(
        self, condition: Callable[[], bool], *, timeout_seconds: float | None = None, look_seconds: float = LOOK_SECONDS
    ) -> bool:
        """Keep the parts running until `condition` holds; False when `timeout_seconds` passed first.

        Raises:
            StopRequested: a stop was asked for first.
        """
        deadline = None if timeout_seconds is None else self.clock() + timeout_seconds
        while True:
            if self._stop_signals:
                raise StopRequested
            self._restart_what_died()
            if condition():
                return True
            if deadline is not None and self.clock() >= deadline:
                return False
            self._sleep(look_seconds)

    def stop(self) -> None:
        """Stop the parts one after the other; after `stop_seconds`, or a second signal, by SIGKILL."""
        self._children.reverse()
        self._children.sort(key=lambda child: child.part.stop_order)  # keeps the order of equals
        while self._children:
            child = self._children.pop(0)
            if child.process is not None:
                log.info("part_stopping", part=child.part.name)
                self._end(child.process, child.part)

    def _spawn(self, child: _Child, *, held: bool = False) -> None:
        child.process = _open(child.part, held=held)
        child.started_at = self.clock()
        log.info("part_started", part=child.part.name, process_id=child.process.pid)

    def _restart_what_died(self) -> None:
        for child in self._children:
            if child.process is None:
                if self.clock() >= child.restart_at:
                    self._spawn(child)
            elif (status := child.process.poll()) is not None:
                _kill_group(child.process.pid)
                if child.process.stdin:
                    child.process.stdin.close()
                child.process = None
                child.deaths = 1 if self.clock() - child.started_at >= STEADY_SECONDS else child.deaths + 1
                child.restart_at = self.clock() + restart_delay(child.deaths)
                log.warning(
                    "part_died",
                    part=child.part.name,
                    exit_status=status,
                    deaths=child.deaths,
                    restart_in_seconds=restart_delay(child.deaths),
                )

    def _end(self, process: subprocess.Popen[bytes], part: Part) -> None:
        """Ask the process to end, wait, then kill it; what is left of its group goes in any case."""
        process.terminate()
        kill_at = self.clock() + part.stop_seconds
        while process.poll() is None and self.clock() < kill_at and self._stop_signals < STOP_SIGNALS_TO_HURRY:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=LOOK_SECONDS)
        _kill_group(process.pid)
        if process.stdin:
            process.stdin.close()
        process.wait()

    def _sleep(self, seconds: float) -> None:
        """Sleep until a signal arrives, a restart is due or `seconds` passed."""
        due = [child.restart_at - self.clock() for child in self._children if child.process is None]
        readable, _, _ = select.select([self._wakeup[0]], [], [], max(0.0, min([seconds, *due])))
        if readable:
            os.read(self._wakeup[0], 4096)

    def _request_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stop_signals += 1


def _wake(_number: int, _frame: FrameType | None) -> None:
    """Let the signal interrupt the sleep; the loop looks at the children itself."""


def _open(part: Part, *, held: bool = False) -> subprocess.Popen[bytes]:
    environment = None if part.environment is None else dict(part.environment)
    stdin = subprocess.PIPE if held else subprocess.DEVNULL
    return subprocess.Popen(leashed(part.command), stdin=stdin, env=environment, start_new_session=True)


def _kill_group(leader_id: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS says "not permitted" for a group of zombies
        os.killpg(leader_id, signal.SIGKILL)
