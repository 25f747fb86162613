"""The tree of `countersign up`: which parts, in which order, with which environment."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from app.runtime.address import free_port, is_loopback, readiness, web_address
from app.runtime.data_folder import held
from app.runtime.supervisor import Part, Supervisor
from app.runtime.valkey import socket_in, valkey_answers, valkey_part, valkey_url
from app.runtime.welcome import welcome
from app.settings import Settings

STOP_SECONDS = 10.0
WEB_STOP_SECONDS = 12.0  # granian gives its workers 8
WORKER_STOP_SECONDS = 20.0  # the job at hand is finished first
MIGRATE_STOP_SECONDS = 60.0  # better to wait than to interrupt a change of tables
VALKEY_SECONDS_MAX = 30.0
READY_SECONDS_REPORTED = 20.0


class StartFailed(RuntimeError):
    """The system did not start; the text says which part and what helps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TreePlan:
    """What was asked for on the command line."""

    host: str
    port: int
    data_dir: Path
    database_url: str | None
    redis_url: str | None
    web_workers: int
    demo: bool


def run_tree(plan: TreePlan, *, report: Callable[[str], None]) -> None:
    """Start the parts, report the address when the system is ready, and keep it running until a stop is asked for.

    1. Check the port and hold the data folder.
    2. Start Valkey (unless an address was given), bring the database up to date, and let the web server load meanwhile.
    3. Let the web server listen and report the address once /health/ready answers 200.
    4. Start ticker and worker, which work on what nobody waits for; all stop in the order web, ticker, worker, Valkey.

    Args:
        plan: what was asked for.
        report: takes each line for the person at the terminal.

    Raises:
        AddressTaken, DataFolderUnusable, SettingsInvalid, ValkeyUnavailable, StartFailed: with what helps.
    """
    if plan.demo and not is_loopback(plan.host):
        raise StartFailed("Demo mode listens on this machine only. Leave out --host, or add --no-demo.")
    port = free_port(plan.host, plan.port)
    with held(plan.data_dir), _valkey(plan) as valkey_socket, Supervisor() as tree:
        address = web_address(plan.host, port)
        environment = part_environment(plan, address=address, valkey_socket=valkey_socket)
        Settings.from_environment(environment)
        _prepare(tree, plan, environment, port=port, valkey_socket=valkey_socket, report=report)
        while not tree.wait_until(lambda: not readiness(plan.host, port), timeout_seconds=READY_SECONDS_REPORTED):
            report(f"Not ready yet: {readiness(plan.host, port)}")
        report(welcome(address, demo_mode=plan.demo))
        tree.start(own_part("ticker", environment=environment, stop_order=2))
        tree.start(own_part("worker", environment=environment, stop_order=3, stop_seconds=WORKER_STOP_SECONDS))
        tree.watch()
    report("Countersign has stopped.")


def part_environment(
    plan: TreePlan, *, address: str, valkey_socket: Path | None, inherited: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the environment of the parts: that of this process, with the plan's settings."""
    environment = dict(os.environ if inherited is None else inherited)
    environment["COUNTERSIGN_DATA_DIR"] = str(plan.data_dir)
    environment["COUNTERSIGN_DEMO"] = "1" if plan.demo else "0"
    environment.setdefault("COUNTERSIGN_PUBLIC_URL", address)
    environment.setdefault("PROMETHEUS_MULTIPROC_DIR", str(plan.data_dir / "metrics"))
    redis_url = valkey_url(valkey_socket) if valkey_socket else plan.redis_url
    for name, value in (("COUNTERSIGN_DATABASE_URL", plan.database_url), ("COUNTERSIGN_REDIS_URL", redis_url)):
        environment.pop(name, None)
        if value:
            environment[name] = value
    return environment


def own_part(name: str, *options: str, environment: Mapping[str, str], stop_order: int, stop_seconds: float = STOP_SECONDS) -> Part:
    """Return the part that runs `countersign NAME OPTIONS`."""
    command = (sys.executable, "-P", "-m", "app.cli", name, *options)
    return Part(name=name, command=command, environment=environment, stop_order=stop_order, stop_seconds=stop_seconds)


@contextmanager
def _valkey(plan: TreePlan) -> Iterator[Path | None]:
    """Give the socket of the embedded Valkey, or None when another server was named."""
    if plan.redis_url:
        yield None
        return
    plan.data_dir.mkdir(parents=True, exist_ok=True)
    with socket_in(plan.data_dir) as path:
        yield path


def _prepare(
    tree: Supervisor,
    plan: TreePlan,
    environment: Mapping[str, str],
    *,
    port: int,
    valkey_socket: Path | None,
    report: Callable[[str], None],
) -> None:
    """Start Valkey and the web server, and let the web server listen when the database is up to date."""
    if valkey_socket:
        report(f"Starting Valkey in {plan.data_dir / 'valkey'} …")
        tree.start(replace(valkey_part(plan.data_dir, valkey_socket), stop_order=4))
    report("Bringing the database up to date and starting the web server …")
    options = ("--host", plan.host, "--port", str(port), "--workers", str(plan.web_workers), "--hold")
    tree.start(own_part("web", *options, environment=environment, stop_order=1, stop_seconds=WEB_STOP_SECONDS), held=True)
    if tree.run_once(own_part("migrate", environment=environment, stop_order=0, stop_seconds=MIGRATE_STOP_SECONDS)) != 0:
        raise StartFailed("The database could not be brought up to date; the lines above say why.")
    if valkey_socket and not tree.wait_until(lambda: valkey_answers(valkey_socket), timeout_seconds=VALKEY_SECONDS_MAX):
        raise StartFailed(f"Valkey did not start; {plan.data_dir / 'valkey' / 'valkey.log'} says why.")
    tree.release()
