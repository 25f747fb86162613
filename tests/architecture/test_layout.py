import ast
import re

import pytest

from tests.architecture.sources import ROOT, own_files, product_sources

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
FLAT_LISTS = "app/persistence/migrations/versions/"  # a revision lists tables, and never changes again
TOP_LEVEL = {
    "app", "processes", "rules", "tests", "wsgi.py", "pyproject.toml", "README.md", "manage", "requirements.lock", "LICENSE", ".ci", ".gitignore",
}  # fmt: skip
REGISTRY_HOSTS = (
    "pypi" + ".org",
    "python" + "hosted.org",
    "registry." + "npmjs",
    "npmjs" + ".org",
    "yarn" + "pkg.com",
    "registry." + "npmmirror",
)
REGISTRY_SETTINGS = re.compile(r'"resolved":\s*"http|--(extra-)?index-url|^\s*(index-)?url\s*=\s*"http|^\s*registry\s*=', re.MULTILINE)
SETTINGS_SUFFIXES = {".lock", ".toml", ".json", ".txt", ".cfg", ".ini", ".yml", ".yaml"}
TEXT_SUFFIXES = {
    "", ".py", ".md", ".toml", ".lock", ".json", ".txt", ".npmrc", ".cfg", ".ini", ".js", ".mjs", ".css", ".html", ".jinja", ".sh", ".yml", ".yaml",
}  # fmt: skip


def test_top_level_holds_what_the_design_names_and_nothing_else():
    there = {path.split("/")[0] for path in own_files()}

    assert there - TOP_LEVEL == set()


def test_no_file_is_longer_than_a_reader_bears():
    long = {
        source.path: lines
        for source in product_sources()
        if not source.path.startswith(FLAT_LISTS) and (lines := len(source.text.splitlines())) > FILE_LINES_MAX
    }

    assert long == {}


def test_no_function_is_longer_than_a_screen():
    long = {
        f"{source.path}:{node.lineno} {node.name}": lines
        for source in product_sources()
        if not source.path.startswith(FLAT_LISTS)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_LINES_MAX
    }

    assert long == {}


def test_no_file_names_a_package_registry():
    naming = []
    for path in own_files():
        if (ROOT / path).suffix in TEXT_SUFFIXES or (ROOT / path).name == ".npmrc":
            text = (ROOT / path).read_text(encoding="utf-8", errors="replace")
            naming += [f"{path}: {host}" for host in REGISTRY_HOSTS if host in text]
            if (ROOT / path).suffix in SETTINGS_SUFFIXES or (ROOT / path).name == ".npmrc":
                naming += [f"{path}: {found.group().strip()}" for found in REGISTRY_SETTINGS.finditer(text)]

    assert naming == []


def test_every_package_of_the_lock_is_pinned_and_hashed():
    entries = re.split(r"\n(?=[A-Za-z0-9])", (ROOT / "requirements.lock").read_text().strip())

    assert len(entries) > 50
    assert [entry.splitlines()[0] for entry in entries if "==" not in entry.splitlines()[0] or "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("path", ["manage", ".ci/run"])
def test_set_up_commands_are_executable(path):
    assert (ROOT / path).stat().st_mode & 0o111 == 0o111
