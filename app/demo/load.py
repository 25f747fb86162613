"""Loading the demo, once."""

from pathlib import Path

from app.cli.check import find_files
from app.demo import fixture
from app.operations.answer import Caller
from app.operations.definitions.deploy_definition import deploy_definition
from app.operations.matrix.load_fixture import Fixture, load_fixture
from app.operations.people.callers import find_caller
from app.operations.system import System

ROOT = Path(__file__).parents[2]


def load_demo(system: System) -> None:
    """Load companies, people, matrix, rates, rules and processes; nothing that is there already is loaded again."""
    load_fixture(system, Fixture.of(fixture))
    administrator = find_caller(system, "adm")
    deploy_shipped(system, administrator)


def deploy_shipped(system: System, caller: Caller) -> None:
    """Deploy the processes and rules that come with Countersign; the same content makes no new version."""
    files = find_files([ROOT / "rules", ROOT / "processes"])
    deploy_definition(system, caller, {path.name: path.read_bytes() for path in files})
