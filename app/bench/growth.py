"""countersign bench growth: what a command costs with a thousand open instances, and with a million."""

import statistics
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from time import perf_counter

import click
import sqlalchemy as sa

from app.bench.load.filling import Sample, copy_instances, copy_people, vacuum
from app.bench.load.office import Meter, fresh_system, open_tasks, send_invoice
from app.bench.report import Figure, figure, print_report, progress
from app.operations.instances.start_instance import start_instance
from app.operations.people.callers import find_caller
from app.operations.schedules.claim_due import claim_due
from app.operations.schedules.fire_timer import fire_timer
from app.operations.system import System
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.count_tasks import count_tasks
from app.operations.tasks.list_tasks import list_tasks
from app.persistence.tables.instances import timer

RATIO_MAX = 4 / 3
WARM_UP = 8
ENDED_FROM = 10**9  # the numbers of the copies that have ended


@click.command("growth")
@click.option("--sizes", default="1000,1000000", show_default=True, help="Numbers of open instances, rising, separated by commas.")
@click.option("--tasks-each", default=100, show_default=True, type=click.IntRange(1, 100_000), help="Open tasks of a person.")
@click.option("--ended", default=20, show_default=True, type=click.IntRange(0, 1_000), help="Ended instances for every 100 open ones.")
@click.option("--history", is_flag=True, help="Copy the audit events and the elements too.")
@click.option("--runs", default=40, show_default=True, type=click.IntRange(1, 10_000), help="Instances approved at each size.")
@click.option("--database-url", help="A PostgreSQL server to make a fresh database on; by default one is started for the run.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(*, sizes: str, tasks_each: int, ended: int, history: bool, runs: int, database_url: str | None, as_json: bool) -> None:
    """Start, list, count, approve and remind with few and with many open instances around.

    Times are of the operations in this process, without HTTP; beside them stands how many pages of the database a call touches, which
    does not depend on how busy the machine is. The ratios compare the last size with the first.
    """
    found: dict[int, Meter] = {}
    with fresh_system(database_url) as (system, settings):
        sample = make_sample(system)
        before = 0
        for size in map(int, sizes.split(",")):
            people = max(1, size // tasks_each)
            copy_people(settings.database_url, sample.user, number=people)
            fill(settings.database_url, sample, first=before, last=size, people=people, ended=ended, history=history)
            before = size
            progress(f"{size:,} open instances: {runs} approvals …")
            measure(system, WARM_UP)
            found[size] = measure(system, runs)
    print_report("growth", list(_figures(found)), as_json=as_json)


def make_sample(system: System) -> Sample:
    """Start one instance, to be copied."""
    document = send_invoice(system)
    answer = start_instance(system, find_caller(system, "erp"), definition="purchase_invoice", document_id=document)
    return Sample(instance=str(answer.body["id"]), document=document, user=find_caller(system, "marc").user_id)


def fill(url: str, sample: Sample, *, first: int, last: int, people: int, ended: int = 0, history: bool = False) -> None:
    """Bring the database from `first` to `last` open instances, with some that have ended."""
    began = perf_counter()
    progress(f"Filling the database: {last:,} open instances …")
    counted = [ENDED_FROM + number * ended // 100 for number in (first, last)]
    parts: Sequence[tuple[int, int, bool]] = ((first, last, True), (counted[0], counted[1], False))
    for start, end, is_open in parts:
        for done in copy_instances(url, sample, first=start, last=end, people=people, is_open=is_open, history=history):
            progress(f"  {done - (0 if is_open else ENDED_FROM):,} {'open' if is_open else 'ended'}, {perf_counter() - began:.0f} s")
    vacuum(url)


def measure(system: System, runs: int) -> Meter:
    """Approve `runs` fresh instances, with a reminder each, and return what the commands cost."""
    meter = Meter(system)
    erp, marc, claire = (find_caller(system, name) for name in ("erp", "marc", "claire"))
    for _ in range(runs):
        document = send_invoice(system)
        instance = str(meter.call("start", start_instance, erp, definition="purchase_invoice", document_id=document).body["id"])
        meter.call("inbox", list_tasks, marc)
        meter.call("count", count_tasks, marc)
        _make_due(system, instance)
        due = meter.call("claim", claim_due)
        meter.call("timer", fire_timer, next(each.id for each in due if each.kind == "timer"))
        meter.call("approve", approve_task, marc, open_tasks(system, instance)[marc.user_id])
        meter.call("finish", approve_task, claire, open_tasks(system, instance)[claire.user_id])
    return meter


def _make_due(system: System, instance: str) -> None:
    reminder = sa.update(timer).where(timer.c.instance_id == instance, timer.c.kind == "reminder")
    with system.database.engine.begin() as connection:
        connection.execute(reminder.values(due_at=datetime.now(UTC) - timedelta(minutes=1)))


def _figures(found: dict[int, Meter]) -> Iterator[Figure]:
    first, last = found[min(found)], found[max(found)]
    for name in first.times:
        for size, meter in found.items():
            yield figure(f"{size:,}: {name}", meter.times[name], unit="ms")
            yield figure(f"{size:,}: {name}", meter.pages[name], unit="pages")
        ratio = statistics.median(last.times[name]) / statistics.median(first.times[name])
        yield figure(f"{name}: ratio", [ratio], unit="", budget=round(RATIO_MAX, 2))
