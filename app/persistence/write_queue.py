"""Who writes next on SQLite, where one writes at a time: threads and processes stand in line for it.

Left alone, SQLite lets a writer that finds the file locked sleep for up to a tenth of a second at a time, while whoever comes at the
right moment goes first; with eight writers one of a hundred waited for a second.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Lock

from app.domain.errors import DatabaseBusy

PAUSE_SECONDS = 0.0005  # between two looks whether another process is done


class WriteQueue:
    """A lock of all writers of one database: in this process, and by a lock on a file beside it that ends with whoever holds it."""

    def __init__(self, file: Path, *, seconds_max: float, retry_after: int) -> None:
        self._file = file
        self._seconds_max = seconds_max
        self._retry_after = retry_after
        self._threads = Lock()
        self._never = Event()
        self._descriptor: int | None = None
        self.commits = 0
        """How many there were, of this process, since the log was begun anew."""

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until it is one's turn, and keep it until the end of the block.

        Raises:
            DatabaseBusy: it was not, in time.
        """
        if not self._threads.acquire(timeout=self._seconds_max):
            raise DatabaseBusy(retry_after=self._retry_after)
        try:
            descriptor = self._open()
            self._await_others(descriptor)
            try:
                yield
            finally:
                fcntl.lockf(descriptor, fcntl.LOCK_UN)
        finally:
            self._threads.release()

    def _open(self) -> int:
        if self._descriptor is None:
            self._descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        return self._descriptor

    def _await_others(self, descriptor: int) -> None:
        for _ in range(int(self._seconds_max / PAUSE_SECONDS)):
            try:
                fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except (BlockingIOError, PermissionError):  # another process holds it; which of the two errors says so is up to the system
                self._never.wait(PAUSE_SECONDS)
            else:
                return
        raise DatabaseBusy(retry_after=self._retry_after)
