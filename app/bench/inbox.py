"""countersign bench inbox: pages and counts of an inbox with few and with many tasks around it."""

import statistics
from collections.abc import Iterator, Mapping
from datetime import date
from time import perf_counter
from typing import Any

import click

from app.bench.growth import ENDED_FROM, RATIO_MAX, make_sample
from app.bench.load.filling import Sample, copy_instances, copy_people, vacuum, without_indexes
from app.bench.load.office import Meter, fresh_system
from app.bench.report import Figure, figure, print_report, progress
from app.operations.people.callers import find_caller
from app.operations.system import System
from app.operations.tasks.count_tasks import count_tasks
from app.operations.tasks.list_tasks import list_tasks

MILLISECONDS_MAX = 10
TASKS_MAX = 20_000_000
EACH = 100
WARM_UP = 8
_ASKED: Mapping[str, Mapping[str, Any]] = {
    "first page": {},
    "done": {"status": "completed"},
    "by receipt": {"sort": "received"},
    "by amount": {"sort": "amount", "order": "desc"},
    "by seller": {"sort": "seller"},
    "of a seller": {"organisation": "Seller 7"},
    "received until": {"received_to": date(2000, 1, 1)},
    "with a text": {"q": "no such number"},
    "overdue": {"overdue": True},
}
_PROMISED = ("first page", "second page", "counts")


@click.command("inbox")
@click.option("--tasks", default="1000,1000000", show_default=True, help="Numbers of open tasks in all, separated by commas.")
@click.option(
    "--people", default=10_000, show_default=True, type=click.IntRange(1, 100_000), help="People they wait for, in turn, at most."
)
@click.option("--ended", default=20, show_default=True, type=click.IntRange(0, 1_000), help="Ended tasks for every 100 open ones.")
@click.option("--runs", default=100, show_default=True, type=click.IntRange(1, 10_000), help="Calls of each kind.")
@click.option("--database-url", help="A PostgreSQL server to make fresh databases on, as a superuser; by default one is started.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(*, tasks: str, people: int, ended: int, runs: int, database_url: str | None, as_json: bool) -> None:
    """Read pages in every order and under filters, and the counts, in this process, without HTTP.

    Nobody has fewer than a hundred tasks: with few of them, there are fewer people. Ratios compare the last number with the first.
    """
    found: dict[int, Meter] = {}
    for number in (min(int(each), TASKS_MAX) for each in tasks.split(",")):
        with fresh_system(database_url) as (system, settings):
            sample = make_sample(system)
            of_size = max(1, min(people, number // EACH))
            copy_people(settings.database_url, sample.user, number=of_size)
            _fill(settings.database_url, sample, tasks=number, ended=number * ended // 100, people=of_size)
            progress(f"{number:,} tasks of {of_size:,} people …")
            measure(system, WARM_UP)
            found[number] = measure(system, runs)
    print_report("inbox", list(_figures(found)), as_json=as_json)


def measure(system: System, runs: int) -> Meter:
    """Read Marc's inbox this many times in each way."""
    meter, marc = Meter(system), find_caller(system, "marc")
    for _ in range(runs):
        cursor = meter.call("first page", list_tasks, marc).body["next_cursor"]
        meter.call("second page", list_tasks, marc, cursor=cursor)
        meter.call("counts", count_tasks, marc)
        for name, asked in _ASKED.items():
            if name not in _PROMISED:
                meter.call(name, list_tasks, marc, **asked)
    return meter


def _fill(url: str, sample: Sample, *, tasks: int, ended: int, people: int) -> None:
    began = perf_counter()
    with without_indexes(url):
        for first, number, is_open in ((0, tasks, True), (ENDED_FROM, ended, False)):
            for done in copy_instances(url, sample, first=first, last=first + number, people=people, is_open=is_open, light=True):
                progress(f"  {done - first:,} {'open' if is_open else 'ended'}, {perf_counter() - began:.0f} s")
        progress("  Building the indexes …")
    vacuum(url)
    progress(f"  Filled in {perf_counter() - began:.0f} s")


def _figures(found: dict[int, Meter]) -> Iterator[Figure]:
    first, last = found[min(found)], found[max(found)]
    for name in first.times:
        for size, meter in found.items():
            yield figure(f"{size:,}: {name}", meter.times[name], unit="ms", budget=MILLISECONDS_MAX if name in _PROMISED else None)
            yield figure(f"{size:,}: {name}", meter.pages[name], unit="pages")
        ratio = statistics.median(last.times[name]) / statistics.median(first.times[name])
        yield figure(f"{name}: ratio", [ratio], unit="", budget=round(RATIO_MAX, 2) if name in _PROMISED else None)
