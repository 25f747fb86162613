"""How much of the processors a part has used, as Linux counts it."""

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_of_tree(pid: int) -> float:
    """Return the seconds of CPU that a process and its children have used."""
    children = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit() and _parent_of(path) == pid]
    return _cpu_of(pid) + sum(cpu_of_tree(child) for child in children)


def database_cpu() -> float:
    """Return the seconds of CPU that the PostgreSQL processes of this machine have used; 0 where there are none."""
    found = 0.0
    for path in Path("/proc").iterdir():
        if path.name.isdigit() and _name_of(path) == "postgres":
            found += _cpu_of(int(path.name), with_ended=_name_of(Path("/proc") / str(_parent_of(path))) != "postgres")
    return found


def _cpu_of(pid: int, *, with_ended: bool = True) -> float:
    try:
        fields = (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(ticks) for ticks in fields[11 : 15 if with_ended else 13]) / _TICKS


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
