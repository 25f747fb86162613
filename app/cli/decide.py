"""countersign decide: evaluate the decisions of a DMN file, without a database."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

if TYPE_CHECKING:
    from app.formats.dmn import FindImport

BESIDE_MAX = 500
FRAMES_MAX = 5_000


@click.command("decide")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("source", type=click.File("rb"), default="-")
def command(file: Path, source: BinaryIO) -> None:
    """Read one question a line as JSON and write one answer a line, in the same order.

    FILE is a DMN file; what it imports is looked up beside it, by namespace. SOURCE is a file, or standard input. A question is
    {"decision": NAME, "context": {...}}, or names a decision_service or business_knowledge_model. An expression with a fault gives null
    and a warning; when FILE is no DMN at all, every answer is that error and the exit code is 1.
    """
    import sys
    from datetime import UTC, datetime

    from app.domain.errors import DefinitionInvalid
    from app.feel.json import dumps
    from app.formats.decision_json import answer_decision, write_error
    from app.formats.dmn import open_dmn

    try:
        model = open_dmn(file.read_bytes(), filename=str(file), find_import=find_beside(file)).model
    except DefinitionInvalid as error:
        answer = dumps({"error": write_error(error)})
        for _ in read_lines(source):
            click.echo(answer)
        raise click.ClickException(error.detail) from error
    # Functions may call each other as deep as FEEL allows; each call takes about ten frames of Python.
    sys.setrecursionlimit(max(sys.getrecursionlimit(), FRAMES_MAX))
    now = datetime.now(UTC)
    for line in read_lines(source):
        click.echo(answer_decision(model, line, now=now, zone=UTC))


def read_lines(source: BinaryIO) -> Iterator[bytes]:
    """Yield the lines that are not blank; of one that is too long only so much that this can be seen."""
    from app.formats.decision_json import LINE_BYTES_MAX

    while line := source.readline(LINE_BYTES_MAX + 1):
        rest = line
        while len(rest) > LINE_BYTES_MAX and not rest.endswith(b"\n"):
            rest = source.readline(LINE_BYTES_MAX + 1)
        if line.strip():
            yield line


def find_beside(file: Path) -> "FindImport":
    """Return what finds an imported file by its namespace, among the DMN files of the same folder; they are read when one is asked for."""
    from app.formats.dmn import BYTES_MAX, find_among

    def find(namespace: str, location: str | None) -> tuple[str, bytes] | None:
        names = sorted(path for path in file.parent.glob("*.dmn") if path.is_file() and path.stat().st_size <= BYTES_MAX)[:BESIDE_MAX]
        return find_among({str(path): path.read_bytes() for path in names if path != file})(namespace, location)

    return find
