"""A leash: a process that ends when the process that started it ends, even by SIGKILL.

Run as a script it puts a command on the leash:

    python -I -S leash.py PARENT_ID SIGNAL USER COMMAND [ARGUMENT…]

SIGNAL is the number of the signal that the command gets when its parent ends; USER is the account to drop to, or "-". On Linux
the kernel holds the leash and the command replaces this script. Elsewhere this script stays, watches its parent and passes
signals on. A script instead of a `preexec_fn`: that one may dead-lock in a program with threads. Standard library only.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

PARENT_LOOK_SECONDS = 0.25
_PR_SET_PDEATHSIG = 1


def leashed(command: Sequence[str], *, death_signal: int = signal.SIGKILL, user: str | None = None) -> list[str]:
    """Return the command line that runs `command` on the leash of this process.

    The thread that starts it must live as long as the command shall: the kernel watches the thread.
    """
    return [sys.executable, "-I", "-S", str(Path(__file__)), str(os.getpid()), str(int(death_signal)), user or "-", *command]


def die_with_parent(parent_id: int, death_signal: int = signal.SIGKILL) -> bool:
    """Have the kernel send `death_signal` to this process when its parent ends; False where the kernel cannot."""
    if sys.platform != "linux":
        return False
    if ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, death_signal) != 0:
        return False
    if os.getppid() != parent_id:  # it ended before the kernel knew
        os.kill(os.getpid(), death_signal)
    return True


def drop_to(user: str) -> None:
    """Give up the rights of root for those of `user`; nothing when this process is not root."""
    import pwd

    if os.geteuid() != 0:
        return
    account = pwd.getpwnam(user)
    os.setgroups([])
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)


def watch_parent(command: Sequence[str], *, parent_id: int, death_signal: int) -> int:
    """Run `command`, pass signals on, end its process group when the parent ends; return its exit status."""
    child = subprocess.Popen(list(command))
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda received, _frame: child.send_signal(received))
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            status = child.wait(timeout=PARENT_LOOK_SECONDS)
            return status if status >= 0 else 128 - status
        if os.getppid() != parent_id:
            child.send_signal(death_signal)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(timeout=PARENT_LOOK_SECONDS * 4)
            if os.getpgrp() == os.getpid():  # the group is ours alone
                os.killpg(os.getpgrp(), signal.SIGKILL)
            child.kill()
            return 128 + death_signal


def main(arguments: Sequence[str]) -> int:
    """Put the command of `arguments` on the leash; returns only where the kernel cannot hold it."""
    parent_id, death_signal, user, command = int(arguments[0]), int(arguments[1]), arguments[2], list(arguments[3:])
    if user != "-":
        drop_to(user)
    if not die_with_parent(parent_id, death_signal):
        return watch_parent(command, parent_id=parent_id, death_signal=death_signal)
    try:
        os.execvp(command[0], command)
    except OSError as error:
        sys.stderr.write(f"{command[0]} does not start: {error.strerror}\n")
    return 126


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
