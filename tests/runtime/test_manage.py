import importlib.machinery
import importlib.util
import os
import subprocess
import sys

import pytest

from tests.runtime.processes import ROOT

OLD_PYTHON = """
import os, shutil, subprocess, sys
sys.version_info = (3, 9, 2, "final", 0)
sys.argv = ["manage", "run"]
source = open({path!r}).read()
exec(compile(source, "manage", "exec"), {{"__name__": "manage", "__file__": {path!r}}})
"""


@pytest.fixture
def manage(tmp_path, monkeypatch):
    """The module `manage`, set up to work on an empty checkout."""
    loader = importlib.machinery.SourceFileLoader("manage", str(ROOT / "manage"))
    spec = importlib.util.spec_from_loader("manage", loader)
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    venv = tmp_path / ".venv"
    (tmp_path / "requirements.lock").write_text("click==8.5.1 --hash=sha256:00\n")
    (tmp_path / "pyproject.toml").write_text("")
    for name, value in {
        "ROOT": tmp_path,
        "VENV": venv,
        "PYTHON": venv / "bin" / "python",
        "LOCK": tmp_path / "requirements.lock",
        "STAMP": venv / "countersign-stamp",
        "BUNDLE_HOOK": tmp_path / "bundle_hook.py",
    }.items():
        monkeypatch.setattr(module, name, value)
    return module


@pytest.fixture
def installed(manage):
    """The same with an environment that is up to date."""
    manage.PYTHON.parent.mkdir(parents=True)
    manage.PYTHON.symlink_to(sys.executable)
    manage.STAMP.write_text(manage._wanted_stamp())
    return manage


def test_usage_names_both_commands_and_their_options():
    shown = subprocess.run([sys.executable, str(ROOT / "manage"), "run", "--help"], capture_output=True, text=True, check=True).stdout
    wrong = subprocess.run([sys.executable, str(ROOT / "manage"), "start"], capture_output=True, text=True, check=False)

    for option in ("--port", "--data-dir", "--database-url", "--redis-url", "--no-demo", "./manage test"):
        assert option in shown
    assert wrong.returncode == 2
    assert wrong.stdout == shown


def test_old_python_is_refused_when_there_is_no_newer_one():
    program = OLD_PYTHON.format(path=str(ROOT / "manage"))

    ended = subprocess.run([sys.executable, "-c", program], env={"PATH": "/nowhere"}, capture_output=True, text=True, check=False)

    assert ended.returncode == 1
    assert ended.stderr.startswith("Countersign needs Python 3.11 or newer, but this is ")


def test_old_python_hands_over_to_a_newer_one(tmp_path):
    program = OLD_PYTHON.format(path=str(ROOT / "manage"))
    for name, script in (("python3.13", "exit 127"), ("python3.12", 'test "$1" = -c || echo took over: "$@"')):
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)

    ended = subprocess.run([sys.executable, "-c", program], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=True)

    assert ended.stdout == "took over: manage run\n"


def test_nothing_is_installed_when_nothing_changed(installed, monkeypatch, capsys):
    monkeypatch.setattr(installed, "_run", lambda *_args, **_options: pytest.fail("nothing needs to run"))

    installed.set_up()

    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml"])
def test_changed_file_is_noticed(installed, name):
    assert installed._is_current()

    (installed.ROOT / name).write_text("changed")

    assert not installed._is_current()


def test_missing_venv_is_answered_with_the_package_to_install(manage, monkeypatch):
    monkeypatch.setattr(manage.shutil, "which", lambda _name: None)
    monkeypatch.setattr(manage.importlib.util, "find_spec", lambda name: None if name == "ensurepip" else object())

    with pytest.raises(manage.SetUpFailed, match=r"`venv` and `ensurepip` are not installed.\n.*apt-get install python3.*-venv"):
        manage._make_environment()


def test_full_disk_is_said_before_the_installation(manage, monkeypatch):
    monkeypatch.setattr(manage, "INSTALL_BYTES_MIN", 10**18)

    with pytest.raises(manage.SetUpFailed, match=r"is full: \d+ MB are free, 1000000000000 MB are needed"):
        manage.set_up()


def test_disk_that_fills_up_during_the_installation_is_said_plainly(manage):
    command = [sys.executable, "-c", "print('OSError: [Errno 28] No space left on device'); raise SystemExit(1)"]

    with pytest.raises(manage.SetUpFailed, match="^The disk of .* is full"):
        manage._run(command, what="The packages could not be installed")


def test_failed_installation_shows_its_last_lines(manage):
    command = [sys.executable, "-c", "print('no matching distribution'); raise SystemExit(1)"]

    with pytest.raises(manage.SetUpFailed, match=r"(?s)^The packages could not be installed .*ended with 1\):\nno matching distribution$"):
        manage._run(command, what="The packages could not be installed")


def test_progress_is_shown_while_packages_are_fetched(manage, capsys):
    lines = "\n".join(f"Collecting package-{number}" for number in range(45))

    manage._run([sys.executable, "-c", f"print({lines!r})"], what="", count=45)

    assert capsys.readouterr().out == "  20 of 45 fetched\n  40 of 45 fetched\n"


@pytest.mark.parametrize(
    ("uv", "begins"),
    [("/opt/uv", ["/opt/uv", "pip", "install", "--compile-bytecode"]), (None, [])],
    ids=["uv when present", "neither uv nor pip"],
)
def test_installer_is_chosen(manage, monkeypatch, uv, begins):
    manage.PYTHON.parent.mkdir(parents=True)
    manage.PYTHON.write_text("#!/bin/sh\nexit 1\n")
    manage.PYTHON.chmod(0o755)
    monkeypatch.setattr(manage.shutil, "which", lambda _name: uv)

    assert manage._installer()[:4] == begins


def test_packages_are_checked_against_their_hashes_and_never_built(installed, monkeypatch):
    commands = []
    monkeypatch.setattr(installed, "_run", lambda command, **_options: commands.append(list(command)))
    monkeypatch.setattr(installed, "_make_environment", lambda: None)
    installed.LOCK.write_text("click==8.5.2 --hash=sha256:00\n")

    installed.set_up()

    packages, project, compiled = commands
    assert {"--require-hashes", "--only-binary", ":all:"} <= set(packages)
    assert {"--no-deps", "--no-build-isolation", "--editable"} <= set(project)
    assert compiled[1:3] == ["-m", "compileall"]
    assert installed._is_current()


def test_data_folder_is_that_of_the_checkout_unless_named(manage, monkeypatch):
    monkeypatch.delenv("COUNTERSIGN_DATA_DIR", raising=False)

    assert manage._with_data_dir(["--port", "1"]) == ["--port", "1", "--data-dir", str(manage.ROOT / "data")]
    assert manage._with_data_dir(["--data-dir=here"]) == ["--data-dir=here"]
    monkeypatch.setenv("COUNTERSIGN_DATA_DIR", "/srv")
    assert manage._with_data_dir([]) == []


def test_second_set_up_waits_for_the_first(manage):
    with manage._one_at_a_time():
        other = os.open(manage.ROOT, os.O_RDONLY)
        with pytest.raises(BlockingIOError):
            manage.fcntl.flock(other, manage.fcntl.LOCK_EX | manage.fcntl.LOCK_NB)
        os.close(other)


def test_ci_script_is_valid_shell():
    assert subprocess.run(["bash", "-n", str(ROOT / ".ci" / "run")], check=False).returncode == 0
