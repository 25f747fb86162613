"""countersign test-models: run the scenarios of processes and the cases of decisions."""

import hashlib
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import flask

from app.cli.check import default_folders, find_files

if TYPE_CHECKING:
    from email.message import EmailMessage

    from app.engine import Definition, Progress
    from app.formats.bpmn_coverage import Coverage
    from app.formats.cases import Case
    from app.formats.scenarios import Scenario
    from app.operations.scenarios.stage import Stage
    from app.operations.system import System

SCENARIO_SUFFIX = ".scenarios.toml"
CASES_SUFFIX = ".cases.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelTest:
    """One scenario or one case; `run` returns why it failed, None when it did not; `note` is told after the last one of a file."""

    file: Path
    name: str
    run: "Callable[[Stages], str | None]"
    note: "Callable[[], str | None] | None" = None


@click.command("test-models")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--coverage", is_flag=True, help="Print which elements and flows of each process no scenario has visited.")
@click.option(
    "--coverage-min", type=click.IntRange(0, 100), help="Fail when less than this percentage of elements or of flows was visited."
)
def command(paths: tuple[Path, ...], coverage: bool, coverage_min: int | None) -> None:
    """Run scenarios (*.scenarios.toml) and cases of decisions (*.cases.csv) and print what is not as expected.

    PATHs are files or folders; without any, processes/ and rules/. Every scenario is played with the real system on a database of its own, with
    the demo's people and matrix, the definitions of the project and a virtual clock. Exit code 1 when something failed.
    """
    files = find_files(paths or default_folders(), (SCENARIO_SUFFIX, CASES_SUFFIX))
    if not files:
        raise click.UsageError("There are no scenarios or cases there.")
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="countersign-scenarios-") as temporary:
        stages = Stages(Path(temporary))
        for test in collect_tests(files):
            failure = test.run(stages)
            if failure is None:
                passed += 1
                click.echo(f"ok    {test.file.name}: {test.name}")
            else:
                failed += 1
                click.echo(f"FAIL  {test.file.name}: {failure}")
            note = test.note() if test.note is not None else None
            if note is not None:
                click.echo(f"      {test.file.name}: {note}")
        visited = stages.visited() if coverage or coverage_min is not None else []
    for each in visited:
        low = coverage_min is not None and each.percent < coverage_min
        failed += low
        click.echo(f"{'FAIL  ' if low else '      '}{each}" + (f"; expected {coverage_min} %" if low else ""))
    click.echo(f"{passed} passed, {failed} failed")
    if failed:
        raise SystemExit(1)


def collect_tests(files: Iterable[Path]) -> Iterator[ModelTest]:
    """Return the scenarios and cases of the files; a file that cannot be read is one test that fails."""
    from app.formats.cases import read_cases
    from app.formats.scenarios import ScenariosInvalid, read_scenarios

    for file in files:
        try:
            text = file.read_text(encoding="utf-8")
            if file.name.endswith(CASES_SUFFIX):
                yield from _collect_cases(file, read_cases(text, filename=str(file)))
            else:
                for scenario in read_scenarios(text, filename=str(file)):
                    yield ModelTest(file=file, name=scenario.name, run=partial(_run_scenario, file, scenario))
        except ScenariosInvalid as error:
            yield ModelTest(file=file, name="the file", run=partial(_fail, _describe_faults(error)))
        except UnicodeDecodeError as error:
            yield ModelTest(file=file, name="the file", run=partial(_fail, f"It is not in UTF-8: {error}."))


def _fail(failure: str, stages: "Stages") -> str:
    del stages
    return failure


def _describe_faults(error: Any) -> str:
    lines = (f"    {each.file}:{each.line or 1}: {each.message} {each.remedy}" for each in error.facts["diagnostics"])
    return "\n".join((error.detail, *lines))


def _collect_cases(file: Path, cases: "Sequence[Case]") -> Iterator[ModelTest]:
    """Return the tests of a decision's cases; after the last one it is told which rules none of them matched."""
    from app.cli.decide import find_beside
    from app.domain.errors import DefinitionInvalid
    from app.formats.dmn import read_dmn
    from app.formats.run_case import Coverage, run_case

    source = file.with_name(file.name.removesuffix(CASES_SUFFIX) + ".dmn")
    try:
        model = read_dmn(source.read_bytes(), filename=str(source), find_import=find_beside(source))
    except FileNotFoundError:
        failure = f"there is no {source.name} beside the cases."
        yield from (ModelTest(file=file, name=case.name, run=partial(_fail, f"{case.name}: {failure}")) for case in cases)
    except DefinitionInvalid as error:
        failure = _describe_faults(error)
        yield from (ModelTest(file=file, name=case.name, run=partial(_fail, f"{case.name}: {failure}")) for case in cases)
    else:
        coverage = Coverage(model)
        for case in cases:
            run = lambda _stages, case=case: run_case(model, case, coverage)  # noqa: E731 - one for each case
            yield ModelTest(file=file, name=case.name, run=run, note=coverage.describe if case is cases[-1] else None)


def _run_scenario(file: Path, scenario: "Scenario", stages: "Stages") -> str | None:
    from app.operations.scenarios.play_scenario import play_scenario

    with stages.open(file.parent) as stage:
        result = play_scenario(stage, scenario)
    return None if result.failure is None else str(result)


class Stages:
    """Makes throw-away systems: the database is built once for a set of definitions, then copied for each scenario."""

    def __init__(self, folder: Path) -> None:
        """Keep everything in `folder`, which the caller removes."""
        self._folder = folder
        self._templates: dict[str, tuple[System, Path]] = {}
        self._coverage: dict[str, Coverage] = {}

    def visited(self) -> "list[Coverage]":
        """Return the coverage of each process that a scenario has started."""
        return [each for each in self._coverage.values() if each.visited]

    def _note(self, definition: "Definition", progress: "Progress") -> None:
        found = self._coverage.get(definition.key)
        if found is not None:
            found.visited.update(end.element for end in progress.left)
            found.visited.update(progress.flows)

    @contextmanager
    def open(self, beside: Path) -> "Iterator[Stage]":
        """Open a stage with the project's definitions and those in the folder `beside`, where the scenario's files lie."""
        from app.domain.identifiers import IdSource, nanoseconds_of
        from app.formats.bpmn_coverage import read_places
        from app.formats.scenarios import DEFAULT_START
        from app.operations.scenarios.stage import Stage, VirtualClock
        from app.persistence.database import open_database

        contents = _definitions_of(beside)
        for each in read_places(content for name, content in contents.items() if name.endswith(".bpmn")):
            self._coverage.setdefault(each.process, each)
        template, database_file = self._template(contents)
        with tempfile.TemporaryDirectory(dir=self._folder) as temporary:
            copy = Path(temporary) / "scenario.db"
            shutil.copyfile(database_file, copy)
            clock = VirtualClock(DEFAULT_START)
            mails: list[EmailMessage] = []
            database = open_database(flask.Flask("app", static_folder=None), _url(copy))
            system = replace(
                template,
                database=database,
                clock=clock,
                send_mail=mails.append,
                new_id=IdSource(lambda: nanoseconds_of(clock()), secrets.randbits),
                watch=self._note,
            )
            try:
                yield Stage(system=system, clock=clock, mails=mails, read_file=lambda name: read_beside(beside, name))
            finally:
                database.close()

    def _template(self, definitions: Mapping[str, bytes]) -> "tuple[System, Path]":
        digest = hashlib.sha256(repr(sorted(definitions.items())).encode()).hexdigest()
        if digest not in self._templates:
            self._templates[digest] = _build_template(self._folder / digest[:16], definitions)
        return self._templates[digest]


def _build_template(folder: Path, definitions: Mapping[str, bytes]) -> "tuple[System, Path]":
    from app.demo import fixture
    from app.domain.identifiers import IdSource, nanoseconds_of
    from app.formats.scenarios import DEFAULT_START
    from app.operations.definitions.deploy_definition import deploy_definition
    from app.operations.matrix.load_fixture import Fixture, load_fixture
    from app.operations.people.callers import find_caller
    from app.operations.scenarios.stage import VirtualClock
    from app.persistence.migrations import upgrade
    from app.settings import Settings
    from app.wiring import build_system

    database_file = folder / "template.db"
    folder.mkdir()
    settings = Settings(
        data_dir=folder,
        database_url=_url(database_file),
        redis_url=None,
        secret_key=secrets.token_urlsafe(48),
        public_url="http://localhost",
        demo=True,
    )
    upgrade(settings.database_url)
    clock = VirtualClock(DEFAULT_START)
    system = replace(build_system(settings), clock=clock, new_id=IdSource(lambda: nanoseconds_of(clock()), secrets.randbits))
    load_fixture(system, Fixture.of(fixture))
    deploy_definition(system, find_caller(system, "adm"), definitions)
    # Closing the last connection brings everything from the write-ahead log into the file that is copied.
    system.database.close()
    return system, database_file


def _url(file: Path) -> str:
    return f"sqlite:///{file}"


def _definitions_of(folder: Path) -> dict[str, bytes]:
    """Return the definitions of the project, and over them those beside the scenario."""
    return {path.name: path.read_bytes() for path in find_files((*default_folders(), folder), (".bpmn", ".dmn"))}


def read_beside(folder: Path, name: str) -> bytes:
    """Return a file in the folder of the scenario.

    Raises:
        NotFound: there is none, or the name leads out of the folder.
    """
    from app.domain.errors import NotFound

    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        raise NotFound(f"There is no file {name} beside the scenarios.", what="file", id=name)
    return path.read_bytes()
