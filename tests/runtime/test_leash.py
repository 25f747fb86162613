import os
import signal
import subprocess
import sys

import pytest

from app.runtime.leash import drop_to, leashed, watch_parent
from tests.runtime.processes import ROOT, environment

STARTS_ON_THE_LEASH = """
import subprocess, sys
from app.runtime.leash import leashed
subprocess.Popen(leashed([sys.executable, "-c", {program!r}]), start_new_session=True)
sys.stdin.read()
"""
STARTS_WHERE_NO_KERNEL_HELPS = """
import os, subprocess, sys
program = '''
import sys
from app.runtime import leash
sys.exit(leash.watch_parent([sys.executable, "-c", {program!r}], parent_id={parent}, death_signal=9))
'''.replace("{parent}", str(os.getpid()))
subprocess.Popen([sys.executable, "-c", program], start_new_session=True)
sys.stdin.read()
"""
HOLDS_A_PIPE = "import signal; fifo = open({path!r}, 'w'); print('here', file=fifo, flush=True); signal.pause()"


@pytest.mark.parametrize("script", [STARTS_ON_THE_LEASH, STARTS_WHERE_NO_KERNEL_HELPS], ids=["kernel", "portable"])
def test_command_dies_with_a_parent_that_is_killed(script, tmp_path):
    fifo = tmp_path / "alive"
    os.mkfifo(fifo)
    script = script.replace("{program!r}", repr(HOLDS_A_PIPE.format(path=str(fifo))))
    parent = subprocess.Popen([sys.executable, "-c", script], env=environment(), cwd=ROOT, stdin=subprocess.PIPE)
    with fifo.open() as alive:
        assert alive.readline() == "here\n"

        parent.kill()

        assert alive.read() == ""
    parent.communicate()


def test_exit_status_is_that_of_the_command():
    assert subprocess.run(leashed([sys.executable, "-c", "raise SystemExit(7)"]), check=False).returncode == 7


def test_command_that_does_not_exist_is_named():
    ended = subprocess.run(leashed(["/nowhere/valkey-server"]), capture_output=True, text=True, check=False)

    assert ended.returncode == 126
    assert ended.stderr == "/nowhere/valkey-server does not start: No such file or directory\n"


def test_command_does_not_start_when_the_parent_is_gone_already():
    command = leashed([sys.executable, "-c", "print('started')"])
    stranger = str(os.getppid())
    command[command.index(str(os.getpid()))] = stranger

    ended = subprocess.run(command, capture_output=True, text=True, check=False)

    assert ended.returncode == -signal.SIGKILL
    assert ended.stdout == ""


@pytest.mark.parametrize(("program", "status"), [("raise SystemExit(3)", 3), ("import os; os.kill(os.getpid(), 9)", 137)])
def test_portable_leash_returns_the_status(program, status):
    previous = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    try:
        assert watch_parent([sys.executable, "-c", program], parent_id=os.getppid(), death_signal=9) == status
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can drop to another account")
def test_rights_of_root_are_dropped():
    command = leashed([sys.executable, "-I", "-S", "-c", "import os; print(os.geteuid(), os.getgroups())"], user="nobody")
    shell = [*command[: command.index("nobody") + 1], "/bin/sh", "-c", "id -u; id -G | wc -w"]

    ended = subprocess.run(shell, capture_output=True, text=True, check=False)

    assert ended.stdout.split() == ["65534", "1"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root does drop its rights")
def test_an_ordinary_user_stays_who_he_is():
    before = os.geteuid()

    drop_to("nobody")

    assert os.geteuid() == before
