"""The benchmarks of growth run, on a PostgreSQL of their own, and measure what their names say; how fast it is, a test does not say."""

import json

import pytest
from click.testing import CliRunner

from app.bench import growth, inbox, memory, timers, wide
from app.formats.bpmn_checks import check_bpmn
from app.runtime.postgres import postgres_for_tests


@pytest.fixture(scope="module")
def server():
    """Give the address of a PostgreSQL server."""
    with postgres_for_tests() as url:
        yield url


def run(command, server, *options):
    """Run a benchmark and return its report, figures by name and unit."""
    result = CliRunner().invoke(command, [*options, "--database-url", server, "--json"])
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout.splitlines()[-1])
    return {(each["name"], each["unit"]): each for each in report["figures"]}


def test_growth_compares_the_last_size_with_the_first(server):
    figures = run(growth.command, server, "--sizes", "20,60", "--tasks-each", "10", "--runs", "2", "--history")

    for name in ("start", "inbox", "count", "claim", "timer", "approve", "finish"):
        assert figures[f"20: {name}", "ms"]["runs"] == figures[f"60: {name}", "pages"]["runs"] == 2
        assert figures[f"{name}: ratio", ""]["median"] > 0


def test_inbox_measures_pages_counts_orders_and_filters(server):
    figures = run(inbox.command, server, "--tasks", "120,240", "--people", "2", "--runs", "2")

    for name in ("first page", "second page", "counts", "done", "by amount", "with a text"):
        assert figures[f"120: {name}", "ms"]["runs"] == figures[f"240: {name}", "pages"]["runs"] == 2
    assert figures["first page: ratio", ""]["budget"] == pytest.approx(4 / 3, abs=0.01)


def test_wide_measures_one_large_instance(server):
    figures = run(wide.command, server, "--loop", "10", "--approvers", "10", "--lines", "4", "--variables", "5", "--runs", "1")

    assert figures["loop: approve", "ms"]["runs"] == 10
    assert figures["10 approvers: approve", "ms"]["runs"] == 11
    assert figures["4 lines: approve", "ms"]["runs"] == figures["5 KB of variables: approve", "ms"]["runs"] == 1


@pytest.mark.parametrize("model", [wide.LOOP, wide.STEP])
def test_the_models_of_wide_are_sound(model):
    assert [each for each in check_bpmn(model.encode(), filename="bench.bpmn") if each.kind in {"invalid", "unsound"}] == []


@pytest.mark.parametrize("lines", [1, 3, 500])
def test_the_lines_of_an_invoice_add_up(lines):
    text = wide.invoice_of(lines)

    amounts = [part.split("</")[0] for part in text.split('<cbc:PriceAmount currencyID="EUR">')[1:]]
    assert len(amounts) == lines
    assert sum(round(100 * float(amount)) for amount in amounts) == 1_200_000


@pytest.mark.processes
def test_timers_fire_once_each_while_the_inbox_answers(server):
    figures = run(timers.command, server, "--timers", "30", "--idle", "40", "--seconds", "1", "--workers", "1")

    assert figures["timers fired", "1/s"]["median"] > 0
    assert figures["inbox meanwhile", "ms"]["runs"] > 0


@pytest.mark.processes
def test_memory_weighs_a_web_worker(server):
    figures = run(memory.command, server, "--requests", "200", "--starts", "1")

    assert figures["after 200 requests", "MB"]["median"] > 0
    assert figures["import of the application", "s"]["runs"] == 1
