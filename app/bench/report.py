"""How every benchmark measures and reports: medians of repeated runs, a table for people, JSON for programs."""

import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import click


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What was measured of one thing; `budget` is the figure aimed at, in the same unit."""

    name: str
    unit: str
    runs: int
    median: float
    p95: float
    p99: float
    maximum: float
    budget: float | None = None


def figure(name: str, samples: Sequence[float], *, unit: str, budget: float | None = None) -> Figure:
    """Return the figure of samples, all in `unit`; there is at least one."""
    ordered = sorted(samples)

    def at(share: float) -> float:
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    return Figure(
        name=name,
        unit=unit,
        runs=len(ordered),
        median=statistics.median(ordered),
        p95=at(0.95),
        p99=at(0.99),
        maximum=ordered[-1],
        budget=budget,
    )


def time_calls(call: Callable[[], object], *, runs: int, inner: int = 1) -> list[float]:
    """Return the seconds of one call, `runs` times; each sample is the mean of `inner` calls, for what is faster than the clock."""
    samples = []
    for _ in range(runs):
        began = time.perf_counter()
        for _ in range(inner):
            call()
        samples.append((time.perf_counter() - began) / inner)
    return samples


def print_report(title: str, figures: Sequence[Figure], *, as_json: bool, notes: Sequence[str] = ()) -> None:
    """Print the figures as a table, or as one JSON object."""
    if as_json:
        click.echo(json.dumps({"benchmark": title, "figures": [asdict(each) for each in figures], "notes": list(notes)}))
        return
    width = max(len(each.name) for each in figures)
    click.echo(f"{title}\n{'':{width}}  {'runs':>8}  {'median':>10}  {'p95':>10}  {'p99':>10}  {'max':>10}  unit     budget")
    for each in figures:
        spread = "  ".join(f"{value:>10.4g}" for value in (each.median, each.p95, each.p99, each.maximum))
        click.echo(f"{each.name:{width}}  {each.runs:>8}  {spread}  {each.unit:<8} {'' if each.budget is None else f'{each.budget:g}'}")
    for note in notes:
        click.echo(note)


def progress(text: str) -> None:
    """Say on standard error what goes on, so that standard output stays the report."""
    click.echo(text, err=True)
