"""The web server: granian with worker processes that come back when they die and never outlive it."""

import importlib
import os
from collections.abc import Callable
from functools import partial
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from app.runtime.leash import die_with_parent

APPLICATION = "wsgi:app"
WORKERS = 2
THREADS = 8
RESPAWN_PAUSE_SECONDS = 0.1
STOP_SECONDS_MAX = 8


def serve(*, host: str, port: int, workers: int = WORKERS, threads: int = THREADS) -> None:
    """Serve the application on `host`:`port` until SIGTERM or SIGINT.

    A worker that dies is replaced; one that dies twice within seconds ends the server (granian's rule), and whoever
    supervises it starts it anew with a pause.
    """
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


def load_application(target: str, *, parent_id: int) -> Callable[..., Any]:
    """Return the WSGI callable `target` names; called in each worker process, which it puts on the leash of the server."""
    die_with_parent(parent_id)
    module, _, name = target.partition(":")
    application: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return application
