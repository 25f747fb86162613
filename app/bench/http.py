"""countersign bench http: two-step approvals over HTTP, beside the floor that the database alone sets."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import psycopg
import sqlalchemy as sa

from app.bench.load.processor import cpu_of_database, cpu_of_tree
from app.bench.load.recording import Commit, record_commits
from app.bench.report import Figure, figure, print_report, progress
from app.demo import fixture
from app.demo.load import load_demo
from app.operations.documents.receive_document import receive_document
from app.operations.instances.start_instance import start_instance
from app.operations.people.callers import find_caller
from app.operations.system import System
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.list_tasks import list_tasks
from app.persistence.migrations import upgrade
from app.runtime.address import free_port, readiness
from app.runtime.leash import leashed
from app.runtime.postgres import create_database, running_postgres
from app.settings import Settings
from app.wiring import build_system

INVOICE = Path(fixture.__file__).parent / "invoice.xml"
NUMBER = "A-2026-1201"
START_SECONDS_MAX = 60
RUN_SECONDS_MAX = 900
WARM_UP = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What is measured: the database, the web server on it, and who the approvers are."""

    url: str
    system: System
    port: int
    web_pid: int
    commits: Sequence[Commit]
    users: Sequence[str]


@click.command("http")
@click.option("--clients", default="1,8,32", show_default=True, help="Numbers of clients, separated by commas.")
@click.option("--instances", default=400, show_default=True, type=click.IntRange(8, 100_000), help="Two-step approvals in one round.")
@click.option("--rounds", default=3, show_default=True, type=click.IntRange(1, 20), help="Rounds, interleaved; the median is reported.")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="Web worker processes.")
@click.option("--threads", default=32, show_default=True, type=click.IntRange(1, 32), help="Threads of a web worker.")
@click.option("--database-url", help="A PostgreSQL server to make a fresh database on; by default one is started for the run.")
@click.option("--sqlite", is_flag=True, help="Measure on SQLite.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(
    *, clients: str, instances: int, rounds: int, workers: int, threads: int, database_url: str | None, sqlite: bool, as_json: bool
) -> None:
    """Approve invoices over HTTP and compare with the floor.

    An instance is five calls: start, inbox, approve, inbox, approve. The floor writes and reads the same rows by a bare driver in the
    same run; the ratio to it is the figure to quote.
    """
    numbers = [int(each) for each in clients.split(",")]
    with ExitStack() as stack:
        url = stack.enter_context(_database(database_url, sqlite=sqlite))
        bench = stack.enter_context(_served(url, workers=workers, threads=threads))
        progress(f"Filling the database with {instances * rounds * len(numbers) + WARM_UP} documents …")
        documents = iter(receive_invoices(bench.system, instances * rounds * len(numbers) + WARM_UP))
        _load(bench, clients=4, documents=[next(documents) for _ in range(WARM_UP)])
        notes = [_statement_note(bench)]
        results: dict[int, list[dict[str, Any]]] = {number: [] for number in numbers}
        for each in range(rounds):
            for number in numbers:
                progress(f"Round {each + 1} of {rounds}, {number} clients …")
                results[number].append(
                    _round(bench, clients=number, documents=[next(documents) for _ in range(instances)], workers=workers)
                )
        figures = [each for number in numbers for each in _figures(number, results[number])]
        notes += [_split_note(number, results[number]) for number in numbers]
        errors = [error for found in results.values() for result in found for error in result["errors"]]
        notes += [f"ERROR {error}" for error in errors[:10]]
        print_report(f"http, {'SQLite' if sqlite else 'PostgreSQL'}, {workers} web workers", figures, as_json=as_json, notes=notes)
    if errors:
        sys.exit(1)


@contextmanager
def _database(server_url: str | None, *, sqlite: bool) -> Iterator[str]:
    """Give the address of a fresh database."""
    if sqlite:
        with tempfile.TemporaryDirectory(prefix="countersign-bench-") as folder:
            yield f"sqlite:///{folder}/countersign.db"
    elif server_url:
        yield create_database(server_url, f"countersign_bench_{os.getpid()}")
    else:
        with running_postgres(durable=True) as server:
            yield create_database(server.url, "countersign_bench")


@contextmanager
def _served(url: str, *, workers: int, threads: int) -> Iterator[Bench]:
    """Load the demo, record one approval for the floor, and start the web server in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="countersign-bench-web-") as folder:
        upgrade(url)
        settings = Settings(
            data_dir=Path(folder), database_url=url, redis_url=None, secret_key="", public_url="http://127.0.0.1", demo=True
        )
        system = build_system(settings)
        load_demo(system)
        commits = record_commits(url, approve(system, receive_invoices(system, 1)[0]))
        users = [str(find_caller(system, name).user_id) for name in ("marc", "claire")]
        users = [user.replace("-", "") for user in users] if url.startswith("sqlite") else users
        port = free_port("127.0.0.1", 0)
        environment = {**os.environ, "COUNTERSIGN_DATABASE_URL": url, "COUNTERSIGN_DEMO": "1", "COUNTERSIGN_DATA_DIR": folder}
        environment.pop("COUNTERSIGN_REDIS_URL", None)
        line = [sys.executable, "-P", "-m", "app.cli", "web", "--port", str(port), "--workers", str(workers), "--threads", str(threads)]
        with (Path(folder) / "web.log").open("wb") as log:
            web = subprocess.Popen(leashed(line), env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            _await_web(port, web)
            yield Bench(url=url, system=system, port=port, web_pid=web.pid, commits=commits, users=users)
        finally:
            web.terminate()
            web.wait(timeout=30)
            system.database.close()


def _await_web(port: int, web: subprocess.Popen[bytes]) -> None:
    give_up_at = time.monotonic() + START_SECONDS_MAX
    while readiness("127.0.0.1", port).startswith("no answer"):
        if web.poll() is not None or time.monotonic() > give_up_at:
            raise click.ClickException("The web server did not start.")
        time.sleep(0.1)


def receive_invoices(system: System, number: int) -> list[str]:
    """Store invoices of 12,000.00 on SALES and return their ids: Marc signs first, then Claire."""
    caller, text = find_caller(system, "erp"), INVOICE.read_text()
    documents = []
    for each in range(number):
        content = text.replace(NUMBER, f"{NUMBER}-{system.new_id()}").encode()
        documents.append(str(receive_document(system, caller, content=content, media_type="application/xml").body["id"]))
        if each % 500 == 499:
            progress(f"  {each + 1} of {number}")
    return documents


def approve(system: System, document: str) -> Iterator[str]:
    """Approve the document in three commits, and give the id of its instance after each."""
    instance = str(start_instance(system, find_caller(system, "erp"), definition="purchase_invoice", document_id=document).body["id"])
    yield instance
    for name in ("marc", "claire"):
        caller = find_caller(system, name)
        (task,) = list_tasks(system, caller).body["items"]
        approve_task(system, caller, task["id"])
        yield instance


def _round(bench: Bench, *, clients: int, documents: Sequence[str], workers: int) -> dict[str, Any]:
    web, database, wal = cpu_of_tree(bench.web_pid), cpu_of_database(bench.url), _wal_bytes(bench.url)
    result = _load(bench, clients=clients, documents=documents)
    result["web_cpu"] = cpu_of_tree(bench.web_pid) - web
    result["database_cpu"] = cpu_of_database(bench.url) - database
    result["wal"] = (_wal_bytes(bench.url) - wal) / len(documents)
    result["rate"] = len(documents) / result["seconds"]
    result["floor"] = _floor(bench, clients=clients, instances=len(documents), workers=workers)
    return result


def _load(bench: Bench, *, clients: int, documents: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = _run_module("client", {"port": bench.port, "clients": clients, "documents": documents})
    return found


def _floor(bench: Bench, *, clients: int, instances: int, workers: int) -> float:
    """Return the instances a second of the bare driver, with as many processes as there are web workers, or clients if those are fewer."""
    processes = min(workers, clients)
    plan = {
        "url": bench.url,
        "clients": max(1, clients // processes),
        "instances": instances // processes,
        "commits": bench.commits,
        "users": bench.users,
    }
    running = [_start_module("floor", plan) for _ in range(processes)]
    seconds: list[float] = [json.loads(_finish(process))["seconds"] for process in running]
    return sum(instances // processes / each for each in seconds)


def _run_module(name: str, plan: Any) -> Any:
    return json.loads(_finish(_start_module(name, plan)))


def _start_module(name: str, plan: Any) -> subprocess.Popen[bytes]:
    line = [sys.executable, "-P", "-m", f"app.bench.load.{name}"]
    process = subprocess.Popen(leashed(line), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None, "it was asked for"
    process.stdin.write(json.dumps(plan).encode())
    process.stdin.close()
    process.stdin = None
    return process


def _finish(process: subprocess.Popen[bytes]) -> bytes:
    output, _ = process.communicate(timeout=RUN_SECONDS_MAX)
    if process.returncode:
        raise click.ClickException("A process of the benchmark failed; the lines above say why.")
    return output


def _figures(clients: int, results: Sequence[Any]) -> list[Figure]:
    """Return the figures of all rounds with one number of clients; times in milliseconds."""
    many = clients != 1
    budgets = {"instances": 200 if many else 85, "approve": 25 if many else 4.5, "inbox": 15 if many else None}
    found = [
        figure(f"{clients} clients: instances", [each["rate"] for each in results], unit="1/s", budget=budgets["instances"]),
        figure(f"{clients} clients: floor", [each["floor"] for each in results], unit="1/s"),
        figure(f"{clients} clients: ratio to floor", [each["rate"] / each["floor"] for each in results], unit="", budget=0.5),
    ]
    for name in ("start", "inbox", "approve", "instance"):
        samples = [1000 * value for each in results for value in each["samples"][name]]
        found += [figure(f"{clients} clients: {name}", samples, unit="ms", budget=budgets.get(name))] if samples else []
    return found


def _split_note(clients: int, results: Sequence[Any]) -> str:
    number = sum(len(each["samples"]["instance"]) for each in results) or 1
    named = (("web", "web_cpu"), ("database", "database_cpu"), ("client", "cpu_seconds"))
    parts = [f"{name} {1000 * sum(each[key] for each in results) / number:.2f}" for name, key in named]
    wal = sum(each["wal"] for each in results) / len(results)
    return f"{clients} clients: milliseconds of CPU an instance: {', '.join(parts)}; {wal:,.0f} bytes of WAL an instance"


def _statement_note(bench: Bench) -> str:
    """Return the number of statements a command takes with warm caches, counted in this process."""
    counts: dict[str, int] = {}
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if not statement.startswith("BEGIN"):
            statements.append(statement)

    system, erp, marc, claire = bench.system, *(find_caller(bench.system, name) for name in ("erp", "marc", "claire"))
    (document,) = receive_invoices(system, 1)
    sa.event.listen(system.database.engine, "before_cursor_execute", note)
    start_instance(system, erp, definition="purchase_invoice", document_id=document)
    counts["start"] = len(statements)
    for name, caller in (("approve", marc), ("approve and finish", claire)):
        statements.clear()
        (task,) = list_tasks(system, caller).body["items"]
        counts["inbox"] = len(statements)
        statements.clear()
        approve_task(system, caller, task["id"])
        counts[name] = len(statements)
    sa.event.remove(system.database.engine, "before_cursor_execute", note)
    return "SQL statements: " + ", ".join(f"{name} {number}" for name, number in counts.items())


def _wal_bytes(url: str) -> int:
    if url.startswith("sqlite"):
        return 0
    with psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://", 1)) as connection:
        row = connection.execute("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint").fetchone()
    return int(row[0]) if row else 0
