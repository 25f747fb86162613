"""countersign test-models: run the scenarios of processes and the cases of decisions."""

import secrets
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.cli.check import default_folders, find_files

if TYPE_CHECKING:
    from email.message import EmailMessage

    from app.formats.cases import Case
    from app.formats.scenarios import Scenario
    from app.operations.scenarios.stage import Stage

SCENARIO_SUFFIX = ".scenarios.toml"
CASES_SUFFIX = ".cases.csv"
_NOBODY = "nobody has this password"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelTest:
    """One scenario or one case; `run` returns why it failed, None when it did not."""

    file: Path
    name: str
    run: Callable[[], str | None]


@click.command("test-models")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
def command(paths: tuple[Path, ...]) -> None:
    """Run scenarios (*.scenarios.toml) and cases of decisions (*.cases.csv) and print what is not as expected.

    PATHs are files or folders; without any, processes/ and rules/. Every scenario is played with the real system on a database of its own, with
    the demo's people and matrix, the definitions of the project and a virtual clock. Exit code 1 when something failed.
    """
    files = find_files(paths or default_folders(), (SCENARIO_SUFFIX, CASES_SUFFIX))
    if not files:
        raise click.UsageError("There are no scenarios or cases there.")
    passed = failed = 0
    for test in collect_tests(files):
        failure = test.run()
        if failure is None:
            passed += 1
            click.echo(f"ok    {test.file.name}: {test.name}")
        else:
            failed += 1
            click.echo(f"FAIL  {test.file.name}: {failure}")
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
                for case in read_cases(text, filename=str(file)):
                    yield ModelTest(file=file, name=case.name, run=_bind(_run_case, file, case))
            else:
                for scenario in read_scenarios(text, filename=str(file)):
                    yield ModelTest(file=file, name=scenario.name, run=_bind(_run_scenario, file, scenario))
        except ScenariosInvalid as error:
            yield ModelTest(file=file, name="the file", run=_bind(_describe_faults, error))
        except UnicodeDecodeError as error:
            yield ModelTest(file=file, name="the file", run=_bind(str, f"It is not in UTF-8: {error}."))


def _bind(function: Callable[..., str | None], *arguments: Any) -> Callable[[], str | None]:
    return lambda: function(*arguments)


def _describe_faults(error: Any) -> str:
    lines = (f"    {each.file}:{each.line or 1}: {each.message} {each.remedy}" for each in error.facts["diagnostics"])
    return "\n".join((error.detail, *lines))


def _run_case(file: Path, case: "Case") -> str | None:
    from app.domain.errors import DefinitionInvalid
    from app.formats.dmn import read_dmn
    from app.formats.run_case import run_case

    source = file.with_name(file.name.removesuffix(CASES_SUFFIX) + ".dmn")
    if not source.is_file():
        return f"{case.name}: there is no {source.name} beside the cases."
    try:
        model = read_dmn(source.read_bytes(), filename=str(source))
    except DefinitionInvalid as error:
        return f"{case.name}: {_describe_faults(error)}"
    return run_case(model, case)


def _run_scenario(file: Path, scenario: "Scenario") -> str | None:
    from app.operations.scenarios.play_scenario import play_scenario

    with open_stage(file.parent) as stage:
        result = play_scenario(stage, scenario)
    return None if result.failure is None else str(result)


@contextmanager
def open_stage(folder: Path, definitions: Mapping[str, bytes] | None = None) -> "Iterator[Stage]":
    """Open a throw-away system with the demo in it; it is gone when the block ends.

    Args:
        folder: of the scenario's file; its *.bpmn and *.dmn are deployed over those of the project.
        definitions: files to deploy instead of those of the project, by name.
    """
    from app.formats.scenarios import DEFAULT_START
    from app.operations.scenarios.stage import Stage, VirtualClock

    with tempfile.TemporaryDirectory(prefix="countersign-scenario-") as temporary:
        clock = VirtualClock(DEFAULT_START)
        mails: list[EmailMessage] = []
        system = _build_system(Path(temporary), clock, mails)
        stage = Stage(system=system, clock=clock, mails=mails, read_file=lambda name: read_beside(folder, name))
        try:
            _load(stage, _definitions_of(folder) if definitions is None else definitions)
            yield stage
        finally:
            system.database.engine.dispose()


def _build_system(folder: Path, clock: Any, mails: "list[EmailMessage]") -> Any:
    from app.persistence.migrations import upgrade
    from app.settings import Settings
    from app.wiring import build_system

    settings = Settings(
        data_dir=folder,
        database_url=f"sqlite:///{folder / 'scenario.db'}",
        redis_url=None,
        secret_key=secrets.token_urlsafe(48),
        public_url="http://localhost",
        demo=True,
        testing=True,
    )
    upgrade(settings.database_url)
    return replace(build_system(settings), clock=clock, send_mail=mails.append, passwords=_NoPasswords())


class _NoPasswords:
    """Nobody signs in during a scenario, so no time goes into hashing."""

    def hash(self, password: str) -> str:
        """Return a text that nothing verifies."""
        del password
        return "!"

    def verify(self, encoded: str, password: str) -> bool:
        """Return False."""
        del encoded, password
        return False


def _load(stage: "Stage", files: Mapping[str, bytes]) -> None:
    from app.demo import fixture
    from app.operations.definitions.deploy_definition import deploy_definition
    from app.operations.matrix.load_fixture import Fixture, load_fixture

    load_fixture(stage.system, Fixture.of(fixture))
    deploy_definition(stage.system, stage.caller("adm"), files)


def _definitions_of(folder: Path) -> dict[str, bytes]:
    """Return the definitions of the project, and over them those beside the scenario and those it may call."""
    places = (*default_folders(), folder)
    return {path.name: path.read_bytes() for path in find_files(places, (".bpmn", ".dmn"))}


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
