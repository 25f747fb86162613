"""countersign record: a finished process instance as a scenario."""

from typing import BinaryIO

import click


@click.command("record")
@click.argument("instance_id")
@click.option("--output", type=click.File("wb"), default="-", help="Where to write it; standard output when left out.")
@click.option("--as", "username", help="With whose eyes it is looked at; the first analyst or administrator when not given.")
def command(instance_id: str, output: BinaryIO, username: str | None) -> None:
    """Write the finished process instance INSTANCE_ID down as a scenario that `countersign test-models` plays again."""
    from app.domain.errors import CountersignError
    from app.domain.people import ADMINISTRATOR, ANALYST
    from app.operations.people.callers import find_caller, find_caller_with_role
    from app.operations.scenarios.record_scenario import record_scenario
    from app.runtime.installation import open_installation

    try:
        system = open_installation()
        caller = find_caller(system, username) if username else find_caller_with_role(system, ADMINISTRATOR, ANALYST)
        content, _, _ = record_scenario(system, caller, instance_id)
    except CountersignError as error:
        raise click.ClickException(error.detail) from error
    output.write(content)
