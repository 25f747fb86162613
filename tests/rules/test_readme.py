"""The examples of rules/README.md: its files, its commands and what they print."""

import re
import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import main

RULES = Path(__file__).parents[2] / "rules"
README = (RULES / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"```(\S+)(?: (\S+))?\n(.*?)```", re.DOTALL)


def list_commands() -> list[tuple[str, str]]:
    """Return each command of the console blocks with what it prints."""
    found = []
    for kind, _, text in BLOCK.findall(README):
        if kind == "console":
            found += [(first, rest) for first, _, rest in (part.partition("\n") for part in text.split("$ ")[1:])]
    return found


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the rules and the files of the README."""
    for path in RULES.glob("*.dmn"):
        shutil.copy(path, tmp_path)
    for _, name, text in BLOCK.findall(README):
        if name:
            (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(("command", "expected"), list_commands(), ids=lambda value: value[:60])
@pytest.mark.usefixtures("folder")
def test_every_command_of_the_readme_prints_what_it_says(command: str, expected: str) -> None:
    given, _, asked = command.rpartition(" | ")
    words = shlex.split(asked or command)
    question = shlex.split(given)[1] if given else None

    result = CliRunner().invoke(main, words[1:], input=question)

    assert words[0] == "countersign"
    assert [
        show(line, wanted) for line, wanted in zip(result.output.splitlines(), expected.splitlines(), strict=True)
    ] == expected.splitlines()


def show(line: str, wanted: str) -> str:
    """Return a line, cut where the README cuts it."""
    return line[: len(wanted) - 1] + "…" if wanted.endswith("…") else line


def test_the_readme_has_examples() -> None:
    assert len(list_commands()) >= 5
