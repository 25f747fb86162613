"""countersign matrix: who approves what, without a database."""

from typing import BinaryIO

import click


@click.group("matrix")
def command() -> None:
    """Ask the approval matrix."""


@command.command("resolve")
@click.argument("source", type=click.File("rb"), default="-")
def resolve(source: BinaryIO) -> None:
    """Read one case a line as JSON and write who must approve it, one answer a line, in the same order.

    SOURCE is a file, or standard input. A case that cannot be resolved is answered with its error; the others go on.
    """
    from app.formats.matrix_json import answer_line

    for line in source:
        if line.strip():
            click.echo(answer_line(line))
