"""countersign bench matrix: how fast the approval matrix of a large company answers, and how it fares where people are scarce."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import click

from app.bench.matrices.adversarial import GROUPS_PER_PERSON, make_adversarial_case
from app.bench.matrices.large import ON, MatrixContent, build_snapshot, make_matrix, make_transactions
from app.bench.report import Figure, figure, print_report, progress, time_calls
from app.domain.errors import NoRolePlayersFound, SearchExhausted
from app.domain.matrix.resolution import resolve_role_players
from app.domain.matrix.route import Route
from app.domain.matrix.snapshot import Snapshot, Transaction
from app.formats.matrix_json import answer_line, write_case
from app.operations.collector import without_collector

_LINES = (("one line", 1, 60), ("three lines", 3, 180), ("ten distinct codings", 10, 600))
_SMALL_CASES = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How much is measured."""

    transactions: int
    hard_cases: int
    builds: int


Measure = Callable[[MatrixContent, Snapshot, Sizes], Sequence[Figure]]


@click.command("matrix")
@click.option("--rows", default=100_000, show_default=True, type=click.IntRange(100, 1_000_000), help="Mandates.")
@click.option("--cost-centers", default=20_000, show_default=True, type=click.IntRange(20, 200_000), help="Cost centers of the chart.")
@click.option("--people", default=5_000, show_default=True, type=click.IntRange(10, 100_000), help="People with mandates.")
@click.option("--transactions", default=3_000, show_default=True, type=click.IntRange(5, 100_000), help="Invoices of each kind.")
@click.option(
    "--hard-cases", default=40, show_default=True, type=click.IntRange(1, 10_000), help="Transactions with scarce people, of each size."
)
@click.option("--builds", default=5, show_default=True, type=click.IntRange(1, 100), help="How often the snapshot is built and changed.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(*, rows: int, cost_centers: int, people: int, transactions: int, hard_cases: int, builds: int, as_json: bool) -> None:
    """Measure building, changing and asking the approval matrix of a large company.

    Every invoice is asked once: its cost centers are new to the snapshot, as after a change of the matrix.
    """
    sizes = Sizes(transactions=transactions, hard_cases=hard_cases, builds=builds)
    figures = [*measure_hard_cases(sizes), *measure_small_cases(sizes)]
    progress(f"A matrix of {rows} rows, {cost_centers} cost centers and {people} people ...")
    content = make_matrix(rows=rows, cost_centers=cost_centers, people=people)
    snapshot = build_snapshot(content)
    for measure in MEASURES:
        figures += measure(content, snapshot, sizes)
    print_report("matrix", figures, as_json=as_json, notes=_note(figures, content))


def measure_building(content: MatrixContent, snapshot: Snapshot, sizes: Sizes) -> list[Figure]:
    """Measure a snapshot from its rows, and one from another snapshot and one changed mandate."""
    progress("Building and changing the snapshot ...")
    row = content.mandates[len(content.mandates) // 2]
    changed = replace(row, rule="R9")
    with without_collector():  # as operations build it
        built = time_calls(lambda: build_snapshot(content), runs=sizes.builds)
    changes = time_calls(lambda: snapshot.with_changes(version="2", mandates=(changed,)), runs=sizes.builds * 10)
    return [
        figure("snapshot built", built, unit="s", budget=0.4),
        figure("change of one mandate visible", [seconds * 1e3 for seconds in changes], unit="ms", budget=5),
    ]


def measure_resolution(content: MatrixContent, snapshot: Snapshot, sizes: Sizes) -> list[Figure]:
    """Measure the route of invoices, and the route with every sentence and all evidence written."""
    figures = []
    for name, lines, budget in _LINES:
        progress(f"Resolving invoices of {lines} codings ...")
        asked = make_transactions(content, count=sizes.transactions, lines=lines)
        figures.append(figure(name, _time_each(asked, lambda each: resolve_role_players(snapshot, each, on=ON)), unit="µs", budget=budget))
    for name, lines, _ in _LINES:
        asked = make_transactions(content, count=max(1, sizes.transactions // 10), lines=lines, seed=2)
        figures.append(figure(f"{name}, reasons written", _time_each(asked, lambda each: _write_reasons(snapshot, each)), unit="µs"))
    return figures


def measure_hard_cases(sizes: Sizes) -> list[Figure]:
    """Measure transactions whose slots compete for few people; how many remained without an answer stands in the name.

    It comes before the large matrix is there, whose many objects would make the collector's rounds part of the figures.
    """
    figures = []
    for people in (20, 60, 100):
        progress(f"Resolving transactions with {people} scarce people ...")
        samples, exhausted, slots = [], 0, set[int]()
        for seed in range(sizes.hard_cases):
            groups = int(people * GROUPS_PER_PERSON[seed % len(GROUPS_PER_PERSON)])
            matrix, transaction = make_adversarial_case(seed, people=people, groups=groups)
            slots.add(groups * 2)
            began = time.perf_counter()
            try:
                resolve_role_players(matrix, transaction, on=ON)
            except NoRolePlayersFound:
                pass
            except SearchExhausted:
                exhausted += 1
            samples.append((time.perf_counter() - began) * 1e3)
        name = f"{people} scarce people, {min(slots)}-{max(slots)} slots, {exhausted} exhausted"
        figures.append(figure(name, samples, unit="ms", budget=100))
    return figures


def measure_small_cases(sizes: Sizes) -> list[Figure]:
    """Measure `countersign matrix resolve` on small cases, JSON in and JSON out, scaled to ten thousand of them."""
    progress("Answering small cases as JSON ...")
    content = make_matrix(rows=20, cost_centers=5, people=10)
    snapshot = build_snapshot(content)
    asked = make_transactions(content, count=max(1, sizes.transactions // 3), lines=1)
    cases = [json.dumps(write_case(snapshot, transaction, on=ON)) for transaction in asked]
    began = time.perf_counter()
    for case in cases:
        answer_line(case)
    seconds = (time.perf_counter() - began) * _SMALL_CASES / len(cases)
    return [figure(f"{_SMALL_CASES:,} small cases as JSON", [seconds], unit="s", budget=10)]


MEASURES: list[Measure] = [measure_building, measure_resolution]
"""What is measured of the large matrix, in this order; each gets its content, its snapshot and the sizes."""


def _time_each(asked: Sequence[Transaction], answer: Callable[[Transaction], object]) -> list[float]:
    """Return the microseconds of each answer."""
    queue = iter(asked)
    return [seconds * 1e6 for seconds in time_calls(lambda: answer(next(queue)), runs=len(asked))]


def _write_reasons(snapshot: Snapshot, transaction: Transaction) -> Route:
    route = resolve_role_players(snapshot, transaction, on=ON)
    for step in route.steps:
        for slot in step.slots:
            assert slot.why, "every slot has its reason"
            assert slot.evidence, "somebody was considered"
    return route


def _note(figures: Sequence[Figure], content: MatrixContent) -> list[str]:
    depths = content.centers.values()
    spread = ", ".join(f"{each.name} {each.p99 / each.median:.1f}" for each in figures if each.name in {name for name, _, _ in _LINES})
    return [
        f"The chart is {sum(depths) / len(depths):.1f} levels deep on average, {max(depths)} at most.",
        f"p99 as a multiple of the median (at most 5): {spread}.",
    ]
