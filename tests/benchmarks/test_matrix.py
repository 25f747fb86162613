import json

from click.testing import CliRunner

from app.bench.matrices.large import build_snapshot, make_matrix, make_transactions
from app.bench.matrix import command

TINY = ["--rows", "400", "--cost-centers", "60", "--people", "30", "--transactions", "6", "--hard-cases", "1", "--builds", "1"]


def test_benchmark_measures_everything_that_has_a_budget():
    result = CliRunner().invoke(command, [*TINY, "--json"])

    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    budgets = {each["name"].split(",")[0]: each["budget"] for each in report["figures"] if each["budget"] is not None}
    assert {name: budgets[name] for name in ("snapshot built", "change of one mandate visible", "one line", "three lines")} == {
        "snapshot built": 0.4,
        "change of one mandate visible": 5,
        "one line": 60,
        "three lines": 180,
    }
    assert budgets["ten distinct codings"] == 600
    assert budgets["100 scarce people"] == 100
    assert all(each["runs"] > 0 and each["median"] > 0 for each in report["figures"])


def test_benchmark_prints_a_table():
    result = CliRunner().invoke(command, TINY)

    assert result.exit_code == 0, result.output
    assert "one line, reasons written" in result.stdout
    assert "p99 as a multiple of the median" in result.stdout


def test_generated_matrix_has_the_sizes_asked_for_and_is_the_same_every_time():
    first, second = (make_matrix(rows=1_000, cost_centers=300, people=50) for _ in range(2))

    assert first == second
    assert (len(first.mandates), len(first.centers), len(first.people)) == (1_000, 301, 60)
    assert max(first.centers.values()) <= 25
    assert len({row.id for row in first.mandates}) == 1_000
    assert build_snapshot(first) == build_snapshot(second)
    assert make_transactions(first, count=5, lines=3) == make_transactions(second, count=5, lines=3)
