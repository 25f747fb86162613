"""The benchmark of the engine runs, and its models do what it measures."""

import json

from click.testing import CliRunner

from app.bench.engine import command


def test_the_engine_is_measured():
    result = CliRunner().invoke(command, ["--runs", "3", "--iterations", "30", "--instances", "5", "--json"])

    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    figures = {each["name"]: each for each in report["figures"]}
    assert figures["restore"]["runs"] == 3
    assert figures["5 instances: a vote"]["runs"] == 5
    sizes = figures["loop: state"]
    assert sizes["maximum"] < sizes["median"] * 1.2
