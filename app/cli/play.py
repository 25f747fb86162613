"""countersign play: run a process in memory, without a database."""

from pathlib import Path
from typing import BinaryIO

import click


@click.command("play")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--input", "source", type=click.File("rb"), default="-", help="Where the questions are; standard input when left out.")
def command(files: tuple[Path, ...], source: BinaryIO) -> None:
    """Run a process with a virtual clock: read one question a line as JSON and write one answer a line, in the same order.

    FILES are the BPMN file and, beside it, those of the processes it calls and DMN files of the decisions it asks. A question is
    {"process": ID, "variables": {...}, "until": "P30D", "answers": {"ELEMENT": {...}}, "hold": [...], "messages": [...]}; all of it may be
    left out. A line that cannot be read is answered with {"error": {...}}, and the next go on.
    """
    from app.feel.json import dumps
    from app.operations.playing.library import Library
    from app.operations.playing.play_process import play_line

    library = Library.read({str(path): path.read_bytes() for path in files})
    for line in source:
        if line.strip():
            click.echo(dumps(play_line(library, line)))
