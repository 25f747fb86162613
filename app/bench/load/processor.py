"""How much of the processors a part has used, as Linux counts it."""

import os
from pathlib import Path

import psycopg

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_of_tree(pid: int) -> float:
    """Return the seconds of CPU that a process and its children have used, those that have ended included."""
    return _cpu_of(pid) + sum(cpu_of_tree(child) for child in children_of(pid))


def cpu_of_database(url: str) -> float:
    """Return the seconds of CPU that the PostgreSQL server of this address has used; 0 for SQLite, and for a server elsewhere."""
    if url.startswith("sqlite"):
        return 0.0
    with psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://", 1)) as connection:
        backend = Path("/proc") / str(connection.info.backend_pid)
        return cpu_of_tree(_parent_of(backend)) if _name_of(backend) == "postgres" else 0.0


def memory_of(pid: int) -> float:
    """Return the megabytes that a process has for itself, and its part of those it shares with others."""
    try:
        lines = (Path("/proc") / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def children_of(pid: int) -> list[int]:
    """Return the processes that this one has started and that still run."""
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit() and _parent_of(path) == pid]


def _cpu_of(pid: int) -> float:
    try:
        fields = (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(ticks) for ticks in fields[11:15]) / _TICKS


def _parent_of(path: Path) -> int:
    try:
        return int((path / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def _name_of(path: Path) -> str:
    try:
        return (path / "comm").read_text().strip()
    except OSError:
        return ""
