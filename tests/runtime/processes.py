"""Small programs that tests of the process tree start."""

import os
import select
import sys
from collections.abc import Mapping
from pathlib import Path

from app.runtime.supervisor import Part

ROOT = Path(__file__).resolve().parents[2]
WAIT_SECONDS_MAX = 30.0


def python_part(name: str, program: str, *, stop_seconds: float = 10.0) -> Part:
    """Return a part that runs the Python program."""
    return Part(name=name, command=(sys.executable, "-c", program), environment=environment(), stop_seconds=stop_seconds)


def environment(**more: str) -> Mapping[str, str]:
    """Return an environment in which `import app` works."""
    return {**os.environ, "PYTHONPATH": str(ROOT), **more}


def lines_of(path: Path) -> list[str]:
    """Return the lines written so far."""
    return path.read_text().splitlines() if path.exists() else []


def outlives(process_id: int, *, seconds: float = 5.0) -> bool:
    """Return whether the process still runs when `seconds` have passed; returns as soon as it is gone."""
    try:
        process = os.pidfd_open(process_id)
    except ProcessLookupError:
        return False
    try:
        return not select.select([process], [], [], seconds)[0]
    finally:
        os.close(process)
