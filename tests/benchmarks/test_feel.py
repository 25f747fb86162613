"""countersign bench feel runs; how fast it is, a test does not say."""

import json

from click.testing import CliRunner

from app.bench.feel import command, write_table
from app.formats.dmn import read_dmn


def test_benchmark_reports_its_figures():
    result = CliRunner().invoke(command, ["--runs", "1", "--inner", "1", "--rows", "3", "--json"])

    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout.splitlines()[-1])
    budgets = {each["name"]: each["budget"] for each in report["figures"] if each["budget"] is not None}
    assert budgets == {
        "simple condition": 1.5,
        "table of 3 rows": 15.0,
        "compiling the table of 3 rows": 10.0,
        "start-up of the package": 30.0,
    }
    assert all(each["median"] > 0 for each in report["figures"])


def test_table_of_the_benchmark_has_one_row_for_an_amount():
    model = read_dmn(write_table(20), filename="bench.dmn")

    outputs = [model.evaluate("table", {"category": f"c{row % 10}", "amount": row * 100 + 50, "urgent": True}).outputs for row in range(20)]

    assert outputs == list(range(20))
