"""The data folder: made, checked, and held by one process tree at a time."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FREE_BYTES_MIN = 50_000_000


class DataFolderUnusable(RuntimeError):
    """The data folder cannot be used; the text says why and what helps."""


@contextmanager
def held(data_dir: Path) -> Iterator[Path]:
    """Make `data_dir` when it is missing and hold it, so that no second process tree works in it.

    Raises:
        DataFolderUnusable: not a folder, not writable, held by another process tree, or its disk is full.
    """
    lock = _lock(data_dir)
    try:
        free = shutil.disk_usage(data_dir).free
        if free < FREE_BYTES_MIN:
            raise DataFolderUnusable(
                f"The disk of {data_dir} is full ({free // 1_000_000} MB free). Make room, or give another folder: --data-dir DIR"
            )
        yield data_dir
    finally:
        os.close(lock)


def _lock(data_dir: Path) -> int:
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        lock = os.open(data_dir / "lock", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise DataFolderUnusable(
            f"Cannot write to the data folder {data_dir}: {error.strerror}. Give another one: --data-dir DIR"
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        raise DataFolderUnusable(
            f"Countersign already runs on the data folder {data_dir}. Stop it, or give another one: --data-dir DIR"
        ) from error
    return lock
