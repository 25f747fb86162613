"""countersign feel."""

from click.testing import CliRunner

from app.cli.feel import command


def run(*arguments, lines):
    return CliRunner().invoke(command, arguments, input=lines)


def test_one_context_a_line_gives_one_value_a_line():
    result = run("net amount * 1.21", lines='{"net amount": 0.10}\n\n{"net amount": 100}\n')

    assert result.exit_code == 0
    assert result.stdout == "0.1210\n121.00\n"


def test_names_within_contexts_are_known():
    result = run("order.ship to.city", lines='{"order": {"ship to": {"city": "Gent"}}}\n')

    assert result.stdout == '"Gent"\n'


def test_line_that_fails_is_answered_with_its_error_and_the_others_go_on():
    result = run("for i in 1..n return i", lines='{"n": 1000000000}\n[1]\nnonsense\n{"n": 2}\n')

    answers = result.stdout.splitlines()
    assert result.exit_code == 1
    assert '"limit": "list size"' in answers[0]
    assert "Expected a JSON object" in answers[1]
    assert "no JSON" in answers[2]
    assert answers[3] == "[1, 2]"


def test_text_that_is_no_expression_names_the_position():
    result = run("1 +", lines="{}\n")

    assert result.exit_code == 1
    assert result.stdout.startswith('{"error": {"code": "syntax"')
    assert '"position": 3' in result.stdout


def test_warnings_go_to_standard_error():
    result = run("1 / 0", "--warnings", lines="{}\n")

    assert result.stdout == "null\n"
    assert "undefined" in result.stderr


def test_the_clock_is_there():
    assert run('today() >= @"2026-01-01" or true', lines="{}\n").stdout == "true\n"
