"""The examples of app/feel/README.md say what is true."""

import re
from pathlib import Path

from click.testing import CliRunner

from app.cli.feel import command
from app.feel import compile_expression
from app.feel import limits as limits_module
from app.feel.check import check_expression

TEXT = Path(__file__).parents[2].joinpath("app/feel/README.md").read_text(encoding="utf-8")


def test_examples_in_python_give_what_they_say():
    names = {}
    compared = 0
    for block in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL):
        for line in block.splitlines():
            code, mark, expected = line.partition("  # ")
            if mark:
                assert repr(eval(code, names)) == expected, line
                compared += 1
            else:
                exec(code, names)

    assert compared == 9


def test_example_of_the_shell_prints_what_it_says():
    context, expression, printed = re.search(r"`echo '(.*?)' \| countersign feel '(.*?)'` prints `(.*?)`", TEXT).groups()

    assert CliRunner().invoke(command, [expression], input=context).stdout.strip() == printed


def test_codes_of_the_static_check_are_all_told():
    told = set(re.findall(r"`([a-z_]+)`", TEXT[TEXT.index("| code | severity") : TEXT.index("Only `syntax`")]))
    sources = "".join(path.read_text(encoding="utf-8") for path in Path(limits_module.__file__).parent.glob("check*.py"))

    assert told == set(re.findall(r'find\(\s*"([a-z_]+)"', sources))
    assert {finding.code for finding in check_expression("amuont + 1")} <= told


def test_limits_are_all_told():
    told = set(re.findall(r"`([a-z ]+)`", TEXT[TEXT.index("| limit |") : TEXT.index("A pattern is matched")]))
    sources = "".join(path.read_text(encoding="utf-8") for path in Path(limits_module.__file__).parent.glob("*.py"))

    assert told == set(re.findall(r'FeelLimitExceeded\(\s*"([a-z ]+)"', sources))


def test_readings_hold():
    expected = {
        '@"2020-01-31" + @"P1M" = @"2020-02-29"': True,
        "5 in (x > 3)": True,
        '1 in ["a"]': False,
        '1 in ("a")': None,
        "0 ** 0": 1,
        "1 instance of list": None,
    }

    assert {text: compile_expression(text, ["x"]).value({"x": 4}) for text in expected} == expected
