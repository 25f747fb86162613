"""countersign check: the faults of process and decision definitions, before they are deployed."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

import click

from app.domain.diagnostics import Diagnostic
from app.domain.errors import DefinitionInvalid

_STANDARD_KINDS = frozenset({"invalid", "unsound"})
_SUFFIXES = (".bpmn", ".dmn")
_SNIFFED_BYTES = 4096
EXAMPLES = "examples"


@click.command("check")
@click.option("--profile", type=click.Choice(["deploy", "standard"]), default="deploy", show_default=True, help="What to report.")
@click.option("--format", "output", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to print it.")
@click.option("--repaired", type=click.Path(dir_okay=False, path_type=Path), help="Write a proposal for the one BPMN file to this file.")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
def command(profile: str, output: str, repaired: Path | None, paths: tuple[Path, ...]) -> None:
    """Check BPMN and DMN files and print every fault with its place and its remedy.

    PATHs are files, or folders that are searched for *.bpmn and *.dmn; without any, processes/ and rules/. The profile "standard" reports
    what is against the standards or unsound; "deploy" also what is not supported here and what the product asks for. With --repaired the
    repairs that leave the meaning as it is are made in a copy, and listed; the diagnostics are those of the file as it was. Exit code 1
    when there is an error, 2 for wrong usage.
    """
    files = {path: path.read_bytes() for path in find_files(paths or default_folders())}
    if not files:
        raise click.UsageError("There are no BPMN or DMN files there.")
    repairs = [] if repaired is None else _write_repaired(files, repaired)
    found = check_files(files) if profile == "deploy" else check_against_standards(files)
    if output == "json":
        told = {} if repaired is None else {"repairs": repairs}
        click.echo(json.dumps({"diagnostics": [each.to_json() for each in found], **told}, ensure_ascii=False, indent=2))
    else:
        for repair in repairs:
            click.echo(f"{repaired}: repaired: {repair['what']}")
        _print_text(found, len(files))
    if any(each.severity == "error" for each in found):
        raise SystemExit(1)


def _write_repaired(files: Mapping[Path, bytes], repaired: Path) -> list[dict[str, str | None]]:
    """Write the repaired copy of the only BPMN file and return what was repaired."""
    from app.domain.errors import CountersignError
    from app.formats.bpmn_checks import BYTES_MAX
    from app.formats.bpmn_repair import repair_bpmn

    diagrams = [(path, content) for path, content in files.items() if not is_dmn(path, content)]
    if len(diagrams) != 1:
        raise click.UsageError("--repaired needs exactly one BPMN file.")
    path, content = diagrams[0]
    try:
        written, repairs = repair_bpmn(content, filename=str(path), bytes_max=BYTES_MAX)
    except CountersignError:
        # What cannot be read has its diagnostic; there is nothing to propose.
        return []
    repaired.write_bytes(written)
    return [{"element": each.element, "what": each.what} for each in repairs]


def default_folders() -> tuple[Path, ...]:
    """Return the folders of the project's processes and rules: those of the working directory, else those beside the package."""
    for base in (Path.cwd(), Path(__file__).parents[2]):
        found = tuple(folder for folder in (base / "processes", base / "rules") if folder.is_dir())
        if found:
            return found
    return ()


def find_files(paths: Iterable[Path], suffixes: Collection[str] = _SUFFIXES) -> list[Path]:
    """Return the files among `paths` and, of folders, those with one of the suffixes, each once and in order.

    What lies in a folder named `examples` is only found when that folder is among `paths`: it is to be read, not to be deployed.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            inside = (
                each
                for each in path.rglob("*")
                if each.name.endswith(tuple(suffixes)) and each.is_file() and EXAMPLES not in each.relative_to(path).parts
            )
            found.update(dict.fromkeys(sorted(inside)))
        else:
            found[path] = None
    return list(found)


def check_files(files: Mapping[Path, bytes]) -> list[Diagnostic]:
    """Return what is to be said of the files before they are deployed: what they refer to may stand in another of them, or in the project."""
    from app.domain.people import ROLES
    from app.formats.bpmn_checks import check_bpmn
    from app.operations.services import SERVICES

    beside = {each for path in files if path.suffix == ".dmn" for each in path.parent.glob("*.dmn") if each.is_file()}
    around = {path: path.read_bytes() for path in (*find_files(default_folders()), *sorted(beside)) if path not in files}
    decisions, dmn_faults = _read_decisions({**around, **files}, checked=files)
    definitions = dict(_iterate_processes({**around, **files}))
    found: list[Diagnostic] = []
    for path, content in files.items():
        if is_dmn(path, content):
            found += dmn_faults.get(path, [])
            continue
        faults = check_bpmn(
            content, filename=str(path), decisions=decisions, service_tasks=set(SERVICES), roles=ROLES, definitions=definitions
        )
        found += faults
        found += _ask_engine(path, content, faults, definitions)
    return found


def check_against_standards(files: Mapping[Path, bytes]) -> list[Diagnostic]:
    """Return what is against the standards or unsound, whoever is to run it."""
    from app.formats.bpmn_checks import check_bpmn

    decisions = {path: content for path, content in files.items() if is_dmn(path, content)}
    beside = {each: each.read_bytes() for path in decisions for each in sorted(path.parent.glob("*.dmn")) if each.is_file()}
    dmn_faults = _read_decisions({**beside, **decisions}, checked=decisions)[1] if decisions else {}
    found: list[Diagnostic] = []
    for path, content in files.items():
        found += dmn_faults.get(path, []) if path in decisions else check_bpmn(content, filename=str(path))
    return [each for each in found if each.kind in _STANDARD_KINDS]


def is_dmn(path: Path, content: bytes) -> bool:
    """Return whether a file holds decisions: by its name, else by the namespace at its beginning."""
    if path.suffix in _SUFFIXES:
        return path.suffix == ".dmn"
    head = content[:_SNIFFED_BYTES]
    return b"/spec/DMN/" in head and b"/spec/BPMN/" not in head


def _read_decisions(files: Mapping[Path, bytes], *, checked: Collection[Path]) -> tuple[set[str], dict[Path, list[Diagnostic]]]:
    """Return the keys of all decision models, and the faults of those that are checked; imports are looked up among all files."""
    from app.formats.dmn import find_among, open_dmn
    from app.formats.dmn_check import check_dmn

    find_import = find_among({str(path): content for path, content in files.items() if is_dmn(path, content)})
    keys: set[str] = set()
    faults: dict[Path, list[Diagnostic]] = {}
    for path, content in files.items():
        if not is_dmn(path, content):
            continue
        if path in checked:
            faults[path] = check_dmn(content, filename=str(path), find_import=find_import)
        try:
            # A decision that is there but faulty is no unknown decision.
            keys.add(open_dmn(content, filename=str(path), find_import=find_import).model.key)
        except DefinitionInvalid:
            keys.add(path.name.removesuffix(".dmn"))
    return keys, faults


def _iterate_processes(files: Mapping[Path, bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield the id of every process of the files that can be read, with its file."""
    from app.domain.errors import CountersignError
    from app.formats.bpmn_deployment import process_ids

    for path, content in files.items():
        if is_dmn(path, content):
            continue
        try:
            yield from ((each, content) for each in process_ids(content))
        except CountersignError:
            continue


def _ask_engine(path: Path, content: bytes, faults: Collection[Diagnostic], definitions: Mapping[str, bytes]) -> list[Diagnostic]:
    """Return what the engine does not run of a valid file, and, of one without an error, whatever else keeps it from being deployed."""
    from app.engine import Definition

    errors = [each for each in faults if each.severity == "error"]
    if any(each.kind == "invalid" for each in errors):
        return []
    try:
        Definition.parse(content, filename=str(path), called=_find_called(content, definitions))
    except DefinitionInvalid as error:
        return [each for each in _diagnostics_of(error) if each.kind == "unsupported" or not errors]
    return []


def _find_called(content: bytes, definitions: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files of all that a file calls, and of what those call, by the names of the calls."""
    from app.formats.bpmn_deployment import read_deployment, split_call

    called: dict[str, bytes] = {}
    todo = [content]
    while todo:
        for name in read_deployment(todo.pop(), filename="").calls:
            file = definitions.get(split_call(name)[0])
            if file is not None and name not in called:
                called[name] = file
                todo.append(file)
    return called


def _diagnostics_of(error: DefinitionInvalid) -> list[Diagnostic]:
    found = error.facts.get("diagnostics")
    return [each for each in found if isinstance(each, Diagnostic)] if isinstance(found, list | tuple) else []


def _print_text(found: Collection[Diagnostic], files: int) -> None:
    for each in found:
        place = f"{each.file}:{each.line}" if each.line is not None else each.file
        element = f" {each.element}" if each.element else ""
        click.echo(f"{place}: {each.severity} [{each.kind}/{each.code}]{element}: {each.message}")
        click.echo(f"    {each.remedy}")
    errors = sum(each.severity == "error" for each in found)
    warnings = sum(each.severity == "warning" for each in found)
    click.echo(f"{_count(files, 'file')} checked: {_count(errors, 'error')}, {_count(warnings, 'warning')}.")


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
