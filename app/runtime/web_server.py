"""The web server: granian with worker processes that come back when they die and never outlive it."""

import gc
import importlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from app.runtime.leash import die_with_parent

APPLICATION = "wsgi:app"
PRELOADED = ("app.http", "app.web", "app.wiring")
RESPAWN_PAUSE_SECONDS = 0.1
STOP_SECONDS_MAX = 8
GARBAGE_THRESHOLD = 10_000  # objects made and not yet freed before a collection; a request makes many that die by themselves


def serve(*, host: str, port: int, workers: int, threads: int, hold: bool = False) -> None:
    """Serve the application on `host`:`port` until SIGTERM or SIGINT.

    The code is imported before the workers are forked: a worker that dies is replaced in a moment, and they share its memory.
    A worker that dies twice within seconds ends the server (granian's rule), and whoever supervises it starts it anew with a
    pause.

    Args:
        host: address to listen on.
        port: port to listen on.
        workers: number of worker processes.
        threads: requests one worker has read and not yet answered; how many of them work at once, and whose turn is next, says the turnstile.
        hold: import, then wait for the end of the standard input before listening.
    """
    with metrics_folder() as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)  # prometheus_client reads it when it is imported
        for module in PRELOADED:
            importlib.import_module(module)
        if hold:
            sys.stdin.read()
        _serve(host=host, port=port, workers=workers, threads=threads)


def _serve(*, host: str, port: int, workers: int, threads: int) -> None:
    server = Granian(
        APPLICATION,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        websockets=False,
        respawn_failed_workers=True,
        respawn_interval=RESPAWN_PAUSE_SECONDS,
        workers_kill_timeout=STOP_SECONDS_MAX,
        log_level=LogLevels.error,  # every spawn and stop else; requests are logged by the application
    )
    server.serve(target_loader=partial(load_application, parent_id=os.getpid()))


@contextmanager
def metrics_folder() -> Iterator[Path]:
    """Give the folder in which the workers add up their measurements, emptied: PROMETHEUS_MULTIPROC_DIR, else a temporary one."""
    named = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if not named:
        with tempfile.TemporaryDirectory(prefix="countersign-metrics-") as temporary:
            yield Path(temporary)
        return
    folder = Path(named)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.db"):
        old.unlink()
    yield folder


def load_application(target: str, *, parent_id: int) -> Callable[..., Any]:
    """Return the WSGI callable `target` names; called in each worker process, which it puts on the leash of the server."""
    die_with_parent(parent_id)
    module, _, name = target.partition(":")
    application: Callable[..., Any] = getattr(importlib.import_module(module), name)
    gc.freeze()  # what is loaded stays: no collection need look at it again
    gc.set_threshold(GARBAGE_THRESHOLD, 20, 20)
    return application
