"""The files of a play, and which processes they hold."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.formats.bpmn_checks import BYTES_MAX
from app.formats.bpmn_model import BPMN
from app.formats.xml import parse_xml


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayFile:
    """One BPMN file: its content, the ids of its processes in order, and those that are executable."""

    name: str
    content: bytes
    processes: tuple[str, ...]
    executable: tuple[str, ...]
    called: frozenset[str]


def read_play_file(content: bytes, *, filename: str) -> PlayFile:
    """Return what a file holds.

    Raises:
        NotParseable, TooLarge: it is no XML that is accepted.
    """
    root = parse_xml(content, what="BPMN file", bytes_max=BYTES_MAX)
    processes = [(each.get("id") or "", each.get("isExecutable")) for each in root.iterchildren(f"{{{BPMN}}}process")]
    executable = [name for name, flag in processes if flag in ("true", "1")] or [name for name, flag in processes if flag is None]
    return PlayFile(
        name=filename,
        content=content,
        processes=tuple(name for name, _ in processes),
        executable=tuple(executable),
        called=frozenset(_local(call.get("calledElement")) for call in root.iter(f"{{{BPMN}}}callActivity")),
    )


def choose_process(files: Mapping[str, PlayFile]) -> list[str]:
    """Return the processes that may be meant when none is named: the executable ones, without those that another one calls.

    Where no process is executable, as in a sketch, any of them may be meant.
    """
    found = [name for file in files.values() for name in file.executable] or [name for file in files.values() for name in file.processes]
    called = {name for file in files.values() for name in file.called}
    return [name for name in found if name not in called] or found


def _local(reference: str | None) -> str:
    return (reference or "").strip().rpartition(":")[2]
