"""countersign bench timers: many timers due at the same second while people work, and what an idle system costs."""

import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from datetime import UTC, datetime

import click
import sqlalchemy as sa

from app.bench.growth import fill, make_sample
from app.bench.load.client import Connection
from app.bench.load.filling import copy_people
from app.bench.load.office import fresh_system
from app.bench.load.tree import Parts, running_parts
from app.bench.report import Figure, figure, print_report, progress
from app.operations.system import System
from app.persistence.tables.instances import timer
from app.persistence.tables.journal import audit_event, outbox

DRAIN_SECONDS_MAX = 900
LOOK_SECONDS = 0.25
SETTLE_SECONDS = 5  # until the last part has loaded
PROBE_PAUSE_SECONDS = 0.02
PEOPLE = 100
RATE_MIN = 300
LATENCY_RATIO_MAX = 2
IDLE_PERCENT_MAX = 1


@click.command("timers")
@click.option("--timers", default=10_000, show_default=True, type=click.IntRange(1, 1_000_000), help="Reminders due at the same second.")
@click.option("--idle", default=100_000, show_default=True, type=click.IntRange(1, 1_000_000), help="Instances that only wait.")
@click.option("--seconds", default=20, show_default=True, type=click.IntRange(1, 600), help="How long to look at the idle system.")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="Worker processes.")
@click.option("--database-url", help="A PostgreSQL server to make a fresh database on; by default one is started for the run.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(*, timers: int, idle: int, seconds: int, workers: int, database_url: str | None, as_json: bool) -> None:
    """Let the parts idle, then let reminders be due all at once, and look at the inbox all the while.

    The CPU of an idle system counts every process of it and those of PostgreSQL on this machine, in percent of one processor.
    """
    notes: list[str] = []
    with ExitStack() as stack:
        system, settings = stack.enter_context(fresh_system(database_url))
        sample = make_sample(system)
        copy_people(settings.database_url, sample.user, number=PEOPLE)
        fill(settings.database_url, sample, first=0, last=max(timers, idle), people=PEOPLE)
        parts = stack.enter_context(running_parts(settings, "web", "ticker", *["worker"] * workers))
        progress(f"{max(timers, idle):,} idle instances for {seconds} s …")
        time.sleep(min(SETTLE_SECONDS, seconds))
        figures = [measure_idle(parts, seconds)]
        alone = probe(parts, until=_after(seconds))
        progress(f"{timers:,} timers are due …")
        make_due(system, timers)
        began, cpu_before = time.monotonic(), parts.cpu_seconds()
        meanwhile = probe(parts, until=lambda: waiting(system, timer) == 0 or time.monotonic() > began + DRAIN_SECONDS_MAX)
        rate = timers / (time.monotonic() - began)
        used = 1000 * (parts.cpu_seconds() - cpu_before) / timers
        notes += check_each_once(system, timers)
    figures += [
        figure("timers fired", [rate], unit="1/s", budget=RATE_MIN),
        figure("all parts, mails and inbox included", [used], unit="ms CPU/timer"),
        figure("inbox alone", alone, unit="ms"),
        figure("inbox meanwhile", meanwhile, unit="ms", budget=round(LATENCY_RATIO_MAX * _median(alone), 2)),
    ]
    print_report(f"timers, {workers} workers", figures, as_json=as_json, notes=notes)
    if notes:
        sys.exit(1)


def measure_idle(parts: Parts, seconds: float) -> Figure:
    """Return the percentage of one processor that the parts use while nothing happens."""
    before, began = parts.cpu_seconds(), time.monotonic()
    time.sleep(seconds)
    used = 100 * (parts.cpu_seconds() - before) / (time.monotonic() - began)
    return figure("idle, all parts", [used], unit="% CPU", budget=IDLE_PERCENT_MAX)


def probe(parts: Parts, *, until: Callable[[], bool]) -> list[float]:
    """Read an inbox again and again until `until` holds, which is asked now and then; return the milliseconds of each call."""
    ended = threading.Event()

    def watch() -> None:
        while not until():
            time.sleep(LOOK_SECONDS)
        ended.set()

    watcher = threading.Thread(target=watch)
    watcher.start()
    samples = []
    with closing(Connection(parts.port)) as connection:
        while not ended.wait(PROBE_PAUSE_SECONDS):
            began = time.perf_counter()
            status, answer = connection.call("GET", "/api/v1/tasks?limit=50", "claire")
            samples.append(1000 * (time.perf_counter() - began))
            if status != 200:
                raise click.ClickException(f"the inbox answered {status}: {answer[:200].decode(errors='replace')}")
    watcher.join()
    return samples


def make_due(system: System, number: int) -> None:
    """Let this many reminders be due now, and no others."""
    some = sa.select(timer.c.id).where(timer.c.kind == "reminder", timer.c.status == "waiting").limit(number)
    with system.database.engine.begin() as connection:
        connection.execute(sa.update(timer).where(timer.c.id.in_(some)).values(due_at=datetime.now(UTC)))


def waiting(system: System, table: sa.Table) -> int:
    """Return how many timers, or rows of the outbox, are due and not done."""
    at = table.c.due_at if table is timer else table.c.available_at
    with system.database.read() as reading:
        row = reading.row(sa.select(sa.func.count()).where(table.c.status == sa.literal_column("'waiting'"), at <= datetime.now(UTC)))
    return int(row[0]) if row else 0


def check_each_once(system: System, number: int) -> list[str]:
    """Return what is wrong: a reminder that was given twice, or never; nothing is expected."""
    with system.database.read() as reading:
        rows = reading.rows(sa.select(sa.func.count()).where(audit_event.c.kind == "task_reminded").group_by(audit_event.c.chain))
        mails = reading.row(sa.select(sa.func.count()).where(outbox.c.key.startswith("reminder:")))
    reminded, twice = len(rows), sum(row[0] > 1 for row in rows)
    found = [] if reminded == number else [f"ERROR {reminded} of {number} reminders were given"]
    found += [f"ERROR {twice} reminders were given twice"] if twice else []
    return found if mails and mails[0] == number else [*found, f"ERROR {mails[0] if mails else 0} mails for {number} reminders"]


def _after(seconds: float) -> Callable[[], bool]:
    ends_at = time.monotonic() + seconds
    return lambda: time.monotonic() > ends_at


def _median(samples: Sequence[float]) -> float:
    return sorted(samples)[len(samples) // 2]
