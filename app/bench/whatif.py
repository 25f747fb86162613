"""countersign bench whatif: how long the complete check of a large matrix takes, and comparing two of them on many invoices."""

import time
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import click

from app.bench.matrices.large import ON, MatrixContent, build_snapshot, make_matrix, make_transactions
from app.bench.report import Figure, figure, print_report, progress
from app.domain.matrix.checks.check import find_findings
from app.domain.matrix.snapshot import Snapshot
from app.domain.matrix.values import MandateRow
from app.domain.matrix.whatif import Asked, Tally
from app.operations.matrix.comparing import BATCH, compare_in_batches

_LINES = (1, 1, 3)
"""How many lines the invoices have, in turn."""


@click.command("whatif")
@click.option("--rows", default=100_000, show_default=True, type=click.IntRange(100, 1_000_000), help="Mandates.")
@click.option("--cost-centers", default=20_000, show_default=True, type=click.IntRange(20, 200_000), help="Cost centers of the chart.")
@click.option("--people", default=5_000, show_default=True, type=click.IntRange(10, 100_000), help="People with mandates.")
@click.option("--transactions", default=100_000, show_default=True, type=click.IntRange(10, 1_000_000), help="Invoices to compare on.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(*, rows: int, cost_centers: int, people: int, transactions: int, as_json: bool) -> None:
    """Measure the static check and the what-if of a large approval matrix.

    One what-if changes a single mandate; the other a setting that touches every invoice, so that each is resolved twice.
    """
    progress(f"A matrix of {rows} rows, {cost_centers} cost centers and {people} people ...")
    content = make_matrix(rows=rows, cost_centers=cost_centers, people=people)
    snapshot = build_snapshot(content)
    progress("The complete check ...")
    figures = [measure_check(snapshot)]
    asked = make_invoices(content, transactions)
    progress(f"What one mandate changes for {len(asked)} invoices ...")
    figures.append(measure_comparison("what-if of one mandate", snapshot, _with_one_mandate(snapshot, content), asked))
    progress(f"What a setting changes for {len(asked)} invoices ...")
    setting = build_snapshot(replace(content, approval_type=replace(content.approval_type, check_amount=Decimal(50_000))))
    figures.append(measure_comparison("what-if of a setting", snapshot, setting, asked))
    notes = ["Budgets: the check 60 s, a what-if of 100,000 invoices 15 s, on two cores."]
    print_report("whatif", figures, as_json=as_json, notes=notes)


def measure_check(snapshot: Snapshot) -> Figure:
    """Return how long all findings take."""
    began = time.perf_counter()
    found = find_findings(snapshot, on=ON)
    return figure(f"complete check, {len(found)} findings", [time.perf_counter() - began], unit="s", budget=60)


def measure_comparison(name: str, current: Snapshot, proposed: Snapshot, asked: Sequence[Asked]) -> Figure:
    """Return how long a comparison takes, processes and all."""
    batches = (asked[start : start + BATCH] for start in range(0, len(asked), BATCH))
    tally = Tally()
    began = time.perf_counter()
    for found in compare_in_batches(current, proposed, batches, on=ON, number=len(asked)):
        tally.add(found)
    seconds = time.perf_counter() - began
    changed = tally.total - tally.counts["unchanged"]
    return figure(f"{name}, {tally.total} invoices, {changed} changed", [seconds], unit="s", budget=15)


def make_invoices(content: MatrixContent, count: int) -> list[Asked]:
    """Return invoices of one and of three lines, each with a name."""
    kinds = [make_transactions(content, count=count // len(_LINES) + 1, lines=lines, seed=place) for place, lines in enumerate(_LINES)]
    mixed = [each for of_all in zip(*kinds, strict=True) for each in of_all]
    return [(str(number), each) for number, each in enumerate(mixed[:count])]


def _with_one_mandate(snapshot: Snapshot, content: MatrixContent) -> Snapshot:
    """Return the matrix with one mandate more, somewhere in the middle of the chart."""
    middle = snapshot.find_chain(None, max(content.centers, key=content.centers.__getitem__))
    first = content.mandates[0]
    row = MandateRow(id="added", user=first.user, rule="R9", steps=first.steps, cost_center=middle[len(middle) // 2])
    return snapshot.with_changes(version="proposed", mandates=[row])
