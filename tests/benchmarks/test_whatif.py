import json

from click.testing import CliRunner

from app.bench.whatif import command

TINY = ["--rows", "400", "--cost-centers", "60", "--people", "30", "--transactions", "60"]


def test_benchmark_measures_the_check_and_both_comparisons():
    result = CliRunner().invoke(command, [*TINY, "--json"])

    assert result.exit_code == 0, result.output
    figures = json.loads(result.stdout)["figures"]
    assert [(each["name"].split(",")[0], each["budget"], each["unit"]) for each in figures] == [
        ("complete check", 60, "s"),
        ("what-if of one mandate", 15, "s"),
        ("what-if of a setting", 15, "s"),
    ]
    assert all("60 invoices" in each["name"] for each in figures[1:])
