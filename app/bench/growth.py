"""countersign bench growth: what a command costs with a thousand open instances, and with a million."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import click
import sqlalchemy as sa

from app.bench.load.filling import Sample, copy_instances, copy_people, vacuum
from app.bench.report import Figure, figure, print_report, progress
from app.demo import fixture
from app.demo.load import load_demo
from app.operations.documents.receive_document import receive_document
from app.operations.instances.start_instance import start_instance
from app.operations.people.callers import find_caller
from app.operations.schedules.claim_due import claim_due
from app.operations.schedules.fire_timer import fire_timer
from app.operations.system import System
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.count_tasks import count_tasks
from app.operations.tasks.list_tasks import list_tasks
from app.persistence.migrations import upgrade
from app.persistence.tables.instances import timer
from app.persistence.tables.tasks import assignment
from app.runtime.postgres import create_database, drop_database, running_postgres
from app.settings import Settings
from app.wiring import build_system

INVOICE = Path(fixture.__file__).parent / "invoice.xml"
NUMBER = "A-2026-1201"
RATIO_MAX = 4 / 3
WARM_UP = 5
_PAGES = "SELECT blks_hit + blks_read FROM pg_stat_database WHERE datname = current_database()"

Samples = dict[str, list[float]]


@click.command("growth")
@click.option("--sizes", default="1000,1000000", show_default=True, help="Numbers of open instances, rising, separated by commas.")
@click.option("--people", default=1_000, show_default=True, type=click.IntRange(1, 100_000), help="People the tasks wait for, in turn.")
@click.option("--ended", default=20, show_default=True, type=click.IntRange(0, 1_000), help="Ended instances for every 100 open ones.")
@click.option("--history", is_flag=True, help="Copy the audit events and the elements too.")
@click.option("--runs", default=40, show_default=True, type=click.IntRange(1, 10_000), help="Instances approved at each size.")
@click.option("--database-url", help="A PostgreSQL server to make a fresh database on; by default one is started for the run.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(*, sizes: str, people: int, ended: int, history: bool, runs: int, database_url: str | None, as_json: bool) -> None:
    """Start, list, count, approve and remind with few and with many open instances around.

    Times are of the operations in this process, without HTTP; beside them stands how many pages of the database a call touches, which
    does not depend on how busy the machine is. The ratios compare the last size with the first.
    """
    numbers = [int(each) for each in sizes.split(",")]
    with ExitStack() as stack:
        system, url = stack.enter_context(fresh_system(database_url))
        sample = make_sample(system)
        copy_people(url, sample, number=people)
        found: dict[int, tuple[Samples, Samples]] = {}
        before = 0
        for number in numbers:
            fill(url, sample, first=before, last=number, people=people, ended=ended, history=history)
            before = number
            progress(f"{number:,} open instances: {runs} approvals …")
            measure(system, WARM_UP)
            found[number] = measure(system, runs)
    print_report("growth", list(_figures(found)), as_json=as_json)


@contextmanager
def fresh_system(server_url: str | None) -> Iterator[tuple[System, str]]:
    """Give a system with the demo on a fresh PostgreSQL database, and the database's address."""
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="countersign-bench-"))
        server = server_url or stack.enter_context(running_postgres(durable=True)).url
        name = f"countersign_bench_{os.getpid()}"
        url = create_database(server, name)
        upgrade(url)
        settings = Settings(
            data_dir=Path(folder), database_url=url, redis_url=None, secret_key="", public_url="http://127.0.0.1", demo=True
        )
        system = build_system(settings)
        load_demo(system)
        try:
            yield system, url
        finally:
            system.database.engine.dispose()
            drop_database(server, name)


def send_invoice(system: System) -> str:
    """Store an invoice of 12,000.00 on SALES, which Marc signs first and then Claire, and return its id."""
    content = INVOICE.read_text().replace(NUMBER, f"{NUMBER}-{system.new_id()}").encode()
    return str(receive_document(system, find_caller(system, "erp"), content=content, media_type="application/xml").body["id"])


def make_sample(system: System) -> Sample:
    """Start one instance, to be copied."""
    document = send_invoice(system)
    answer = start_instance(system, find_caller(system, "erp"), definition="purchase_invoice", document_id=document)
    return Sample(instance=str(answer.body["id"]), document=document, user=find_caller(system, "marc").user_id)


def fill(url: str, sample: Sample, *, first: int, last: int, people: int, ended: int, history: bool) -> None:
    """Bring the database from `first` to `last` open instances, with some that have ended."""
    began = perf_counter()
    progress(f"Filling the database: {last:,} open instances …")

    def report(number: int) -> None:
        progress(f"  {number:,} in {perf_counter() - began:.0f} s")

    offset = 10**9  # the numbers of those that have ended
    copy_instances(url, sample, first=first + 1, last=last + 1, people=people, is_open=True, history=history, report=report)
    counted = [number * ended // 100 + offset for number in (first, last)]
    copy_instances(
        url, sample, first=counted[0], last=counted[1], people=people, is_open=False, history=history, report=lambda _number: None
    )
    vacuum(url)


def measure(system: System, runs: int) -> tuple[Samples, Samples]:
    """Approve `runs` fresh instances and return the milliseconds, and the pages touched, of each command."""
    times: Samples = {}
    pages: Samples = {}

    def timed(name: str, operation: Callable[..., Any], *what: Any, **named: Any) -> Any:
        touched = _pages(system)
        began = perf_counter()
        answer = operation(system, *what, **named)
        times.setdefault(name, []).append(1000 * (perf_counter() - began))
        pages.setdefault(name, []).append(_pages(system) - touched)
        return answer

    erp, marc, claire = (find_caller(system, name) for name in ("erp", "marc", "claire"))
    for _ in range(runs):
        document = send_invoice(system)
        instance = timed("start", start_instance, erp, definition="purchase_invoice", document_id=document).body["id"]
        timed("inbox", list_tasks, marc)
        timed("count", count_tasks, marc)
        _make_due(system, instance)
        due = timed("claim", claim_due)
        timer_id = next(each.id for each in due if each.kind == "timer")
        timed("timer", fire_timer, timer_id)
        for name, caller in (("approve", marc), ("finish", claire)):
            timed(name, approve_task, caller, _open_task(system, instance))
    return times, pages


def _pages(system: System) -> float:
    """Return how many pages the database has touched so far; what its own connection did is told at once when it is asked."""
    with system.database.read() as reading:
        reading.execute(sa.text("SELECT pg_stat_force_next_flush()"))
        row = reading.row(sa.text(_PAGES))
    return float(row[0]) if row else 0.0


def _make_due(system: System, instance: str) -> None:
    with system.database.write() as work:
        reminder = sa.update(timer).where(timer.c.instance_id == instance, timer.c.kind == "reminder")
        work.execute(reminder.values(due_at=datetime.now(UTC) - timedelta(minutes=1)))
        work.commit()


def _open_task(system: System, instance: str) -> str:
    with system.database.read() as reading:
        row = reading.row(sa.select(assignment.c.task_id).where(assignment.c.instance_id == instance, assignment.c.status == "open"))
    assert row is not None, "it waits for somebody"
    return str(row.task_id)


def _figures(found: dict[int, tuple[Samples, Samples]]) -> Iterator[Figure]:
    first, last = min(found), max(found)
    for name in found[first][0]:
        for number, (times, pages) in found.items():
            yield figure(f"{number:,}: {name}", times[name], unit="ms")
            yield figure(f"{number:,}: {name}, pages", pages[name], unit="")
        medians: Sequence[Figure] = [figure(name, found[size][0][name], unit="ms") for size in (first, last)]
        ratio = medians[1].median / medians[0].median
        yield figure(f"{name}: ratio", [ratio], unit="", budget=RATIO_MAX)
