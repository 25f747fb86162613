"""countersign bench memory: what a web worker weighs after many requests, and whether it grows; and how soon it is there."""

import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from threading import Thread

import click

from app.bench.load.client import Connection, approve_all
from app.bench.load.office import fresh_system, send_invoice
from app.bench.load.processor import children_of, memory_of
from app.bench.load.tree import running_parts
from app.bench.report import Figure, figure, print_report, progress
from app.operations.system import System

MEGABYTES_MAX = 150
GROWTH_MAX = 2.0
IMPORT_SECONDS_MAX = 1.5
STAGES = 10
CLIENTS = 4
SHARE_OF_APPROVALS = 10  # one request in so many belongs to an approval
CALLS = 5  # of an approval
READS = (
    "/api/v1/tasks?limit=50",
    "/api/v1/tasks/count",
    "/api/v1/process-instances?limit=20",
    "/api/v1/tasks?status=completed",
    "/health/ready",
)


@click.command("memory")
@click.option("--requests", default=100_000, show_default=True, type=click.IntRange(STAGES * CLIENTS, 10_000_000), help="Requests in all.")
@click.option("--starts", default=5, show_default=True, type=click.IntRange(1, 100), help="Times that the application is imported.")
@click.option("--database-url", help="A PostgreSQL server to make a fresh database on; by default one is started for the run.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(*, requests: int, starts: int, database_url: str | None, as_json: bool) -> None:
    """Send reads and approvals to one web worker and weigh it: its own memory and its part of what it shares, in megabytes."""
    imports = [measure_import() for _ in range(starts)]
    with ExitStack() as stack:
        system, settings = stack.enter_context(fresh_system(database_url))
        parts = stack.enter_context(running_parts(settings, "web"))
        (worker,) = [each for each in children_of(parts.process_id("web")) if memory_of(each)][-1:]
        weights = [memory_of(worker)]
        for stage in range(STAGES):
            send(system, parts.port, requests // STAGES)
            weights.append(memory_of(worker))
            progress(f"{(stage + 1) * requests // STAGES:,} requests: {weights[-1]:.0f} MB")
    print_report(
        "memory",
        [*_figures(weights, requests), figure("import of the application", imports, unit="s", budget=IMPORT_SECONDS_MAX)],
        as_json=as_json,
    )


def measure_import() -> float:
    """Return the seconds in which a fresh interpreter imports what the web server needs."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-P", "-c", "import app.http, app.web, app.wiring"], check=True)
    return time.perf_counter() - began


def send(system: System, port: int, number: int) -> None:
    """Send this many requests from several clients: reads, and now and then an approval."""
    approvals = number // SHARE_OF_APPROVALS // CALLS
    documents = [send_invoice(system) for _ in range(approvals)]
    reads = (number - CALLS * approvals) // CLIENTS
    threads = [Thread(target=_work, args=(port, documents[client::CLIENTS], reads)) for client in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _work(port: int, documents: Sequence[str], reads: int) -> None:
    with closing(Connection(port)) as connection:
        for number in range(reads):
            connection.call("GET", READS[number % len(READS)], "claire")
        approve_all(connection, iter(documents), {name: [] for name in ("start", "inbox", "approve", "instance")})


def _figures(weights: Sequence[float], requests: int) -> list[Figure]:
    half = len(weights) // 2
    return [
        figure("before the first request", weights[:1], unit="MB"),
        figure(f"after {requests // 2:,} requests", weights[half : half + 1], unit="MB"),
        figure(f"after {requests:,} requests", weights[-1:], unit="MB", budget=MEGABYTES_MAX),
        figure("growth in the second half", [weights[-1] - weights[half]], unit="MB", budget=GROWTH_MAX),
    ]
