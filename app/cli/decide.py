"""countersign decide: evaluate the decisions of a DMN file, without a database."""

from pathlib import Path
from typing import BinaryIO

import click


@click.command("decide")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("source", type=click.File("rb"), default="-")
def command(file: Path, source: BinaryIO) -> None:
    """Read one question a line as JSON and write one answer a line, in the same order.

    FILE is a DMN file. SOURCE is a file, or standard input. A question is {"decision": NAME, "context": {...}}, or names a
    decision_service or business_knowledge_model. When FILE has faults, every answer is that error and the exit code is 1.
    """
    from datetime import UTC, datetime

    from app.domain.errors import DefinitionInvalid
    from app.feel.json import dumps
    from app.formats.decision_json import answer_decision, write_error
    from app.formats.dmn import read_dmn

    try:
        model = read_dmn(file.read_bytes(), filename=str(file))
    except DefinitionInvalid as error:
        answer = dumps({"error": write_error(error)})
        for line in source:
            if line.strip():
                click.echo(answer)
        raise click.ClickException(error.detail) from error
    now = datetime.now(UTC)
    for line in source:
        if line.strip():
            click.echo(answer_decision(model, line, now=now, zone=UTC))
