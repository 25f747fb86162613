"""countersign deploy: check files, then deploy them as new versions."""

from pathlib import Path

import click


@click.command("deploy")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--tag", help="Version tag, such as 2026-Q4.")
@click.option("--as", "username", help="In whose name the files are deployed; the first analyst or administrator when not given.")
def command(paths: tuple[Path, ...], tag: str | None, username: str | None) -> None:
    """Deploy the BPMN and DMN files of PATHS (default: processes and rules), all or none; the same content makes no new version."""
    from app.cli.check import default_folders, find_files
    from app.domain.errors import CountersignError, DefinitionInvalid
    from app.domain.people import ADMINISTRATOR, ANALYST
    from app.operations.definitions.deploy_definition import deploy_definition
    from app.operations.people.callers import find_caller, find_caller_with_role
    from app.runtime.installation import open_installation

    files = {path.name: path.read_bytes() for path in find_files(paths or default_folders())}
    try:
        system = open_installation()
        analyst = find_caller(system, username) if username else find_caller_with_role(system, ANALYST, ADMINISTRATOR)
        answer = deploy_definition(system, analyst, files, tag=tag)
    except DefinitionInvalid as error:
        found = error.facts["diagnostics"]
        assert isinstance(found, list), "the diagnostics of a refused bundle are a list"
        for each in found:
            click.echo(f"{each['file']}:{each['line'] or ''}: {each['message']} {each['remedy']}", err=True)
        raise click.ClickException(error.detail) from error
    except CountersignError as error:
        raise click.ClickException(str(error)) from error
    for each in answer.body["deployed"]:
        click.echo(f"{each['kind']} {each['key']} version {each['version']}")
