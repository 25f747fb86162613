"""countersign bench inbox: pages and counts of an inbox with few and with many tasks in it."""

import click

from app.bench.growth import fill, make_sample
from app.bench.load.filling import copy_people
from app.bench.load.office import Meter, fresh_system
from app.bench.report import Figure, figure, print_report, progress
from app.operations.people.callers import find_caller
from app.operations.system import System
from app.operations.tasks.count_tasks import count_tasks
from app.operations.tasks.list_tasks import list_tasks

MILLISECONDS_MAX = 15
WARM_UP = 8


@click.command("inbox")
@click.option("--tasks", default="10000,200000", show_default=True, help="Numbers of open tasks in all, rising, separated by commas.")
@click.option("--people", default=100, show_default=True, type=click.IntRange(1, 100_000), help="People they wait for, in turn.")
@click.option("--ended", default=100, show_default=True, type=click.IntRange(0, 1_000), help="Ended tasks for every 100 open ones.")
@click.option("--runs", default=100, show_default=True, type=click.IntRange(1, 10_000), help="Calls of each kind.")
@click.option("--database-url", help="A PostgreSQL server to make a fresh database on; by default one is started for the run.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(*, tasks: str, people: int, ended: int, runs: int, database_url: str | None, as_json: bool) -> None:
    """Read the first page, the second, the first of what is done, and the counts, in this process, without HTTP."""
    figures: list[Figure] = []
    with fresh_system(database_url) as (system, settings):
        sample = make_sample(system)
        copy_people(settings.database_url, sample.user, number=people)
        before = 0
        for number in map(int, tasks.split(",")):
            fill(settings.database_url, sample, first=before, last=number, people=people, ended=ended)
            before = number
            progress(f"{number:,} tasks of {people:,} people …")
            measure(system, WARM_UP)
            meter = measure(system, runs)
            for name, times in meter.times.items():
                what = f"{number // people:,} tasks a person: {name}"
                figures += [figure(what, times, unit="ms", budget=MILLISECONDS_MAX), figure(what, meter.pages[name], unit="pages")]
    print_report("inbox", figures, as_json=as_json)


def measure(system: System, runs: int) -> Meter:
    """Read Marc's inbox this many times."""
    meter, marc = Meter(system), find_caller(system, "marc")
    for _ in range(runs):
        cursor = meter.call("first page", list_tasks, marc).body["next_cursor"]
        meter.call("second page", list_tasks, marc, cursor=cursor)
        meter.call("done", list_tasks, marc, status="completed")
        meter.call("counts", count_tasks, marc)
    return meter
