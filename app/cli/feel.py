"""countersign feel: evaluate one expression, without a database."""

from typing import BinaryIO

import click


@click.command("feel")
@click.argument("expression")
@click.argument("source", type=click.File("rb"), default="-")
@click.option("--warnings", is_flag=True, help="Write to standard error why something is null.")
def command(expression: str, source: BinaryIO, warnings: bool) -> None:
    """Read one JSON context a line and write the value of EXPRESSION as JSON, one line each, in the same order.

    SOURCE is a file, or standard input. A line that cannot be evaluated is answered with {"error": {...}}, and the exit code is 1.
    """
    from datetime import UTC, datetime

    from app.feel.lines import answer_line

    now = datetime.now(UTC)
    all_well = True
    for line in source:
        if not line.strip():
            continue
        answer, messages, well = answer_line(expression, line, now=now, zone=UTC)
        click.echo(answer)
        all_well = all_well and well
        if warnings:
            for message in messages:
                click.echo(message, err=True)
    if not all_well:
        raise SystemExit(1)
